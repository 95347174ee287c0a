#include "tarn/ingest/odbc/connection_string.h"

#include <algorithm>

#include "tarn/base/error.h"

namespace tarn::ingest::odbc {
namespace {

std::string Folded(std::string_view text) {
  std::string folded;
  for (const char c : text) {
    folded.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
  }
  return folded;
}

std::string_view Trimmed(std::string_view text) {
  const size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
  const size_t end = text.find_last_not_of(" \t");
  return end == std::string_view::npos ? "" : text.substr(begin, end + 1 - begin);
}

Status NoConnectionString() {
  return MakeError(ErrorCode::kInvalidArgument,
                   "This is no connection string of ODBC: write DSN=name;UID=user;… or "
                   "Driver={name};Server=host;Database=name;…, with {…} around values "
                   "that have a ; in them");
}

/// "{a;}}b}…" from the front of `rest`; false without its end.
bool TakeBraced(std::string_view* rest, std::string* value) {
  for (size_t i = 1; i < rest->size(); ++i) {
    if ((*rest)[i] != '}') {
      value->push_back((*rest)[i]);
    } else if (i + 1 < rest->size() && (*rest)[i + 1] == '}') {
      value->push_back('}');
      ++i;
    } else {
      rest->remove_prefix(i + 1);
      return true;
    }
  }
  return false;
}

constexpr std::string_view kHosts[] = {"server", "servername", "host"};
constexpr std::string_view kPorts[] = {"port"};
constexpr std::string_view kDatabases[] = {"database", "db", "dbq"};
constexpr std::string_view kSources[] = {"dsn"};
constexpr std::string_view kDrivers[] = {"driver"};

template <size_t kCount>
std::string ValueOf(const Attributes& attributes,
                    const std::string_view (&names)[kCount]) {
  for (const auto& [name, value] : attributes) {
    if (std::ranges::find(names, Folded(name)) != std::end(names)) {
      return value;
    }
  }
  return {};
}

}  // namespace

Result<Attributes> ParseConnectionString(std::string_view rest) {
  Attributes attributes;
  if (rest.find('\0') != std::string_view::npos) {
    return NoConnectionString();
  }
  while (!Trimmed(rest).empty()) {
    const size_t equals = rest.find('=');
    const std::string_view name = Trimmed(rest.substr(0, equals));
    if (equals == std::string_view::npos || name.empty() ||
        name.find_first_of(";{}") != std::string_view::npos) {
      return NoConnectionString();
    }
    rest = rest.substr(equals + 1);
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
    std::string value;
    if (rest.starts_with('{')) {
      if (!TakeBraced(&rest, &value)) {
        return NoConnectionString();
      }
      if (!Trimmed(rest.substr(0, rest.find(';'))).empty()) {
        return NoConnectionString();
      }
    } else {
      value = Trimmed(rest.substr(0, rest.find(';')));
    }
    attributes.emplace_back(name, std::move(value));
    const size_t end = rest.find(';');
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  }
  return attributes.empty() ? Result<Attributes>(NoConnectionString())
                            : Result<Attributes>(std::move(attributes));
}

std::string AttributeText(std::string_view name, std::string_view value) {
  std::string text(name);
  text += '=';
  if (value.find_first_of("[]{}(),;?*=!@ \t") == std::string_view::npos) {
    return text.append(value) + ';';
  }
  text += '{';
  for (const char c : value) {
    text.append(c == '}' ? 2 : 1, c);
  }
  return text + "};";
}

std::string ShownConnectionString(std::string_view text) {
  const auto attributes = ParseConnectionString(text);
  if (!attributes.ok()) {
    return "odbc://";
  }
  const std::string source = ValueOf(*attributes, kSources);
  const std::string database = ValueOf(*attributes, kDatabases);
  const std::string port = ValueOf(*attributes, kPorts);
  std::string shown =
      "odbc://" + (source.empty() ? ValueOf(*attributes, kHosts) : source);
  if (!port.empty()) {
    shown += ":" + port;
  }
  if (!database.empty()) {
    shown += (database.starts_with('/') ? "" : "/") + database;
  }
  return shown;
}

std::vector<std::string> SecretsIn(std::string_view text) {
  std::vector<std::string> secrets;
  const auto attributes = ParseConnectionString(text);
  if (!attributes.ok()) {
    return {std::string(text)};
  }
  constexpr size_t kCharactersMin = 4;
  for (const auto& [name, value] : *attributes) {
    const std::string folded = Folded(name);
    const auto is_in = [&](const auto& names) {
      return std::ranges::find(names, folded) != std::end(names);
    };
    const bool is_shown = is_in(kHosts) || is_in(kPorts) || is_in(kDatabases) ||
                          is_in(kSources) || is_in(kDrivers) || folded == "uid" ||
                          folded == "user" || folded == "username";
    if (!is_shown && value.size() >= kCharactersMin) {
      secrets.push_back(value);
    }
  }
  return secrets;
}

}  // namespace tarn::ingest::odbc
