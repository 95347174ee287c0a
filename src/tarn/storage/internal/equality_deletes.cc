#include "tarn/storage/internal/equality_deletes.h"

#include <algorithm>
#include <utility>

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/util/parallel.h>
#include <arrow/util/thread_pool.h>

#include "tarn/base/error.h"
#include "tarn/storage/data_file_reader.h"
#include "tarn/storage/internal/leaf_column.h"

namespace tarn::storage {
namespace {

using iceberg::DataFile;
using iceberg::Field;
using iceberg::FieldId;
using iceberg::Schema;
using iceberg::Type;
using iceberg::TypeId;

/// The schema that says what a column is: the current one, else the latest that had it.
const Schema* SchemaWith(const iceberg::TableMetadata& metadata, FieldId id) {
  if (metadata.schema().FindById(id) != nullptr) {
    return &metadata.schema();
  }
  const Schema* latest = nullptr;
  for (const auto& schema : metadata.schemas) {
    const bool is_later = latest == nullptr || schema->id().value > latest->id().value;
    if (is_later && schema->FindById(id) != nullptr) {
      latest = schema.get();
    }
  }
  return latest;
}

/// Adds the way from the schema's root down to field `path` (child numbers) to `fields`,
/// which may hold a part of it already. Names are made from ids: a dropped column may
/// share its name with a later one.
void AddPath(const std::vector<Field>& from, const std::vector<int>& path, size_t depth,
             std::vector<Field>* fields) {
  const Field& field = from[static_cast<size_t>(path[depth])];
  auto found = std::find_if(fields->begin(), fields->end(),
                            [&](const Field& one) { return one.id == field.id; });
  if (found == fields->end()) {
    fields->push_back({.id = field.id,
                       .name = "field " + std::to_string(field.id),
                       .type = field.type,
                       .initial_default = field.initial_default});
    found = fields->end() - 1;
    if (depth + 1 < path.size()) {
      found->type = Type::Struct({});
    }
  }
  if (depth + 1 < path.size()) {
    std::vector<Field> children = found->type.fields();
    AddPath(field.type.fields(), path, depth + 1, &children);
    found->type = Type::Struct(std::move(children));
  }
}

Result<arrow::ArrayVector> KeysOf(const KeyColumns& columns,
                                  const arrow::RecordBatch& batch) {
  arrow::ArrayVector keys;
  for (const std::vector<int>& path : columns.paths) {
    ARROW_ASSIGN_OR_RAISE(auto column, LeafColumn(batch, path));
    keys.push_back(std::move(column));
  }
  return keys;
}

/// Every `step`th row group of a data file, from number `first` on.
struct Share {
  int first = 0;
  int step = 1;
};

/// Files of fewer rows are not worth several threads.
constexpr int64_t kSharedRowsMin = 500'000;
constexpr int kSharesMax = 4;

/// What is looked for and where.
struct Search {
  io::FileIO& io;
  const iceberg::TableMetadata& metadata;
  const DataFile& file;
  const KeyColumns& columns;
  const std::vector<std::shared_ptr<const KeySet>>& keys;
  const std::shared_ptr<const iceberg::PositionSet>& known;
};

Status FindIn(const Search& search, Share share, iceberg::PositionSet* found) {
  DataFileReadOptions options{.schema = search.columns.schema, .positions = true};
  int row_group = 0;  // that the reader asks about: the same ones whatever the share
  options.may_match = [&](const std::vector<iceberg::ColumnStats>& stats) {
    const bool ours = row_group++ % share.step == share.first;
    return ours &&
           std::any_of(search.keys.begin(), search.keys.end(), [&](const auto& set) {
             return set->MayHoldAny(search.columns.ids, stats);
           });
  };
  ARROW_ASSIGN_OR_RAISE(const auto reader,
                        DataFileReader::Open(search.io, search.metadata, search.file, {},
                                             search.known, std::move(options)));
  std::vector<uint32_t> rows;
  while (true) {
    ARROW_ASSIGN_OR_RAISE(const auto batch, reader->Next());
    if (batch == nullptr) {
      return Status::OK();
    }
    ARROW_ASSIGN_OR_RAISE(const auto values, KeysOf(search.columns, *batch));
    rows.clear();
    for (const auto& set : search.keys) {
      set->Find(values, &rows);
    }
    const auto& positions =
        static_cast<const arrow::Int64Array&>(*batch->column(batch->num_columns() - 1));
    for (const uint32_t row : rows) {
      found->Add(positions.Value(row));
    }
  }
}

}  // namespace

Result<KeyColumns> KeyColumnsOf(const iceberg::TableMetadata& metadata,
                                std::vector<int32_t> equality_ids) {
  std::sort(equality_ids.begin(), equality_ids.end());
  equality_ids.erase(std::unique(equality_ids.begin(), equality_ids.end()),
                     equality_ids.end());
  if (equality_ids.empty()) {
    return MakeError(ErrorCode::kInvalidData, "Equality deletes without equality_ids");
  }
  KeyColumns columns;
  std::vector<Field> fields;
  for (const FieldId id : equality_ids) {
    const Schema* schema = SchemaWith(metadata, id);
    const std::vector<int> path =
        schema == nullptr ? std::vector<int>{} : LeafPath(schema->fields(), id);
    if (path.empty()) {
      return MakeError(ErrorCode::kInvalidData,
                       "Equality deletes by a column that no schema of the table has: " +
                           std::to_string(id));
    }
    const Field& field = *schema->FindById(id);
    const TypeId type = field.type.id();
    if (!field.type.is_primitive() || type == TypeId::kFloat || type == TypeId::kDouble) {
      return MakeError(ErrorCode::kNotSupported,
                       "Equality deletes cannot compare column " + field.name +
                           " of type " + field.type.ToString());
    }
    columns.ids.push_back(id);
    columns.types.push_back(field.type);
    AddPath(schema->fields(), path, 0, &fields);
  }
  ARROW_ASSIGN_OR_RAISE(columns.schema,
                        Schema::Make(iceberg::SchemaId{0}, std::move(fields)));
  for (const FieldId id : columns.ids) {
    columns.paths.push_back(LeafPath(columns.schema->fields(), id));
  }
  return columns;
}

std::string KeyColumnsText(const KeyColumns& columns) {
  std::string text;
  for (size_t i = 0; i < columns.ids.size(); ++i) {
    text += std::to_string(columns.ids[i]) + " " + columns.types[i].ToString() + "\n";
  }
  return text;
}

Result<std::shared_ptr<const KeySet>> ReadEqualityDeletes(
    io::FileIO& io, const iceberg::TableMetadata& metadata, const DataFile& delete_file,
    const KeyColumns& columns) {
  if (delete_file.format != iceberg::FileFormat::kParquet) {
    return MakeError(ErrorCode::kNotSupported,
                     "Only equality deletes in Parquet files can be read, not: " +
                         delete_file.file_path);
  }
  ARROW_ASSIGN_OR_RAISE(
      const auto reader,
      DataFileReader::Open(
          io, metadata, delete_file, {}, nullptr,
          {.schema = columns.schema, .missing_columns = MissingColumns::kRefuse}));
  auto keys = std::make_shared<KeySet>(columns.types);
  while (true) {
    ARROW_ASSIGN_OR_RAISE(const auto batch, reader->Next());
    if (batch == nullptr) {
      return keys;
    }
    ARROW_ASSIGN_OR_RAISE(const auto rows, KeysOf(columns, *batch));
    ARROW_RETURN_NOT_OK(keys->Add(rows));
  }
}

Status FindRows(io::FileIO& io, const iceberg::TableMetadata& metadata,
                const DataFile& file, const KeyColumns& columns,
                const std::vector<std::shared_ptr<const KeySet>>& keys,
                const std::shared_ptr<const iceberg::PositionSet>& known,
                iceberg::PositionSet* found) {
  const Search search{io, metadata, file, columns, keys, known};
  int num_shares = std::min(kSharesMax, arrow::GetCpuThreadPoolCapacity());
  if (file.split_offsets.size() < static_cast<size_t>(num_shares)) {
    num_shares = static_cast<int>(file.split_offsets.size());
  }
  if (file.record_count < kSharedRowsMin || num_shares < 2) {
    return FindIn(search, {}, found);
  }
  std::vector<iceberg::PositionSet> parts(static_cast<size_t>(num_shares));
  ARROW_RETURN_NOT_OK(arrow::internal::ParallelFor(num_shares, [&](int i) {
    return FindIn(search, {.first = i, .step = num_shares},
                  &parts[static_cast<size_t>(i)]);
  }));
  for (const iceberg::PositionSet& part : parts) {
    found->Union(part);
  }
  return Status::OK();
}

}  // namespace tarn::storage
