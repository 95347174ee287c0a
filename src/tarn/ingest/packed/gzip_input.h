// What gzip has packed, with its checksums: a file that is damaged or cut off is none.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <arrow/io/type_fwd.h>
#include <arrow/type_fwd.h>

#include "tarn/base/result.h"

namespace tarn::io {
class FileIO;
}  // namespace tarn::io

namespace tarn::ingest::packed {

bool IsGzip(std::string_view head);

/// The members of a gzip file, one after the other. Thread-compatible.
class GzipInput {
 public:
  static Result<std::unique_ptr<GzipInput>> Open(
      std::shared_ptr<arrow::io::RandomAccessFile> file);
  ~GzipInput();
  GzipInput(const GzipInput&) = delete;
  GzipInput& operator=(const GzipInput&) = delete;

  /// The next `bytes` bytes, fewer at the end and none behind it. Errors: kInvalidData (a
  /// checksum or length is wrong, the end is missing, something else follows), those of
  /// the file.
  Result<std::shared_ptr<arrow::Buffer>> Read(int64_t bytes);

 private:
  class WatchedFile;
  GzipInput(std::shared_ptr<WatchedFile> file,
            std::shared_ptr<arrow::io::InputStream> unpacked);

  std::shared_ptr<WatchedFile> file_;
  std::shared_ptr<arrow::io::InputStream> unpacked_;
};

/// Reads all of a gzip file for its checksums. Errors: as GzipInput::Read; kCancelled.
Status CheckGzip(io::FileIO& io, const std::string& path,
                 const std::function<bool()>& cancelled);

}  // namespace tarn::ingest::packed
