// Members of a body that a call does not know: refused, so that a word that is spelt
// wrongly does not do something else in silence.
#pragma once

#include <string>

#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"
#include "tarn/gateway/api/api_schema.h"

namespace tarn::gateway {

/// `body` as DataRequest has it; members that are null are as good as not there, and a
/// call without a description of its body takes any. Errors: kInvalidArgument, with the
/// name and the one that it may stand for.
Status CheckMembers(const std::string& path, const ApiOperation& about, const Json& body);

}  // namespace tarn::gateway
