#include "tarn/storage/data_file_reader.h"

#include <algorithm>
#include <utility>

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/compute/api_vector.h>
#include <arrow/datum.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>
#include <parquet/metadata.h>

#include "tarn/base/error.h"
#include "tarn/storage/arrow_schema.h"
#include "tarn/storage/internal/chunk_stats.h"
#include "tarn/storage/internal/column_projection.h"
#include "tarn/storage/internal/parquet_input.h"
#include "tarn/storage/internal/table_columns.h"

namespace tarn::storage {
namespace {

using iceberg::Field;
using iceberg::Type;
using ArrayPtr = std::shared_ptr<arrow::Array>;

/// Decoded rows of one batch, as far as the footer lets us foresee them.
constexpr double kBatchBytesMax = 32 << 20;

std::shared_ptr<arrow::Field> LongField(const std::string& name, iceberg::FieldId id,
                                        bool nullable) {
  auto metadata = arrow::key_value_metadata({"PARQUET:field_id"}, {std::to_string(id)});
  return arrow::field(name, arrow::int64(), nullable, std::move(metadata));
}

/// Rows of which no column is read. A footer may claim any number of them, so they are
/// not made all at once.
class RowsWithoutColumns final : public arrow::RecordBatchReader {
 public:
  RowsWithoutColumns(int64_t num_rows, int64_t batch_rows_max)
      : num_rows_(num_rows), batch_rows_max_(batch_rows_max) {}

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }
  Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    const int64_t count = std::min(num_rows_, batch_rows_max_);
    num_rows_ -= count;
    *batch = count == 0 ? nullptr
                        : arrow::RecordBatch::Make(schema_, count, arrow::ArrayVector{});
    return Status::OK();
  }

 private:
  const std::shared_ptr<arrow::Schema> schema_ = arrow::schema(arrow::FieldVector{});
  int64_t num_rows_;
  const int64_t batch_rows_max_;
};

class ParquetRows final : public DataFileReader {
 public:
  ParquetRows(std::unique_ptr<ParquetInput> input, ColumnProjection projection,
              const iceberg::DataFile& file, iceberg::SequenceNumber sequence_number,
              std::shared_ptr<const iceberg::PositionSet> deleted,
              DataFileReadOptions options, std::shared_ptr<arrow::Schema> schema)
      : input_(std::move(input)),
        projection_(std::move(projection)),
        leaves_(projection_.leaves()),
        first_row_id_(file.first_row_id),
        sequence_number_(sequence_number),
        deleted_(std::move(deleted)),
        options_(std::move(options)),
        schema_(std::move(schema)) {}

  const std::shared_ptr<arrow::Schema>& schema() const override { return schema_; }

  Result<std::shared_ptr<arrow::RecordBatch>> Next() override {
    while (true) {
      if (batches_ == nullptr) {
        ARROW_ASSIGN_OR_RAISE(const bool more, NextRowGroup());
        if (!more) {
          return nullptr;
        }
      }
      std::shared_ptr<arrow::RecordBatch> batch;
      ARROW_RETURN_NOT_OK(input_->Run([&] { return batches_->ReadNext(&batch); }));
      if (batch == nullptr) {
        ARROW_RETURN_NOT_OK(EndRowGroup());
        continue;
      }
      const int64_t begin = position_;
      position_ += batch->num_rows();
      ARROW_ASSIGN_OR_RAISE(auto rows, Finish(batch, begin));
      if (rows != nullptr) {
        return rows;
      }
    }
  }

 private:
  /// Moves on to the next row group that has rows for us; false at the end.
  Result<bool> NextRowGroup() {
    const parquet::FileMetaData& footer = input_->footer();
    while (++row_group_ < footer.num_row_groups()) {
      int64_t num_rows = 0;
      double bytes = 0;
      ARROW_RETURN_NOT_OK(input_->Run([&]() -> Status {
        const auto group = footer.RowGroup(row_group_);
        num_rows = group->num_rows();
        for (const int leaf : leaves_) {
          bytes +=
              static_cast<double>(group->ColumnChunk(leaf)->total_uncompressed_size());
        }
        return Status::OK();
      }));
      if (num_rows < 0 || __builtin_add_overflow(position_, num_rows, &group_end_)) {
        return MakeError(ErrorCode::kInvalidData, input_->location() +
                                                      ": a row group has " +
                                                      std::to_string(num_rows) + " rows");
      }
      ARROW_ASSIGN_OR_RAISE(const bool wanted,
                            input_->Run([&] { return IsWanted(num_rows); }));
      if (!wanted || num_rows == 0) {
        position_ = group_end_;
        continue;
      }
      if (leaves_.empty()) {
        batches_ =
            std::make_unique<RowsWithoutColumns>(num_rows, options_.batch_rows_max);
        return true;
      }
      const double row_bytes = std::max(bytes / static_cast<double>(num_rows), 1.0);
      input_->reader().set_batch_size(std::clamp<int64_t>(
          static_cast<int64_t>(kBatchBytesMax / row_bytes), 1, options_.batch_rows_max));
      ARROW_ASSIGN_OR_RAISE(batches_, input_->Run([&] {
        return input_->reader().GetRecordBatchReader({row_group_}, leaves_);
      }));
      return true;
    }
    return false;
  }

