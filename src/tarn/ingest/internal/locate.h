// From what a person names (path, glob, directory, URL) to the files to read.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/ingest/format.h"
#include "tarn/io/file_io.h"

namespace tarn::ingest::internal {

/// A directory of our own under the system's temporary one; removed with everything in it
/// at the end.
class TemporaryDirectory {
 public:
  static Result<std::unique_ptr<TemporaryDirectory>> Make();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  explicit TemporaryDirectory(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

struct LocatedFiles {
  std::vector<std::string> paths;  // sorted; local paths or s3:// locations
  Format format = Format::kAuto;   // never kAuto when Locate returned it
  std::unique_ptr<TemporaryDirectory> downloaded = nullptr;  // keeps what came over HTTP
};

/// Finds the files and their one format (`format` unless kAuto). Fetches http(s):// URLs.
/// Errors: kNoSuchFile; kInvalidData for empty or mixed input; kInvalidArgument if the
/// format cannot be told.
Result<LocatedFiles> Locate(io::FileIO& io, const std::string& location, Format format,
                            const std::function<bool()>& cancelled);

}  // namespace tarn::ingest::internal
