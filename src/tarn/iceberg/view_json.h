// Parts of view metadata as JSON, as documents and commits have them.
#pragma once

#include <memory>

#include <nlohmann/json_fwd.hpp>

#include "tarn/base/result.h"
#include "tarn/iceberg/schema.h"
#include "tarn/iceberg/view_metadata.h"

namespace tarn::iceberg {

nlohmann::json ViewVersionToJson(const ViewVersion& version);
/// Errors: kInvalidData.
Result<ViewVersion> ViewVersionFromJson(const nlohmann::json& json);

/// The Java reference numbers columns of views from 0, where those of tables begin with
/// 1. Nothing outside of a view refers to them: they are raised by one. Errors:
/// kInvalidData.
Result<std::shared_ptr<const Schema>> ViewSchemaFromJson(const nlohmann::json& json);

}  // namespace tarn::iceberg
