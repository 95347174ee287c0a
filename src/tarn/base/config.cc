#include "tarn/base/config.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <numeric>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>
#include <yaml-cpp/yaml.h>

#include "tarn/base/error.h"

namespace tarn {
namespace {

std::string Folded(std::string_view text) {
  std::string folded(text);
  std::transform(folded.begin(), folded.end(), folded.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return folded;
}

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) {
    text.remove_prefix(1);
  }
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) {
    text.remove_suffix(1);
  }
  return text;
}

struct Unit {
  std::string_view name;  // lower case
  int64_t factor;
};

constexpr Unit kSizeUnits[] = {
    {"", 1},
    {"b", 1},
    {"kb", 1'000},
    {"mb", 1'000'000},
    {"gb", 1'000'000'000},
    {"tb", 1'000'000'000'000},
    {"k", int64_t{1} << 10},
    {"m", int64_t{1} << 20},
    {"g", int64_t{1} << 30},
    {"t", int64_t{1} << 40},
    {"kib", int64_t{1} << 10},
    {"mib", int64_t{1} << 20},
    {"gib", int64_t{1} << 30},
    {"tib", int64_t{1} << 40},
};

constexpr Unit kDurationUnits[] = {
    {"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000},
};

/// A number with a unit; nullopt if it is not one or does not fit.
std::optional<int64_t> ParseWithUnit(std::string_view text, std::span<const Unit> units) {
  text = Trimmed(text);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(),
                                            number, std::chars_format::fixed);
  if (error != std::errc() || !std::isfinite(number) || number < 0) {
    return std::nullopt;
  }
  const std::string unit =
      Folded(Trimmed(text.substr(static_cast<size_t>(end - text.data()))));
  for (const Unit& known : units) {
    if (known.name != unit) {
      continue;
    }
    const double value = std::round(number * static_cast<double>(known.factor));
    constexpr double kLimit = 9.2e18;
    return value < kLimit ? std::optional(static_cast<int64_t>(value)) : std::nullopt;
  }
  return std::nullopt;
}

std::string ShowSize(int64_t bytes) {
  for (const auto& [name, factor] : {std::pair("TiB", int64_t{1} << 40),
                                     {"GiB", int64_t{1} << 30},
                                     {"MiB", int64_t{1} << 20},
                                     {"KiB", int64_t{1} << 10}}) {
    if (bytes >= factor && bytes % factor == 0) {
      return fmt::format("{} {}", bytes / factor, name);
    }
  }
  return fmt::format("{}", bytes);
}

std::string RangeOf(const ConfigKey& key) {
  switch (key.type) {
    case ConfigType::kBool:
      return "true or false";
    case ConfigType::kInteger:
      return fmt::format("a number from {} to {}", key.min, key.max);
    case ConfigType::kSize:
      return fmt::format("a size like 50GB from {} to {}", ShowSize(key.min),
                         ShowSize(key.max));
    case ConfigType::kDuration:
      return fmt::format("a duration like 5m from {} to {} ms", key.min, key.max);
    case ConfigType::kChoice: {
      std::string choices(key.choices);
      for (size_t at = 0; (at = choices.find(' ', at)) != std::string::npos; at += 2) {
        choices.replace(at, 1, ", ");
      }
      return "one of " + choices;
    }
    case ConfigType::kMap:
      return "a map, or text like a=x, b=y";
    case ConfigType::kText:
      break;
  }
  return "text";
}

std::optional<int64_t> ParseBool(std::string_view text) {
  const std::string folded = Folded(text);
  if (folded == "true" || folded == "yes" || folded == "on" || folded == "1") {
    return 1;
  }
  if (folded == "false" || folded == "no" || folded == "off" || folded == "0") {
    return 0;
  }
  return std::nullopt;
}

std::optional<int64_t> ParseInteger(std::string_view text) {
  int64_t number = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return number;
}

bool IsChoice(const ConfigKey& key, std::string_view word) {
  std::string_view rest = key.choices;
  while (!rest.empty()) {
    const size_t space = std::min(rest.find(' '), rest.size());
    if (rest.substr(0, space) == word) {
      return true;
    }
    rest.remove_prefix(std::min(space + 1, rest.size()));
  }
  return false;
}

/// "a=x, b=y"; nullopt if it is not that. A name may hold '=' itself.
std::optional<std::map<std::string, std::string>> ParseMap(std::string_view text) {
  std::map<std::string, std::string> map;
  text = Trimmed(text);
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    const std::string_view item = text.substr(0, comma);
    const size_t equals = item.rfind('=');
    if (equals == std::string_view::npos) {
      return std::nullopt;
    }
    const std::string name(Trimmed(item.substr(0, equals)));
    const std::string value(Trimmed(item.substr(equals + 1)));
    if (name.empty() || value.empty() || !map.emplace(name, value).second) {
      return std::nullopt;
    }
    text = Trimmed(text.substr(std::min(comma + 1, text.size())));
  }
  return map;
}

std::string ShowMap(const std::map<std::string, std::string>& map) {
  std::string text;
  for (const auto& [name, value] : map) {
    text += fmt::format("{}{}={}", text.empty() ? "" : ", ", name, value);
  }
  return text;
}

/// The map that `key` is an entry of ("map.name"); nullptr if there is none.
const ConfigKey* FindMapOf(std::string_view key) {
  for (const ConfigKey& known : ConfigKeys()) {
    if (known.type == ConfigType::kMap && key.size() > known.name.size() + 1 &&
        key.starts_with(known.name) && key[known.name.size()] == '.') {
      return &known;
    }
  }
  return nullptr;
}

/// The number behind `text`, 0 for text and choices; nullopt if it is none for `key`.
std::optional<int64_t> NumberOf(const ConfigKey& key, std::string_view text) {
  switch (key.type) {
    case ConfigType::kText:
      return 0;
    case ConfigType::kMap:
      return ParseMap(text) ? std::optional<int64_t>(0) : std::nullopt;
    case ConfigType::kChoice:
      return IsChoice(key, Folded(text)) ? std::optional<int64_t>(0) : std::nullopt;
    case ConfigType::kBool:
      return ParseBool(text);
    case ConfigType::kInteger:
      return ParseInteger(text);
    case ConfigType::kSize:
      return ParseWithUnit(text, kSizeUnits);
    case ConfigType::kDuration:
      return ParseWithUnit(text, kDurationUnits);
  }
  return std::nullopt;
}

Status UnknownKey(std::string_view key, std::string_view origin) {
  std::vector<std::string> known;
  for (const ConfigKey& candidate : ConfigKeys()) {
    known.emplace_back(candidate.name);
  }
  const std::string nearest = NearestWord(key, known);
  const std::string hint = nearest.empty()
                               ? "see the list of settings in the documentation"
                               : fmt::format("did you mean {}?", nearest);
  return MakeError(ErrorCode::kInvalidArgument,
                   fmt::format("{}: unknown setting {}; {}", origin, key, hint));
}

/// "[a, b]" as "a, b"; nullopt unless it is a list of scalars.
std::optional<std::string> ListText(const YAML::Node& node) {
  std::string text;
  for (const auto& item : node) {
    if (!item.IsScalar()) {
      return std::nullopt;
    }
    text += (text.empty() ? "" : ", ") + item.Scalar();
  }
  return text;
}

/// Nested YAML as dotted keys. Scalars, and lists of them where a key takes text.
Status Flatten(const YAML::Node& node, const std::string& prefix, std::string_view origin,
               std::vector<std::pair<std::string, std::string>>* settings) {
  if (node.IsScalar()) {
    settings->emplace_back(prefix, node.Scalar());
    return Status::OK();
  }
  if (node.IsNull()) {
    return Status::OK();  // "s3:" with nothing below it
  }
  const ConfigKey* const known = FindConfigKey(prefix);
  const bool takes_text =
      known != nullptr ? known->type == ConfigType::kText : FindMapOf(prefix) != nullptr;
  if (node.IsSequence() && takes_text) {
    if (const auto text = ListText(node)) {
      settings->emplace_back(prefix, *text);
      return Status::OK();
    }
  }
  if (!node.IsMap()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     fmt::format("{}: {} must be a value, not a list", origin,
                                 prefix.empty() ? "the file's content" : prefix));
  }
  for (const auto& item : node) {
    const std::string key = item.first.IsScalar() ? item.first.Scalar() : "?";
    ARROW_RETURN_NOT_OK(Flatten(item.second, prefix.empty() ? key : prefix + "." + key,
                                origin, settings));
  }
  return Status::OK();
}

}  // namespace

