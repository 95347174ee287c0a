#include "tarn/engine/internal/virtual_columns.h"

#include <chrono>
#include <string>
#include <utility>

#include <duckdb/common/multi_file/multi_file_reader.hpp>
#include <duckdb/common/types/timestamp.hpp>
#include <duckdb/function/function_binder.hpp>
#include <duckdb/function/scalar/operators.hpp>
#include <duckdb/planner/expression/bound_columnref_expression.hpp>
#include <duckdb/planner/expression/bound_constant_expression.hpp>
#include <duckdb/planner/expression/bound_operator_expression.hpp>
#include <duckdb/planner/expression_iterator.hpp>
#include <duckdb/planner/operator/logical_get.hpp>

#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/iceberg/partition_spec.h"
#include "tarn/storage/data_file_reader.h"

namespace tarn::engine {
namespace {

using duckdb::Expression;
using duckdb::LogicalType;

duckdb::unique_ptr<Expression> Constant(duckdb::Value value) {
  return duckdb::make_uniq<duckdb::BoundConstantExpression>(std::move(value));
}

/// False is what a filter's null means.
bool IsWrapped(const Expression& filter) {
  if (filter.GetExpressionType() != duckdb::ExpressionType::OPERATOR_COALESCE) {
    return false;
  }
  const auto& children = filter.Cast<duckdb::BoundOperatorExpression>().children;
  return children.size() == 2 &&
         children[1]->GetExpressionClass() == duckdb::ExpressionClass::BOUND_CONSTANT;
}

/// "region=EU/day=2026-01-01"; "" of a file without a partition.
std::string PartitionOf(const ScanState& state, const table::FileScanTask& task) {
  const auto* spec = state.source().metadata->FindSpec(task.file.spec_id);
  return spec == nullptr
             ? std::string()
             : iceberg::PartitionPath(*spec, state.schema(), task.file.partition);
}

}  // namespace

duckdb::virtual_column_map_t VirtualColumns() {
  using duckdb::MultiFileReader;
  duckdb::virtual_column_map_t columns;
  const auto add = [&](duckdb::column_t id, const char* name, const LogicalType& type) {
    columns.insert(std::make_pair(id, duckdb::TableColumn(name, type)));
  };
  add(MultiFileReader::COLUMN_IDENTIFIER_FILENAME, "filename", LogicalType::VARCHAR);
  add(MultiFileReader::COLUMN_IDENTIFIER_FILE_INDEX, "file_index", LogicalType::UBIGINT);
  add(MultiFileReader::COLUMN_IDENTIFIER_FILE_ROW_NUMBER, "file_row_number",
      LogicalType::BIGINT);
  add(duckdb::COLUMN_IDENTIFIER_EMPTY, "", LogicalType::BOOLEAN);
  add(kRowIdColumn, "_row_id", LogicalType::BIGINT);
  add(kLastUpdatedColumn, "_last_updated_sequence_number", LogicalType::BIGINT);
  add(kPathColumn, "$path", LogicalType::VARCHAR);
  add(kPartitionColumn, "$partition", LogicalType::VARCHAR);
  add(kModifiedColumn, "$file_modified_time", LogicalType::TIMESTAMP_TZ);
  add(kFileColumn, "_file", LogicalType::VARCHAR);
  add(kPositionColumn, "_pos", LogicalType::BIGINT);
  add(kSpecIdColumn, "_spec_id", LogicalType::INTEGER);
  return columns;
}

iceberg::FieldId StoredLineageField(duckdb::column_t column) {
  return column == kRowIdColumn ? storage::kRowIdField
                                : storage::kLastUpdatedSequenceField;
}

std::optional<duckdb::Value> FileValueOf(duckdb::column_t column, const ScanState& state,
                                         const table::FileScanTask& task) {
  switch (column) {
    case kPathColumn:
    case kFileColumn:
      return duckdb::Value(task.file.file_path);
    case kPartitionColumn:
      return duckdb::Value(PartitionOf(state, task));
    case kSpecIdColumn:
      return duckdb::Value::INTEGER(task.file.spec_id.value);
    case kModifiedColumn: {
      const int64_t millis =
          ValueOrThrow(state.files().times().Of(*state.source().io, task.file.file_path));
      const int64_t micros = std::chrono::duration_cast<std::chrono::microseconds>(
                                 std::chrono::milliseconds(millis))
                                 .count();
      return duckdb::Value::TIMESTAMPTZ(
          duckdb::timestamp_tz_t(duckdb::timestamp_t(micros)));
    }
    default:
      return {};
  }
}

duckdb::unique_ptr<Expression> InheritedLineage(duckdb::ClientContext& context,
                                                duckdb::column_t column,
                                                const table::FileScanTask& task,
                                                duckdb::unique_ptr<Expression> position) {
  if (!task.file.first_row_id.has_value()) {
    return Constant(duckdb::Value(LogicalType::BIGINT));
  }
  if (column == kLastUpdatedColumn) {
    return Constant(duckdb::Value::BIGINT(task.data_sequence_number.value));
  }
  duckdb::vector<duckdb::unique_ptr<Expression>> terms;
  terms.push_back(Constant(duckdb::Value::BIGINT(*task.file.first_row_id)));
  terms.push_back(std::move(position));
  duckdb::FunctionBinder binder(context);
  return binder.BindScalarFunction(
      duckdb::AddFunction::GetFunction(LogicalType::BIGINT, LogicalType::BIGINT),
      std::move(terms), /*is_operator=*/true, nullptr);
}

duckdb::unique_ptr<Expression> StoredOrInherited(
    duckdb::unique_ptr<Expression> stored, duckdb::unique_ptr<Expression> inherited) {
  auto either = duckdb::make_uniq<duckdb::BoundOperatorExpression>(
      duckdb::ExpressionType::OPERATOR_COALESCE, stored->return_type);
  either->children.push_back(std::move(stored));
  either->children.push_back(std::move(inherited));
  return either;
}

bool RefersToLineage(const duckdb::LogicalGet& get, const Expression& filter) {
  if (filter.GetExpressionClass() == duckdb::ExpressionClass::BOUND_COLUMN_REF) {
    const auto& binding = filter.Cast<duckdb::BoundColumnRefExpression>().binding;
    const auto& columns = get.GetColumnIds();
    return binding.table_index == get.table_index &&
           binding.column_index < columns.size() &&
           IsLineageColumn(columns[binding.column_index].GetPrimaryIndex());
  }
  bool refers = false;
  duckdb::ExpressionIterator::EnumerateChildren(filter, [&](const Expression& child) {
    refers = refers || RefersToLineage(get, child);
  });
  return refers;
}

void KeepLineageFiltersAbove(const duckdb::LogicalGet& get,
                             duckdb::vector<duckdb::unique_ptr<Expression>>& filters) {
  for (auto& filter : filters) {
    if (IsWrapped(*filter) || !RefersToLineage(get, *filter)) {
      continue;
    }
    filter =
        StoredOrInherited(std::move(filter), Constant(duckdb::Value::BOOLEAN(false)));
  }
}

}  // namespace tarn::engine
