#include "tarn/table/maintenance/file_location.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "tarn/io/file_io.h"

namespace tarn::table {
namespace {

std::string WithoutDoubledSlashes(std::string_view path) {
  std::string result = "/";
  for (const char c : path) {
    if (c != '/' || result.back() != '/') {
      result += c;
    }
  }
  if (result.size() > 1 && result.back() == '/') {
    result.pop_back();
  }
  return result;
}

std::string LowerCase(std::string_view text) {
  std::string result;
  for (const char c : text) {
    result += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return result;
}

template <typename Map>
void Replace(const Map& map, std::string* text) {
  const auto found = map.find(*text);
  if (found != map.end()) {
    *text = found->second;
  }
}

/// "scheme://authority" as it is compared, and the path as it is written.
struct StoreAndPath {
  std::string store;
  std::string_view path;
};

StoreAndPath SplitStore(std::string_view location) {
  if (const auto path = io::LocalPathOf(location)) {
    return {"file://", location.substr(location.size() - path->size())};
  }
  const size_t scheme_end = location.find("://");
  if (scheme_end == std::string_view::npos) {
    return {"", location};
  }
  const size_t path_begin = std::min(location.find('/', scheme_end + 3), location.size());
  const FileLocation store = ParseFileLocation(location.substr(0, path_begin));
  return {store.scheme + "://" + store.authority, location.substr(path_begin)};
}

}  // namespace

std::string FileLocation::key() const { return scheme + "://" + authority + path; }

FileLocation ParseFileLocation(std::string_view location,
                               const LocationEquality& equality) {
  if (const auto path = io::LocalPathOf(location)) {
    return {"file", "", WithoutDoubledSlashes(*path)};
  }
  const size_t scheme_end = location.find("://");
  if (scheme_end == std::string_view::npos) {
    return {"", "", WithoutDoubledSlashes(location)};
  }
  FileLocation parsed;
  parsed.scheme = LowerCase(location.substr(0, scheme_end));
  const std::string_view rest = location.substr(scheme_end + 3);
  const size_t authority_end = std::min(rest.find('/'), rest.size());
  parsed.authority = std::string(rest.substr(0, authority_end));
  parsed.path = WithoutDoubledSlashes(rest.substr(authority_end));
  Replace(equality.schemes, &parsed.scheme);
  Replace(equality.authorities, &parsed.authority);
  return parsed;
}

std::string LocationKey(std::string_view location) {
  static const LocationEquality kDefaults;
  return ParseFileLocation(location, kDefaults).key();
}

std::optional<std::string_view> PathBelow(std::string_view location,
                                          std::string_view directory) {
  const StoreAndPath file = SplitStore(location);
  const StoreAndPath above = SplitStore(directory);
  if (file.store != above.store || !file.path.starts_with(above.path)) {
    return std::nullopt;
  }
  const std::string_view below = file.path.substr(above.path.size());
  if (!below.empty() && below.front() != '/') {
    return std::nullopt;
  }
  return below;
}

bool LiesIn(const FileLocation& file, const FileLocation& directory) {
  if (file.scheme != directory.scheme || file.authority != directory.authority ||
      !file.path.starts_with(directory.path)) {
    return false;
  }
  return directory.path.back() == '/' || file.path.size() == directory.path.size() ||
         file.path[directory.path.size()] == '/';
}

}  // namespace tarn::table
