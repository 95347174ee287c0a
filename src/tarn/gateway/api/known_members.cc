#include "tarn/gateway/api/known_members.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tarn/base/error.h"

namespace tarn::gateway {
namespace {

constexpr size_t kNameMax = 64;  // of names that are compared letter by letter

/// How many letters have to be put in, left out or changed.
size_t Distance(std::string_view left, std::string_view right) {
  std::vector<size_t> row(right.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < left.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < right.size(); ++j) {
      const size_t changed = diagonal + (left[i] == right[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

std::string Suggestion(const std::string& name, const std::vector<std::string>& known) {
  constexpr size_t kFar = 3;
  size_t least = kFar;
  std::string nearest;
  for (const std::string& candidate : known) {
    const size_t distance = name.size() > kNameMax ? kFar : Distance(name, candidate);
    if (distance < least) {
      least = distance;
      nearest = candidate;
    }
  }
  return nearest.empty() ? "" : "; " + nearest + " is meant, perhaps";
}

std::vector<std::string> KnownNames(const ApiOperation& about) {
  std::vector<std::string> names = about.also;
  names.emplace_back("async");
  names.emplace_back("warehouse");
  if (about.request.is_object() && about.request.contains("properties")) {
    for (const auto& [name, schema] : about.request["properties"].items()) {
      names.push_back(name);
    }
  }
  std::ranges::sort(names);
  const auto twice = std::ranges::unique(names);
  names.erase(twice.begin(), twice.end());
  return names;
}

}  // namespace

Status CheckMembers(const std::string& path, const ApiOperation& about,
                    const Json& body) {
  if (about.request.is_null()) {
    return Status::OK();  // nothing says what it takes
  }
  const std::vector<std::string> known = KnownNames(about);
  for (const auto& [name, value] : body.items()) {
    if (!value.is_null() && !std::ranges::binary_search(known, name)) {
      return MakeError(
          ErrorCode::kInvalidArgument,
          fmt::format("{} has no member of this name: {}{}. Its members are {}", path,
                      name.substr(0, kNameMax), Suggestion(name, known),
                      fmt::join(known, ", ")));
    }
  }
  return Status::OK();
}

}  // namespace tarn::gateway
