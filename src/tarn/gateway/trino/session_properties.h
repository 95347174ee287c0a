// Properties that clients may set with SET SESSION.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/gateway/trino/client_context.h"

namespace tarn::gateway::trino {

/// Errors: INVALID_SESSION_PROPERTY for a property that Trino does not have either, and
/// for values of ours that do not fit; `place` ("line 1:22: ") comes before the message.
Status CheckProperty(const std::string& name, const std::string& value,
                     const std::string& place);

/// Rows of SHOW SESSION: name, value, default, type and description, sorted by name.
std::vector<std::array<std::string, 5>> ListProperties(
    const ClientContext& client, const std::optional<std::string>& like);

/// "trino" or "duckdb"; unset where the client does not say.
std::optional<std::string> DialectOf(const ClientContext& client);

/// How often a WITH RECURSIVE may step; unset: as often as the engine has it. Errors:
/// INVALID_SESSION_PROPERTY.
Result<std::optional<int32_t>> RecursionDepthMax(const ClientContext& client);

/// The name by which the engine knows the session's time zone; empty for UTC. Errors:
/// INVALID_SESSION_PROPERTY.
Result<std::string> EngineTimeZone(const ClientContext& client);

}  // namespace tarn::gateway::trino
