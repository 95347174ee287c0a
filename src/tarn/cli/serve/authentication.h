// How callers of the server say who they are: what the settings ask for.
#pragma once

#include <memory>

#include "tarn/cli/serve/serve_settings.h"
#include "tarn/governance/authenticator.h"
#include "tarn/governance/principal_store.h"

namespace tarn::cli {

/// By secrets and tokens of `principals`, and by certificates if `settings` have them.
/// `principals` outlives it. Errors: the store's, kUsage.
Result<std::unique_ptr<governance::Authenticator>> MakeAuthenticator(
    const Config& config, const ServeSettings& settings,
    governance::PrincipalStore& principals);

}  // namespace tarn::cli
