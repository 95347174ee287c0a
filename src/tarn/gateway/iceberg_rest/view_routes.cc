// Views.
#include <utility>

#include "tarn/base/error.h"
#include "tarn/gateway/iceberg_rest/rest_response.h"
#include "tarn/gateway/iceberg_rest/routes.h"
#include "tarn/iceberg/view_json.h"
#include "tarn/iceberg/view_update.h"

namespace tarn::gateway {
namespace {

using catalog::LoadedView;
using catalog::ViewCommit;
using iceberg::Namespace;
using iceberg::TableIdent;

Result<net::HttpResponse> List(const RestRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const Namespace ns, request.PathNamespace());
  ARROW_ASSIGN_OR_RAISE(const auto views, request.catalog().ListViews(ns));
  return IdentsResponse(request.http(), views);
}

/// Java clients turn this type into the exception that building such a view throws.
net::HttpResponse InvalidVersion(const Status& why) {
  return ErrorResponse(400, "IllegalArgumentException", why.message());
}

Result<net::HttpResponse> Create(const RestRequest& request) {
  ARROW_ASSIGN_OR_RAISE(Namespace ns, request.PathNamespace());
  ARROW_ASSIGN_OR_RAISE(const Json body, request.Body());
  ARROW_ASSIGN_OR_RAISE(const JsonFields fields, JsonFields::Make(body, "request"));
  ARROW_ASSIGN_OR_RAISE(std::string name, fields.String("name"));
  ARROW_ASSIGN_OR_RAISE(const Json* schema_json, MemberObject(body, "schema"));
  ARROW_ASSIGN_OR_RAISE(auto schema, iceberg::ViewSchemaFromJson(*schema_json));
  ARROW_ASSIGN_OR_RAISE(const Json* version_json, MemberObject(body, "view-version"));
  auto parsed = iceberg::ViewVersionFromJson(*version_json);
  if (!parsed.ok()) {
    return InvalidVersion(parsed.status());
  }
  iceberg::ViewVersion version = *std::move(parsed);
  version.schema_id.value = -1;  // the one that comes with it
  ARROW_ASSIGN_OR_RAISE(auto properties, fields.StringMap("properties"));
  ARROW_ASSIGN_OR_RAISE(auto location, fields.OptionalString("location"));
  ViewCommit commit{.ident = {std::move(ns), std::move(name)}, .updates = {}};
  commit.creates = true;
  if (!location || location->empty()) {
    ARROW_ASSIGN_OR_RAISE(location, request.catalog().NewTableLocation(commit.ident));
  }
  commit.updates = {
      iceberg::update::AssignUuid{NewUuid(request.context().random)},
      iceberg::update::SetLocation{*std::move(location)},
      iceberg::update::SetProperties{std::move(properties)},
      iceberg::update::AddSchema{std::move(schema)},
      iceberg::update::AddViewVersion{std::move(version)},
      iceberg::update::SetCurrentViewVersion{},
  };
  ARROW_ASSIGN_OR_RAISE(const LoadedView view, request.catalog().CommitView(commit));
  return ViewResponse(request, view);
}

Result<net::HttpResponse> Load(const RestRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const TableIdent ident, request.PathIdent());
  ARROW_ASSIGN_OR_RAISE(const LoadedView view, request.catalog().LoadView(ident));
  return ViewResponse(request, view);
}

Result<net::HttpResponse> Exists(const RestRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const TableIdent ident, request.PathIdent());
  ARROW_ASSIGN_OR_RAISE(const bool exists, request.catalog().ViewExists(ident));
  if (!exists) {
    return MakeError(ErrorCode::kNoSuchView, "View does not exist: " + ident.ToString());
  }
  return NoContent();
}

Result<net::HttpResponse> Commit(const RestRequest& request) {
  ARROW_ASSIGN_OR_RAISE(TableIdent ident, request.PathIdent());
  ARROW_ASSIGN_OR_RAISE(const Json body, request.Body());
  ARROW_ASSIGN_OR_RAISE(const JsonFields fields, JsonFields::Make(body, "commit"));
  ViewCommit commit{.ident = std::move(ident), .updates = {}};
  ARROW_ASSIGN_OR_RAISE(const Json* requirements, fields.OptionalArray("requirements"));
  for (const Json& item : requirements == nullptr ? Json::array() : *requirements) {
    ARROW_ASSIGN_OR_RAISE(auto required, iceberg::ViewRequirementFromJson(item));
    commit.requirements.push_back(std::move(required));
  }
  ARROW_ASSIGN_OR_RAISE(const Json* updates, fields.OptionalArray("updates"));
  for (const Json& item : updates == nullptr ? Json::array() : *updates) {
    auto update = iceberg::ViewUpdateFromJson(item);
    if (!update.ok()) {
      return InvalidVersion(update.status());
    }
    commit.updates.push_back(*std::move(update));
  }
  ARROW_ASSIGN_OR_RAISE(const LoadedView view, request.catalog().CommitView(commit));
  return ViewResponse(request, view);
}

Result<net::HttpResponse> Drop(const RestRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const TableIdent ident, request.PathIdent());
  ARROW_RETURN_NOT_OK(request.catalog().DropView(ident));
  return NoContent();
}

Result<net::HttpResponse> Rename(const RestRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const RenameRequest rename, request.Rename());
  ARROW_RETURN_NOT_OK(request.catalog().RenameView(rename.from, rename.to));
  return NoContent();
}

Result<net::HttpResponse> Register(const RestRequest& request) {
  ARROW_ASSIGN_OR_RAISE(Namespace ns, request.PathNamespace());
  ARROW_ASSIGN_OR_RAISE(const Json body, request.Body());
  ARROW_ASSIGN_OR_RAISE(const JsonFields fields, JsonFields::Make(body, "request"));
  ARROW_ASSIGN_OR_RAISE(std::string name, fields.String("name"));
  ARROW_ASSIGN_OR_RAISE(const std::string location, fields.String("metadata-location"));
  ARROW_ASSIGN_OR_RAISE(
      const LoadedView view,
      request.catalog().RegisterView({std::move(ns), std::move(name)}, location));
  return ViewResponse(request, view);
}

}  // namespace

std::vector<RestRoute> ViewRoutes() {
  return {{"GET", "/namespaces/{namespace}/views", &List},
          {"POST", "/namespaces/{namespace}/views", &Create},
          {"POST", "/namespaces/{namespace}/register-view", &Register},
          {"GET", "/namespaces/{namespace}/views/{view}", &Load},
          {"HEAD", "/namespaces/{namespace}/views/{view}", &Exists},
          {"POST", "/namespaces/{namespace}/views/{view}", &Commit},
          {"DELETE", "/namespaces/{namespace}/views/{view}", &Drop},
          {"POST", "/views/rename", &Rename}};
}

}  // namespace tarn::gateway
