#include "tarn/ingest/postgres/copy_decoder.h"

#include <optional>
#include <string>
#include <utility>

#include <arrow/array/array_base.h>
#include <arrow/array/builder_base.h>
#include <arrow/extension_type.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/ingest/postgres/big_endian.h"
#include "tarn/ingest/postgres/value_decoder.h"

namespace tarn::ingest::postgres {
namespace {

constexpr std::string_view kSignature("PGCOPY\n\377\r\n\0", 11);
constexpr size_t kHeadBytes = kSignature.size() + 8;  // flags, length of an extension
constexpr uint32_t kCriticalFlags = 0xFFFF0000;
constexpr int32_t kExtensionBytesMax = 1 << 20;
constexpr int16_t kEnd = -1;

Status Broken(const std::string& what) {
  return MakeError(ErrorCode::kInvalidData,
                   "What PostgreSQL sent is no binary COPY of these columns: " + what);
}

/// Where the row ends that `bytes` begin with; unset if more bytes are needed. Errors:
/// kInvalidData.
Result<std::optional<size_t>> RowEnd(std::string_view bytes, size_t num_columns) {
  if (bytes.size() < sizeof(int16_t)) {
    return std::optional<size_t>();
  }
  const auto count = LoadBigEndian<int16_t>(bytes.data());
  if (count == kEnd) {
    return std::optional(sizeof(int16_t));
  }
  if (count < 0 || static_cast<size_t>(count) != num_columns) {
    return Broken(fmt::format("a row has {} values and not {}", count, num_columns));
  }
  size_t at = sizeof(int16_t);
  for (size_t i = 0; i < num_columns; ++i) {
    if (bytes.size() - at < sizeof(int32_t)) {
      return std::optional<size_t>();
    }
    const auto length = LoadBigEndian<int32_t>(bytes.data() + at);
    at += sizeof(int32_t);
    if (length < -1) {
      return Broken(fmt::format("a value has the length {}", length));
    }
    const size_t size = length < 0 ? 0 : static_cast<size_t>(length);
    if (bytes.size() - at < size) {
      return std::optional<size_t>();
    }
    at += size;
  }
  return std::optional(at);
}

class Decoder : public CopyDecoder {
 public:
  Decoder(std::shared_ptr<arrow::Schema> schema,
          std::vector<std::unique_ptr<ValueDecoder>> columns)
      : schema_(std::move(schema)), columns_(std::move(columns)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  Status Append(std::string_view bytes) override {
    if (kept_.empty()) {
      ARROW_ASSIGN_OR_RAISE(const size_t used, Take(bytes));
      kept_.assign(bytes.substr(used));
      return Status::OK();
    }
    kept_.append(bytes);
    ARROW_ASSIGN_OR_RAISE(const size_t used, Take(kept_));
    kept_.erase(0, used);
    return Status::OK();
  }

  int64_t num_rows() const override { return num_rows_; }
  int64_t num_bytes() const override { return num_bytes_; }
  bool has_ended() const override { return has_ended_; }

  Result<std::shared_ptr<arrow::RecordBatch>> Flush() override {
    if (num_rows_ == 0) {
      return nullptr;
    }
    arrow::ArrayVector arrays;
    for (size_t i = 0; i < columns_.size(); ++i) {
      ARROW_ASSIGN_OR_RAISE(auto array, columns_[i]->builder()->Finish());
      // Builders know storage types only.
      ARROW_ASSIGN_OR_RAISE(array,
                            array->View(schema_->field(static_cast<int>(i))->type()));
      arrays.push_back(std::move(array));
    }
    rows_before_ += num_rows_;
    num_bytes_ = 0;
    return arrow::RecordBatch::Make(schema_, std::exchange(num_rows_, 0),
                                    std::move(arrays));
  }

 private:
  /// Whole parts of `bytes`; gives how many bytes they were.
  Result<size_t> Take(std::string_view bytes) {
    size_t at = 0;
    if (!has_begun_) {
      ARROW_ASSIGN_OR_RAISE(at, TakeHead(bytes));
      if (!has_begun_) {
        return 0;
      }
    }
    while (at < bytes.size()) {
      const std::string_view rest = bytes.substr(at);
      if (has_ended_) {
        return Broken("there are bytes behind its end");
      }
      ARROW_ASSIGN_OR_RAISE(const auto end, RowEnd(rest, columns_.size()));
      if (!end) {
        break;
      }
      RETURN_NOT_OK(TakeRow(rest.substr(0, *end)));
      at += *end;
    }
    return at;
  }

  Result<size_t> TakeHead(std::string_view bytes) {
    if (!bytes.substr(0, kSignature.size())
             .starts_with(kSignature.substr(0, bytes.size()))) {
      return Broken("it does not begin as one");
    }
    if (bytes.size() < kHeadBytes) {
      return 0;
    }
    const auto flags = LoadBigEndian<uint32_t>(bytes.data() + kSignature.size());
    const auto extension = LoadBigEndian<int32_t>(bytes.data() + kSignature.size() + 4);
    if ((flags & kCriticalFlags) != 0 || extension < 0 ||
        extension > kExtensionBytesMax) {
      return Broken("its head says something that is not known");
    }
    const size_t size = kHeadBytes + static_cast<size_t>(extension);
    has_begun_ = bytes.size() >= size;
    return has_begun_ ? size : 0;
  }

  /// Of a row whose lengths RowEnd() has checked.
  Status TakeRow(std::string_view row) {
    if (LoadBigEndian<int16_t>(row.data()) == kEnd) {
      has_ended_ = true;
      return Status::OK();
    }
    size_t at = sizeof(int16_t);
    for (size_t i = 0; i < columns_.size(); ++i) {
      const auto length = LoadBigEndian<int32_t>(row.data() + at);
      at += sizeof(int32_t);
      const size_t size = length < 0 ? 0 : static_cast<size_t>(length);
      const Status status = length < 0 ? columns_[i]->AppendNull()
                                       : columns_[i]->Append(row.substr(at, size));
      if (!status.ok()) {
        return WithContext(fmt::format("Column {}, row {}: ",
                                       schema_->field(static_cast<int>(i))->name(),
                                       rows_before_ + num_rows_ + 1),
                           status);
      }
      at += size;
    }
    ++num_rows_;
    num_bytes_ += static_cast<int64_t>(row.size());
    return Status::OK();
  }

  const std::shared_ptr<arrow::Schema> schema_;
  const std::vector<std::unique_ptr<ValueDecoder>> columns_;
  std::string kept_;  // the beginning of something
  bool has_begun_ = false;
  bool has_ended_ = false;
  int64_t rows_before_ = 0;
  int64_t num_rows_ = 0;
  int64_t num_bytes_ = 0;
};

}  // namespace

Result<std::unique_ptr<CopyDecoder>> CopyDecoder::Make(std::vector<Column> columns,
                                                       const DecodeOptions& options) {
  std::vector<std::unique_ptr<ValueDecoder>> decoders;
  arrow::FieldVector fields;
  for (Column& column : columns) {
    auto decoder = MakeValueDecoder(column.type, options);
    if (!decoder.ok()) {
      return WithContext("Column " + column.name + ": ", decoder.status());
    }
    decoders.push_back(*std::move(decoder));
    fields.push_back(arrow::field(std::move(column.name), ArrowTypeOf(column.type)));
  }
  return std::make_unique<Decoder>(arrow::schema(std::move(fields)), std::move(decoders));
}

}  // namespace tarn::ingest::postgres
