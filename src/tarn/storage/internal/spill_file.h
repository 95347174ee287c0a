// Bytes that do not fit into memory, in a file without a name: whatever ends the process,
// nothing is left of it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"

namespace tarn::storage {

/// Where a piece is, and what it must look like when it comes back.
struct SpillExtent {
  int64_t offset = 0;
  int64_t bytes = 0;
  uint64_t checksum = 0;  // XXH64
};

/// Thread-safe.
class SpillFile {
 public:
  /// A new file in `directory` (made if it is not there; the system's directory for
  /// temporary files if empty). `key` seals what is written, with AES-GCM; empty: it is
  /// written as it is. Errors: kIoFailed, kForbidden, kDiskFull.
  static Result<std::shared_ptr<SpillFile>> Make(std::string directory,
                                                 std::string key = {});
  /// Takes over an open file.
  SpillFile(int descriptor, std::string directory, std::string key);
  ~SpillFile();
  SpillFile(const SpillFile&) = delete;
  SpillFile& operator=(const SpillFile&) = delete;

  /// Errors: kDiskFull, kIoFailed.
  Result<SpillExtent> Append(std::string_view bytes);
  /// Errors: kIoFailed; kInvalidData if the bytes are not those that were appended.
  Result<std::shared_ptr<arrow::Buffer>> Read(const SpillExtent& extent) const;

  int64_t bytes_written() const { return end_.load(); }

 private:
  Status WriteAt(int64_t offset, std::string_view bytes) const;
  Status Failed(const char* what, int error) const;

  const int descriptor_;
  const std::string directory_;  // for messages
  const std::string key_;
  std::atomic<int64_t> end_{0};
};

}  // namespace tarn::storage