Result<int64_t> ParseSize(std::string_view text) {
  if (const auto bytes = ParseWithUnit(text, kSizeUnits)) {
    return *bytes;
  }
  return MakeError(ErrorCode::kInvalidArgument,
                   fmt::format("Not a size like 512MB or 50GB: {}", text));
}

Result<std::chrono::milliseconds> ParseDuration(std::string_view text) {
  if (const auto millis = ParseWithUnit(text, kDurationUnits)) {
    return std::chrono::milliseconds(*millis);
  }
  return MakeError(ErrorCode::kInvalidArgument,
                   fmt::format("Not a duration like 250ms, 30s, 5m, 2h or 1d: {}", text));
}

std::map<std::string, std::string> EnvironmentVariables() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const size_t equals = text.find('=');
    if (equals == std::string_view::npos) {
      continue;
    }
    variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

Config::Config() {
  for (const ConfigKey& key : ConfigKeys()) {
    Entry entry;
    entry.text = key.default_value;
    entry.number = NumberOf(key, key.default_value).value_or(0);
    entries_.emplace(key.name, std::move(entry));
  }
}

Result<Config::Entry> Config::MakeEntry(const ConfigKey& key, std::string_view value,
                                        std::string_view origin) {
  const std::string_view text = Trimmed(value);
  const std::optional<int64_t> number = NumberOf(key, text);
  if (!number || *number < key.min || *number > key.max) {
    return MakeError(ErrorCode::kInvalidArgument,
                     fmt::format("{}: {} must be {}, got: {}", origin, key.name,
                                 RangeOf(key), key.is_secret ? "***" : text));
  }
  Entry entry{.text = key.type == ConfigType::kChoice ? Folded(text) : std::string(text),
              .number = *number,
              .origin = std::string(origin),
              .is_set = true};
  if (key.type == ConfigType::kMap) {
    entry.map = *ParseMap(text);
    entry.text = ShowMap(entry.map);
  }
  return entry;
}

