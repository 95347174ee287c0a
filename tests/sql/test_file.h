// SQL tests in the format of DuckDB's sqllogictest.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/result.h"

namespace tarn::sql_test {

enum class Kind { kStatementOk, kStatementError, kQuery, kRestart };
enum class Sort { kNone, kRows };

/// One record of a test file.
///
///   statement ok [session]          statement error [session]        query II [rowsort]
///   [session] <sql>                           <sql>                            <sql>
///                                   ----                             ----
///                                   <regex of the message>           <row, columns split
///                                   by tabs>…
///
/// Records between "foreach NAME VALUE…" and "endforeach" are there once for each value,
/// which takes the place of ${NAME} in them.
struct Record {
  Kind kind = Kind::kStatementOk;
  std::string session = "main";
  std::string sql;
  std::string
      error;  // regular expression, found anywhere in the message; empty: any error
  size_t num_columns = 0;
  Sort sort = Sort::kNone;
  /// Expected. "<REGEX>:…" is a regular expression for the whole row; if all begin with
  /// "<CONTAINS>:", each text after it must be somewhere in the result, and no more is
  /// asked.
  std::vector<std::string> rows;
  int line = 0;
};

/// Errors: kInvalidData with the line.
Result<std::vector<Record>> ParseTestFile(std::string_view text);

}  // namespace tarn::sql_test
