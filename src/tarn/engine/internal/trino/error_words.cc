#include "tarn/engine/internal/trino/error_words.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tarn/base/error.h"
#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/engine/internal/trino/lake_names.h"
#include "tarn/sql/cursor.h"

namespace tarn::engine::trino {
namespace {

/// "line 1:8: " and what comes after it.
struct Placed {
  sql::Position at;
  std::string_view rest;
};

std::optional<Placed> PlaceOf(std::string_view message) {
  Placed placed;
  if (!message.starts_with("line ")) {
    return std::nullopt;
  }
  const char* const end = message.data() + message.size();
  const auto line = std::from_chars(message.data() + 5, end, placed.at.line);
  if (line.ec != std::errc() || line.ptr == end || *line.ptr != ':') {
    return std::nullopt;
  }
  const auto column = std::from_chars(line.ptr + 1, end, placed.at.column);
  const std::string_view rest(column.ptr, static_cast<size_t>(end - column.ptr));
  if (column.ec != std::errc() || !rest.starts_with(": ")) {
    return std::nullopt;
  }
  placed.rest = rest.substr(2);
  return placed;
}

/// What stands between `before` and the next `after`; unset if the text begins otherwise.
std::optional<std::string> Between(std::string_view text, std::string_view before,
                                   std::string_view after) {
  if (!text.starts_with(before)) {
    return std::nullopt;
  }
  text.remove_prefix(before.size());
  const size_t end = text.find(after);
  return end == std::string_view::npos ? std::nullopt
                                       : std::optional(std::string(text.substr(0, end)));
}

/// Names in the text, each with its place: "a.b.c" is one.
struct WrittenName {
  sql::Position at;
  std::vector<std::string> parts;  // in lower case
};

std::vector<WrittenName> NamesIn(std::string_view text) {
  std::vector<WrittenName> names;
  sql::Cursor cursor(text);
  while (!cursor.AtEnd()) {
    if (!cursor.IsName()) {
      cursor.TakeAny();
      continue;
    }
    WrittenName name{.at = cursor.At(), .parts = {}};
    const auto parts = cursor.ExpectNames();
    if (!parts.ok()) {
      cursor.TakeAny();
      continue;
    }
    for (const sql::Name& part : *parts) {
      name.parts.push_back(FoldName(part.text));
    }
    names.push_back(std::move(name));
  }
  return names;
}

/// The name that the text has at the place; of no place, the first that ends with `last`.
std::optional<WrittenName> NameAt(std::string_view text,
                                  const std::optional<Placed>& placed,
                                  const std::string& last) {
  for (WrittenName& name : NamesIn(text)) {
    const bool is_here = placed.has_value() ? name.at == placed->at : true;
    if (is_here && name.parts.back() == FoldName(last)) {
      return std::move(name);
    }
  }
  return std::nullopt;
}

/// Why the table is not there.
Status MissingTable(const WrittenName& name, StatementHost& host) {
  Status why;
  const Status looked = CatchDuckDb({}, [&]() -> Status {
    host.context().RunFunctionInTransaction([&] {
      LakeNames names(host.context(), host.front_end(), name.at);
      const auto found = names.Object(name.parts);
      if (!found.ok()) {
        why = found.status();
        return;
      }
      const bool has_schema = found->in.ours == nullptr || found->in.entry != nullptr;
      const bool is_chosen = name.parts.size() > 1 || !host.facts().schema.empty();
      if (has_schema) {
        why = names.NoSuchTable(*found);
      } else if (is_chosen) {
        why = ErrorAt(ErrorCode::kNoSuchNamespace, name.at, "",
                      "Schema '" + found->in.schema + "' does not exist");
      } else {
        why = ErrorAt(ErrorCode::kNoSuchNamespace, name.at, "MISSING_SCHEMA_NAME",
                      "Schema must be specified when session schema is not set");
      }
    });
    return Status::OK();
  });
  return looked.ok() ? why : looked;
}

/// The name of a table that DuckDB did not find; unset for other errors.
std::optional<std::string> MissingTableName(std::string_view message) {
  if (auto table = Between(message, "Table with name \"", "\" does not exist")) {
    return table->substr(table->rfind('.') + 1);  // npos + 1 is the beginning
  }
  return Between(message, "Table with name ", " does not exist");
}

/// A name of three parts whose catalog is not there, or of two whose schema is not.
std::optional<WrittenName> MissingPlace(std::string_view text, std::string_view message) {
  auto missing = Between(message, "Catalog \"", "\" does not exist");
  if (!missing.has_value()) {
    missing = Between(message, "Schema with name ", " does not exist");
  }
  if (!missing.has_value()) {
    return std::nullopt;
  }
  for (WrittenName& name : NamesIn(text)) {
    const auto end = name.parts.end() - 1;
    if (std::find(name.parts.begin(), end, FoldName(*missing)) != end) {
      return std::move(name);
    }
  }
  return std::nullopt;
}

std::optional<std::string> MissingColumn(std::string_view message) {
  if (auto column =
          Between(message, "Referenced column \"", "\" not found in FROM clause")) {
    return column;
  }
  return Between(message, "Column \"", "\" referenced that exists in the SELECT clause");
}

/// DuckDB's words for types in lists of arguments, as Trino's.
std::string ArgumentTypes(std::string_view call) {
  std::string types;
  std::string_view rest = call.substr(call.find('(') + 1);
  rest = rest.substr(0, rest.rfind(')'));
  for (const char c : rest) {
    types.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
  }
  constexpr std::pair<std::string_view, std::string_view> kNames[] = {
      {"string_literal", "varchar"}, {"_literal", ""}, {"blob", "varbinary"}};
  for (const auto& [theirs, ours] : kNames) {
    for (size_t at = types.find(theirs); at != std::string::npos;
         at = types.find(theirs)) {
      types.replace(at, theirs.size(), ours);
    }
  }
  return types;
}

/// The call that no function takes: "f(INTEGER_LITERAL)".
std::optional<std::string> UnmatchedCall(std::string_view message) {
  constexpr std::string_view kBeginning =
      "No function matches the given name and argument types '";
  if (auto call = Between(message, kBeginning, "'.")) {
    return call;
  }
  if (auto call = Between(message,
                          "Could not choose a best candidate function for the function "
                          "call \"",
                          "\"")) {
    return call;
  }
  if (auto macro = Between(message, "Macro ", " does not support the supplied")) {
    return macro;
  }
  return std::nullopt;
}

/// Errors of binding that Trino names, by how DuckDB's message begins.
struct Renamed {
  std::string_view beginning;
  std::string_view name;
};
constexpr Renamed kRenamed[] = {
    {"GROUP BY term out of range", "INVALID_COLUMN_REFERENCE"},
    {"ORDER term out of range", "INVALID_COLUMN_REFERENCE"},
    {"Could not find key \"", "INVALID_COLUMN_REFERENCE"},
    {"WHERE clause cannot contain", "EXPRESSION_NOT_SCALAR"},
    {"aggregate function calls cannot be nested", "NESTED_AGGREGATION"},
    {"Set operations can only apply", "TYPE_MISMATCH"},
    {"Cannot extract field ", "TYPE_MISMATCH"},
    {"Cannot concatenate lists of types", "FUNCTION_NOT_FOUND"},
    {"Cannot unnest type: ", "INVALID_FUNCTION_ARGUMENT"},
    {"Key index ", "INVALID_FUNCTION_ARGUMENT"},
    {"Needed scale ", "INVALID_FUNCTION_ARGUMENT"},
    {"Cannot combine types ", "TYPE_MISMATCH"},
    {"Invalid LIST argument during lambda", "FUNCTION_NOT_FOUND"},
    {"Scalar Function with name rank ", "MISSING_OVER"},
    {"Scalar Function with name dense_rank ", "MISSING_OVER"},
    {"Scalar Function with name row_number ", "MISSING_OVER"},
    {"Scalar Function with name percent_rank ", "MISSING_OVER"},
    {"Scalar Function with name cume_dist ", "MISSING_OVER"},
    {"Scalar Function with name ntile ", "MISSING_OVER"},
    {"Scalar Function with name lag ", "MISSING_OVER"},
    {"Scalar Function with name lead ", "MISSING_OVER"},
    {"Scalar Function with name first_value ", "MISSING_OVER"},
    {"Scalar Function with name last_value ", "MISSING_OVER"},
    {"Scalar Function with name nth_value ", "MISSING_OVER"},
};

/// The error with its place and Trino's name of it; unset for all that needs none.
std::optional<Status> NamedError(ErrorCode code, const std::optional<Placed>& placed,
                                 std::string_view rest) {
  const auto named = [&](ErrorCode as, std::string_view name, const std::string& what) {
    if (placed.has_value()) {
      return ErrorAt(as, placed->at, name, what);
    }
    return MakeError(as, (name.empty() ? "" : std::string(name) + ": ") + what);
  };
  if (const auto call = UnmatchedCall(rest)) {
    return named(ErrorCode::kNoSuchFunction, "",
                 "Unexpected parameters (" + ArgumentTypes(*call) + ") for function " +
                     FoldName(call->substr(0, call->find('('))));
  }
  for (const Renamed& renamed : kRenamed) {
    if (rest.starts_with(renamed.beginning)) {
      return named(code, renamed.name, std::string(rest));
    }
  }
  if (rest.starts_with("table \"") &&
      rest.find(" columns available but ") != std::string_view::npos) {
    return named(code, "MISMATCHED_COLUMN_ALIASES", std::string(rest));
  }
  auto column = Between(rest, "column \"", "\" must appear in the GROUP BY clause");
  if (!column.has_value()) {
    column = Between(rest, "column ", " must appear in the GROUP BY clause");
  }
  if (column.has_value()) {
    return named(code, "EXPRESSION_NOT_AGGREGATE",
                 "'" + FoldName(*column) +
                     "' must be an aggregate expression or appear in GROUP BY clause");
  }
  return std::nullopt;
}

}  // namespace

Status InTrinosWords(const Status& status, std::string_view text, StatementHost& host) {
  if (status.ok() || !host.context().transaction.IsAutoCommit()) {
    return status;  // a look at the catalog could end the client's transaction
  }
  const std::string& message = status.message();
  const auto placed = PlaceOf(message);
  const std::string_view rest = placed.has_value() ? placed->rest : message;
  const ErrorCode code = CodeOf(status);
  if (code == ErrorCode::kNoSuchTable || code == ErrorCode::kNoSuchNamespace) {
    const auto table = MissingTableName(rest);
    const auto name =
        table.has_value() ? NameAt(text, placed, *table) : MissingPlace(text, rest);
    return name.has_value() ? MissingTable(*name, host) : status;
  }
  if (const auto column = MissingColumn(rest)) {
    const auto name = NameAt(text, placed, *column);
    if (!name.has_value() && !placed.has_value()) {
      return status;
    }
    std::string written;
    for (const std::string& part :
         name.has_value() ? name->parts : std::vector{*column}) {
      written += (written.empty() ? "" : ".") + part;
    }
    return ErrorAt(ErrorCode::kNoSuchColumn, name.has_value() ? name->at : placed->at, "",
                   "Column '" + written + "' cannot be resolved");
  }
  if (auto named = NamedError(code, placed, rest)) {
    return *std::move(named);
  }
  if (!placed.has_value()) {
    return status;
  }
  if (const auto column = Between(rest, "Ambiguous reference to column name \"", "\"")) {
    return ErrorAt(code, placed->at, "AMBIGUOUS_NAME",
                   "Column '" + FoldName(*column) + "' is ambiguous");
  }
  return status;
}

}  // namespace tarn::engine::trino