  Result<bool> IsWanted(int64_t num_rows) const {
    if (options_.row_groups.has_value() &&
        std::find(options_.row_groups->begin(), options_.row_groups->end(), row_group_) ==
            options_.row_groups->end()) {
      return false;
    }
    if (deleted_ != nullptr &&
        deleted_->CountInRange(position_, position_ + num_rows) == num_rows) {
      return false;
    }
    if (options_.may_match == nullptr) {
      return true;
    }
    ARROW_ASSIGN_OR_RAISE(const auto stats, RowGroupStats(input_->footer(), row_group_,
                                                          projection_.matched()));
    return options_.may_match(stats);
  }

  Status EndRowGroup() {
    batches_.reset();
    if (position_ == group_end_) {
      return Status::OK();
    }
    return MakeError(ErrorCode::kInvalidData,
                     input_->location() + ": row group " + std::to_string(row_group_) +
                         " should end at row " + std::to_string(group_end_) +
                         " and ends at row " + std::to_string(position_));
  }

  /// Rows of `batch`, which begins at row `begin` of the file, that are not deleted, in
  /// the columns of the result; nullptr if there are none.
  Result<std::shared_ptr<arrow::RecordBatch>> Finish(
      std::shared_ptr<arrow::RecordBatch> batch, int64_t begin) {
    const auto count = static_cast<uint32_t>(batch->num_rows());
    kept_.resize(count);
    uint32_t num_kept = count;
    if (deleted_ != nullptr) {
      num_kept = deleted_->SelectAbsent(begin, count, kept_.data());
    }
    if (num_kept == 0) {
      return nullptr;
    }
    const bool all = num_kept == count;
    if (!all) {
      kept_.resize(num_kept);
      ARROW_ASSIGN_OR_RAISE(batch, Take(*batch));
    }
    auto columns = projection_.Apply(*batch);
    if (!columns.ok()) {
      return WithContext(input_->location() + ": ", ValueError(columns.status()));
    }
    arrow::ArrayVector result = *std::move(columns);
    if (options_.row_lineage || options_.positions) {
      ARROW_ASSIGN_OR_RAISE(const auto positions, Positions(begin, num_kept, all));
      ARROW_RETURN_NOT_OK(AddRowColumns(positions, &result));
    }
    return arrow::RecordBatch::Make(schema_, num_kept, std::move(result));
  }

  /// A value that the table's type cannot hold is the file's fault.
  static Status ValueError(const Status& status) {
    const ErrorCode code = CodeOf(status);
    return code == ErrorCode::kOutOfMemory || code == ErrorCode::kInternal
               ? status
               : MakeError(ErrorCode::kInvalidData, status.message());
  }

  Result<std::shared_ptr<arrow::RecordBatch>> Take(const arrow::RecordBatch& batch) {
    if (batch.num_columns() == 0) {
      return arrow::RecordBatch::Make(batch.schema(), static_cast<int64_t>(kept_.size()),
                                      arrow::ArrayVector{});
    }
    const arrow::UInt32Array rows(static_cast<int64_t>(kept_.size()),
                                  arrow::Buffer::Wrap(kept_));
    ARROW_ASSIGN_OR_RAISE(
        const arrow::Datum taken,
        arrow::compute::Take(arrow::Datum(batch.Slice(0)), arrow::Datum(rows.data()),
                             arrow::compute::TakeOptions::NoBoundsCheck()));
    return taken.record_batch();
  }

  Result<std::shared_ptr<arrow::Int64Array>> Positions(int64_t begin, uint32_t count,
                                                       bool all) const {
    ARROW_ASSIGN_OR_RAISE(
        std::shared_ptr<arrow::Buffer> buffer,
        arrow::AllocateBuffer(int64_t{count} * static_cast<int64_t>(sizeof(int64_t))));
    auto* out = reinterpret_cast<int64_t*>(buffer->mutable_data());
    for (uint32_t i = 0; i < count; ++i) {
      out[i] = begin + (all ? i : kept_[i]);
    }
    return std::make_shared<arrow::Int64Array>(count, std::move(buffer));
  }

