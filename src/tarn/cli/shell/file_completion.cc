#include "tarn/cli/shell/file_completion.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

namespace tarn::cli {
namespace {

namespace fs = std::filesystem;

constexpr size_t kFilesMax = 500;

}  // namespace

std::string WithHome(const std::string& path) {
  const char* const home = std::getenv("HOME");
  return path.starts_with("~/") && home != nullptr ? home + path.substr(1) : path;
}

Completions CompleteFile(const std::string& path, size_t begin) {
  const size_t slash = path.find_last_of('/');
  const std::string folder = slash == std::string::npos ? "" : path.substr(0, slash + 1);
  const std::string typed = path.substr(folder.size());
  Completions found;
  found.begin = begin + folder.size();
  std::error_code error;
  fs::directory_iterator entries(folder.empty() ? "." : WithHome(folder), error);
  while (!error && entries != fs::directory_iterator() &&
         found.candidates.size() < kFilesMax) {
    const std::string name = entries->path().filename().string();
    const bool is_hidden = name.starts_with('.') && !typed.starts_with('.');
    if (name.starts_with(typed) && !is_hidden) {
      std::error_code ignored;
      const std::string end = entries->is_directory(ignored) ? "/" : "";
      found.candidates.push_back({name + end, name + end});
    }
    entries.increment(error);
  }
  std::sort(found.candidates.begin(), found.candidates.end(),
            [](const auto& a, const auto& b) { return a.text < b.text; });
  return found;
}

}  // namespace tarn::cli
