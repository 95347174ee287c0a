// Tables by name: list, create, register, load, drop, rename. Commits are in
// commit_routes.cc.
#include <string>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/base/logging.h"
#include "tarn/gateway/iceberg_rest/rest_response.h"
#include "tarn/gateway/iceberg_rest/routes.h"
#include "tarn/iceberg/partition_spec.h"
#include "tarn/iceberg/schema_json.h"
#include "tarn/iceberg/sort_order.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/table/maintenance/purge_table.h"

namespace tarn::gateway {
namespace {

using catalog::LoadedTable;
using iceberg::Namespace;
using iceberg::TableIdent;

Result<net::HttpResponse> List(const RestRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const Namespace ns, request.PathNamespace());
  ARROW_ASSIGN_OR_RAISE(const auto tables, request.catalog().ListTables(ns));
  return IdentsResponse(request.http(), tables);
}

/// What CreateTableRequest says, with ids given anew.
Result<iceberg::NewTable> NewTableOf(const RestRequest& request, Json body,
                                     const TableIdent& ident) {
  if (body.contains("schema") && iceberg::CountsFromZero(body["schema"])) {
    for (const char* part : {"schema", "partition-spec", "write-order"}) {
      if (body.contains(part)) {
        iceberg::RaiseFieldIds(&body[part]);
      }
    }
  }
  ARROW_ASSIGN_OR_RAISE(const JsonFields fields, JsonFields::Make(body, "request"));
  iceberg::NewTable table;
  ARROW_ASSIGN_OR_RAISE(const Json* schema_json, MemberObject(body, "schema"));
  ARROW_ASSIGN_OR_RAISE(const auto schema, iceberg::SchemaFromJson(*schema_json));
  table.fields = schema->fields();
  table.identifier_field_ids = schema->identifier_field_ids();
  if (fields.Has("partition-spec")) {
    ARROW_ASSIGN_OR_RAISE(const Json* spec, fields.Object("partition-spec"));
    ARROW_ASSIGN_OR_RAISE(table.spec, iceberg::PartitionSpecFromJson(*spec));
  }
  if (fields.Has("write-order")) {
    ARROW_ASSIGN_OR_RAISE(const Json* order, fields.Object("write-order"));
    ARROW_ASSIGN_OR_RAISE(table.sort_order, iceberg::SortOrderFromJson(*order));
  }
  ARROW_ASSIGN_OR_RAISE(table.properties, fields.StringMap("properties"));
  ARROW_ASSIGN_OR_RAISE(const auto location, fields.OptionalString("location"));
  if (location && !location->empty()) {
    table.location = *location;
    while (table.location.size() > 1 && table.location.back() == '/') {
      table.location.pop_back();
    }
  } else {
    ARROW_ASSIGN_OR_RAISE(table.location, request.catalog().NewTableLocation(ident));
  }
  table.table_uuid = NewUuid(request.context().random);
  table.now = request.context().clock.Now();
  return table;
}

/// A staged table is not in the catalog yet, but its name must be free.
Status CheckNameIsFree(const RestRequest& request, const TableIdent& ident) {
  ARROW_RETURN_NOT_OK(request.catalog().LoadNamespaceProperties(ident.ns).status());
  ARROW_ASSIGN_OR_RAISE(const bool table, request.catalog().TableExists(ident));
  if (table) {
    return MakeError(ErrorCode::kAlreadyExists,
                     "Table already exists: " + ident.ToString());
  }
  ARROW_ASSIGN_OR_RAISE(const bool view, request.catalog().ViewExists(ident));
  if (view) {
    return MakeError(ErrorCode::kAlreadyExists,
                     "View with same name already exists: " + ident.ToString());
  }
  return Status::OK();
}

Result<net::HttpResponse> Create(const RestRequest& request) {
  ARROW_ASSIGN_OR_RAISE(Namespace ns, request.PathNamespace());
  ARROW_ASSIGN_OR_RAISE(const Json body, request.Body());
  ARROW_ASSIGN_OR_RAISE(const JsonFields fields, JsonFields::Make(body, "request"));
  ARROW_ASSIGN_OR_RAISE(std::string name, fields.String("name"));
  const TableIdent ident{std::move(ns), std::move(name)};
  ARROW_RETURN_NOT_OK(CheckNameIsFree(request, ident));
  ARROW_ASSIGN_OR_RAISE(const iceberg::NewTable table, NewTableOf(request, body, ident));
  ARROW_ASSIGN_OR_RAISE(auto metadata, iceberg::MakeTableMetadata(table));
  const auto stage = body.find("stage-create");
  if (stage != body.end() && stage->is_boolean() && stage->get<bool>()) {
    return TableResponse(request, {ident, "", std::move(metadata)}, SnapshotsShown::kAll);
  }
  catalog::TableCommit commit{.ident = ident, .requirements = {}, .updates = {}};
  commit.requirements.emplace_back(iceberg::require::AssertCreate{});
  commit.create = std::move(metadata);
  ARROW_ASSIGN_OR_RAISE(const auto created, request.catalog().Commit({commit}));
  return TableResponse(request, created.front(), SnapshotsShown::kAll);
}

Result<net::HttpResponse> Register(const RestRequest& request) {
  ARROW_ASSIGN_OR_RAISE(Namespace ns, request.PathNamespace());
  ARROW_ASSIGN_OR_RAISE(const Json body, request.Body());
  ARROW_ASSIGN_OR_RAISE(const JsonFields fields, JsonFields::Make(body, "request"));
  ARROW_ASSIGN_OR_RAISE(std::string name, fields.String("name"));
  ARROW_ASSIGN_OR_RAISE(const std::string location, fields.String("metadata-location"));
  const bool overwrite = body.contains("overwrite") && body["overwrite"] == true;
  ARROW_ASSIGN_OR_RAISE(
      const LoadedTable table,
      request.catalog().RegisterTable(
          {std::move(ns), std::move(name)}, location,
          overwrite ? catalog::IfExists::kReplace : catalog::IfExists::kFail));
  return TableResponse(request, table, SnapshotsShown::kAll);
}

Result<net::HttpResponse> Load(const RestRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const TableIdent ident, request.PathIdent());
  const auto snapshots = request.http().QueryParameter("snapshots");
  if (snapshots && !snapshots->empty() && *snapshots != "all" && *snapshots != "refs") {
    return MakeError(ErrorCode::kInvalidArgument,
                     "snapshots must be all or refs, got: " + *snapshots);
  }
  const SnapshotsShown shown =
      snapshots == "refs" ? SnapshotsShown::kRefs : SnapshotsShown::kAll;
  ARROW_ASSIGN_OR_RAISE(const LoadedTable table, request.catalog().LoadTable(ident));
  const std::string* known = request.http().headers.Find("If-None-Match");
  ARROW_ASSIGN_OR_RAISE(const std::string tag, TableETag(request, table, shown));
  if (known != nullptr && *known == tag) {
    net::HttpResponse response{.status = 304};
    response.headers.Set("ETag", tag);
    return response;
  }
  return TableResponse(request, table, shown);
}

