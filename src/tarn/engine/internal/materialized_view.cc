#include "tarn/engine/internal/materialized_view.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <duckdb/catalog/catalog.hpp>
#include <duckdb/main/attached_database.hpp>
#include <duckdb/main/client_context.hpp>
#include <duckdb/transaction/meta_transaction.hpp>

#include "tarn/base/error.h"
#include "tarn/engine/internal/attached_catalog.h"
#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/engine/internal/create_table_text.h"
#include "tarn/engine/internal/transaction.h"
#include "tarn/engine/internal/view_entry.h"

namespace tarn::engine {
namespace {

using iceberg::Snapshot;
using iceberg::SnapshotId;
using iceberg::TableMetadata;
using std::chrono::milliseconds;

const std::string* Find(const std::map<std::string, std::string>& properties,
                        const char* key) {
  const auto found = properties.find(key);
  return found == properties.end() ? nullptr : &found->second;
}

Result<int64_t> NumberOf(const std::string& text) {
  int64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) {
    return MakeError(ErrorCode::kInvalidData,
                     "Grace period of a materialized view is no number: " + text);
  }
  return number;
}

bool OnlyRewrites(const Snapshot& snapshot) { return snapshot.operation == "replace"; }

/// What became of a source since; unset: nothing. `at` is when.
struct Change {
  milliseconds at{0};
};

Result<std::optional<Change>> ChangeOf(duckdb::ClientContext& context,
                                       const RefreshSource& source) {
  duckdb::optional_ptr<duckdb::Catalog> database =
      duckdb::Catalog::GetCatalogEntry(context, source.catalog);
  AttachedCatalog* const ours = database ? AttachedCatalog::From(*database) : nullptr;
  if (ours == nullptr) {
    return std::optional(Change{});
  }
  auto& transaction = IcebergTransaction::Get(context, *ours);
  ARROW_ASSIGN_OR_RAISE(const auto object,
                        transaction.view().Find(source.ident.ns, source.ident.name));
  if (!object.has_value()) {
    return std::optional(Change{});
  }
  if (source.version_id.has_value()) {
    const bool is_same = object->view != nullptr &&
                         object->view->view_uuid == source.uuid &&
                         object->view->current_version_id == *source.version_id;
    return is_same ? std::nullopt : std::optional(Change{});
  }
  if (object->table == nullptr || object->table->table_uuid != source.uuid ||
      transaction.writes().Changes(object->ident)) {
    return std::optional(Change{});
  }
  const auto since = SnapshotsAfter(*object->table, source.snapshot_id);
  if (!since.has_value()) {
    return std::optional(Change{});
  }
  for (auto snapshot = since->rbegin(); snapshot != since->rend(); ++snapshot) {
    if (!OnlyRewrites(**snapshot)) {
      return std::optional(Change{(*snapshot)->timestamp});
    }
  }
  return std::optional<Change>();
}

}  // namespace

Result<std::optional<MaterializedView>> MaterializedViewOf(
    const iceberg::TableIdent& ident, const iceberg::ViewMetadata& metadata) {
  const std::string* const storage = Find(metadata.properties, kStorageProperty);
  if (storage == nullptr) {
    return std::optional<MaterializedView>();
  }
  MaterializedView view{.storage = {ident.ns, *storage}};
  if (const std::string* const grace = Find(metadata.properties, kGraceProperty);
      grace != nullptr && !grace->empty()) {
    ARROW_ASSIGN_OR_RAISE(const int64_t period, NumberOf(*grace));
    view.grace_period = milliseconds(period);
  }
  const std::string* const stale = Find(metadata.properties, kWhenStaleProperty);
  view.fails_when_stale = stale != nullptr && *stale == "fail";
  return std::optional(std::move(view));
}

std::optional<std::vector<const Snapshot*>> SnapshotsAfter(
    const TableMetadata& table, std::optional<SnapshotId> base) {
  std::vector<const Snapshot*> after;
  std::optional<SnapshotId> id = table.current_snapshot_id;
  while (id != base) {
    const Snapshot* const snapshot = id.has_value() ? table.FindSnapshot(*id) : nullptr;
    if (snapshot == nullptr) {
      return std::nullopt;
    }
    after.push_back(snapshot);
    id = snapshot->parent_id;
  }
  return after;
}

std::optional<RefreshState> StateOfStorage(const TableMetadata& storage) {
  std::optional<SnapshotId> id = storage.current_snapshot_id;
  const std::string noted = storage.Property(kRefreshSnapshot, "");
  for (;;) {
    const std::string name = id.has_value() ? std::to_string(id->value) : "none";
    if (noted == name) {
      const auto state = RefreshStateFromJson(storage.Property(kRefreshState, ""));
      return state.ok() ? std::optional(*state) : std::nullopt;
    }
    const Snapshot* const snapshot = id.has_value() ? storage.FindSnapshot(*id) : nullptr;
    if (snapshot == nullptr) {
      return std::nullopt;
    }
    if (const std::string* const text = Find(snapshot->summary, kRefreshState)) {
      const auto state = RefreshStateFromJson(*text);
      return state.ok() ? std::optional(*state) : std::nullopt;
    }
    if (!OnlyRewrites(*snapshot)) {
      return std::nullopt;
    }
    id = snapshot->parent_id;
  }
}

