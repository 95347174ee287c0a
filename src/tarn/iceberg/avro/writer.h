// Writes Avro object container files into memory.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/avro/codec.h"
#include "tarn/iceberg/avro/encoder.h"

namespace tarn::iceberg::avro {

/// Collects encoded rows; the header is made last, so its schema may depend on the rows.
/// Thread-compatible.
class FileWriter {
 public:
  using Metadata = std::vector<std::pair<std::string, std::string>>;

  explicit FileWriter(Codec codec) : codec_(codec) {}

  /// Ends the row that was appended to `row()` since the last call. Errors: kInternal.
  Status EndRow();
  /// Where the next row goes: use Encoder(writer.row()).
  std::string* row() { return &block_; }
  /// Bytes the file has so far, without header: packed blocks and rows not yet packed.
  size_t num_bytes() const { return blocks_.size() + block_.size(); }

  /// The file's bytes. `schema_json` must describe the rows; `metadata` is added to the
  /// header. The sync marker is a hash of the header, so equal input gives equal bytes.
  /// Errors: kInternal.
  Result<std::string> Finish(std::string_view schema_json, const Metadata& metadata);

 private:
  struct Span {
    size_t end;  // of the block in blocks_
    int64_t rows;
  };
  Status EndBlock();

  Codec codec_;
  std::string block_;   // rows not yet packed
  int64_t rows_ = 0;    // in block_
  std::string blocks_;  // packed, without heads and markers
  std::vector<Span> spans_;
};

}  // namespace tarn::iceberg::avro
