// Flight SQL on Tarn's engine: what each call does, without the network.
//
//   ARROW_ASSIGN_OR_RAISE(auto info, service->GetInformation(caller, command));
//   ARROW_ASSIGN_OR_RAISE(auto rows, service->Get(caller, info.ticket));
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "tarn/base/clock.h"
#include "tarn/base/result.h"
#include "tarn/engine/engine.h"
#include "tarn/engine/query_resources.h"
#include "tarn/gateway/flight/flight_calls.h"
#include "tarn/gateway/flight/internal/statements.h"
#include "tarn/gateway/flight/peer_certificates.h"
#include "tarn/gateway/sql_access.h"
#include "tarn/governance/authenticator.h"
#include "tarn/table/context.h"

namespace tarn::gateway::flight {

struct FlightServices {
  /// Called by one thread at a time.
  std::function<Result<engine::Engine*>()> engine;
  table::Context context;
  governance::Authenticator* authenticator = nullptr;  // nullptr: everybody may call
  SqlAccess access = {};
  Random& random;
  std::string version;
  StatementLimits limits = {};
  engine::ResourceLimits query = {};                    // of each statement
  std::shared_ptr<PeerCertificates> certificates = {};  // nullptr: nobody has one
};

std::unique_ptr<FlightCalls> MakeFlightService(FlightServices services);

}  // namespace tarn::gateway::flight
