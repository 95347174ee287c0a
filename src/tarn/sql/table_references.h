// Where a statement names tables, and what of it only other dialects know: Trino's and
// Spark's time travel, Spark's names of metadata tables and branches. For rewriting text
// that another parser reads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/sql/ast.h"

namespace tarn::sql {

/// A part of the text, in bytes.
struct TextRange {
  size_t offset = 0;
  size_t end = 0;  // one past its last byte

  std::string_view In(std::string_view sql) const {
    return sql.substr(offset, end - offset);
  }
};

enum class AsOfUnit : uint8_t { kVersion, kTimestamp };

/// [FOR] {VERSION | SYSTEM_VERSION | TIMESTAMP | SYSTEM_TIME} AS OF value [[AS] alias].
struct AsOfClause {
  AsOfUnit unit = AsOfUnit::kVersion;
  TextRange range;  // with the alias
  TextRange value;
  TextRange alias;  // "AS a (x, y)", "a"; empty if there is none
};

struct TableReference {
  QualifiedName name;
  std::vector<TextRange> parts;  // of each part of `name`
  std::optional<AsOfClause> as_of = {};

  TextRange range() const { return {parts.front().offset, parts.back().end}; }
};

/// The tables that queries and changes of data in `sql` name, in the order of the text:
/// after FROM, JOIN, INTO, UPDATE, USING, DESCRIBE and in lists of FROM. Names of CTEs
/// are among them, those of functions and of tables to be created or dropped are not.
/// Empty for text that the lexer does not understand. Errors: kSyntax for an AS OF
/// without a value.
Result<std::vector<TableReference>> FindTableReferences(std::string_view sql);

struct Replacement {
  TextRange range;
  std::string text;
};

/// `sql` with each range replaced, all in ascending order and apart; texts end with a
/// quote or a parenthesis. What follows stays at its line and, as far as there are blanks
/// to take, at its column: errors found in the new text point to the right place.
std::string ReplaceRanges(std::string_view sql,
                          const std::vector<Replacement>& replacements);

/// "a AT (VERSION => 5)": the clause as DuckDB has it.
std::string AtClauseText(std::string_view sql, const AsOfClause& clause);

}  // namespace tarn::sql
