// Reads any Avro object container file, row by row.
//
//   MemorySource source(bytes);
//   ARROW_ASSIGN_OR_RAISE(FileReader reader, FileReader::Open(&source));
//   for (;;) {
//     ARROW_ASSIGN_OR_RAISE(bool more, reader.NextRow());
//     if (!more) break;
//     VisitValue(reader.schema(), reader.schema().root_id(), &reader.decoder(),
//     &visitor);
//   }
//
// Who needs speed walks the schema once, builds a plan from it and calls the Decoder
// itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/avro/codec.h"
#include "tarn/iceberg/avro/decoder.h"
#include "tarn/iceberg/avro/schema.h"

namespace tarn::iceberg::avro {

/// Where a file's bytes come from, in order.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// Bytes not yet skipped. The reader never peeks at more than this.
  virtual uint64_t bytes_left() const = 0;
  /// The next `size` bytes, fewer only at the end; valid until the next call of Peek.
  virtual Result<std::string_view> Peek(size_t size) = 0;
  /// Moves past `size` bytes that were peeked at; views stay valid.
  virtual void Skip(size_t size) = 0;
};

/// A file that is in memory; `bytes` must outlive it.
class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(std::string_view bytes) : left_(bytes) {}
  uint64_t bytes_left() const override { return left_.size(); }
  Result<std::string_view> Peek(size_t size) override { return left_.substr(0, size); }
  void Skip(size_t size) override { left_.remove_prefix(size); }

 private:
  std::string_view left_;
};

/// What a file from outside may cost.
struct ReaderLimits {
  size_t header_bytes_max = size_t{64} << 20;
  size_t block_bytes_max = size_t{256} << 20;  // packed and unpacked
  /// All blocks together may unpack to `unpacked_bytes_base` + `unpacked_ratio_max` times
  /// their packed size; 0: no such limit, for callers that keep no rows.
  size_t unpacked_bytes_base = 0;
  size_t unpacked_ratio_max = 0;
};

/// Thread-compatible.
class FileReader {
 public:
  /// Reads the header. `source` must outlive the reader. Errors: kInvalidData,
  /// kNotSupported (codec), those of the source.
  static Result<FileReader> Open(ByteSource* source, ReaderLimits limits = {});

  /// Gives the schema that a header's JSON text means.
  using SchemaParser =
      std::function<Result<std::shared_ptr<const Schema>>(const std::string& json)>;
  /// The same for a caller that reads many files of one schema and keeps it.
  static Result<FileReader> Open(ByteSource* source, ReaderLimits limits,
                                 const SchemaParser& parse);

  /// The schema the file was written with.
  const Schema& schema() const { return *schema_; }
  Codec codec() const { return codec_; }
  /// A value of the header's metadata ("avro.schema", "format-version", …), or nullptr.
  const std::string* FindMetadata(std::string_view key) const;

  /// Moves to the next row, whose value decoder() then reads; false after the last one.
  /// The row before must have been read to its end. Checks what happened since the last
  /// call: a failure of the decoder, rows that do not fill their block, the sync marker.
  /// Errors: kInvalidData, those of the source.
  Result<bool> NextRow() {
    if (rows_left_ > 0 && !decoder_.failed()) {
      --rows_left_;
      ++row_number_;
      return true;
    }
    return NextBlock();
  }
  Decoder& decoder() { return decoder_; }

 private:
  FileReader(ByteSource* source, ReaderLimits limits, Codec codec)
      : source_(source), limits_(limits), codec_(codec), decompressor_(codec) {}

  Result<bool> NextBlock();
  Result<size_t> UnpackedBytesMax(size_t packed_bytes);
  Status Corrupt(const std::string& what) const;

  ByteSource* source_;
  ReaderLimits limits_;
  Codec codec_;
  Decompressor decompressor_;
  std::shared_ptr<const Schema> schema_;
  std::vector<std::pair<std::string, std::string>> metadata_;
  std::string sync_;
  Decoder decoder_;
  int64_t rows_left_ = 0;
  int64_t row_number_ = 0;  // of the row being read, from 1
  uint64_t packed_bytes_ = 0;
  uint64_t unpacked_bytes_ = 0;
};

}  // namespace tarn::iceberg::avro
