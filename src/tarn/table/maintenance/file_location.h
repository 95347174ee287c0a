// One spelling for each file, however a writer spelled its location.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tarn::table {

/// Schemes and authorities that name the same store: from what is written to what it
/// stands for.
struct LocationEquality {
  std::map<std::string, std::string, std::less<>> schemes = {{"s3a", "s3"},
                                                             {"s3n", "s3"}};
  std::map<std::string, std::string, std::less<>> authorities = {};
};

/// A location in parts. Local files have scheme "file" and no authority, in all their
/// spellings ("/a", "file:/a", "file:///a", "file://localhost/a"). Doubled slashes in the
/// path count as one: that can only keep a file that would have gone.
struct FileLocation {
  std::string scheme;
  std::string authority;
  std::string path;  // begins with '/', ends with none

  /// "scheme://authority/path".
  std::string key() const;
  bool operator==(const FileLocation&) const = default;
};

FileLocation ParseFileLocation(std::string_view location,
                               const LocationEquality& equality = {});

/// The normalised key of a location under the default equalities.
std::string LocationKey(std::string_view location);

/// What of `location` follows `directory`, empty or beginning with '/', however the two
/// spell their store ("file:/t" and "/t", "s3a://b" and "s3://b"); unset if it lies
/// elsewhere. `directory` ends with no slash. Paths are compared as they are written:
/// doubled slashes are other names in an object store. Lives as long as `location`.
std::optional<std::string_view> PathBelow(std::string_view location,
                                          std::string_view directory);

/// True if `file` lies in `directory`, at any depth; a directory lies in itself.
bool LiesIn(const FileLocation& file, const FileLocation& directory);

}  // namespace tarn::table
