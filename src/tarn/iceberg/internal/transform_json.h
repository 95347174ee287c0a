// Members that partition fields and sort fields share in JSON: "transform" and the source
// columns.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "tarn/base/result.h"
#include "tarn/iceberg/ids.h"
#include "tarn/iceberg/transform.h"

namespace tarn::iceberg::internal {

struct TransformTerm {
  std::vector<FieldId> source_ids;  // at least one
  Transform transform;
};

/// Writes "source-id" for one source and "source-ids" for several, as v3 asks for.
void PutTerm(const Transform& transform, const std::vector<FieldId>& source_ids,
             nlohmann::json* object);
/// Reads either spelling. Several sources give an UnknownTransform, whatever its name:
/// none of the transforms we can compute has more than one. `what` begins the message.
/// Errors: kInvalidData.
Result<TransformTerm> TermFromJson(const nlohmann::json& object, const std::string& what);

/// An integer member from 0 to 2^31 - 1. Errors: kInvalidData.
Result<int32_t> IdFromJson(const nlohmann::json& object, const char* key,
                           const std::string& what);
/// A string member. Errors: kInvalidData.
Result<std::string> StringFromJson(const nlohmann::json& object, const char* key,
                                   const std::string& what);

}  // namespace tarn::iceberg::internal
