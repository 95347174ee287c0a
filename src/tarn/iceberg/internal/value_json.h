// Single values as JSON trees (spec: Appendix D), for documents that hold them.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "tarn/base/result.h"
#include "tarn/iceberg/type.h"

namespace tarn::iceberg::internal {

nlohmann::json ValueToJsonTree(const Type& type, const Value& value);
/// Errors: kInvalidData.
Result<Value> ValueFromJsonTree(const Type& type, const nlohmann::json& json);

}  // namespace tarn::iceberg::internal
