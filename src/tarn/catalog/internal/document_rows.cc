#include "tarn/catalog/internal/document_rows.h"

#include "tarn/base/error.h"

namespace tarn::catalog::internal {

Result<int64_t> DocumentRows::Change(std::string_view sql,
                                     std::initializer_list<SqlParameter> parameters) {
  int64_t changed = 0;
  WriteOutcome outcome = WriteOutcome::kNotApplied;
  const Status status = database_->Write(
      "", WriteScope::kEntries,
      [&](SqlConnection& db) -> Status {
        ARROW_ASSIGN_OR_RAISE(changed, db.Execute(sql, parameters));
        return Status::OK();
      },
      &outcome);
  RETURN_NOT_OK(OutcomeError(status, outcome, "the store's documents"));
  return changed;
}

Result<std::vector<Document>> DocumentRows::Select(
    std::string_view sql, std::initializer_list<SqlParameter> parameters) {
  std::vector<Document> documents;
  ARROW_RETURN_NOT_OK(database_->Read([&](SqlConnection& db) {
    documents.clear();
    return db.Query(sql, parameters, [&](const SqlRow& row) {
      documents.push_back(
          {.collection = row.TextOrEmpty("collection"),
           .id = row.TextOrEmpty("document_id"),
           .owner = row.TextOrEmpty("owner"),
           .state = row.TextOrEmpty("state"),
           .text = row.TextOrEmpty("record"),
           .version = row.Int64("version"),
           .updated_at = std::chrono::milliseconds(row.Int64("updated_at"))});
    });
  }));
  return documents;
}

Result<Document> DocumentRows::Create(Document document) {
  document.version = 1;
  document.updated_at = clock_.Now();
  ARROW_ASSIGN_OR_RAISE(
      const int64_t inserted,
      Change("INSERT INTO tarn_documents (collection, document_id, owner, state, "
             "version, updated_at, record) VALUES (?1, ?2, ?3, ?4, 1, ?5, ?6) "
             "ON CONFLICT DO NOTHING",
             {document.collection, document.id, document.owner, document.state,
              std::to_string(document.updated_at.count()), document.text}));
  if (inserted == 1) {
    return document;
  }
  return MakeError(ErrorCode::kAlreadyExists, "There is a " + document.collection +
                                                  " of this id already: " + document.id);
}

Result<std::optional<Document>> DocumentRows::Find(const std::string& collection,
                                                   const std::string& id) {
  ARROW_ASSIGN_OR_RAISE(auto found, Select("SELECT * FROM tarn_documents "
                                           "WHERE collection = ?1 AND document_id = ?2",
                                           {collection, id}));
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

Result<std::vector<Document>> DocumentRows::List(const std::string& collection,
                                                 const DocumentQuery& query) {
  return Select(
      "SELECT * FROM tarn_documents WHERE collection = ?1 "
      "AND (?2 = '' OR state = ?2) AND (?3 = '' OR owner = ?3) "
      "AND (?4 = '' OR document_id COLLATE BINARY < ?4) "
      "ORDER BY document_id COLLATE BINARY DESC LIMIT CAST(?5 AS BIGINT)",
      {collection, query.state, query.owner, query.before, std::to_string(query.limit)});
}

Result<Document> DocumentRows::Replace(Document document) {
  document.updated_at = clock_.Now();
  ARROW_ASSIGN_OR_RAISE(
      const int64_t changed,
      Change("UPDATE tarn_documents SET owner = ?1, state = ?2, record = ?3, "
             "updated_at = ?4, version = version + 1 "
             "WHERE collection = ?5 AND document_id = ?6 AND version = ?7",
             {document.owner, document.state, document.text,
              std::to_string(document.updated_at.count()), document.collection,
              document.id, std::to_string(document.version)}));
  if (changed == 1) {
    ++document.version;
    return document;
  }
  return MakeError(ErrorCode::kCommitConflict,
                   "The " + document.collection +
                       " was changed meanwhile, or is gone: " + document.id);
}

Status DocumentRows::Remove(const std::string& collection, const std::string& id) {
  return Change("DELETE FROM tarn_documents WHERE collection = ?1 AND document_id = ?2",
                {collection, id})
      .status();
}

Result<int64_t> DocumentRows::Prune(const std::string& collection,
                                    const std::string& state,
                                    std::chrono::milliseconds before) {
  return Change(
      "DELETE FROM tarn_documents "
      "WHERE collection = ?1 AND state = ?2 AND updated_at < ?3",
      {collection, state, std::to_string(before.count())});
}

}  // namespace tarn::catalog::internal
