#include "tarn/service/migration/view_migration.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

#include "tarn/base/clock.h"
#include "tarn/base/digest.h"
#include "tarn/service/migration/destination.h"

namespace tarn::service {
namespace {

using catalog::LoadedView;
using iceberg::ViewMetadata;
using iceberg::ViewVersion;
using std::chrono::steady_clock;

/// Properties of a materialised view, the first of them its table
/// (docs/internals/materialized-views.md).
constexpr const char* kMaterialized[] = {"tarn.storage-table", "tarn.grace-period-ms",
                                         "tarn.when-stale", "tarn.with"};
/// Trino's SECURITY DEFINER: a user of the source's catalog.
constexpr char kRunAsOwner[] = "trino.run-as-owner";

/// What a view says, in one form: places, times, ids and properties are not in it.
Json DefinitionOf(const ViewMetadata& view) {
  const ViewVersion& version = view.current_version();
  Json columns = Json::array();
  if (const auto schema = view.FindSchema(version.schema_id)) {
    for (const iceberg::Field& field : schema->fields()) {
      columns.push_back({field.name, field.type.ToString()});
    }
  }
  std::map<std::string, std::string> texts;
  for (const iceberg::ViewRepresentation& text : version.representations) {
    texts.emplace(text.dialect, text.sql);
  }
  return {{"columns", std::move(columns)},
          {"texts", texts},
          {"default_catalog", version.default_catalog.value_or("")},
          {"default_namespace", version.default_namespace}};
}

std::string ChecksumOf(const ViewMetadata& view) {
  return HexOf(Sha256(DumpJson(DefinitionOf(view))));
}

Result<std::optional<LoadedView>> FindView(catalog::Catalog& catalog,
                                           const iceberg::TableIdent& ident) {
  auto loaded = catalog.LoadView(ident);
  if (loaded.ok()) {
    return std::optional(*std::move(loaded));
  }
  const ErrorCode code = CodeOf(loaded.status());
  if (code == ErrorCode::kNoSuchView || code == ErrorCode::kNoSuchNamespace) {
    return std::optional<LoadedView>();
  }
  return loaded.status();
}

/// A view as it is to be at its destination, but for its place and ids.
struct MovedView {
  std::shared_ptr<ViewMetadata> metadata;
  int64_t names_rewritten = 0;
  std::vector<std::string> notes = {};
};

/// Makes MovedViews of one source.
class ViewMaker {
 public:
  ViewMaker(Places& places, const TablePair& pair, const MovedNames& names,
            const table::Context& from, const table::Context& to)
      : places_(places), pair_(pair), names_(names), from_(from), to_(to) {}

  Result<MovedView> Make(const ViewMetadata& source) {
    ViewVersion version = source.current_version();
    const auto schema = source.FindSchema(version.schema_id);
    if (schema == nullptr) {
      return MakeError(ErrorCode::kInvalidData,
                       "The view's metadata lacks the schema of its version: " +
                           pair_.source.ToString());
    }
    moved_.metadata = std::make_shared<ViewMetadata>();
    MoveTexts(&version);
    version.version_id = 1;
    ViewMetadata& made = *moved_.metadata;
    made.schemas = {schema};
    made.current_version_id = version.version_id;
    made.properties = source.properties;
    std::erase_if(made.properties, [](const auto& property) {
      return property.first.starts_with("tarn.migration-") || property.first == kJobIdKey;
    });
    KeepProperties(&made.properties);
    made.versions = {std::move(version)};
    return std::move(moved_);
  }

 private:
  bool Stays() const {
    return places_.AreSame(pair_.source.place, pair_.destination.place);
  }

