// Views of a REST server. One that has none is a catalog without views.
#include <utility>

#include "tarn/base/error.h"
#include "tarn/catalog/internal/catalog_names.h"
#include "tarn/catalog/internal/rest_catalog_client.h"
#include "tarn/iceberg/schema_json.h"
#include "tarn/iceberg/view_json.h"
#include "tarn/iceberg/view_update.h"

namespace tarn::catalog::internal {
namespace {

namespace update = iceberg::update;

constexpr char kViews[] = "/namespaces/{namespace}/views";
constexpr char kView[] = "/namespaces/{namespace}/views/{view}";

Status NoSuchView(const iceberg::TableIdent& ident) {
  return MakeError(ErrorCode::kNoSuchView, "View does not exist: " + ident.ToString());
}

Json CommitToJson(const iceberg::TableIdent& ident,
                  const std::vector<iceberg::ViewRequirement>& requirements,
                  const std::vector<iceberg::ViewUpdate>& updates) {
  Json json = {{"identifier", {{"namespace", ident.ns.levels}, {"name", ident.name}}},
               {"requirements", Json::array()},
               {"updates", Json::array()}};
  for (const iceberg::ViewRequirement& required : requirements) {
    json["requirements"].push_back(
        {{"type", "assert-view-uuid"}, {"uuid", required.uuid}});
  }
  for (const iceberg::ViewUpdate& one : updates) {
    json["updates"].push_back(iceberg::ViewUpdateToJson(one));
  }
  return json;
}

/// CreateViewRequest.
Json CreateRequest(const std::string& name, const iceberg::Schema& schema,
                   const iceberg::ViewVersion& version, const std::string& location,
                   const std::map<std::string, std::string>& properties) {
  Json json = {{"name", name},
               {"schema", iceberg::SchemaToJson(schema)},
               {"view-version", iceberg::ViewVersionToJson(version)},
               {"properties", properties}};
  if (!location.empty() && !location.starts_with(kUnassignedLocation)) {
    json["location"] = location;
  }
  return json;
}

/// A view that is made by updates, as a CreateViewRequest. Errors: kInvalidArgument.
Result<Json> CreateRequestOf(const ViewCommit& commit) {
  std::shared_ptr<const iceberg::Schema> schema;
  std::optional<iceberg::ViewVersion> version;
  std::string location;
  std::map<std::string, std::string> properties;
  for (const iceberg::ViewUpdate& one : commit.updates) {
    if (const auto* added = std::get_if<update::AddSchema>(&one)) {
      schema = added->schema;
    } else if (const auto* made = std::get_if<update::AddViewVersion>(&one)) {
      version = made->version;
    } else if (const auto* set = std::get_if<update::SetLocation>(&one)) {
      location = set->location;
    } else if (const auto* given = std::get_if<update::SetProperties>(&one)) {
      properties.insert(given->updates.begin(), given->updates.end());
    }
  }
  if (schema == nullptr || !version) {
    return MakeError(
        ErrorCode::kInvalidArgument,
        "A new view needs a schema and a version: " + commit.ident.ToString());
  }
  return CreateRequest(commit.ident.name, *schema, *version, location, properties);
}

/// What makes the current version of `next` the view's.
std::vector<iceberg::ViewUpdate> UpdatesToReplace(const iceberg::ViewMetadata& next) {
  constexpr int32_t kLastAdded = -1;
  iceberg::ViewVersion version = next.current_version();
  std::vector<iceberg::ViewUpdate> updates;
  updates.reserve(4);  // and no growing, in which g++ 12 sees an overflow at -O2
  updates.emplace_back(update::AddSchema{next.FindSchema(version.schema_id)});
  version.schema_id.value = kLastAdded;
  updates.emplace_back(update::AddViewVersion{std::move(version)});
  updates.emplace_back(update::SetCurrentViewVersion{});
  if (!next.properties.empty()) {
    updates.emplace_back(update::SetProperties{next.properties});
  }
  return updates;
}

}  // namespace

Result<std::vector<iceberg::TableIdent>> RestCatalogClient::ListViews(
    const iceberg::Namespace& ns) {
  ARROW_RETURN_NOT_OK(client().Connect());
  if (!client().Supports("GET", kViews)) {
    return std::vector<iceberg::TableIdent>();
  }
  return ListIdents(kViews, ns);
}

Result<LoadedView> RestCatalogClient::LoadView(const iceberg::TableIdent& ident) {
  ARROW_RETURN_NOT_OK(CheckIdent(ident));
  ARROW_RETURN_NOT_OK(client().Connect());
  if (!client().Supports("GET", kView)) {
    return NoSuchView(ident);
  }
  ARROW_ASSIGN_OR_RAISE(const auto answer,
                        client().Call({.method = "GET",
                                       .route = kView,
                                       .path = PathOf(ident),
                                       .missing = ErrorCode::kNoSuchView}));
  return TakeView(ident, answer);
}

Result<LoadedView> RestCatalogClient::TakeView(const iceberg::TableIdent& ident,
                                               const net::HttpClientResponse& answer) {
  auto parsed = ParseViewAnswer(answer.body);
  if (!parsed.ok()) {
    return WithContext("Catalog " + name() + ", " + ident.ToString() + ": ",
                       parsed.status());
  }
  return LoadedView{ident, std::move(parsed->metadata_location),
                    std::move(parsed->metadata)};
}

Result<bool> RestCatalogClient::ViewExists(const iceberg::TableIdent& ident) {
  ARROW_RETURN_NOT_OK(CheckIdent(ident));
  ARROW_RETURN_NOT_OK(client().Connect());
  // A server without views is not asked.
  return client().Supports("GET", kView) ? Exists(kView, ident, ErrorCode::kNoSuchView)
                                         : Result<bool>(false);
}

Result<LoadedView> RestCatalogClient::MakeView(const iceberg::TableIdent& ident,
                                               const Json& request) {
  ARROW_ASSIGN_OR_RAISE(const auto answer,
                        Change({.method = "POST",
                                .route = kViews,
                                .path = {client().Path(ident.ns)},
                                .body = DumpJson(request),
                                .missing = ErrorCode::kNoSuchNamespace}));
  return TakeView(ident, answer);
}

Result<LoadedView> RestCatalogClient::CommitViewOnce(const iceberg::TableIdent& ident,
                                                     const Json& request) {
  ARROW_ASSIGN_OR_RAISE(const auto answer, Change({.method = "POST",
                                                   .route = kView,
                                                   .path = PathOf(ident),
                                                   .body = DumpJson(request),
                                                   .effect = RestEffect::kCommit,
                                                   .missing = ErrorCode::kNoSuchView}));
  return TakeView(ident, answer);
}

Result<LoadedView> RestCatalogClient::CreateView(const NewView& view) {
  ARROW_RETURN_NOT_OK(CheckIdent(view.ident));
  ARROW_RETURN_NOT_OK(client().Connect());
  const iceberg::ViewVersion& version = view.metadata->current_version();
  const auto schema = view.metadata->FindSchema(version.schema_id);
  const Json create =
      CreateRequest(view.ident.name, schema == nullptr ? iceberg::Schema() : *schema,
                    version, view.metadata->location, view.metadata->properties);
  constexpr int kTriesMax = 5;
  for (int attempt = 1;; ++attempt) {
    if (view.replace) {
      const auto existing = LoadView(view.ident);
      if (existing.ok()) {
        // Tells what the server would not: whether a dialect would be lost.
        ARROW_RETURN_NOT_OK(
            iceberg::ReplaceViewVersion(*existing->metadata, *view.metadata).status());
        auto replaced = CommitViewOnce(
            view.ident, CommitToJson(view.ident, {{existing->metadata->view_uuid}},
                                     UpdatesToReplace(*view.metadata)));
        const bool was_lost =
            !replaced.ok() && CodeOf(replaced.status()) == ErrorCode::kCommitConflict;
        if (!was_lost || attempt == kTriesMax) {
          return replaced;
        }
        continue;
      }
      if (CodeOf(existing.status()) != ErrorCode::kNoSuchView) {
        return existing.status();
      }
    }
    auto made = MakeView(view.ident, create);
    const bool may_be_replaced = !made.ok() && view.replace && attempt < kTriesMax &&
                                 CodeOf(made.status()) == ErrorCode::kAlreadyExists;
    if (may_be_replaced) {
      ARROW_ASSIGN_OR_RAISE(const bool is_view, ViewExists(view.ident));
      if (is_view) {
        continue;  // somebody made it meanwhile
      }
    }
    return made;
  }
}

Result<LoadedView> RestCatalogClient::CommitView(const ViewCommit& commit) {
  ARROW_RETURN_NOT_OK(CheckIdent(commit.ident));
  ARROW_RETURN_NOT_OK(client().Connect());
  if (commit.creates) {
    ARROW_ASSIGN_OR_RAISE(const Json request, CreateRequestOf(commit));
    return MakeView(commit.ident, request);
  }
  return CommitViewOnce(commit.ident,
                        CommitToJson(commit.ident, commit.requirements, commit.updates));
}

Result<LoadedView> RestCatalogClient::RegisterView(const iceberg::TableIdent& ident,
                                                   const std::string& metadata_location) {
  ARROW_RETURN_NOT_OK(CheckIdent(ident));
  ARROW_RETURN_NOT_OK(client().Connect());
  ARROW_ASSIGN_OR_RAISE(
      const auto answer,
      Change({.method = "POST",
              .route = "/namespaces/{namespace}/register-view",
              .path = {client().Path(ident.ns)},
              .body = DumpJson(
                  {{"name", ident.name}, {"metadata-location", metadata_location}}),
              .missing = ErrorCode::kNoSuchNamespace}));
  return TakeView(ident, answer);
}

Status RestCatalogClient::DropView(const iceberg::TableIdent& ident) {
  ARROW_RETURN_NOT_OK(CheckIdent(ident));
  ARROW_RETURN_NOT_OK(client().Connect());
  return Change({.method = "DELETE",
                 .route = kView,
                 .path = PathOf(ident),
                 .missing = ErrorCode::kNoSuchView})
      .status();
}

Status RestCatalogClient::RenameView(const iceberg::TableIdent& from,
                                     const iceberg::TableIdent& to) {
  return Rename("/views/rename", from, to, ErrorCode::kNoSuchView);
}

}  // namespace tarn::catalog::internal
