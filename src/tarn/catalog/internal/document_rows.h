// Rows of tarn_documents.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tarn/base/clock.h"
#include "tarn/catalog/document_store.h"
#include "tarn/catalog/internal/store_database.h"

namespace tarn::catalog::internal {

class DocumentRows : public DocumentStore {
 public:
  DocumentRows(std::shared_ptr<StoreDatabase> database, Clock& clock)
      : database_(std::move(database)), clock_(clock) {}

  Result<Document> Create(Document document) override;
  Result<std::optional<Document>> Find(const std::string& collection,
                                       const std::string& id) override;
  Result<std::vector<Document>> List(const std::string& collection,
                                     const DocumentQuery& query) override;
  Result<Document> Replace(Document document) override;
  Status Remove(const std::string& collection, const std::string& id) override;
  Result<int64_t> Prune(const std::string& collection, const std::string& state,
                        std::chrono::milliseconds before) override;

 private:
  /// Runs one statement; gives the number of rows changed.
  Result<int64_t> Change(std::string_view sql,
                         std::initializer_list<SqlParameter> parameters);
  Result<std::vector<Document>> Select(std::string_view sql,
                                       std::initializer_list<SqlParameter> parameters);

  const std::shared_ptr<StoreDatabase> database_;
  Clock& clock_;
};

}  // namespace tarn::catalog::internal
