// Keys of object stores in requests: whose they are, and for which store.
#pragma once

#include <string>

#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"
#include "tarn/service/work/load_order.h"

namespace tarn::gateway {

/// Reads access_key with secret_key (and session_token), account_key or sas_token (and
/// account_name), or gcs_token of `body`, which must be those of the store that
/// `location` is in. With any of them the order has a store of its own. `location` may be
/// no store's: then there are none but S3's. Errors: kInvalidArgument.
Status ReadStoreKeys(const Json& body, const std::string& location,
                     service::LoadOrder* order, Json* secrets);

}  // namespace tarn::gateway
