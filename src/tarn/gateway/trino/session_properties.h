// Properties that clients may set with SET SESSION.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "tarn/base/result.h"
#include "tarn/gateway/trino/client_context.h"

namespace tarn::gateway::trino {

/// Errors: INVALID_SESSION_PROPERTY for a property that Trino does not have either, and
/// for values of ours that do not fit; `place` ("line 1:22: ") comes before the message.
Status CheckProperty(const std::string& name, const std::string& value,
                     const std::string& place);

/// "trino" or "duckdb"; unset where the client does not say.
std::optional<std::string> DialectOf(const ClientContext& client);

/// How long a query of this session may take; unset: any time. Errors:
/// INVALID_SESSION_PROPERTY.
Result<std::optional<std::chrono::milliseconds>> RunTimeMax(const ClientContext& client);

/// The name by which the engine knows the session's time zone; empty for UTC. Errors:
/// INVALID_SESSION_PROPERTY.
Result<std::string> EngineTimeZone(const ClientContext& client);

}  // namespace tarn::gateway::trino
