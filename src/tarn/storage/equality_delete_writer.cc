#include <algorithm>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/storage/delete_file_writer.h"
#include "tarn/storage/internal/equality_deletes.h"
#include "tarn/storage/internal/row_writer.h"

namespace tarn::storage {
namespace {

using iceberg::DataFile;
using iceberg::Field;
using iceberg::FieldId;
using iceberg::Type;
using iceberg::TypeId;

class ParquetEqualityDeleteWriter final : public EqualityDeleteWriter {
 public:
  explicit ParquetEqualityDeleteWriter(std::unique_ptr<RowWriter> rows)
      : rows_(std::move(rows)) {}

  Status Append(const arrow::RecordBatch& keys) override { return rows_->Append(keys); }
  Result<std::vector<DataFile>> Finish() override { return rows_->Finish(); }
  void Abort() override { rows_->Abort(); }

 private:
  std::unique_ptr<RowWriter> rows_;
};

/// `fields` with nulls allowed but in the columns `ids`: a stream knows the keys of the
/// rows that it deletes, and often nothing more. Columns inside of lists are kept as they
/// are, so that a value that is given is a whole one.
std::vector<Field> AllowNulls(std::vector<Field> fields,
                              const std::vector<FieldId>& ids) {
  for (Field& field : fields) {
    if (field.type.id() == TypeId::kStruct) {
      field.type = Type::Struct(AllowNulls(field.type.fields(), ids));
    }
    field.required =
        field.required && std::find(ids.begin(), ids.end(), field.id) != ids.end();
    field.initial_default.reset();
    field.write_default.reset();
  }
  return fields;
}

}  // namespace

Result<std::unique_ptr<EqualityDeleteWriter>> EqualityDeleteWriter::Open(
    io::FileIO& io, std::shared_ptr<const iceberg::TableMetadata> metadata,
    std::vector<FieldId> equality_ids, TableWriterOptions options, Clock& clock,
    Random& random) {
  if (metadata->format_version < 2) {
    return MakeError(
        ErrorCode::kInvalidArgument,
        "A table of format version 1 has no delete files: " + metadata->location);
  }
  for (const FieldId id : equality_ids) {
    if (metadata->schema().FindById(id) == nullptr) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "Table " + metadata->location +
                           " has no column to delete by of id " + std::to_string(id));
    }
  }
  auto columns = KeyColumnsOf(*metadata, std::move(equality_ids));
  if (!columns.ok()) {
    return MakeError(ErrorCode::kInvalidArgument, columns.status().message());
  }
  ARROW_ASSIGN_OR_RAISE(auto schema,
                        iceberg::Schema::MakeForFile(
                            metadata->schema().id(),
                            AllowNulls(metadata->schema().fields(), columns->ids)));
  RowTarget target{.metadata = metadata,
                   .file_schema = std::move(schema),
                   .spec = metadata->spec(),
                   .content = iceberg::FileContent::kEqualityDeletes,
                   .equality_ids = columns->ids,
                   .sort_order_id = options.sort_order_id,
                   .kind = "deletes"};
  ARROW_ASSIGN_OR_RAISE(auto rows,
                        RowWriter::Open(io, std::move(target), options, clock, random));
  return std::make_unique<ParquetEqualityDeleteWriter>(std::move(rows));
}

}  // namespace tarn::storage