Result<ViewFreshness> FreshnessOf(duckdb::ClientContext& context,
                                  IcebergTransaction& transaction,
                                  const iceberg::ViewMetadata& metadata,
                                  const MaterializedView& view) {
  ViewFreshness found;
  ARROW_ASSIGN_OR_RAISE(const auto storage,
                        transaction.view().Find(view.storage.ns, view.storage.name));
  if (!storage.has_value() || storage->table == nullptr) {
    return found;
  }
  found.storage = storage->table;
  found.state = StateOfStorage(*found.storage);
  if (!found.state.has_value() || found.state->view_uuid != metadata.view_uuid ||
      found.state->version_id != metadata.current_version_id) {
    found.state.reset();
    return found;
  }
  found.freshness = Freshness::kFresh;
  for (const RefreshSource& source : found.state->sources) {
    ARROW_ASSIGN_OR_RAISE(const auto change, ChangeOf(context, source));
    if (change.has_value()) {
      found.freshness = Freshness::kStale;
      found.fresh_until = std::min(found.fresh_until.value_or(change->at), change->at);
    }
  }
  if (found.freshness == Freshness::kFresh && found.state->reads_others) {
    found.freshness = Freshness::kUnknown;
    found.fresh_until = found.storage->last_updated;
  }
  return found;
}

std::string StoragePrefix(const std::string& view_name) {
  return "st_" + view_name + "_";
}

bool IsStorageName(const std::string& table_name) {
  constexpr size_t kDigits = 8;
  constexpr std::string_view kBeginning = "st_";
  if (!table_name.starts_with(kBeginning) ||
      table_name.size() < kBeginning.size() + 1 + kDigits) {
    return false;
  }
  const size_t digits = table_name.size() - kDigits;
  return table_name[digits - 1] == '_' &&
         table_name.find_first_not_of("0123456789abcdef", digits) == std::string::npos;
}

namespace {

/// Finds the view that a storage table is of. What cannot be loaded is none.
class ViewOfStorage {
 public:
  ViewOfStorage(CatalogView& view, const iceberg::Namespace& ns,
                const std::vector<std::string>& names)
      : view_(view), ns_(ns), names_(names) {}

  /// Unset for a table that is no view's.
  std::optional<std::string> Find(const std::string& storage) {
    // By the name that CREATE gave it: "st_" view "_" and eight digits.
    std::string name = storage.substr(3, storage.size() - 3 - 9);
    if (IsOf(name, storage)) {
      return name;
    }
    // By the name that its view has been given.
    const auto table = view_.Find(ns_, storage);
    if (!table.ok() || !table->has_value() || (*table)->table == nullptr) {
      return {};
    }
    const auto& properties = (*table)->table->properties;
    const auto renamed = properties.find(kViewProperty);
    if (renamed != properties.end() && IsOf(renamed->second, storage)) {
      return renamed->second;
    }
    // Another program has renamed it: any view may be it.
    const auto any = std::ranges::find_if(names_, [&](const std::string& candidate) {
      return !IsStorageName(candidate) && IsOf(candidate, storage);
    });
    return any == names_.end() ? std::nullopt : std::optional(*any);
  }

 private:
  bool IsOf(const std::string& name, const std::string& storage) {
    if (!std::ranges::binary_search(names_, name)) {
      return false;
    }
    const auto object = view_.Find(ns_, name);
    if (!object.ok() || !object->has_value() || (*object)->view == nullptr) {
      return false;
    }
    const auto& properties = (*object)->view->properties;
    const auto set = properties.find(kStorageProperty);
    return set != properties.end() && set->second == storage;
  }

  CatalogView& view_;
  const iceberg::Namespace& ns_;
  const std::vector<std::string>& names_;
};

}  // namespace

Result<std::vector<StoredView>> MaterializedViewsIn(IcebergTransaction& transaction,
                                                    const iceberg::Namespace& ns) {
  ARROW_ASSIGN_OR_RAISE(const auto names, transaction.view().ListNames(ns));
  std::vector<StoredView> views;
  ViewOfStorage view_of(transaction.view(), ns, names);
  for (const std::string& storage : names) {
    if (!IsStorageName(storage)) {
      continue;
    }
    if (auto name = view_of.Find(storage)) {
      views.push_back({.name = *std::move(name), .storage = storage});
    }
  }
  return views;
}

Result<bool> MayReadStorage(const iceberg::TableIdent& ident,
                            const MaterializedView& view, const ViewFreshness& freshness,
                            milliseconds now) {
  switch (freshness.freshness) {
    case Freshness::kFresh:
      return true;
    case Freshness::kStale:
    case Freshness::kUnknown:
      if (!view.grace_period.has_value() ||
          now - freshness.fresh_until.value_or(milliseconds(0)) < *view.grace_period) {
        return true;
      }
      break;
    case Freshness::kNeverRefreshed:
      break;
  }
  if (view.fails_when_stale) {
    return MakeError(ErrorCode::kNotSupported,
                     "Materialized view is stale, and fails when stale: REFRESH "
                     "MATERIALIZED VIEW " +
                         ident.ToString());
  }
  return false;
}

