#include "tarn/gateway/api/load_places.h"

#include <array>
#include <filesystem>
#include <system_error>
#include <utility>

#include "tarn/base/config.h"
#include "tarn/base/error.h"
#include "tarn/engine/file_places.h"
#include "tarn/gateway/api/store_keys.h"
#include "tarn/ingest/chosen_columns_json.h"
#include "tarn/io/file_io.h"
#include "tarn/service/uploads.h"

namespace tarn::gateway {
namespace {

Status Forbidden(const std::string& what) {
  return MakeError(ErrorCode::kForbidden, what);
}

bool HasPattern(const std::string& path) {
  return path.find_first_of("*?[") != std::string::npos;
}

}  // namespace

Result<std::string> TextMember(const Json& body, const char* name,
                               const char* otherwise) {
  auto member = body.find(name);
  if ((member == body.end() || member->is_null()) && otherwise != nullptr) {
    name = otherwise;
    member = body.find(name);
  }
  if (member == body.end() || member->is_null()) {
    return std::string();
  }
  if (!member->is_string()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     std::string("Member \"") + name + "\" must be a text");
  }
  return member->get<std::string>();
}

Result<std::optional<bool>> FlagMember(const Json& body, const char* name) {
  const auto member = body.find(name);
  if (member == body.end() || member->is_null()) {
    return std::optional<bool>();
  }
  if (!member->is_boolean()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     std::string("Member \"") + name + "\" must be true or false");
  }
  return std::optional(member->get<bool>());
}

Result<std::optional<int32_t>> IntegerMember(const Json& body, const char* name,
                                             int32_t min, int32_t max) {
  const auto member = body.find(name);
  if (member == body.end() || member->is_null()) {
    return std::optional<int32_t>();
  }
  const bool fits = member->is_number_integer() && member->get<int64_t>() >= min &&
                    member->get<int64_t>() <= max;
  if (!fits) {
    return MakeError(ErrorCode::kInvalidArgument,
                     std::string("Member \"") + name + "\" must be a whole number from " +
                         std::to_string(min) + " to " + std::to_string(max));
  }
  return std::optional(member->get<int32_t>());
}

Result<std::vector<ingest::ChosenColumn>> ColumnsMember(const Json& body) {
  const auto member = body.find("columns");
  return ingest::ChosenColumnsFromJson(member == body.end() ? Json(nullptr) : *member);
}

Json ColumnsSchema() {
  return ApiList(
      ApiObject({{"name", ApiText("In the table")},
                 {"source", ApiText("Its name there, unless it is the same")},
                 {"type", ApiText("A primitive type of Iceberg: long, decimal(9, 2); as "
                                  "the source has it unless given")},
                 {"comment", ApiText("Of a new table's column")}}),
      "Only these, in this order; a name alone will do for one. All unless given");
}

Status ReadStore(const DataRequest& request, const std::string& location,
                 service::LoadOrder* order, Json* secrets) {
  const Json& body = request.body();
  ARROW_ASSIGN_OR_RAISE(order->connection, TextMember(body, "connection"));
  ARROW_ASSIGN_OR_RAISE(const std::string endpoint, TextMember(body, "endpoint"));
  ARROW_ASSIGN_OR_RAISE(const std::string region, TextMember(body, "region"));
  ARROW_ASSIGN_OR_RAISE(const auto path_style, FlagMember(body, "path_style"));
  RETURN_NOT_OK(ReadStoreKeys(body, location, order, secrets));
  const bool has_keys = order->has_own_store;
  if (!order->connection.empty() && (!endpoint.empty() || has_keys)) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "A stored connection has an endpoint and keys of its own; give one "
                     "of connection and endpoint with access_key and secret_key");
  }
  const Config& config = request.services().lake.config;
  const bool is_known_endpoint =
      endpoint.empty() || endpoint == config.GetText("s3.endpoint");
  if (!is_known_endpoint && !has_keys && order->connection.empty()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "The server's own keys are not sent to another endpoint: give "
                     "access_key and secret_key for " +
                         endpoint);
  }
  if (!is_known_endpoint && !request.reaches_server()) {
    return Forbidden(
        "An endpoint that is not the server's own (s3.endpoint) is for callers who reach "
        "the server (sql.server_access); leave it out, or use a stored connection: " +
        endpoint);
  }
  if (!is_known_endpoint) {
    order->store["s3.endpoint"] = endpoint;
  }
  if (!region.empty()) {
    order->store["s3.region"] = region;
  }
  if (path_style) {
    order->store["s3.path-style-access"] = *path_style ? "true" : "false";
  }
  return Status::OK();
}

Result<std::string> StoreLocation(const Json& body) {
  ARROW_ASSIGN_OR_RAISE(const std::string path, TextMember(body, "s3_path", "path"));
  ARROW_ASSIGN_OR_RAISE(const std::string bucket, TextMember(body, "bucket"));
  ARROW_ASSIGN_OR_RAISE(const std::string key, TextMember(body, "key"));
  if (!path.empty()) {
    if (!bucket.empty() || !key.empty()) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "Give s3_path, or bucket and key, not both");
    }
    for (const std::string_view scheme : {"s3://", "s3a://", "s3n://"}) {
      if (path.starts_with(scheme) && path.size() > scheme.size()) {
        return "s3://" + path.substr(scheme.size());
      }
    }
    const bool is_other_store = io::IsStoreLocation(path);
    return is_other_store ? Result<std::string>(path)
                          : MakeError(ErrorCode::kInvalidArgument,
                                      "s3_path begins with s3:// or s3a://, not " + path);
  }
  if (bucket.empty() || key.empty() || bucket.find('/') != std::string::npos) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Where is it? Give bucket and key, or s3_path like "
                     "s3://bucket/dir/file.csv");
  }
  return "s3://" + bucket + "/" + (key.starts_with('/') ? key.substr(1) : key);
}

Status CheckMayRead(const DataRequest& request, const service::LoadOrder& order) {
  const service::Lake& lake = request.services().lake;
  if (service::IsUpload(order.location)) {
    return service::Uploads::Of(lake)
        .PathOf(request.principal().name, order.location)
        .status();
  }
  const bool has_keys = order.has_own_store || !order.connection.empty();
  if (request.reaches_server() || (io::IsStoreLocation(order.location) && has_keys)) {
    return Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(
      const bool is_below,
      engine::IsBelowRoots(engine::FileRootsFrom(lake.config), order.location));
  const std::optional<std::string> local = io::LocalPathOf(order.location);
  std::error_code ignored;
  const bool may_hold_links =
      local && (HasPattern(*local) || std::filesystem::is_directory(*local, ignored));
  if (is_below && !may_hold_links) {
    return Status::OK();
  }
  if (is_below) {
    return Forbidden(
        "Patterns and directories of the server are for callers who reach it "
        "(sql.server_access); name one file: " +
        order.location);
  }
  return Forbidden(
      "Files of the server are for callers who reach it (sql.server_access), or below "
      "sql.file_roots; send the file with POST /api/v1/upload and load the path that it "
      "answers: " +
      order.location);
}

}  // namespace tarn::gateway
