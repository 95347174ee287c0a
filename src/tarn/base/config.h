// Settings from tarn.yaml, TARN_* variables and flags, later ones first in rank. Every
// key is in one table with its type, default, limits and documentation; nothing else is
// accepted.
//
//   Config config;
//   RETURN_NOT_OK(config.ReadYaml(text, "tarn.yaml"));
//   RETURN_NOT_OK(config.ReadEnvironment(EnvironmentVariables()));
//   RETURN_NOT_OK(config.Set("log.level", "debug", "--log-level"));
//   int64_t bytes = config.GetInteger("storage.parquet.max_file_size");
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/result.h"

namespace tarn {

enum class ConfigType : uint8_t {
  kText,
  kBool,  // true, false, yes, no, on, off
  kInteger,
  kSize,      // bytes: "512", "50GB", "1.5 GiB"; kB is 1000, KiB and K are 1024
  kDuration,  // milliseconds: "250ms", "30s", "5m", "2h", "1d"
  kChoice,    // one of a few words
  kMap,       // names with values: a map in YAML; elsewhere "a=x, b=y", or key.a = x
};

struct ConfigKey {
  std::string_view name;  // "log.level"
  ConfigType type;
  std::string_view default_value;  // as a person would write it; "" is unset
  int64_t min = 0;  // of numbers, sizes in bytes and durations in milliseconds
  int64_t max = INT64_MAX;
  std::string_view choices = "";  // of kChoice: "text json"
  bool is_secret = false;         // never shown
  std::string_view doc = "";
};

/// All keys, sorted by name.
std::span<const ConfigKey> ConfigKeys();
/// nullptr if there is no such key.
const ConfigKey* FindConfigKey(std::string_view name);
/// "TARN_S3_ACCESS_KEY_ID" for "s3.access-key-id".
std::string EnvironmentNameOf(std::string_view key);

/// Bytes that "50GB" means, and milliseconds that "5m" means. Errors: kInvalidArgument.
Result<int64_t> ParseSize(std::string_view text);
Result<std::chrono::milliseconds> ParseDuration(std::string_view text);

/// The process's environment.
std::map<std::string, std::string> EnvironmentVariables();

/// Thread-compatible; const use is thread-safe.
class Config {
 public:
  /// All defaults.
  Config();

  /// Errors of all three: kInvalidArgument for an unknown key (with the nearest known
  /// one) or a value that is not of the key's type or out of its range (with the range);
  /// kSyntax for text that is not YAML. On an error the config is as before. `origin` is
  /// where the value comes from, for messages.
  Status ReadYaml(std::string_view text, std::string_view origin);
  /// Reads the variables of known keys. A TARN_ variable that looks like a misspelt one
  /// is an error; others (TARN_HOME, …) are not ours to judge.
  Status ReadEnvironment(const std::map<std::string, std::string>& variables);
  /// A map is replaced as a whole; an entry "key.a" of one is put into it.
  Status Set(std::string_view key, std::string_view value, std::string_view origin);

  /// `key` must be in ConfigKeys() and of the right type.
  const std::string& GetText(std::string_view key) const;  // kText, kChoice
  bool GetBool(std::string_view key) const;
  int64_t GetInteger(std::string_view key) const;  // kInteger, kSize (bytes)
  std::chrono::milliseconds GetDuration(std::string_view key) const;
  const std::map<std::string, std::string>& GetMap(std::string_view key) const;
  /// True if something other than the default was given.
  bool IsSet(std::string_view key) const;
  /// "tarn.yaml", "TARN_LOG_LEVEL", "--log-level", or "default".
  const std::string& OriginOf(std::string_view key) const;
  /// Text to show: secrets as "***".
  std::string Show(std::string_view key) const;

  /// Set keys below `prefix` ("s3.") with their text, as Iceberg properties.
  std::map<std::string, std::string> Properties(std::string_view prefix) const;

 private:
  struct Entry {
    std::string text;
    int64_t number = 0;  // of bools, numbers, sizes, durations
    std::map<std::string, std::string> map = {};
    std::string origin = "default";
    bool is_set = false;
  };
  static Result<Entry> MakeEntry(const ConfigKey& key, std::string_view value,
                                 std::string_view origin);
  Status SetMapEntry(const ConfigKey& key, const std::string& name,
                     std::string_view value, std::string_view origin);
  const Entry& EntryOf(std::string_view key) const;

  std::map<std::string, Entry, std::less<>> entries_;  // one for each key
};

/// The word of `known` that is nearest to `word` by edit distance; "" if none is near.
std::string NearestWord(std::string_view word, const std::vector<std::string>& known);

}  // namespace tarn
