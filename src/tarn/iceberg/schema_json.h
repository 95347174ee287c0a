// Schemas and types as JSON (spec: Appendix C). Defined with nlohmann::json trees because
// they are parts of larger documents (table metadata, manifests' headers, REST bodies).
#pragma once

#include <memory>

#include <nlohmann/json_fwd.hpp>

#include "tarn/base/result.h"
#include "tarn/iceberg/schema.h"

namespace tarn::iceberg {

nlohmann::json TypeToJson(const Type& type);
/// Errors: kInvalidData with the path of the offending field.
Result<Type> TypeFromJson(const nlohmann::json& json);

nlohmann::json SchemaToJson(const Schema& schema);
/// `json` without "schema-id" (v1) gives id 0. Errors: kInvalidData.
Result<std::shared_ptr<const Schema>> SchemaFromJson(const nlohmann::json& json);

/// Spark numbers the columns of a table or view that is to be made from 0, where those of
/// tables begin with 1. True if a column in `json`, a schema or a part of one, is so.
bool CountsFromZero(const nlohmann::json& json);
/// Adds one to every column id in a schema, partition spec or sort order.
void RaiseFieldIds(nlohmann::json* json);

}  // namespace tarn::iceberg