  Status AddRowColumns(const std::shared_ptr<arrow::Int64Array>& positions,
                       arrow::ArrayVector* columns) const {
    if (options_.row_lineage) {
      const size_t lineage = columns->size() - 2;
      ArrayPtr& row_id = (*columns)[lineage];
      ArrayPtr& updated = (*columns)[lineage + 1];
      if (first_row_id_.has_value()) {
        ARROW_ASSIGN_OR_RAISE(row_id, Inherit(*row_id, [&](int64_t i) {
                                return *first_row_id_ + positions->Value(i);
                              }));
        ARROW_ASSIGN_OR_RAISE(updated, Inherit(*updated, [&](int64_t /*i*/) {
                                return sequence_number_.value;
                              }));
      }
    }
    if (options_.positions) {
      columns->push_back(positions);
    }
    return Status::OK();
  }

  /// `stored` with `inherited(i)` in place of nulls.
  template <typename Inherited>
  static Result<ArrayPtr> Inherit(const arrow::Array& stored,
                                  const Inherited& inherited) {
    const auto& values = static_cast<const arrow::Int64Array&>(stored);
    ARROW_ASSIGN_OR_RAISE(
        std::shared_ptr<arrow::Buffer> buffer,
        arrow::AllocateBuffer(values.length() * static_cast<int64_t>(sizeof(int64_t))));
    auto* out = reinterpret_cast<int64_t*>(buffer->mutable_data());
    for (int64_t i = 0; i < values.length(); ++i) {
      out[i] = values.IsValid(i) ? values.Value(i) : inherited(i);
    }
    return std::make_shared<arrow::Int64Array>(values.length(), std::move(buffer));
  }

  const std::unique_ptr<ParquetInput> input_;
  const ColumnProjection projection_;
  const std::vector<int> leaves_;
  const std::optional<int64_t> first_row_id_;
  const iceberg::SequenceNumber sequence_number_;
  const std::shared_ptr<const iceberg::PositionSet> deleted_;
  const DataFileReadOptions options_;
  const std::shared_ptr<arrow::Schema> schema_;
  std::unique_ptr<arrow::RecordBatchReader> batches_;  // of the current row group
  int row_group_ = -1;
  int64_t position_ = 0;   // of the next row in the file
  int64_t group_end_ = 0;  // one past the last row of the current row group
  std::vector<uint32_t> kept_;
};

}  // namespace

Field RowIdColumn() {
  return {.id = kRowIdField, .name = "_row_id", .type = Type::Long()};
}

Field LastUpdatedSequenceColumn() {
  return {.id = kLastUpdatedSequenceField,
          .name = "_last_updated_sequence_number",
          .type = Type::Long()};
}

Result<std::unique_ptr<DataFileReader>> DataFileReader::Open(
    io::FileIO& io, const iceberg::TableMetadata& metadata, const iceberg::DataFile& file,
    iceberg::SequenceNumber data_sequence_number,
    std::shared_ptr<const iceberg::PositionSet> deleted, DataFileReadOptions options) {
  if (options.batch_rows_max < 1) {
    return MakeError(
        ErrorCode::kInvalidArgument,
        "A batch has at least one row, got: " + std::to_string(options.batch_rows_max));
  }
  options.batch_rows_max = std::min<int64_t>(options.batch_rows_max, int64_t{1} << 24);
  std::vector<Field> fields = options.schema->fields();
  ARROW_ASSIGN_OR_RAISE(auto arrow_schema, ArrowSchemaOf(*options.schema));
  arrow::FieldVector arrow_fields = arrow_schema->fields();
  if (options.row_lineage) {
    fields.push_back(RowIdColumn());
    fields.push_back(LastUpdatedSequenceColumn());
    for (size_t i = fields.size() - 2; i < fields.size(); ++i) {
      arrow_fields.push_back(LongField(fields[i].name, fields[i].id, /*nullable=*/true));
    }
  }
  if (options.positions) {
    arrow_fields.push_back(LongField("_pos", kRowPositionField, /*nullable=*/false));
  }
  ARROW_ASSIGN_OR_RAISE(auto input, ParquetInput::Open(io, file));
  const auto constants = IdentityValues(metadata, file);
  const std::string context = file.file_path + ": ";
  auto columns = TableColumnsOf(input->columns(), metadata, constants);
  if (!columns.ok()) {
    return WithContext(context, columns.status());
  }
  auto projection =
      ColumnProjection::Make(*columns, fields, constants, options.missing_columns);
  if (!projection.ok()) {
    const Status& status = projection.status();
    return CodeOf(status) == ErrorCode::kTypeMismatch
               ? MakeError(ErrorCode::kInvalidData, context + status.message())
               : WithContext(context, status);
  }
  return std::make_unique<ParquetRows>(
      std::move(input), *std::move(projection), file, data_sequence_number,
      std::move(deleted), std::move(options), arrow::schema(std::move(arrow_fields)));
}

}  // namespace tarn::storage
