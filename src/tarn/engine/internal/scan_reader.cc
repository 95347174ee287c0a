#include "tarn/engine/internal/scan_reader.h"

#include <algorithm>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>

#include <duckdb/common/multi_file/multi_file_states.hpp>
#include <duckdb/parser/expression/constant_expression.hpp>
#include <duckdb/planner/expression/bound_columnref_expression.hpp>
#include <duckdb/planner/expression/bound_reference_expression.hpp>
#include <duckdb/planner/filter/conjunction_filter.hpp>
#include <duckdb/planner/filter/optional_filter.hpp>
#include <duckdb/planner/table_filter.hpp>

#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/engine/internal/deletion_filter.h"
#include "tarn/engine/internal/file_columns.h"
#include "tarn/engine/internal/file_field_ids.h"
#include "tarn/engine/internal/filter_conversion.h"
#include "tarn/engine/internal/scan_file_list.h"
#include "tarn/engine/internal/type_conversion.h"
#include "tarn/engine/internal/virtual_columns.h"

namespace tarn::engine {
namespace {

using duckdb::column_t;
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
  return file.extended_info->options.at(kOrdinalOption).GetValue<uint64_t>();
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

bool HasColumn(const duckdb::vector<MultiFileColumnDefinition>& columns,
               iceberg::FieldId field_id) {
  return std::any_of(
      columns.begin(), columns.end(), [&](const MultiFileColumnDefinition& column) {
        return !column.identifier.IsNull() && column.GetIdentifierFieldId() == field_id;
      });
}

/// A lineage column as files store it.
MultiFileColumnDefinition& StoredColumn(column_t column) {
  static const auto make = [](column_t id) {
    MultiFileColumnDefinition stored("", duckdb::LogicalType::BIGINT);
    stored.identifier = duckdb::Value::INTEGER(StoredLineageField(id));
    stored.default_expression = duckdb::make_uniq<duckdb::ConstantExpression>(
        duckdb::Value(duckdb::LogicalType::BIGINT));
    return stored;
  };
  static MultiFileColumnDefinition row_id = make(kRowIdColumn);
  static MultiFileColumnDefinition last_updated = make(kLastUpdatedColumn);
  return column == kRowIdColumn ? row_id : last_updated;
}

/// Has `reader` read the rows' places in the file as one more column.
duckdb::unique_ptr<duckdb::Expression> AddPositions(duckdb::BaseFileReader* reader) {
  const duckdb::MultiFileLocalIndex place(reader->column_ids.size());
  const duckdb::MultiFileLocalColumnId column(reader->columns.size());
  reader->columns.emplace_back("file_row_number", duckdb::LogicalType::BIGINT);
  reader->AddVirtualColumn(ScanReader::COLUMN_IDENTIFIER_FILE_ROW_NUMBER);
  reader->column_ids.push_back(column);
  reader->column_indexes.push_back(duckdb::ColumnIndex(column.GetId()));
  return duckdb::make_uniq<duckdb::BoundReferenceExpression>(duckdb::LogicalType::BIGINT,
                                                             place.GetIndex());
}

/// What the join or Top-N above would filter lineage columns by; a stored null is no
/// null of the row, so the reader cannot.
duckdb::unique_ptr<duckdb::TableFilterSet> WithoutLineage(
    const duckdb::TableFilterSet& filters,
    const duckdb::vector<duckdb::ColumnIndex>& columns) {
  auto kept = duckdb::make_uniq<duckdb::TableFilterSet>();
  for (const auto& [position, filter] : filters.filters) {
    if (!IsLineageColumn(columns[position].GetPrimaryIndex())) {
      kept->filters.emplace(position, filter->Copy());
    }
  }
  return kept;
}

/// DuckDB's Parquet reader would read such a column's pages in turns, and both wrongly.
void RefuseRepeats(const duckdb::vector<duckdb::ColumnIndex>& columns) {
  std::unordered_set<column_t> seen;
  for (const duckdb::ColumnIndex& column : columns) {
    if (!seen.insert(column.GetPrimaryIndex()).second) {
      ThrowStatus(MakeError(ErrorCode::kInternal,
                            "A scan asks for column " +
                                std::to_string(column.GetPrimaryIndex()) + " twice"));
    }
  }
}

/// The value of a column that the file does not hold; its default is in the column's
/// definition.
void AddAbsentColumn(const ScanState& state, const table::FileScanTask& task,
                     const Field& field, duckdb::MultiFileGlobalIndex position,
                     duckdb::MultiFileReaderData* reader_data) {
  const iceberg::Value* value = IdentityPartitionValue(state, task, field.id);
  if (value != nullptr) {
    reader_data->constant_map.Add(position, DuckValueOf(field.type, *value));
  } else if (field.required && !field.initial_default.has_value()) {
    ThrowStatus(MakeError(ErrorCode::kInvalidData,
                          "Required column " + field.name +
                              " has no default and is not in data file " +
                              task.file.file_path));
  }
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
  const auto column_of =
      [&](const duckdb::BoundColumnRefExpression& column) -> std::optional<column_t> {
    if (column.binding.table_index != info.table_index ||
        column.binding.column_index >= info.column_ids.size()) {
      return {};
    }
    return info.column_ids[column.binding.column_index];
  };
  const ColumnLookup lookup =
      [&](const duckdb::BoundColumnRefExpression& reference) -> const Field* {
    const auto column = column_of(reference);
    return column.has_value() && *column < fields.size() ? &fields[*column] : nullptr;
  };
  const ColumnLookup lookup_of_files =
      [&](const duckdb::BoundColumnRefExpression& reference) -> const Field* {
    const auto column = column_of(reference);
    return column.has_value() ? FileColumnField(*column) : nullptr;
  };
  Narrowing by;
  for (const auto& filter : filters) {
    by.filter = iceberg::And(std::move(by.filter),
                             PruningFilter(*filter, state_->schema(), lookup));
    by.of_files =
        iceberg::And(std::move(by.of_files),
                     PruningFilter(*filter, FileColumnsSchema(), lookup_of_files));
  }
  return list.Narrow(std::move(by));
}

duckdb::unique_ptr<duckdb::MultiFileList> ScanReader::DynamicFilterPushdown(
    duckdb::ClientContext&, const duckdb::MultiFileList& files,
    const duckdb::MultiFileOptions&, const duckdb::vector<std::string>&,
    const duckdb::vector<duckdb::LogicalType>&,
    const duckdb::vector<duckdb::column_t>& column_ids, duckdb::TableFilterSet& filters) {
  const auto& list = static_cast<const ScanFileList&>(files);
  const auto& fields = state_->schema().fields();
  Narrowing by;
  for (const auto& [position, filter] : filters.filters) {
    const duckdb::column_t column = column_ids[position];
    if (column == duckdb::MultiFileReader::COLUMN_IDENTIFIER_FILE_INDEX) {
      by.ordinals = std::shared_ptr<const duckdb::TableFilter>(filter->Copy().release());
      continue;
    }
    if (const Field* of_file = FileColumnField(column)) {
      by.of_files = iceberg::And(std::move(by.of_files),
                                 PruningFilter(*filter, FileColumnsSchema(), *of_file));
      continue;
    }
    if (column >= fields.size()) {
      continue;
    }
    by.filter = iceberg::And(std::move(by.filter),
                             PruningFilter(*filter, state_->schema(), fields[column]));
    if (Holds(*filter, duckdb::TableFilterType::DYNAMIC_FILTER)) {
      by.moving.push_back(
          {std::shared_ptr<const duckdb::TableFilter>(filter->Copy().release()),
           &fields[column]});
    }
  }
  return list.Narrow(std::move(by));
}

duckdb::ReaderInitializeType ScanReader::InitializeReader(
    duckdb::MultiFileReaderData& reader_data, const duckdb::MultiFileBindData& bind_data,
    const duckdb::vector<MultiFileColumnDefinition>& global_columns,
    const duckdb::vector<duckdb::ColumnIndex>& global_column_ids,
    duckdb::optional_ptr<duckdb::TableFilterSet> filters, duckdb::ClientContext& context,
    duckdb::MultiFileGlobalState& global_state) {
  RefuseRepeats(global_column_ids);
  duckdb::unique_ptr<duckdb::TableFilterSet> kept;
  if (filters) {
    kept = WithoutLineage(*filters, global_column_ids);
  }
  const auto initialized = MultiFileReader::InitializeReader(
      reader_data, bind_data, global_columns, global_column_ids, kept.get(), context,
      global_state);
  if (initialized == duckdb::ReaderInitializeType::SKIP_READING_FILE) {
    return initialized;
  }
  // The mapping reads the lineage that the file stores; what rows inherit is added here,
  // since a virtual column can bring only one column of the file.
  duckdb::BaseFileReader& reader = *reader_data.reader;
  const table::FileScanTask& task = state_->files().TaskOf(OrdinalOf(reader.file));
  for (size_t i = 0; i < global_column_ids.size(); ++i) {
    const column_t column = global_column_ids[i].GetPrimaryIndex();
    if (!IsLineageColumn(column) || !task.file.first_row_id.has_value() ||
        !HasColumn(reader.columns, StoredLineageField(column))) {
      continue;
    }
    auto position = column == kRowIdColumn ? AddPositions(&reader) : nullptr;
    auto inherited = InheritedLineage(context, column, task, std::move(position));
    reader_data.expressions[i] =
        StoredOrInherited(std::move(reader_data.expressions[i]), std::move(inherited));
  }
  return initialized;
}

duckdb::unique_ptr<duckdb::Expression> ScanReader::GetVirtualColumnExpression(
    duckdb::ClientContext& context, duckdb::MultiFileReaderData& reader_data,
    const duckdb::vector<MultiFileColumnDefinition>& local_columns,
    duckdb::idx_t& column_id, const duckdb::LogicalType& type,
    duckdb::MultiFileLocalIndex local_index,
    duckdb::optional_ptr<MultiFileColumnDefinition>& stored) {
  auto place =
      duckdb::make_uniq<duckdb::BoundReferenceExpression>(type, local_index.GetIndex());
  if (column_id == kPositionColumn) {
    column_id = COLUMN_IDENTIFIER_FILE_ROW_NUMBER;
    return place;
  }
  if (!IsLineageColumn(column_id)) {
    return place;
  }
  if (HasColumn(local_columns, StoredLineageField(column_id))) {
    stored = StoredColumn(column_id);
    return nullptr;
  }
  const table::FileScanTask& task =
      state_->files().TaskOf(OrdinalOf(reader_data.reader->file));
  auto inherited = InheritedLineage(context, column_id, task, std::move(place));
  column_id = COLUMN_IDENTIFIER_FILE_ROW_NUMBER;
  return inherited;
}

void ScanReader::FinalizeBind(
    duckdb::MultiFileReaderData& reader_data, const duckdb::MultiFileOptions&,
    const duckdb::MultiFileReaderBindData&,
    const duckdb::vector<MultiFileColumnDefinition>&,
    const duckdb::vector<duckdb::ColumnIndex>& global_column_ids, duckdb::ClientContext&,
    duckdb::optional_ptr<duckdb::MultiFileReaderGlobalState>) {
  duckdb::BaseFileReader& reader = *reader_data.reader;
  const uint64_t ordinal = OrdinalOf(reader.file);
  const table::FileScanTask& task = state_->files().TaskOf(ordinal);
  ThrowIfError(
      CompleteFieldIds(task.file.file_path, state_->name_mapping(), &reader.columns));
  const auto& fields = state_->schema().fields();
  for (size_t i = 0; i < global_column_ids.size(); ++i) {
    const duckdb::MultiFileGlobalIndex position(i);
    const column_t column = global_column_ids[i].GetPrimaryIndex();
    if (column == COLUMN_IDENTIFIER_FILENAME) {
      // Not the name that the reader opens an encrypted file by.
      reader_data.constant_map.Add(
          position,
          duckdb::Value(
              io::LocalPathOf(task.file.file_path).value_or(task.file.file_path)));
    } else if (column == COLUMN_IDENTIFIER_FILE_INDEX) {
      reader_data.constant_map.Add(position, duckdb::Value::UBIGINT(ordinal));
    } else if (auto value = FileValueOf(column, *state_, task)) {
      reader_data.constant_map.Add(position, *std::move(value));
    } else if (column < fields.size() && !HasColumn(reader.columns, fields[column].id)) {
      AddAbsentColumn(*state_, task, fields[column], position, &reader_data);
    }
  }
  // The scanning thread loads what is deleted, each file's when the file is opened.
  const auto deleted = ValueOrThrow(state_->DeletedRowsOf(task));
  if (deleted != nullptr) {
    reader.deletion_filter = duckdb::make_uniq<DeletionFilter>(deleted);
  }
}

}  // namespace tarn::engine
