// A server of Trino's protocol, such as `tarn serve`, as a shell's client.
#pragma once

#include <memory>

#include "tarn/cli/sql_client/protocol_session.h"
#include "tarn/cli/sql_client/sql_client.h"

namespace tarn::cli {

/// Does not connect yet.
std::unique_ptr<SqlClient> MakeRemoteClient(const RemoteOptions& options);

}  // namespace tarn::cli
