#include "tarn/catalog/internal/catalog_database.h"

namespace tarn::catalog::internal {

Result<std::unique_ptr<CatalogDatabase>> CatalogDatabase::Open(
    const std::string& path, const std::string& catalog_name,
    std::chrono::milliseconds busy_timeout) {
  ARROW_ASSIGN_OR_RAISE(auto writer, SqliteConnection::Open(path, busy_timeout));
  ARROW_RETURN_NOT_OK(PrepareDatabase(*writer));
  ARROW_ASSIGN_OR_RAISE(auto reader, SqliteConnection::Open(path, busy_timeout));
  return std::unique_ptr<CatalogDatabase>(
      new CatalogDatabase(std::move(reader), std::move(writer), catalog_name));
}

}  // namespace tarn::catalog::internal
