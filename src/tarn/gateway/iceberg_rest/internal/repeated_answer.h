// The answer to a change that was made before, when it was not kept.
#pragma once

#include "tarn/base/result.h"
#include "tarn/gateway/iceberg_rest/routes.h"

namespace tarn::gateway::internal {

/// Whether Idempotency-Key counts for the operation: all that change something, and
/// those about scan plans.
bool TakesIdempotencyKey(const RestRoute& route);
/// Whether it changes the catalog's store.
bool ChangesCatalog(const RestRoute& route);

/// What `route` answers to `request` once its change is made, from what the catalog holds
/// now. Errors: as of loading what was changed, if that is gone since.
Result<net::HttpResponse> AnswerAgain(const RestRequest& request, const RestRoute& route);

}  // namespace tarn::gateway::internal
