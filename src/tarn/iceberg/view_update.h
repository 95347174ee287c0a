// Requirements and updates of views (REST spec: ViewRequirement, ViewUpdate).
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "tarn/base/result.h"
#include "tarn/iceberg/table_update.h"
#include "tarn/iceberg/view_metadata.h"

namespace tarn::iceberg {

/// The only requirement that views have: the UUID is still this one.
struct ViewRequirement {
  std::string uuid;
};

namespace update {
struct AddViewVersion {
  ViewVersion version;  // schema id -1: the schema added last in the same commit
};
/// -1: the version added last in the same commit.
struct SetCurrentViewVersion {
  int32_t version_id = -1;
};
}  // namespace update
using ViewUpdate =
    std::variant<update::AssignUuid, update::UpgradeFormatVersion, update::AddSchema,
                 update::AddViewVersion, update::SetCurrentViewVersion,
                 update::SetLocation, update::SetProperties, update::RemoveProperties>;

/// Errors: kCommitConflict with what was required and found.
Status CheckRequirements(const std::vector<ViewRequirement>& requirements,
                         const ViewMetadata& base);

/// The view after `updates`; a new one from an empty `base`. A version that says the same
/// as a known one (id and time aside) is that one. Errors: kInvalidArgument (an update
/// that makes no valid view, a dialect that would be lost).
Result<std::shared_ptr<const ViewMetadata>> ApplyUpdates(
    const ViewMetadata& base, const std::vector<ViewUpdate>& updates,
    std::chrono::milliseconds now);

/// Errors: kInvalidData.
Result<ViewUpdate> ViewUpdateFromJson(const nlohmann::json& json);
Result<ViewRequirement> ViewRequirementFromJson(const nlohmann::json& json);
nlohmann::json ViewUpdateToJson(const ViewUpdate& update);

}  // namespace tarn::iceberg
