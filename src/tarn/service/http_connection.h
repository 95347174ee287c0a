// Stored connections of type http: what is sent with them.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"

namespace tarn::service {

/// {"X-API-Key": "…"} as the text that is kept sealed, a connection's member `headers`;
/// `headers` is an object of texts, or such a text already. Errors: kInvalidArgument,
/// without a value.
Result<std::string> HttpHeadersText(const Json& headers);

/// The headers that go with members of Connections::SecretsOf(): its `headers`, and
/// Authorization by `token`, or by `user` and `password`. Never to be shown. Errors:
/// kInvalidArgument.
Result<std::vector<std::pair<std::string, std::string>>> HttpConnectionHeaders(
    const Json& members);

}  // namespace tarn::service
