#include "tarn/engine/internal/file_roots.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "tarn/base/error.h"

namespace tarn::engine {
namespace {

namespace fs = std::filesystem;

std::string WithSlash(std::string text) {
  if (!text.ends_with('/')) {
    text += '/';
  }
  return text;
}

bool IsRemote(std::string_view path) {
  return path.find("://") != std::string_view::npos && !path.starts_with("file:");
}

/// "/a" of "/a", "file:/a" and "file:///a"; empty if it names a host or is relative.
std::string LocalPath(std::string_view path) {
  if (path.starts_with("file:")) {
    path.remove_prefix(5);
    if (path.starts_with("//")) {
      path.remove_prefix(2);
    }
    if (path.find('%') != std::string_view::npos) {
      return {};
    }
  }
  return path.starts_with('/') ? std::string(path) : std::string();
}

bool HasParentStep(std::string_view path) {
  return ("/" + std::string(path) + "/").find("/../") != std::string::npos;
}

}  // namespace

Result<FileRoots> FileRoots::Make(const std::vector<std::string>& roots) {
  FileRoots made;
  for (const std::string& root : roots) {
    if (IsRemote(root) && !HasParentStep(root)) {
      made.remote_.push_back(WithSlash(root));
      continue;
    }
    const std::string path = LocalPath(root);
    std::error_code error;
    const fs::path canonical = fs::weakly_canonical(path, error);
    if (path.empty() || error) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "sql.file_roots takes absolute directories and locations like "
                       "s3://bucket/path, not \"" +
                           root + "\"");
    }
    made.local_.push_back(WithSlash(canonical.string()));
  }
  return made;
}

bool FileRoots::Contains(std::string_view path) const {
  if (path.find('\0') != std::string_view::npos || HasParentStep(path)) {
    return false;
  }
  if (IsRemote(path)) {
    return std::ranges::any_of(
        remote_, [&](const std::string& root) { return path.starts_with(root); });
  }
  std::string local = LocalPath(path);
  if (local.empty()) {
    return false;
  }
  // Only the directories before a wildcard are known.
  if (const size_t wild = local.find_first_of("*?["); wild != std::string::npos) {
    local.resize(local.rfind('/', wild) + 1);
  }
  std::error_code error;
  const fs::path canonical = fs::weakly_canonical(local, error);
  if (error) {
    return false;
  }
  const std::string place = WithSlash(canonical.string());
  return std::ranges::any_of(
      local_, [&](const std::string& root) { return place.starts_with(root); });
}

}  // namespace tarn::engine
