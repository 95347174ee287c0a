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
  if (!placed.has_value()) {
    return status;
  }
  if (const auto column =
          Between(rest, "column \"", "\" must appear in the GROUP BY clause")) {
    return ErrorAt(code, placed->at, "EXPRESSION_NOT_AGGREGATE",
                   "'" + FoldName(*column) +
                       "' must be an aggregate expression or appear in GROUP BY clause");
  }
  if (const auto column = Between(rest, "Ambiguous reference to column name \"", "\"")) {
    return ErrorAt(code, placed->at, "AMBIGUOUS_NAME",
                   "Column '" + FoldName(*column) + "' is ambiguous");
  }
  return status;
}

}  // namespace tarn::engine::trino
