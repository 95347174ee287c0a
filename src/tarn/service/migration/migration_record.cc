#include "tarn/service/migration/migration_record.h"

#include <utility>

#include "tarn/base/error.h"
#include "tarn/catalog/document_store.h"

namespace tarn::service {
namespace {

constexpr char kCollection[] = "migration";
constexpr int kTriesMax = 5;  // against others who write the same record

}  // namespace

Status MigrationRecords::Put(const Json& record) {
  catalog::Document document{.collection = kCollection,
                             .id = record.at("migration_id").get<std::string>(),
                             .owner = record.value("owner", ""),
                             .state = record.value("status", ""),
                             .text = DumpJson(record)};
  Status status;
  for (int i = 0; i < kTriesMax; ++i) {
    ARROW_ASSIGN_OR_RAISE(const auto before, documents_.Find(kCollection, document.id));
    document.version = before ? before->version : 0;
    status = before ? documents_.Replace(document).status()
                    : documents_.Create(document).status();
    const bool was_late = !status.ok() && (CodeOf(status) == ErrorCode::kAlreadyExists ||
                                           CodeOf(status) == ErrorCode::kCommitConflict);
    if (!was_late) {
      return status;
    }
  }
  return status;
}

Result<std::optional<Json>> MigrationRecords::Find(const std::string& id) {
  ARROW_ASSIGN_OR_RAISE(const auto document, documents_.Find(kCollection, id));
  if (!document) {
    return std::optional<Json>();
  }
  ARROW_ASSIGN_OR_RAISE(Json record,
                        ParseJson(document->text, "the record of migration " + id));
  return std::optional(std::move(record));
}

Result<std::vector<Json>> MigrationRecords::List(const std::string& owner,
                                                 const std::string& before,
                                                 size_t limit) {
  ARROW_ASSIGN_OR_RAISE(
      const auto documents,
      documents_.List(kCollection, {.owner = owner, .before = before, .limit = limit}));
  std::vector<Json> records;
  for (const catalog::Document& document : documents) {
    ARROW_ASSIGN_OR_RAISE(
        records.emplace_back(),
        ParseJson(document.text, "the record of migration " + document.id));
  }
  return records;
}

}  // namespace tarn::service
