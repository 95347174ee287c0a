// Files of two places as one: those below a directory are the second one's, all others
// the first one's.
#pragma once

#include <memory>
#include <string>

#include "tarn/base/result.h"
#include "tarn/io/file_io.h"

namespace tarn::service {

class TwoPlaceFiles : public io::FileIO {
 public:
  /// Both outlive it.
  TwoPlaceFiles(io::FileIO& first, io::FileIO& second, std::string directory);

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
  KeyManagement* keys() override { return first_.keys(); }

 private:
  io::FileIO& Of(const std::string& location);

  io::FileIO& first_;
  io::FileIO& second_;
  const std::string directory_;  // ends with '/'
};

/// A copy of a file, in parts; gives its bytes. Errors: those of FileIO; kInvalidData if
/// the source is cut off.
Result<int64_t> CopyFile(io::FileIO& files, const std::string& from,
                         const std::string& to);

}  // namespace tarn::service
