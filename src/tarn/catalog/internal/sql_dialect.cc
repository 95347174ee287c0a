#include "tarn/catalog/internal/sql_dialect.h"

namespace tarn::catalog::internal {
namespace {

constexpr std::string_view kForUpdate = " FOR UPDATE";
constexpr std::string_view kCollateBytes = "COLLATE BINARY";

}  // namespace

std::string SqliteStatement(std::string_view sql) {
  if (sql.ends_with(kForUpdate)) {
    sql.remove_suffix(kForUpdate.size());
  }
  return std::string(sql);
}

std::string PostgresStatement(std::string_view sql) {
  std::string translated;
  while (!sql.empty()) {
    if (sql.starts_with(kCollateBytes)) {
      translated += "COLLATE \"C\"";
      sql.remove_prefix(kCollateBytes.size());
      continue;
    }
    translated += sql.front() == '?' ? '$' : sql.front();
    sql.remove_prefix(1);
  }
  return translated;
}

}  // namespace tarn::catalog::internal
