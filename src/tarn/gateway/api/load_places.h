// What callers of loads name, and whether they may: files of the server, object stores,
// databases.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"
#include "tarn/gateway/api/data_route.h"
#include "tarn/ingest/chosen_columns.h"
#include "tarn/service/work/load_order.h"

namespace tarn::gateway {

/// The member's text; "" if it is not there, or null. `otherwise` is another name of it.
/// Errors: kInvalidArgument for what is no text.
Result<std::string> TextMember(const Json& body, const char* name,
                               const char* otherwise = nullptr);
/// Errors: kInvalidArgument.
Result<std::optional<bool>> FlagMember(const Json& body, const char* name);
Result<std::optional<int32_t>> IntegerMember(const Json& body, const char* name,
                                             int32_t min, int32_t max);

/// `columns`, as ingest::ChosenColumnsFromJson() takes them; none if it is not there.
/// Errors: kInvalidArgument.
Result<std::vector<ingest::ChosenColumn>> ColumnsMember(const Json& body);
/// What the API's description says of it.
Json ColumnsSchema();

/// endpoint, region, path_style, connection and the keys (store_keys.h) of the body, for
/// what is at `location`. Errors: kInvalidArgument; kForbidden for an endpoint that is
/// not the settings' and a caller who does not reach the server.
Status ReadStore(const DataRequest& request, const std::string& location,
                 service::LoadOrder* order, Json* secrets);

/// "s3://bucket/key" of `s3_path` (also s3a:// and s3n://), or of `bucket` and `key`.
/// Errors: kInvalidArgument.
Result<std::string> StoreLocation(const Json& body);

/// Whether the caller may have `order.location` read: who reaches the server all, others
/// their own uploads, what is below sql.file_roots, and what they have keys for. Errors:
/// kForbidden, kNoSuchFile for an upload that is none.
Status CheckMayRead(const DataRequest& request, const service::LoadOrder& order);

}  // namespace tarn::gateway
