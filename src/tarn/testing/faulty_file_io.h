// A FileIO that fails on demand: "fail every I/O once" loops (STYLE, example 11).
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "tarn/base/error.h"
#include "tarn/io/file_io.h"

namespace tarn::testing {

enum class FaultEffect : uint8_t {
  kNone,     // the operation does nothing and reports the error
  kPartial,  // a write to a stream leaves its first half behind; else as kNone
  kFull,     // the operation takes effect, and then an error is reported all the same
};

struct Fault {
  int64_t at =
      -1;  // operations are counted from 0 since FailOperation(); negative: none fails
  FaultEffect effect = FaultEffect::kNone;
  ErrorCode code = ErrorCode::kIoFailed;
};

/// Passes everything on to `base` (which outlives it) and counts: each call of FileIO,
/// and each read, write and close of the streams it gave out, is one operation. Exactly
/// one operation fails per FailOperation(). Thread-safe.
class FaultyFileIO : public io::FileIO {
 public:
  explicit FaultyFileIO(io::FileIO& base) : base_(base) {}

  /// Starts counting anew and makes one operation fail.
  void FailOperation(Fault fault);
  void FailOperation(int64_t at) {
    FailOperation(Fault{at, FaultEffect::kNone, ErrorCode::kIoFailed});
  }
  bool fault_fired() const { return fired_.load(); }
  int64_t operations() const { return operations_.load(); }

  Result<std::shared_ptr<arrow::io::RandomAccessFile>> OpenInput(
      const std::string& location, std::optional<int64_t> size_bytes = {}) override;
  Result<std::shared_ptr<arrow::io::OutputStream>> OpenOutput(
      const std::string& location) override;
  Status WriteNew(const std::string& location, std::string_view bytes) override;
  Result<std::string> ReadAll(const std::string& location,
                              int64_t bytes_max = int64_t{1} << 31) override;
  Result<io::FileInfo> Stat(const std::string& location) override;
  Result<std::vector<io::FileInfo>> List(const std::string& directory) override;
  Status Delete(const std::string& location) override;
  KeyManagement* keys() override { return base_.keys(); }

  /// Counts one operation; true if it is the one to fail. For the streams.
  bool Fires();
  FaultEffect effect() const { return effect_.load(); }
  Status Error(const std::string& operation, const std::string& location) const;

 private:
  io::FileIO& base_;
  std::atomic<int64_t> operations_{0};
  std::atomic<int64_t> fail_at_{-1};
  std::atomic<FaultEffect> effect_{FaultEffect::kNone};
  std::atomic<ErrorCode> code_{ErrorCode::kIoFailed};
  std::atomic<bool> fired_{false};
};

}  // namespace tarn::testing