  void MoveTexts(ViewVersion* version) {
    ViewMove move{.names = names_,
                  .source_catalogs = {},
                  .destination_catalog = to_.catalog.name(),
                  .stays_in_catalog = Stays()};
    move.default_namespace = {version->default_namespace};
    move.new_default_namespace =
        names_.OfNamespace(move.default_namespace).value_or(move.default_namespace);
    if (version->default_catalog) {
      move.source_catalogs.push_back(*version->default_catalog);
    }
    if (places_.IsWarehouse(pair_.source.place)) {
      move.source_catalogs.push_back(from_.catalog.name());
    }
    std::vector<std::string> others;
    for (iceberg::ViewRepresentation& text : version->representations) {
      MovedText moved = MoveNames(text, move);
      moved_.names_rewritten += moved.names_rewritten;
      if (!moved.kept_because.empty()) {
        moved_.notes.push_back("the text in the dialect " + text.dialect +
                               " was copied as it is: " + moved.kept_because);
      }
      others.insert(others.end(), moved.others.begin(), moved.others.end());
      text.sql = std::move(moved.sql);
    }
    NoteOthers(std::move(others));
    version->default_namespace = move.new_default_namespace.levels;
    if (version->default_catalog && !move.stays_in_catalog) {
      version->default_catalog = move.destination_catalog;
    }
  }

  void NoteOthers(std::vector<std::string> others) {
    std::ranges::sort(others);
    others.erase(std::ranges::unique(others).begin(), others.end());
    std::string list;
    for (const std::string& other : others) {
      list += (list.empty() ? "" : ", ") + other;
    }
    if (!list.empty()) {
      moved_.notes.push_back("it names what is not migrated with it: " + list);
    }
  }

  void KeepProperties(catalog::Properties* properties) {
    const auto storage = properties->find(kMaterialized[0]);
    if (storage != properties->end()) {
      const auto there = names_.Of({pair_.source.ident.ns, storage->second});
      const iceberg::TableIdent wanted{pair_.destination.ident.ns, storage->second};
      if (there != wanted) {
        for (const char* key : kMaterialized) {
          properties->erase(key);
        }
        moved_.notes.push_back(
            "it is a plain view there: the table with its rows is not migrated with it");
      }
    }
    const auto owner = properties->find(kRunAsOwner);
    if (owner != properties->end() && !Stays()) {
      moved_.notes.push_back("it ran as " + owner->second +
                             ", and runs as who asks it there (SECURITY INVOKER)");
      properties->erase(owner);
    }
  }

  Places& places_;
  const TablePair& pair_;
  const MovedNames& names_;
  const table::Context& from_;
  const table::Context& to_;
  MovedView moved_;
};

class ViewMigration {
 public:
  ViewMigration(const MigrationRun& run, const TablePair& pair, const MovedNames& names,
                TableReport* report)
      : run_(run), pair_(pair), names_(names), report_(*report) {}

  Status Run() {
    if (run_.cancelled && run_.cancelled()) {
      return MakeError(ErrorCode::kCancelled, "The migration was cancelled");
    }
    if (run_.step) {
      run_.step(pair_.destination.ToString() + ": copying the view");
    }
    ARROW_ASSIGN_OR_RAISE(const table::Context* from,
                          run_.places.Find(pair_.source.place));
    ARROW_ASSIGN_OR_RAISE(to_, run_.places.Find(pair_.destination.place));
    ARROW_ASSIGN_OR_RAISE(const LoadedView source,
                          from->catalog.LoadView(pair_.source.ident));
    ARROW_ASSIGN_OR_RAISE(
        MovedView moved,
        ViewMaker(run_.places, pair_, names_, *from, *to_).Make(*source.metadata));
    Report(moved);
    ARROW_ASSIGN_OR_RAISE(existing_, FindView(to_->catalog, pair_.destination.ident));
    if (IsDone(*moved.metadata)) {
      return Status::OK();
    }
    RETURN_NOT_OK(CheckMode());
    MadeNamespaces namespaces(to_->catalog);
    RETURN_NOT_OK(namespaces.MakeLike(from->catalog, pair_.source.ident.ns,
                                      pair_.destination.ident.ns));
    const Status status = Write(*source.metadata, moved.metadata);
    if (status.ok() || IsOutcomeUnknown(status)) {
      namespaces.Keep();
    }
    return status;
  }

 private:
  const MigrationOptions& options() const { return pair_.options; }