std::unique_ptr<duckdb::ViewCatalogEntry> MakeEntryOfView(
    duckdb::ClientContext& context, IcebergTransaction& transaction,
    duckdb::Catalog& catalog, duckdb::SchemaCatalogEntry& schema,
    const CatalogObject& object, MayBeStale may_be_stale) {
  auto view = ValueOrThrow(MaterializedViewOf(object.ident, *object.view));
  if (!view.has_value()) {
    return ValueOrThrow(MakeViewEntry(catalog, schema, object.ident, *object.view));
  }
  if (may_be_stale == MayBeStale::kNever) {
    view->grace_period = milliseconds(0);
    view->fails_when_stale = false;
  }
  const auto freshness =
      ValueOrThrow(FreshnessOf(context, transaction, *object.view, *view));
  if (!ValueOrThrow(MayReadStorage(object.ident, *view, freshness,
                                   transaction.tarn().clock.Now()))) {
    return ValueOrThrow(MakeViewEntry(catalog, schema, object.ident, *object.view));
  }
  iceberg::ViewMetadata stored = *object.view;
  for (iceberg::ViewVersion& version : stored.versions) {
    version.representations = {
        {.sql = "SELECT * FROM " + QuoteIdentifier(catalog.GetName()) + "." +
                QuoteIdentifier(schema.name) + "." + QuoteIdentifier(view->storage.name),
         .dialect = kViewDialect}};
  }
  return ValueOrThrow(MakeViewEntry(catalog, schema, object.ident, stored));
}

std::vector<RefreshSource> SourcesRead(duckdb::ClientContext& context,
                                       const iceberg::TableIdent& view,
                                       const iceberg::TableIdent& storage) {
  std::vector<RefreshSource> sources;
  auto& transaction = duckdb::MetaTransaction::Get(context);
  for (duckdb::AttachedDatabase& database : transaction.OpenedTransactions()) {
    if (database.IsSystem() || AttachedCatalog::From(database.GetCatalog()) == nullptr) {
      continue;
    }
    auto& ours = IcebergTransaction::Get(context, database.GetCatalog());
    for (const CatalogObject& object : ours.view().Loaded()) {
      if (object.ident == view || object.ident == storage) {
        continue;
      }
      RefreshSource source{
          .catalog = database.GetName(), .ident = object.ident, .uuid = {}};
      if (object.table != nullptr) {
        source.uuid = object.table->table_uuid;
        source.snapshot_id = object.table->current_snapshot_id;
        source.schema_id = object.table->current_schema_id.value;
      } else {
        source.uuid = object.view->view_uuid;
        source.version_id = object.view->current_version_id;
      }
      sources.push_back(std::move(source));
    }
  }
  return sources;
}

Result<std::shared_ptr<const TableMetadata>> TableOf(duckdb::ClientContext& context,
                                                     const RefreshSource& source) {
  duckdb::optional_ptr<duckdb::Catalog> database =
      duckdb::Catalog::GetCatalogEntry(context, source.catalog);
  AttachedCatalog* const ours = database ? AttachedCatalog::From(*database) : nullptr;
  if (ours == nullptr) {
    return nullptr;
  }
  ARROW_ASSIGN_OR_RAISE(const auto object, IcebergTransaction::Get(context, *ours)
                                               .view()
                                               .Find(source.ident.ns, source.ident.name));
  return object.has_value() ? object->table : nullptr;
}

Result<std::optional<ListedMaterializedView>> ListMaterializedView(
    duckdb::ClientContext& context, IcebergTransaction& transaction,
    const CatalogObject& object) {
  if (object.view == nullptr) {
    return std::optional<ListedMaterializedView>();
  }
  ARROW_ASSIGN_OR_RAISE(const auto view, MaterializedViewOf(object.ident, *object.view));
  if (!view.has_value()) {
    return std::optional<ListedMaterializedView>();
  }
  ARROW_ASSIGN_OR_RAISE(const ViewFreshness freshness,
                        FreshnessOf(context, transaction, *object.view, *view));
  constexpr const char* kNames[] = {"FRESH", "STALE", "UNKNOWN", "STALE"};
  const std::string* const comment = Find(object.view->properties, "comment");
  const auto* const text =
      object.view->FindRepresentation({"trino", std::string(kViewDialect)});
  return std::optional(ListedMaterializedView{
      .storage = view->storage,
      .freshness = kNames[static_cast<size_t>(freshness.freshness)],
      .last_fresh_time = freshness.fresh_until,
      .comment = comment == nullptr ? "" : *comment,
      .definition = text == nullptr ? "" : text->sql});
}

}  // namespace tarn::engine
