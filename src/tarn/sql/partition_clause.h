// PARTITION (p = 'a', q) of Spark's INSERT.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/sql/token_stream.h"

namespace tarn::sql {

/// A column of the clause.
struct PartitionColumn {
  std::string name;
  /// All rows get `value`; else the query brings the column.
  bool is_static = false;
  std::optional<std::string> value = {};  // as text, unset: null
};

/// What follows the word PARTITION: "(p = 'a', q)", values being constants. Errors:
/// kSyntax (a column twice among them), kNotSupported for IF NOT EXISTS.
Result<std::vector<PartitionColumn>> ParsePartitionColumns(TokenStream& tokens);

enum class InsertInto : uint8_t { kTable, kOverwrite };

/// The table that INSERT names, and what the statement says of it.
struct InsertName {
  std::string table;
  InsertInto mode = InsertInto::kTable;
  std::vector<PartitionColumn> partition = {};
};

/// One name for all of it, "t$overwrite" or "t$insert(hexadecimal digits)", under which
/// the engine finds a table that takes such rows; that of a plain INSERT's table is its
/// own.
std::string EncodedName(const InsertName& name);
/// The other way round; unset for names of other things.
std::optional<InsertName> InsertNameOf(std::string_view text);

}  // namespace tarn::sql
