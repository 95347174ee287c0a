// Queries as JSON, for people and programs that watch them.
#pragma once

#include <string>
#include <vector>

#include "tarn/gateway/trino/query.h"

namespace tarn::gateway::trino {

/// {"queryId":…,"state":…,"query":…,"session":{"user":…},"queryStats":{…}}
std::string SummaryJson(const QuerySummary& summary);
/// An array of them.
std::string ListingJson(const std::vector<QuerySummary>& summaries);

}  // namespace tarn::gateway::trino
