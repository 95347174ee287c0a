// The Arrow Flight SQL endpoint of `tarn serve`.
#pragma once

#include <memory>
#include <string>

#include "tarn/base/result.h"
#include "tarn/cli/serve/serve_settings.h"
#include "tarn/cli/workspace.h"
#include "tarn/gateway/flight/flight_endpoint.h"
#include "tarn/governance/authenticator.h"

namespace tarn::cli {

/// nullptr if flight.listen is off, or unset while the server listens elsewhere than
/// usual. `workspace` and `authenticator` (nullptr: everybody may call) outlive it.
/// Errors: kUsage, those of FlightEndpoint::Start.
Result<std::unique_ptr<gateway::FlightEndpoint>> StartFlightListener(
    Workspace& workspace, const ServeSettings& settings,
    governance::Authenticator* authenticator);

/// "grpc://127.0.0.1:32010".
std::string FlightUrl(const Config& config, const ServeSettings& settings,
                      const gateway::FlightEndpoint& endpoint);

}  // namespace tarn::cli