Status Config::SetMapEntry(const ConfigKey& key, const std::string& name,
                           std::string_view value, std::string_view origin) {
  const std::string_view text = Trimmed(value);
  if (text.empty()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     fmt::format("{}: {} has no value for {}", origin, key.name, name));
  }
  Entry& entry = entries_.find(key.name)->second;
  entry.map[name] = text;
  entry.text = ShowMap(entry.map);
  entry.origin = origin;
  entry.is_set = true;
  return Status::OK();
}

Status Config::Set(std::string_view key, std::string_view value,
                   std::string_view origin) {
  const ConfigKey* known = FindConfigKey(key);
  if (known == nullptr) {
    if (const ConfigKey* map = FindMapOf(key)) {
      return SetMapEntry(*map, std::string(key.substr(map->name.size() + 1)), value,
                         origin);
    }
    return UnknownKey(key, origin);
  }
  ARROW_ASSIGN_OR_RAISE(Entry entry, MakeEntry(*known, value, origin));
  entries_.find(key)->second = std::move(entry);
  return Status::OK();
}

Status Config::ReadYaml(std::string_view text, std::string_view origin) {
  std::vector<std::pair<std::string, std::string>> settings;
  try {
    ARROW_RETURN_NOT_OK(Flatten(YAML::Load(std::string(text)), "", origin, &settings));
  } catch (const YAML::Exception& e) {
    return MakeError(ErrorCode::kSyntax, fmt::format("{}, line {}: not valid YAML: {}",
                                                     origin, e.mark.line + 1, e.msg));
  }
  Config changed = *this;
  for (const auto& [key, value] : settings) {
    if (key.empty()) {
      return MakeError(ErrorCode::kSyntax,
                       fmt::format("{}: expected lines like 'log.level: debug'", origin));
    }
    ARROW_RETURN_NOT_OK(changed.Set(key, value, origin));
  }
  *this = std::move(changed);
  return Status::OK();
}

