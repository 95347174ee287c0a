// The words of Trino's grammar. A parser names them as texts, which the compiler turns
// into numbers: Take("ORDER") compares two integers, and a word that is not in the list
// does not compile.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tarn::sql {

// clang-format off: a word a line would be three hundred lines.

/// Words that cannot be names without quotes.
inline constexpr std::array<std::string_view, 82> kReservedWords = {
    "ALTER", "AND", "AS", "AUTO", "BETWEEN", "BY", "CASE", "CAST", "CONSTRAINT",
    "CREATE", "CROSS", "CUBE", "CURRENT_CATALOG", "CURRENT_DATE", "CURRENT_PATH",
    "CURRENT_ROLE", "CURRENT_SCHEMA", "CURRENT_TIME", "CURRENT_TIMESTAMP",
    "CURRENT_USER", "DEALLOCATE", "DELETE", "DESCRIBE", "DISTINCT", "DROP", "ELSE",
    "END", "ESCAPE", "EXCEPT", "EXISTS", "EXTRACT", "FALSE", "FOR", "FROM", "FULL",
    "GROUP", "GROUPING", "HAVING", "IN", "INNER", "INSERT", "INTERSECT", "INTO", "IS",
    "JOIN", "JSON_ARRAY", "JSON_EXISTS", "JSON_OBJECT", "JSON_QUERY", "JSON_TABLE",
    "JSON_VALUE", "LEFT", "LIKE", "LISTAGG", "LOCALTIME", "LOCALTIMESTAMP", "NATURAL",
    "NORMALIZE", "NOT", "NULL", "ON", "OR", "ORDER", "OUTER", "PREPARE", "RECURSIVE",
    "RIGHT", "ROLLUP", "SELECT", "SKIP", "TABLE", "THEN", "TRIM", "TRUE", "UESCAPE",
    "UNION", "UNNEST", "USING", "VALUES", "WHEN", "WHERE", "WITH",
};
/// Words with a meaning in some places, which are names in others; among them those of
/// Spark's and of Tarn's own statements.
inline constexpr std::array<std::string_view, 234> kOtherWords = {
    "ABSENT", "ADD", "ADMIN", "AFTER", "ALL", "ANALYZE", "ANY", "ARRAY", "ASC", "AT",
    "AUTHORIZATION", "BEGIN", "BERNOULLI", "BOTH", "BRANCH", "BRANCHES", "CALL",
    "CALLED", "CASCADE", "CATALOG", "CATALOGS", "COLUMN", "COLUMNS", "COMMENT",
    "COMMIT", "COMMITTED", "CONDITIONAL", "COPARTITION", "CORRESPONDING", "COUNT",
    "CURRENT", "DATA", "DATABASE", "DATE", "DAY", "DECLARE", "DEFAULT", "DEFINE",
    "DEFINER", "DENY", "DESC", "DESCRIPTOR", "DETERMINISTIC", "DISTRIBUTED", "DO",
    "DOUBLE", "ELSEIF", "EMPTY", "ENCODING", "ERROR", "EXCLUDING", "EXECUTE", "EXPLAIN",
    "FAIL", "FAST", "FETCH", "FILTER", "FINAL", "FIRST", "FOLLOWING", "FORMAT",
    "FORWARD", "FUNCTION", "FUNCTIONS", "GRACE", "GRANT", "GRANTED", "GRANTS",
    "GRAPHVIZ", "GROUPS", "HOUR", "IF", "IGNORE", "IMMEDIATE", "INCLUDING", "INITIAL",
    "INLINE", "INPUT", "INTERVAL", "INVOKER", "IO", "ISOLATION", "ITERATE", "JSON",
    "KEEP", "KEY", "KEYS", "LANGUAGE", "LAST", "LATERAL", "LEADING", "LEAVE", "LEVEL",
    "LIMIT", "LOCAL", "LOCATION", "LOGICAL", "LOOP", "MAP", "MATCH", "MATCHED",
    "MATCHES", "MATCH_RECOGNIZE", "MATERIALIZED", "MEASURES", "MERGE", "MINUTE",
    "MONTH", "NAMESPACE", "NAMESPACES", "NESTED", "NEXT", "NFC", "NFD", "NFKC", "NFKD",
    "NO", "NONE", "NULLIF", "NULLS", "OBJECT", "OF", "OFFSET", "OMIT", "ONE", "ONLY",
    "OPTION", "ORDINALITY", "OUTPUT", "OVER", "OVERFLOW", "OVERWRITE", "PARTITION",
    "PARTITIONED", "PARTITIONS", "PASSING", "PAST", "PATH", "PATTERN", "PER", "PERIOD",
    "PERMUTE", "PLAN", "POSITION", "PRECEDING", "PRECISION", "PRIVILEGES", "PROPERTIES",
    "PRUNE", "QUALIFY", "QUOTES", "RANGE", "READ", "REFRESH", "RENAME", "REPEAT",
    "REPEATABLE", "REPLACE", "RESET", "RESPECT", "RESTRICT", "RETURN", "RETURNING",
    "RETURNS", "REVOKE", "ROLE", "ROLES", "ROLLBACK", "ROW", "ROWS", "RUNNING",
    "SCALAR", "SCHEMA", "SCHEMAS", "SECOND", "SECURITY", "SEEK", "SERIALIZABLE",
    "SESSION", "SET", "SETS", "SHOW", "SNAPSHOT", "SOME", "SOURCE", "STALE", "START",
    "STATS", "STRING", "SUBSET", "SUBSTRING", "SYSTEM", "TABLES", "TABLESAMPLE", "TAG",
    "TARGET", "TBLPROPERTIES", "TEXT", "TIES", "TIME", "TIMESTAMP", "TO", "TRAILING",
    "TRANSACTION", "TRUNCATE", "TRY_CAST", "TYPE", "UNBOUNDED", "UNCOMMITTED",
    "UNCONDITIONAL", "UNIQUE", "UNKNOWN", "UNMATCHED", "UNTIL", "UPDATE", "USE", "USER",
    "UTF16", "UTF32", "UTF8", "VALIDATE", "VALUE", "VERBOSE", "VERSION", "VIEW",
    "WHILE", "WINDOW", "WITHIN", "WITHOUT", "WORK", "WRAPPER", "WRITE", "YEAR", "ZONE",
};

// clang-format on

/// 0: not a keyword; then the reserved words, then the others, in the lists' order.
using KeywordId = uint16_t;

constexpr bool IsReserved(KeywordId id) { return id > 0 && id <= kReservedWords.size(); }

constexpr std::string_view KeywordText(KeywordId id) {
  if (id == 0) {
    return "";
  }
  return IsReserved(id) ? kReservedWords[id - 1U]
                        : kOtherWords[id - 1U - kReservedWords.size()];
}

/// A keyword as a parser writes it, in capitals.
class Keyword {
 public:
  consteval Keyword(const char* text)  // NOLINT: implicit, that is its purpose
      : id_(Find(text)) {}
  constexpr KeywordId id() const { return id_; }
  constexpr std::string_view text() const { return KeywordText(id_); }

 private:
  static consteval KeywordId Find(std::string_view text) {
    for (size_t i = 1; i <= kReservedWords.size() + kOtherWords.size(); ++i) {
      if (KeywordText(static_cast<KeywordId>(i)) == text) {
        return static_cast<KeywordId>(i);
      }
    }
    throw "not a keyword of keywords.h";  // at compile time only
  }

  KeywordId id_;
};

/// The keyword that a word of a text is, in any case of letters; 0 if it is none.
KeywordId FindKeyword(std::string_view word);

}  // namespace tarn::sql
