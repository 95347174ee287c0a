// Results of queries as files, and as lines.
#pragma once

#include <optional>
#include <vector>

#include "tarn/gateway/api/data_route.h"

namespace tarn::gateway {

/// POST /sql/export.
std::vector<DataRoute> MakeExportRoutes();

/// All rows of the one query of a POST /sql whose caller accepts application/x-ndjson;
/// unset for others. Errors: kInvalidArgument (no query, or several), kForbidden, those
/// of the query until its first rows.
Result<std::optional<net::HttpResponse>> StreamSql(const DataRequest& request);

}  // namespace tarn::gateway