Status Config::ReadEnvironment(const std::map<std::string, std::string>& variables) {
  std::map<std::string, std::string_view> key_of;
  std::vector<std::string> known;
  for (const ConfigKey& key : ConfigKeys()) {
    key_of.emplace(EnvironmentNameOf(key.name), key.name);
    known.push_back(EnvironmentNameOf(key.name));
  }
  Config changed = *this;
  for (const auto& [name, value] : variables) {
    // TARN_TEST_… are for our own tests, which run the program too.
    if (!name.starts_with("TARN_") || name.starts_with("TARN_TEST_")) {
      continue;
    }
    if (const auto it = key_of.find(name); it != key_of.end()) {
      ARROW_RETURN_NOT_OK(changed.Set(it->second, value, name));
      continue;
    }
    if (const std::string nearest = NearestWord(name, known); !nearest.empty()) {
      return MakeError(ErrorCode::kInvalidArgument,
                       fmt::format("Environment: unknown variable {}; did you mean {}?",
                                   name, nearest));
    }
  }
  *this = std::move(changed);
  return Status::OK();
}

const Config::Entry& Config::EntryOf(std::string_view key) const {
  const auto it = entries_.find(key);
  TARN_CHECK(it != entries_.end());
  return it->second;
}

const std::string& Config::GetText(std::string_view key) const {
  return EntryOf(key).text;
}
bool Config::GetBool(std::string_view key) const { return EntryOf(key).number != 0; }
int64_t Config::GetInteger(std::string_view key) const { return EntryOf(key).number; }
std::chrono::milliseconds Config::GetDuration(std::string_view key) const {
  return std::chrono::milliseconds(EntryOf(key).number);
}
const std::map<std::string, std::string>& Config::GetMap(std::string_view key) const {
  return EntryOf(key).map;
}
bool Config::IsSet(std::string_view key) const { return EntryOf(key).is_set; }
const std::string& Config::OriginOf(std::string_view key) const {
  return EntryOf(key).origin;
}

std::string Config::Show(std::string_view key) const {
  const ConfigKey* known = FindConfigKey(key);
  const Entry& entry = EntryOf(key);
  return known->is_secret && !entry.text.empty() ? "***" : entry.text;
}

std::map<std::string, std::string> Config::Properties(std::string_view prefix) const {
  std::map<std::string, std::string> properties;
  for (const auto& [key, entry] : entries_) {
    if (entry.is_set && key.starts_with(prefix)) {
      properties.emplace(key, entry.text);
    }
  }
  return properties;
}

std::string NearestWord(std::string_view word, const std::vector<std::string>& known) {
  std::string nearest;
  // A third of the letters may be wrong, but never more than three.
  size_t nearest_distance = std::clamp<size_t>(word.size() / 3, 1, 3) + 1;
  for (const std::string& candidate : known) {
    std::vector<size_t> row(candidate.size() + 1);  // Levenshtein, one row at a time
    std::iota(row.begin(), row.end(), size_t{0});
    for (size_t i = 0; i < word.size(); ++i) {
      size_t diagonal = std::exchange(row[0], i + 1);
      for (size_t j = 0; j < candidate.size(); ++j) {
        const size_t replaced = diagonal + (word[i] == candidate[j] ? 0 : 1);
        diagonal = row[j + 1];
        row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, replaced});
      }
    }
    if (row.back() < nearest_distance) {
      nearest_distance = row.back();
      nearest = candidate;
    }
  }
  return nearest;
}

}  // namespace tarn
