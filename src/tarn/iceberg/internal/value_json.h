// Single values as JSON trees (spec: Appendix D), for documents that hold them.
#pragma once

#include <cstdint>
#include <optional>

#include <nlohmann/json_fwd.hpp>

#include "tarn/base/result.h"
#include "tarn/iceberg/type.h"

namespace tarn::iceberg::internal {

nlohmann::json ValueToJsonTree(const Type& type, const Value& value);
/// Errors: kInvalidData.
Result<Value> ValueFromJsonTree(const Type& type, const nlohmann::json& json);

/// Unset for what is no whole number of 64 bits.
std::optional<int64_t> IntegerFromJson(const nlohmann::json& json);

}  // namespace tarn::iceberg::internal
