#include "tarn/storage/table_writer.h"

#include <utility>

#include <arrow/record_batch.h>

#include "tarn/base/error.h"
#include "tarn/storage/data_file_reader.h"
#include "tarn/storage/internal/row_key.h"
#include "tarn/storage/internal/row_writer.h"

namespace tarn::storage {
namespace {

class ParquetTableWriter final : public TableWriter {
 public:
  explicit ParquetTableWriter(std::unique_ptr<RowWriter> rows) : rows_(std::move(rows)) {}

  Status Append(const arrow::RecordBatch& batch) override { return rows_->Append(batch); }
  Status CloseDue() override { return rows_->CloseDue(); }
  Status CloseAll() override { return rows_->CloseAll(); }
  std::optional<std::chrono::milliseconds> next_due() const override {
    return rows_->next_due();
  }
  std::vector<iceberg::DataFile> TakeClosed() override { return rows_->TakeClosed(); }
  std::vector<OpenFileInfo> open_files() const override { return rows_->open_files(); }
  Result<std::vector<iceberg::DataFile>> Finish() override { return rows_->Finish(); }
  void Abort() override { rows_->Abort(); }
  int64_t rows_written() const override { return rows_->rows_written(); }
  int64_t bytes_written() const override { return rows_->bytes_written(); }

 private:
  std::unique_ptr<RowWriter> rows_;
};

/// The columns of the table and, for rows that keep their lineage, the two that are
/// written physically then (spec: Row Lineage).
Result<std::shared_ptr<const iceberg::Schema>> FileSchemaOf(
    const iceberg::TableMetadata& metadata, const TableWriterOptions& options) {
  if (!options.row_lineage) {
    return metadata.schema_ptr();
  }
  if (metadata.format_version < 3) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Row lineage needs a table of format version 3, not " +
                         std::to_string(metadata.format_version) + ": " +
                         metadata.location);
  }
  std::vector<iceberg::Field> fields = metadata.schema().fields();
  fields.push_back(RowIdColumn());
  fields.push_back(LastUpdatedSequenceColumn());
  return iceberg::Schema::MakeForFile(metadata.schema().id(), std::move(fields));
}

/// Sets how the rows of `target` are sorted, and the id of that for their files.
void ChooseOrder(const TableWriterOptions& options, RowTarget* target) {
  if (options.ordering == RowOrdering::kGiven) {
    return;
  }
  const iceberg::SortOrder& order =
      options.sort_by ? *options.sort_by : target->metadata->sort_order();
  if (!options.sort_by) {
    target->sort_order_id = order.id;
  }
  if (!order.fields.empty()) {
    target->sort_by = order;
  }
}

}  // namespace

Result<RowOrdering> RowOrderingFor(const iceberg::TableMetadata& metadata) {
  constexpr char kKey[] = "write.ordering";
  const auto property = metadata.properties.find(kKey);
  const bool is_set = property != metadata.properties.end();
  if (is_set && property->second != "table" && property->second != "given") {
    return MakeError(ErrorCode::kInvalidArgument,
                     std::string("Table property ") + kKey +
                         " must be table or given, got: " + property->second);
  }
  const iceberg::SortOrder& order = metadata.sort_order();
  // An order is a wish: what we cannot follow (a transform of a later version, a column
  // that is gone) is not a reason to refuse rows.
  const bool can_sort =
      !order.fields.empty() && KeyPlan::Make(metadata.schema(), order).ok();
  const bool wants_order = !is_set || property->second == "table";
  return can_sort && wants_order ? RowOrdering::kTable : RowOrdering::kGiven;
}

Result<std::unique_ptr<TableWriter>> TableWriter::Open(
    io::FileIO& io, std::shared_ptr<const iceberg::TableMetadata> metadata,
    TableWriterOptions options, Clock& clock, Random& random) {
  const iceberg::SpecId spec_id = options.spec_id.value_or(metadata->default_spec_id);
  const iceberg::PartitionSpec* spec = metadata->FindSpec(spec_id);
  if (spec == nullptr) {
    return MakeError(ErrorCode::kInvalidArgument, "Table " + metadata->location +
                                                      " has no partition spec of id " +
                                                      std::to_string(spec_id.value));
  }
  RowTarget target{.spec = *spec, .sort_order_id = options.sort_order_id};
  ARROW_ASSIGN_OR_RAISE(target.file_schema, FileSchemaOf(*metadata, options));
  target.metadata = std::move(metadata);
  ChooseOrder(options, &target);
  ARROW_ASSIGN_OR_RAISE(auto rows,
                        RowWriter::Open(io, std::move(target), options, clock, random));
  return std::make_unique<ParquetTableWriter>(std::move(rows));
}

}  // namespace tarn::storage
