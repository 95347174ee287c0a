#include "tests/conformance/golden_data.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include <gtest/gtest.h>

namespace tarn::conformance {
namespace {

namespace fs = std::filesystem;

/// The directory of the dependencies whose name begins with `prefix`; versions follow it.
fs::path DirectoryOf(const std::string& prefix) {
  const char* deps = std::getenv("TARN_DEPS");
  if (deps == nullptr || !fs::is_directory(deps)) {
    return {};
  }
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(deps)) {
    if (entry.path().filename().string().starts_with(prefix)) {
      found.push_back(entry.path());
    }
  }
  const auto newest = std::max_element(
      found.begin(), found.end(), [](const fs::path& left, const fs::path& right) {
        return fs::last_write_time(left) < fs::last_write_time(right);
      });
  return newest == found.end() ? fs::path() : *newest;
}

std::string ReadFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in.is_open()) << path << " is missing: run tools/install_deps.sh --test";
  std::ostringstream bytes;
  bytes << in.rdbuf();
  return bytes.str();
}

}  // namespace

std::string JavaFile(const std::string& path) {
  return ReadFile(DirectoryOf("conformance-") / path);
}

std::string GoFile(const std::string& path) {
  return ReadFile(DirectoryOf("goread-") / path);
}

}  // namespace tarn::conformance