  void Report(const MovedView& moved) {
    const ViewVersion& version = moved.metadata->current_version();
    for (const iceberg::ViewRepresentation& text : version.representations) {
      report_.view->dialects.push_back(text.dialect);
    }
    report_.view->names_rewritten = moved.names_rewritten;
    report_.view->columns = std::ssize(moved.metadata->schemas.front()->fields());
    for (const std::string& note : moved.notes) {
      report_.note += (report_.note.empty() ? "" : "; ") + note;
    }
  }

  bool IsDone(const ViewMetadata& wanted) {
    if (!existing_) {
      return false;
    }
    const bool is_same = DefinitionOf(*existing_->metadata) == DefinitionOf(wanted);
    const bool is_as_good = is_same && (run_.takes_up || options().incremental ||
                                        options().mode != MigrationMode::kFail);
    if (!is_as_good && !IsOfThisRun(*existing_->metadata)) {
      return false;
    }
    report_.status = options().incremental ? "up_to_date" : "already_migrated";
    if (is_same && options().validation != ValidationLevel::kNone) {
      report_.view->definition_match = true;
    }
    return true;
  }

  bool IsOfThisRun(const ViewMetadata& view) const {
    return PropertyOf(view, kMigrationIdKey) == run_.id &&
           PropertyOf(view, kSourceKey) == pair_.source.ToString();
  }

  static std::string PropertyOf(const ViewMetadata& view, const char* key) {
    const auto found = view.properties.find(key);
    return found == view.properties.end() ? std::string() : found->second;
  }

  /// Whether a view that is there, and says something else, may be replaced.
  Status CheckMode() const {
    if (!existing_) {
      return Status::OK();
    }
    const ViewMetadata& there = *existing_->metadata;
    if (options().incremental) {
      const bool is_as_migrated =
          PropertyOf(there, kSourceKey) == pair_.source.ToString() &&
          PropertyOf(there, kChecksumKey) == ChecksumOf(there);
      return is_as_migrated
                 ? Status::OK()
                 : MakeError(ErrorCode::kCommitConflict,
                             "The source's view has changed, and others changed the "
                             "destination: mode overwrite replaces it: " +
                                 pair_.destination.ToString());
    }
    if (options().mode == MigrationMode::kFail ||
        options().mode == MigrationMode::kAppend) {
      return MakeError(ErrorCode::kAlreadyExists,
                       "The destination exists already; overwrite and replace are the "
                       "modes for a view: " +
                           pair_.destination.ToString());
    }
    return Status::OK();
  }

  Status Write(const ViewMetadata& source, const std::shared_ptr<ViewMetadata>& made) {
    report_.mode = existing_ ? "replace" : "create";
    made->view_uuid = NewUuid(to_->random);
    ARROW_ASSIGN_OR_RAISE(made->location,
                          to_->catalog.NewTableLocation(pair_.destination.ident));
    made->versions.front().timestamp = to_->clock.Now();
    made->version_log = {{made->versions.front().timestamp, made->current_version_id}};
    made->properties[kMigrationIdKey] = run_.id;
    made->properties[kSourceKey] = pair_.source.ToString();
    made->properties[kSourceUuidKey] = source.view_uuid;
    made->properties[kChecksumKey] = ChecksumOf(*made);
    if (!run_.job_id.empty()) {
      made->properties[kJobIdKey] = run_.job_id;
    }
    ARROW_ASSIGN_OR_RAISE(const LoadedView created, Create(made));
    if (options().validation == ValidationLevel::kNone) {
      return Status::OK();
    }
    report_.view->definition_match =
        DefinitionOf(*created.metadata) == DefinitionOf(*made);
    return *report_.view->definition_match
               ? Status::OK()
               : MakeError(ErrorCode::kInvalidData,
                           "The catalog keeps the view otherwise than it was sent: " +
                               pair_.destination.ToString());
  }

  /// A commit of unknown outcome is looked up.
  Result<LoadedView> Create(const std::shared_ptr<const ViewMetadata>& made) {
    catalog::NewView view{.ident = pair_.destination.ident,
                          .metadata = made,
                          .replace = existing_.has_value()};
    auto created = to_->catalog.CreateView(view);
    if (created.ok() || !IsOutcomeUnknown(created.status())) {
      return created;
    }
    auto found = to_->catalog.LoadView(pair_.destination.ident);
    return found.ok() && IsOfThisRun(*found->metadata) ? found : created;
  }

