#include <algorithm>
#include <cctype>
#include <string>

#include "tarn/base/logging.h"

namespace tarn {
namespace {

constexpr std::string_view kHidden = "***";
constexpr std::string_view kSecretWords[] = {
    "secret", "password",   "passwd",    "pwd",           "token",     "credential",
    "apikey", "privatekey", "accesskey", "authorization", "signature", "passphrase"};
constexpr std::string_view kSchemes[] = {"bearer ", "basic "};

bool IsWordCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' ||
         c == '.';
}

/// The name that ends right before `end`.
std::string_view NameBefore(std::string_view text, size_t end) {
  while (end > 0 &&
         (text[end - 1] == ' ' || text[end - 1] == '"' || text[end - 1] == '\'')) {
    --end;
  }
  size_t begin = end;
  while (begin > 0 && IsWordCharacter(text[begin - 1])) {
    --begin;
  }
  return text.substr(begin, end - begin);
}

/// Where a value that begins at `begin` ends; a quoted value ends at its quote.
size_t EndOfValue(std::string_view text, size_t begin) {
  const char quote = begin > 0 ? text[begin - 1] : '\0';
  const bool quoted = quote == '"' || quote == '\'';
  const std::string_view stops = quoted ? text.substr(begin - 1, 1) : " ,;&\n\t)}]\"'";
  return std::min(text.find_first_of(stops, begin), text.size());
}

bool StartsWithFolded(std::string_view text, std::string_view lower_case) {
  if (text.size() < lower_case.size()) {
    return false;
  }
  return std::equal(
      lower_case.begin(), lower_case.end(), text.begin(), [](char a, char b) {
        return a == static_cast<char>(std::tolower(static_cast<unsigned char>(b)));
      });
}

/// Where the password of "://user:password@" ends if its scheme's "://" ends at `begin`;
/// else `begin`.
/// `*password` is where it begins.
size_t EndOfUrlPassword(std::string_view text, size_t begin, size_t* password) {
  const size_t end = std::min(text.find_first_of("/?# \"'\n", begin), text.size());
  const size_t at = text.substr(begin, end - begin).find_last_of('@');
  if (at == std::string_view::npos) {
    return begin;
  }
  const size_t colon = text.substr(begin, at).find(':');
  if (colon == std::string_view::npos) {
    return begin;
  }
  *password = begin + colon + 1;
  return begin + at;
}

}  // namespace

bool IsSecretName(std::string_view name) {
  std::string folded;
  for (const char c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      folded += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  if (folded.ends_with("accesskeyid")) {
    return false;  // names a key, is none
  }
  return std::any_of(
      std::begin(kSecretWords), std::end(kSecretWords),
      [&](std::string_view word) { return folded.find(word) != std::string::npos; });
}

std::string Redact(std::string_view text) {
  // Each kind of secret below comes after one of these: most texts have none.
  if (text.find_first_of("=: ") == std::string_view::npos) {
    return std::string(text);
  }
  std::string out;
  out.reserve(text.size());
  size_t i = 0;
  while (i < text.size()) {
    const bool word_begins = i == 0 || !IsWordCharacter(text[i - 1]);
    const auto scheme =
        std::find_if(std::begin(kSchemes), std::end(kSchemes), [&](auto candidate) {
          return word_begins && StartsWithFolded(text.substr(i), candidate);
        });
    if (scheme != std::end(kSchemes)) {
      out += text.substr(i, scheme->size());
      i = EndOfValue(text, i + scheme->size());
      out += kHidden;
      continue;
    }
    if (text.substr(i).starts_with("://")) {
      size_t password = 0;
      const size_t end = EndOfUrlPassword(text, i + 3, &password);
      if (end != i + 3) {
        out += text.substr(i, password - i);
        out += kHidden;
        i = end;
        continue;
      }
    }
    out += text[i++];
    const bool assigns = out.back() == '=' || out.back() == ':';
    if (!assigns || !IsSecretName(NameBefore(text, i - 1))) {
      continue;
    }
    size_t begin = i;
    while (begin < text.size() &&
           (text[begin] == ' ' || text[begin] == '"' || text[begin] == '\'')) {
      ++begin;
    }
    if (StartsWithFolded(text.substr(begin), "bearer ") ||
        StartsWithFolded(text.substr(begin), "basic ")) {
      continue;  // the next round keeps the word and hides the rest
    }
    const size_t end = EndOfValue(text, begin);
    if (end == begin) {
      continue;
    }
    out += text.substr(i, begin - i);
    out += kHidden;
    i = end;
  }
  return out;
}

}  // namespace tarn
