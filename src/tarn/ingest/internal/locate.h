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
  std::unique_ptr<TemporaryDirectory> downloaded = nullptr;  // keeps what came over HTTP
};

/// Finds the files. Fetches http(s):// URLs; `format` is that of a file whose name says
/// none. Errors: kNoSuchFile; kInvalidData if all are empty.
Result<LocatedFiles> Locate(io::FileIO& io, const std::string& location, Format format,
                            const std::function<bool()>& cancelled);

/// The one format of the files that were found at `location`, by their names and then by
/// their first bytes. Errors: kInvalidData for several, kInvalidArgument if it cannot be
/// told.
Result<Format> CommonFormat(io::FileIO& io, const std::vector<std::string>& paths,
                            const std::string& location);

/// kInvalidData if no file holds a byte.
Status RefuseEmpty(io::FileIO& io, const std::vector<std::string>& paths);

}  // namespace tarn::ingest::internal
