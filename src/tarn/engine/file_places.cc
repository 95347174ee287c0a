#include "tarn/engine/file_places.h"

#include <sstream>
#include <utility>

#include "tarn/engine/internal/file_roots.h"

namespace tarn::engine {

std::vector<std::string> FileRootsFrom(const Config& config) {
  std::vector<std::string> roots;
  std::istringstream list(config.GetText("sql.file_roots"));
  for (std::string root; std::getline(list >> std::ws, root, ',');) {
    root.erase(root.find_last_not_of(' ') + 1);
    if (!root.empty()) {
      roots.push_back(std::move(root));
    }
  }
  return roots;
}

Result<bool> IsBelowRoots(const std::vector<std::string>& roots,
                          std::string_view location) {
  ARROW_ASSIGN_OR_RAISE(const FileRoots places, FileRoots::Make(roots));
  return places.Contains(location);
}

}  // namespace tarn::engine