  const MigrationRun& run_;
  const TablePair& pair_;
  const MovedNames& names_;
  TableReport& report_;
  const table::Context* to_ = nullptr;
  std::optional<LoadedView> existing_;  // the destination, before
};

/// Lines that only one of both has.
Json DifferencesOf(const Json& source, const Json& destination) {
  Json differences = Json::array();
  const auto add = [&](const char* side, const std::string& text) {
    differences.push_back({{"only_in", side}, {"row", text}});
  };
  for (const auto& [member, value] : source.items()) {
    if (value == destination.at(member)) {
      continue;
    }
    if (!value.is_object()) {
      add("source", member + ": " + DumpJson(value));
      add("destination", member + ": " + DumpJson(destination.at(member)));
      continue;
    }
    for (const auto& [name, side] :
         {std::pair("source", std::pair(&value, &destination.at(member))),
          std::pair("destination", std::pair(&destination.at(member), &value))}) {
      for (const auto& [dialect, text] : side.first->items()) {
        if (side.second->value(dialect, Json(nullptr)) != text) {
          add(name, dialect + ": " + text.get<std::string>());
        }
      }
    }
  }
  return differences;
}

}  // namespace

TableReport MigrateView(const MigrationRun& run, const TablePair& pair,
                        const MovedNames& names) {
  TableReport report;
  report.source = pair.source.ToString();
  report.destination = pair.destination.ToString();
  report.view.emplace();
  const auto begin = steady_clock::now();
  const Status status = ViewMigration(run, pair, names, &report).Run();
  report.duration_seconds =
      std::chrono::duration<double>(steady_clock::now() - begin).count();
  if (!status.ok()) {
    report.status = "error";
    report.failure = status;
  }
  return report;
}

bool IsView(Places& places, const PlacedTable& object) {
  const auto context = places.Find(object.place);
  if (!context.ok()) {
    return false;
  }
  return (*context)->catalog.ViewExists(object.ident).ValueOr(false);
}

Result<Json> CompareViews(const MigrationRun& run, const TablePair& pair) {
  const std::chrono::milliseconds begin = run.lake.clock.Now();
  ARROW_ASSIGN_OR_RAISE(const table::Context* from, run.places.Find(pair.source.place));
  ARROW_ASSIGN_OR_RAISE(const table::Context* to,
                        run.places.Find(pair.destination.place));
  ARROW_ASSIGN_OR_RAISE(const LoadedView source,
                        from->catalog.LoadView(pair.source.ident));
  ARROW_ASSIGN_OR_RAISE(const LoadedView destination,
                        to->catalog.LoadView(pair.destination.ident));
  const MovedNames names =
      MovedNames::OfScope(pair.source.ident.ns, pair.destination.ident.ns);
  ARROW_ASSIGN_OR_RAISE(
      const MovedView moved,
      ViewMaker(run.places, pair, names, *from, *to).Make(*source.metadata));
  const Json there = DefinitionOf(*destination.metadata);
  const Json wanted = DefinitionOf(*moved.metadata);
  const bool is_same = there == DefinitionOf(*source.metadata) || there == wanted;
  TableReport report;
  report.source = pair.source.ToString();
  report.destination = pair.destination.ToString();
  report.mode = "compare";
  report.status = is_same ? "success" : "mismatch";
  report.view.emplace();
  for (const auto& text : destination.metadata->current_version().representations) {
    report.view->dialects.push_back(text.dialect);
  }
  report.view->columns = std::ssize(there.at("columns"));
  report.view->definition_match = is_same;
  const std::chrono::milliseconds end = run.lake.clock.Now();
  report.duration_seconds = std::chrono::duration<double>(end - begin).count();
  Json json = TableReportToJson(report);
  json["differences"] = is_same ? Json::array() : DifferencesOf(wanted, there);
  json["valid"] = is_same;
  json["started_at"] = begin.count();
  json["ended_at"] = end.count();
  json["views"] = Json::array({json});
  json["tables"] = Json::array();
  return json;
}

}  // namespace tarn::service
