#include "tarn/service/migration/copy_journal.h"

#include <optional>
#include <utility>
#include <vector>

#include "tarn/base/error.h"
#include "tarn/base/json_fields.h"
#include "tarn/base/logging.h"
#include "tarn/catalog/document_store.h"
#include "tarn/service/internal/server_identity.h"
#include "tarn/service/migration/places.h"

namespace tarn::service {
namespace {

constexpr char kCollection[] = "history_copy";
constexpr char kCopying[] = "copying";
constexpr char kRegistering[] = "registering";
constexpr size_t kPage = 500;

struct KeptCopy {
  CopyUnderWay copy;
  std::string process;  // which works on it; empty: not known
};

std::string ToText(const KeptCopy& kept) {
  return DumpJson({{"migration_id", kept.copy.migration_id},
                   {"place", kept.copy.place},
                   {"namespace", kept.copy.table.ns.levels},
                   {"table", kept.copy.table.name},
                   {"location", kept.copy.location},
                   {"process", kept.process}});
}

Result<KeptCopy> FromText(const std::string& text) {
  KeptCopy kept;
  ARROW_ASSIGN_OR_RAISE(const Json json, ParseJson(text, "copy under way"));
  ARROW_ASSIGN_OR_RAISE(const auto fields, JsonFields::Make(json, "copy under way"));
  ARROW_ASSIGN_OR_RAISE(kept.copy.migration_id, fields.String("migration_id"));
  ARROW_ASSIGN_OR_RAISE(kept.copy.place, fields.String("place"));
  ARROW_ASSIGN_OR_RAISE(const Json* const levels, fields.Array("namespace"));
  ARROW_ASSIGN_OR_RAISE(kept.copy.table.ns.levels, StringArray(*levels, "namespace"));
  ARROW_ASSIGN_OR_RAISE(kept.copy.table.name, fields.String("table"));
  ARROW_ASSIGN_OR_RAISE(kept.copy.location, fields.String("location"));
  ARROW_ASSIGN_OR_RAISE(kept.process, fields.String("process"));
  return kept;
}

/// Whether nobody works on it any more, as far as migration `id` can tell.
bool IsLeftOver(const KeptCopy& kept, const std::string& id) {
  const std::optional<bool> lives = internal::LivesHere(kept.process);
  return kept.copy.migration_id == id || (lives && !*lives);
}

Status RemoveFiles(const CopyUnderWay& copy, Places& places) {
  ARROW_ASSIGN_OR_RAISE(const table::Context* const place, places.Find(copy.place));
  ARROW_ASSIGN_OR_RAISE(const auto files, place->io.List(copy.location));
  for (const io::FileInfo& file : files) {
    RETURN_NOT_OK(place->io.Delete(file.location));
  }
  LogInfo("Files of a copy that was cut off were removed",
          {{"location", copy.location},
           {"migration", copy.migration_id},
           {"files", std::to_string(files.size())}});
  return Status::OK();
}

}  // namespace

Result<std::string> CopyJournal::Begin(const CopyUnderWay& copy) {
  const KeptCopy kept{.copy = copy, .process = internal::OwnServerIdentity().ValueOr("")};
  catalog::Document document{.collection = kCollection,
                             .id = NewUlid(clock_.Now(), random_),
                             .state = kCopying,
                             .text = ToText(kept)};
  ARROW_ASSIGN_OR_RAISE(document, documents_.Create(std::move(document)));
  return document.id;
}

Status CopyJournal::Register(const std::string& id) {
  ARROW_ASSIGN_OR_RAISE(auto document, documents_.Find(kCollection, id));
  if (!document) {
    return MakeError(ErrorCode::kCommitConflict,
                     "Another process took the copy for one that nobody works on, and "
                     "removed its files; do the migration again");
  }
  document->state = kRegistering;
  return documents_.Replace(*std::move(document)).status();
}

Status CopyJournal::End(const std::string& id) {
  return documents_.Remove(kCollection, id);
}

Status CopyJournal::RemoveLeftovers(const std::string& migration_id, Places& places) {
  catalog::DocumentQuery query{.limit = kPage};
  for (bool has_more = true; has_more;) {
    ARROW_ASSIGN_OR_RAISE(const auto page, documents_.List(kCollection, query));
    has_more = page.size() == kPage;
    for (const catalog::Document& document : page) {
      query.before = document.id;
      ARROW_ASSIGN_OR_RAISE(const KeptCopy kept, FromText(document.text));
      if (!IsLeftOver(kept, migration_id)) {
        continue;
      }
      // Once a catalog was asked, its table may live under another name by now: what no
      // table names is for the removal of orphans.
      const Status removed =
          document.state == kCopying ? RemoveFiles(kept.copy, places) : Status::OK();
      if (!removed.ok()) {
        LogWarn("Files of a copy that was cut off could not be removed",
                {{"location", kept.copy.location}, {"reason", removed.message()}});
        continue;
      }
      RETURN_NOT_OK(End(document.id));
    }
  }
  return Status::OK();
}

}  // namespace tarn::service