Result<net::HttpResponse> Exists(const RestRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const TableIdent ident, request.PathIdent());
  ARROW_ASSIGN_OR_RAISE(const bool exists, request.catalog().TableExists(ident));
  if (!exists) {
    return MakeError(ErrorCode::kNoSuchTable,
                     "Table does not exist: " + ident.ToString());
  }
  return NoContent();
}

Result<net::HttpResponse> Drop(const RestRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const TableIdent ident, request.PathIdent());
  if (request.QueryFlag("purgeRequested")) {
    ARROW_ASSIGN_OR_RAISE(const auto purged,
                          table::DropTableWithFiles(request.context(), ident));
    if (!purged.failed_files.empty()) {
      // The table is gone all the same; its files are orphans now.
      LogWarn("Purged a table but could not delete all of its files",
              {{"table", ident.ToString()},
               {"left", std::to_string(purged.failed_files.size())},
               {"error", purged.first_failure}});
    }
  } else {
    ARROW_RETURN_NOT_OK(request.catalog().DropTable(ident));
  }
  return NoContent();
}

Result<net::HttpResponse> Unregister(const RestRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const TableIdent ident, request.PathIdent());
  ARROW_ASSIGN_OR_RAISE(const LoadedTable table, request.catalog().LoadTable(ident));
  // Its files are somebody else's from now on: two catalogs must not change them.
  ARROW_RETURN_NOT_OK(request.catalog().DropTable(ident, {.for_good = true}));
  return TableResponse(request, table, SnapshotsShown::kAll);
}

Result<net::HttpResponse> Rename(const RestRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const RenameRequest rename, request.Rename());
  ARROW_RETURN_NOT_OK(request.catalog().RenameTable(rename.from, rename.to));
  return NoContent();
}

}  // namespace

std::vector<RestRoute> TableRoutes() {
  return {{"GET", "/namespaces/{namespace}/tables", &List},
          {"POST", "/namespaces/{namespace}/tables", &Create},
          {"POST", "/namespaces/{namespace}/register", &Register},
          {"GET", "/namespaces/{namespace}/tables/{table}", &Load},
          {"HEAD", "/namespaces/{namespace}/tables/{table}", &Exists},
          {"DELETE", "/namespaces/{namespace}/tables/{table}", &Drop},
          {"POST", "/namespaces/{namespace}/tables/{table}/unregister", &Unregister},
          {"POST", "/tables/rename", &Rename}};
}

}  // namespace tarn::gateway
