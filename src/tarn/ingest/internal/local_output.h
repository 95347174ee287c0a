// A local file that is written from front to end.
#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "tarn/base/result.h"

namespace tarn::ingest::internal {

/// Thread-compatible. Errors of all: kIoFailed, kForbidden, kDiskFull.
class LocalOutput {
 public:
  /// Replaces what is there.
  static Result<LocalOutput> Open(const std::string& path);
  Status Write(std::string_view bytes);
  /// Without it what was written last may be missing, and nobody is told.
  Status Close();

 private:
  struct Closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  LocalOutput(std::string path, std::FILE* file) : path_(std::move(path)), file_(file) {}

  std::string path_;
  std::unique_ptr<std::FILE, Closer> file_;
};

}  // namespace tarn::ingest::internal
