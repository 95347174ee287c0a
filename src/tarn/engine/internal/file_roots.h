// Places below which files may be read by sessions that reach tables only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/result.h"

namespace tarn::engine {

/// Immutable, thread-safe.
class FileRoots {
 public:
  FileRoots() = default;
  /// Directories (absolute, or file:), or beginnings of locations of object stores.
  /// Errors: kInvalidArgument.
  static Result<FileRoots> Make(const std::vector<std::string>& roots);

  bool empty() const { return local_.empty() && remote_.empty(); }
  /// Whether the file, directory or glob `path` is below a root once links and ".." are
  /// followed. What matches a glob must be asked again: it may be a link.
  bool Contains(std::string_view path) const;

 private:
  std::vector<std::string> local_;   // canonical, end with a slash
  std::vector<std::string> remote_;  // end with a slash
};

}  // namespace tarn::engine
