// The Hive Metastore endpoint of `tarn serve`.
#pragma once

#include <memory>
#include <string>

#include "tarn/base/config.h"
#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
#include "tarn/gateway/hive/hive_server.h"
#include "tarn/governance/authenticator.h"

namespace tarn::cli {

/// nullptr if hive.listen is unset. `catalog` and `authenticator` (nullptr: everybody may
/// call) outlive it. Errors: kUsage, those of HiveServer::Start.
Result<std::unique_ptr<gateway::HiveServer>> StartHiveEndpoint(
    const Config& config, catalog::Catalog& catalog,
    governance::Authenticator* authenticator);

/// "thrift://127.0.0.1:9083".
std::string HiveUrl(const Config& config, const gateway::HiveServer& server);

}  // namespace tarn::cli
