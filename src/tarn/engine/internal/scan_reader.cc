#include "tarn/engine/internal/scan_reader.h"

#include <algorithm>
#include <utility>

#include <duckdb/common/multi_file/multi_file_states.hpp>
#include <duckdb/parser/expression/constant_expression.hpp>
#include <duckdb/planner/expression/bound_columnref_expression.hpp>
#include <duckdb/planner/filter/conjunction_filter.hpp>
#include <duckdb/planner/filter/optional_filter.hpp>
#include <duckdb/planner/table_filter.hpp>

#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/engine/internal/file_field_ids.h"
#include "tarn/engine/internal/filter_conversion.h"
#include "tarn/engine/internal/scan_file_list.h"
#include "tarn/engine/internal/type_conversion.h"

namespace tarn::engine {
namespace {

using duckdb::MultiFileColumnDefinition;
using iceberg::Field;

MultiFileColumnDefinition ColumnOf(const Field& field) {
  MultiFileColumnDefinition column(field.name, LogicalTypeOf(field.type));
  column.identifier = duckdb::Value::INTEGER(field.id);
  // What a file without the column reads as (spec: Default values); null when there is no
  // default.
  const iceberg::Value absent = field.initial_default.value_or(iceberg::Value{});
  column.default_expression = duckdb::make_uniq<duckdb::ConstantExpression>(
      field.type.is_nested() ? duckdb::Value(LogicalTypeOf(field.type))
                             : DuckValueOf(field.type, absent));
  for (const Field& child : field.type.fields()) {
    column.children.push_back(ColumnOf(child));
  }
  return column;
}

bool Holds(const duckdb::TableFilter& filter, duckdb::TableFilterType type) {
  if (filter.filter_type == type) {
    return true;
  }
  if (filter.filter_type == duckdb::TableFilterType::OPTIONAL_FILTER) {
    const auto& optional = filter.Cast<duckdb::OptionalFilter>();
    return optional.child_filter && Holds(*optional.child_filter, type);
  }
  if (filter.filter_type != duckdb::TableFilterType::CONJUNCTION_AND) {
    return false;
  }
  const auto& children = filter.Cast<duckdb::ConjunctionAndFilter>().child_filters;
  return std::any_of(children.begin(), children.end(),
                     [&](const auto& child) { return Holds(*child, type); });
}

uint64_t OrdinalOf(const duckdb::OpenFileInfo& file) {
  return file.extended_info->options.at("tarn_ordinal").GetValue<uint64_t>();
}

/// The value of every row of `task`'s file for a column that the file does not hold, when
/// the partition tells it. (spec: Column Projection, first rule.)
const iceberg::Value* IdentityPartitionValue(const ScanState& state,
                                             const table::FileScanTask& task,
                                             iceberg::FieldId field_id) {
  const iceberg::PartitionSpec* spec =
      state.source().metadata->FindSpec(task.file.spec_id);
  if (spec == nullptr || spec->fields.size() != task.file.partition.size()) {
    return nullptr;
  }
  for (size_t i = 0; i < spec->fields.size(); ++i) {
    const iceberg::PartitionField& field = spec->fields[i];
    const bool identity = std::holds_alternative<iceberg::Identity>(field.transform);
    if (identity && field.source_id() == field_id) {
      return &task.file.partition[i];
    }
  }
  return nullptr;
}

bool HasColumn(const duckdb::BaseFileReader& reader, iceberg::FieldId field_id) {
  return std::any_of(reader.columns.begin(), reader.columns.end(),
                     [&](const MultiFileColumnDefinition& column) {
                       return !column.identifier.IsNull() &&
                              column.GetIdentifierFieldId() == field_id;
                     });
}

}  // namespace

duckdb::unique_ptr<duckdb::MultiFileReader> ScanReader::Create(
    const duckdb::TableFunction& function) {
  return duckdb::make_uniq<ScanReader>(
      static_cast<ScanFunctionInfo&>(*function.function_info).state);
}

duckdb::unique_ptr<duckdb::MultiFileReader> ScanReader::Copy() const {
  auto copy = duckdb::make_uniq<ScanReader>(state_);
  copy->function_name = function_name;
  return copy;
}

duckdb::shared_ptr<duckdb::MultiFileList> ScanReader::CreateFileList(
    duckdb::ClientContext&, const duckdb::vector<std::string>&,
    const duckdb::FileGlobInput&) {
  return duckdb::make_shared_ptr<ScanFileList>(state_);
}

bool ScanReader::Bind(duckdb::MultiFileOptions&, duckdb::MultiFileList&,
                      duckdb::vector<duckdb::LogicalType>& types,
                      duckdb::vector<std::string>& names,
                      duckdb::MultiFileReaderBindData& bind_data) {
  for (const Field& field : state_->schema().fields()) {
    types.push_back(LogicalTypeOf(field.type));
    names.push_back(field.name);
    bind_data.schema.push_back(ColumnOf(field));
  }
  bind_data.mapping = duckdb::MultiFileColumnMappingMode::BY_FIELD_ID;
  return true;
}

void ScanReader::BindOptions(duckdb::MultiFileOptions& options, duckdb::MultiFileList&,
                             duckdb::vector<duckdb::LogicalType>&,
                             duckdb::vector<std::string>&,
                             duckdb::MultiFileReaderBindData&) {
  // Directories named key=value say nothing: partition values come from the manifest.
  options.auto_detect_hive_partitioning = false;
  options.hive_partitioning = false;
  options.union_by_name = false;
}

duckdb::unique_ptr<duckdb::MultiFileList> ScanReader::ComplexFilterPushdown(
    duckdb::ClientContext&, duckdb::MultiFileList& files, const duckdb::MultiFileOptions&,
    duckdb::MultiFilePushdownInfo& info,
    duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& filters) {
  const auto& list = static_cast<const ScanFileList&>(files);
  const auto& fields = state_->schema().fields();
  const ColumnLookup lookup =
      [&](const duckdb::BoundColumnRefExpression& column) -> const Field* {
    if (column.binding.table_index != info.table_index ||
        column.binding.column_index >= info.column_ids.size()) {
      return nullptr;
    }
    const duckdb::column_t index = info.column_ids[column.binding.column_index];
    return index < fields.size() ? &fields[index] : nullptr;
  };
  iceberg::Expression all = iceberg::AlwaysTrue();
  for (const auto& filter : filters) {
    all = iceberg::And(std::move(all), PruningFilter(*filter, state_->schema(), lookup));
  }
  return list.Narrow(all);
}

duckdb::unique_ptr<duckdb::MultiFileList> ScanReader::DynamicFilterPushdown(
    duckdb::ClientContext&, const duckdb::MultiFileList& files,
    const duckdb::MultiFileOptions&, const duckdb::vector<std::string>&,
    const duckdb::vector<duckdb::LogicalType>&,
    const duckdb::vector<duckdb::column_t>& column_ids, duckdb::TableFilterSet& filters) {
  const auto& list = static_cast<const ScanFileList&>(files);
  const auto& fields = state_->schema().fields();
  iceberg::Expression all = iceberg::AlwaysTrue();
  std::vector<MovingFilter> moving;
  std::shared_ptr<const duckdb::TableFilter> ordinals;
  for (const auto& [position, filter] : filters.filters) {
    const duckdb::column_t column = column_ids[position];
    if (column == duckdb::MultiFileReader::COLUMN_IDENTIFIER_FILE_INDEX) {
      ordinals = std::shared_ptr<const duckdb::TableFilter>(filter->Copy().release());
      continue;
    }
    if (column >= fields.size()) {
      continue;
    }
    all = iceberg::And(std::move(all),
                       PruningFilter(*filter, state_->schema(), fields[column]));
    if (Holds(*filter, duckdb::TableFilterType::DYNAMIC_FILTER)) {
      moving.push_back(
          {std::shared_ptr<const duckdb::TableFilter>(filter->Copy().release()),
           &fields[column]});
    }
  }
  return list.Narrow(all, std::move(moving), std::move(ordinals));
}

void ScanReader::FinalizeBind(
    duckdb::MultiFileReaderData& reader_data, const duckdb::MultiFileOptions&,
    const duckdb::MultiFileReaderBindData&,
    const duckdb::vector<MultiFileColumnDefinition>&,
    const duckdb::vector<duckdb::ColumnIndex>& global_column_ids, duckdb::ClientContext&,
    duckdb::optional_ptr<duckdb::MultiFileReaderGlobalState>) {
  duckdb::BaseFileReader& reader = *reader_data.reader;
  const uint64_t ordinal = OrdinalOf(reader.file);
  const table::FileScanTask& task = state_->TaskOf(ordinal);
  ThrowIfError(
      CompleteFieldIds(task.file.file_path, state_->name_mapping(), &reader.columns));
  const auto& fields = state_->schema().fields();
  for (size_t i = 0; i < global_column_ids.size(); ++i) {
    const duckdb::MultiFileGlobalIndex position(i);
    const duckdb::column_t column = global_column_ids[i].GetPrimaryIndex();
    if (column == COLUMN_IDENTIFIER_FILENAME) {
      reader_data.constant_map.Add(position, duckdb::Value(reader.GetFileName()));
    } else if (column == COLUMN_IDENTIFIER_FILE_INDEX) {
      reader_data.constant_map.Add(position, duckdb::Value::UBIGINT(ordinal));
    } else if (column < fields.size() && !HasColumn(reader, fields[column].id)) {
      const Field& field = fields[column];
      const iceberg::Value* value = IdentityPartitionValue(*state_, task, field.id);
      if (value != nullptr) {
        reader_data.constant_map.Add(position, DuckValueOf(field.type, *value));
      } else if (field.required && !field.initial_default.has_value()) {
        ThrowStatus(MakeError(ErrorCode::kInvalidData,
                              "Required column " + field.name +
                                  " has no default and is not in data file " +
                                  task.file.file_path));
      }
    }
  }
}

}  // namespace tarn::engine
