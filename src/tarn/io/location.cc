#include <cctype>
#include <filesystem>
#include <string>
#include <system_error>

#include "tarn/io/file_io.h"
#include "tarn/io/internal/azure_location.h"
#include "tarn/io/internal/scheme.h"

namespace tarn::io {
namespace {

constexpr std::string_view kFileScheme = "file:";

bool IsSchemeCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '+' || c == '-' ||
         c == '.';
}

}  // namespace

std::string SchemeOf(std::string_view location) {
  size_t end = 0;
  while (end < location.size() && IsSchemeCharacter(location[end])) {
    ++end;
  }
  if (end == 0 || end == location.size() || location[end] != ':') {
    return {};
  }
  std::string scheme;
  for (const char c : location.substr(0, end)) {
    scheme += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  // "a:b" is a relative path; only file: URIs may lack the "//".
  if (scheme != "file" && location.substr(end + 1, 2) != "//") {
    return {};
  }
  return scheme;
}

bool IsS3Scheme(std::string_view scheme) {
  return scheme == "s3" || scheme == "s3a" || scheme == "s3n";
}

bool IsStoreLocation(std::string_view location) {
  const std::string scheme = SchemeOf(location);
  return IsS3Scheme(scheme) || scheme == "gs" || IsAzureScheme(scheme);
}

// Nothing is percent-decoded: Iceberg writers (Hadoop's Path, PyIceberg) take the text
// after "file:" as it is, and partition directories hold escapes ("name=a%20b") that are
// part of the name.
std::optional<std::string> LocalPathOf(std::string_view location) {
  if (location.starts_with('/')) {
    return std::string(location);
  }
  if (SchemeOf(location) != "file") {
    return std::nullopt;
  }
  std::string_view rest = location.substr(kFileScheme.size());
  if (rest.starts_with("//")) {
    rest.remove_prefix(2);
    if (rest.starts_with("localhost/")) {
      rest.remove_prefix(std::string_view("localhost").size());
    }
  }
  if (!rest.starts_with('/')) {
    return std::nullopt;
  }
  return std::string(rest);
}

std::string AbsoluteLocation(std::string_view location) {
  if (location.starts_with('/') || !SchemeOf(location).empty()) {
    return std::string(location);
  }
  std::error_code error;
  const std::filesystem::path absolute =
      std::filesystem::absolute(std::string(location), error);
  if (error) {
    return std::string(location);
  }
  std::string path = absolute.lexically_normal().string();
  while (path.size() > 1 && path.ends_with('/')) {
    path.pop_back();
  }
  return path;
}

std::string JoinLocation(std::string_view directory, std::string_view name) {
  while (directory.ends_with('/')) {
    directory.remove_suffix(1);
  }
  while (name.starts_with('/')) {
    name.remove_prefix(1);
  }
  std::string joined(directory);
  joined += '/';
  joined += name;
  return joined;
}

}  // namespace tarn::io
