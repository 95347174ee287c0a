// The engine of this program as a shell's client.
#pragma once

#include <memory>
#include <string>

#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
#include "tarn/cli/sql_client/sql_client.h"

namespace tarn::cli {

struct EmbeddedClientOptions {
  engine::Engine& engine;     // outlives the client
  catalog::Catalog& catalog;  // the warehouse, `iceberg` to SQL; outlives the client
  std::string dialect;
  std::string home;  // to show
};

/// Errors: kInvalidArgument for a dialect that there is not.
Result<std::unique_ptr<SqlClient>> MakeEmbeddedClient(
    const EmbeddedClientOptions& options);

}  // namespace tarn::cli
