// Files in memory, behind FileIO's contract.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "tarn/base/clock.h"
#include "tarn/io/file_io.h"

namespace tarn::testing {

/// Every absolute location works, whatever its scheme; "file:" spellings of one path are
/// one file. A file appears when it is closed and its modification time is `clock`'s.
/// Thread-safe.
class MemoryFileIO : public io::FileIO {
 public:
  explicit MemoryFileIO(const Clock& clock) : clock_(clock) {}

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
  KeyManagement* keys() override { return keys_; }
  void set_keys(KeyManagement* keys) { keys_ = keys; }

  /// Writes or overwrites a file, whatever the rules.
  void Put(const std::string& location, std::string bytes);
  size_t num_files() const;

 private:
  struct File {
    std::shared_ptr<const std::string> bytes;
    std::chrono::milliseconds modified{0};
  };

  Result<File> Find(const std::string& location) const;

  const Clock& clock_;
  KeyManagement* keys_ = nullptr;
  mutable std::mutex mutex_;
  std::map<std::string, File> files_;  // by normalised location; guarded by mutex_
};

}  // namespace tarn::testing
