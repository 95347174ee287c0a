#include "tarn/io/key_file.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "tarn/base/aes_gcm.h"
#include "tarn/base/error.h"
#include "tarn/io/file_io.h"

namespace tarn::io {
namespace {

constexpr std::string_view kBlank = " \t\r";
constexpr int64_t kFileBytesMax = int64_t{1} << 20;

class LocalKeys : public KeyManagement {
 public:
  LocalKeys(std::map<std::string, std::string> keys, std::string path)
      : keys_(std::move(keys)), path_(std::move(path)) {}

  Result<std::string> Wrap(std::string_view key, const std::string& id) override {
    ARROW_ASSIGN_OR_RAISE(const std::string* wrapping, Find(id));
    std::string wrapped;
    ARROW_RETURN_NOT_OK(AesGcmSeal(*wrapping, key, "", &wrapped));
    return wrapped;
  }

  Result<std::string> Unwrap(std::string_view wrapped, const std::string& id) override {
    ARROW_ASSIGN_OR_RAISE(const std::string* wrapping, Find(id));
    std::string key;
    ARROW_RETURN_NOT_OK(WithContext("Key " + id + " of " + path_ + ": ",
                                    AesGcmOpen(*wrapping, wrapped, "", &key)));
    return key;
  }

 private:
  Result<const std::string*> Find(const std::string& id) const {
    const auto found = keys_.find(id);
    if (found == keys_.end()) {
      return MakeError(ErrorCode::kForbidden, "Key " + id +
                                                  ", which encrypts the table, is not in "
                                                  "the key file " +
                                                  path_ + ": add it");
    }
    return &found->second;
  }

  const std::map<std::string, std::string> keys_;
  const std::string path_;
};

std::optional<int> DigitOf(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  const char lower = static_cast<char>(c | 0x20);
  if (lower >= 'a' && lower <= 'f') {
    return lower - 'a' + 10;
  }
  return std::nullopt;
}

/// An AES key of a valid length.
std::optional<std::string> KeyFromHex(std::string_view hex) {
  if (hex.size() != 32 && hex.size() != 48 && hex.size() != 64) {
    return std::nullopt;
  }
  std::string key;
  for (size_t i = 0; i < hex.size(); i += 2) {
    const auto high = DigitOf(hex[i]);
    const auto low = DigitOf(hex[i + 1]);
    if (!high || !low) {
      return std::nullopt;
    }
    key.push_back(static_cast<char>(*high << 4 | *low));
  }
  return key;
}

/// Takes the next word off `*line`; empty at its end.
std::string_view TakeWord(std::string_view* line) {
  line->remove_prefix(std::min(line->find_first_not_of(kBlank), line->size()));
  const std::string_view word = line->substr(0, line->find_first_of(kBlank));
  line->remove_prefix(word.size());
  return word;
}

}  // namespace

Result<std::unique_ptr<KeyManagement>> ParseKeyFile(std::string_view text,
                                                    const std::string& path) {
  std::map<std::string, std::string> keys;
  for (int number = 1; !text.empty(); ++number) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const std::string id(TakeWord(&line));
    if (id.empty() || id.starts_with('#')) {
      continue;
    }
    const auto refuse = [&](const std::string& why) {
      return MakeError(ErrorCode::kInvalidData, "Key file " + path + ", line " +
                                                    std::to_string(number) + ": " + why);
    };
    auto key = KeyFromHex(TakeWord(&line));
    if (!key) {
      return refuse("after the id " + id + " there must be 32, 48 or 64 hex digits");
    }
    if (!TakeWord(&line).empty()) {
      return refuse("there is more than an id and a key");
    }
    if (!keys.emplace(id, *std::move(key)).second) {
      return refuse("key " + id + " is there twice");
    }
  }
  return std::make_unique<LocalKeys>(std::move(keys), path);
}

Result<std::unique_ptr<KeyManagement>> OpenKeyFile(const std::string& path) {
  const std::unique_ptr<FileIO> io = MakeFileIO({});
  Result<std::string> text = io->ReadAll(AbsoluteLocation(path), kFileBytesMax);
  if (!text.ok()) {
    return WithContext("Cannot read the key file: ", text.status());
  }
  return ParseKeyFile(*text, path);
}

}  // namespace tarn::io
