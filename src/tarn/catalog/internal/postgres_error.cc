#include "tarn/catalog/internal/postgres_error.h"

#include <algorithm>
#include <array>

namespace tarn::catalog::internal {
namespace {

struct Known {
  std::string_view state;  // five characters, or the two of a class
  PostgresRefusal refusal;
  std::string_view advice = "";
};

using enum PostgresFailure;

// PostgreSQL's manual, appendix "Error Codes". The first that fits counts.
constexpr auto kKnown = std::to_array<Known>({
    {"0A000", {ErrorCode::kUnavailable, kAgain}},  // a prepared statement's table changed
    {"08", {ErrorCode::kUnavailable, kLost}},
    {"22001",
     {ErrorCode::kInvalidArgument, kFinal},
     "; a name or value is longer than the column another catalog made for it"},
    {"22", {ErrorCode::kInvalidArgument, kFinal}},
    {"23505", {ErrorCode::kAlreadyExists, kFinal}},
    {"25006",
     {ErrorCode::kUnavailable, kLost},
     "; this server only reads, name the primary"},
    {"26000", {ErrorCode::kUnavailable, kAgain}},  // a pooler gave us another session
    {"28",
     {ErrorCode::kUnauthenticated, kFinal},
     "; check the user and password (catalog.uri, PGUSER, PGPASSWORD or the password "
     "file) and the server's pg_hba.conf"},
    {"3D000", {ErrorCode::kInvalidArgument, kFinal}, "; create the database first"},
    {"3F000",
     {ErrorCode::kForbidden, kFinal},
     "; create the schema of the user's search_path, and grant the user CREATE on it"},
    {"40", {ErrorCode::kUnavailable, kAgain}},
    {"42501",
     {ErrorCode::kForbidden, kFinal},
     "; grant the user what it needs (CREATE on the schema, all on its tables)"},
    {"42701", {ErrorCode::kUnavailable, kAgain}},  // somebody else added the column
    {"42P01",
     {ErrorCode::kInvalidData, kFinal},
     "; a table of the catalog was dropped, restore it"},
    {"42P05", {ErrorCode::kUnavailable, kAgain}},
    {"42P07", {ErrorCode::kUnavailable, kAgain}},  // somebody else made the table
    {"53100", {ErrorCode::kDiskFull, kFinal}, "; free space on the database server"},
    {"53200", {ErrorCode::kOutOfMemory, kFinal}},
    {"53300",
     {ErrorCode::kUnavailable, kFinal},
     "; raise max_connections, or lower catalog.connections"},
    {"53", {ErrorCode::kUnavailable, kFinal}},
    {"54", {ErrorCode::kInvalidArgument, kFinal}, "; a name is too long"},
    {"55P03", {ErrorCode::kUnavailable, kFinal}, "; another program holds a lock"},
    {"57014", {ErrorCode::kUnavailable, kFinal}},
    {"57P", {ErrorCode::kUnavailable, kLost}},
    {"58", {ErrorCode::kIoFailed, kFinal}},
    {"XX001",
     {ErrorCode::kInvalidData, kFinal},
     "; the database is damaged, restore it from a backup"},
    {"XX002", {ErrorCode::kInvalidData, kFinal}, "; an index of the database is damaged"},
    {"XX", {ErrorCode::kIoFailed, kFinal}},
    {"F0", {ErrorCode::kIoFailed, kFinal}},
});

const Known* Find(std::string_view sqlstate) {
  const auto found = std::ranges::find_if(
      kKnown, [&](const Known& known) { return sqlstate.starts_with(known.state); });
  return found == kKnown.end() ? nullptr : &*found;
}

bool IsStateCharacter(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); }

constexpr size_t kStateSize = 5;

}  // namespace

PostgresRefusal RefusalOf(std::string_view sqlstate) {
  if (sqlstate.empty()) {
    return {ErrorCode::kUnavailable, kLost};
  }
  const Known* known = Find(sqlstate);
  return known == nullptr ? PostgresRefusal() : known->refusal;
}

std::string_view PostgresAdvice(std::string_view sqlstate) {
  const Known* known = sqlstate.empty() ? nullptr : Find(sqlstate);
  return known == nullptr ? "" : known->advice;
}

std::string_view SqlstateIn(std::string_view message) {
  // Severity words are translated; ":  " and the code are not.
  constexpr std::string_view kMark = ":  ";
  for (size_t at = message.find(kMark); at != std::string_view::npos;
       at = message.find(kMark, at + 1)) {
    const std::string_view state = message.substr(at + kMark.size(), kStateSize);
    const bool is_state = state.size() == kStateSize &&
                          std::ranges::all_of(state, IsStateCharacter) &&
                          message.substr(at + kMark.size() + kStateSize, 2) == ": ";
    if (is_state) {
      return state;
    }
  }
  return "";
}

std::string OneLine(std::string_view message) {
  std::string text(message);
  if (const std::string_view state = SqlstateIn(message); !state.empty()) {
    const size_t at = text.find(std::string(state) + ": ");
    text.erase(at, state.size() + 2);
    // What follows is where in its source the server says so.
    text.resize(std::min(text.size(), text.find('\n', at)));
  }
  std::string line;
  for (const char c : text) {
    if (c != '\n' && c != '\t') {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  while (line.ends_with(' ')) {
    line.pop_back();
  }
  return line;
}

}  // namespace tarn::catalog::internal
