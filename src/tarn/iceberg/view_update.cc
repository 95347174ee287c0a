#include "tarn/iceberg/view_update.h"

#include <algorithm>
#include <optional>
#include <type_traits>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/base/json_fields.h"
#include "tarn/base/overload.h"
#include "tarn/iceberg/internal/view_history.h"
#include "tarn/iceberg/schema_json.h"
#include "tarn/iceberg/view_json.h"

namespace tarn::iceberg {

namespace {

Status InvalidUpdate(std::string message) {
  return MakeError(ErrorCode::kInvalidArgument, std::move(message));
}

/// True if both say the same: only id and time may differ.
bool SaysTheSame(const ViewVersion& a, const ViewVersion& b) {
  ViewVersion other = b;
  other.version_id = a.version_id;
  other.timestamp = a.timestamp;
  return a == other;
}

class ViewBuilder {
 public:
  ViewBuilder(const ViewMetadata& base, std::chrono::milliseconds now)
      : base_(base), view_(std::make_shared<ViewMetadata>(base)), now_(now) {}

  Status On(const update::AssignUuid& update) {
    if (!view_->view_uuid.empty() && view_->view_uuid != update.uuid) {
      return InvalidUpdate("A view's UUID never changes: it is " + view_->view_uuid +
                           ", got: " + update.uuid);
    }
    view_->view_uuid = update.uuid;
    return Status::OK();
  }

  Status On(const update::UpgradeFormatVersion& update) {
    if (update.version == 1) {
      return Status::OK();
    }
    return InvalidUpdate("Views have format version 1, got: " +
                         std::to_string(update.version));
  }

  Status On(const update::AddSchema& update) {
    ARROW_ASSIGN_OR_RAISE(last_schema_,
                          internal::AddViewSchema(*update.schema, view_.get()));
    return Status::OK();
  }

  Status On(const update::AddViewVersion& update) {
    ViewVersion version = update.version;
    if (version.schema_id.value == -1) {
      if (!last_schema_) {
        return InvalidUpdate("Cannot set last added schema: no schema has been added");
      }
      version.schema_id = *last_schema_;
    }
    if (view_->FindSchema(version.schema_id) == nullptr) {
      return InvalidUpdate("Cannot add version with unknown schema: " +
                           std::to_string(version.schema_id.value));
    }
    const auto known = std::ranges::find_if(
        view_->versions,
        [&](const ViewVersion& other) { return SaysTheSame(other, version); });
    if (known != view_->versions.end()) {
      last_version_ = known->version_id;
      return Status::OK();
    }
    version.version_id = std::max(version.version_id, 1);
    for (const ViewVersion& other : view_->versions) {
      version.version_id = std::max(version.version_id, other.version_id + 1);
    }
    last_version_ = version.version_id;
    view_->versions.push_back(std::move(version));
    ++added_;
    return Status::OK();
  }

  Status On(const update::SetCurrentViewVersion& update) {
    int32_t id = update.version_id;
    if (id == -1) {
      if (!last_version_) {
        return InvalidUpdate(
            "Cannot set last version id: no current version id has been set");
      }
      id = *last_version_;
    }
    const auto found = std::ranges::find(view_->versions, id, &ViewVersion::version_id);
    if (found == view_->versions.end()) {
      return InvalidUpdate("Cannot set current version to unknown version: " +
                           std::to_string(id));
    }
    if (id == view_->current_version_id) {
      return Status::OK();
    }
    // A version that is new has a time of its own, one that comes back gets it now.
    const bool is_new = last_version_ == id && added_ > 0;
    current_since_ = is_new ? found->timestamp : now_;
    view_->current_version_id = id;
    return Status::OK();
  }

  Status On(const update::SetLocation& update) {
    if (update.location.empty()) {
      return InvalidUpdate("A view's location cannot be empty");
    }
    view_->location = update.location;
    return Status::OK();
  }

  Status On(const update::SetProperties& update) {
    for (const auto& [key, value] : update.updates) {
      view_->properties[key] = value;
    }
    return Status::OK();
  }

  Status On(const update::RemoveProperties& update) {
    for (const std::string& key : update.keys) {
      view_->properties.erase(key);
    }
    return Status::OK();
  }

  Result<std::shared_ptr<const ViewMetadata>> Finish() {
    if (view_->location.empty()) {
      return InvalidUpdate("The view has no location");
    }
    if (view_->versions.empty()) {
      return InvalidUpdate("The view has no version");
    }
    if (view_->current_version_id == 0) {
      return InvalidUpdate("The view has no current version");
    }
    if (current_since_) {
      if (base_.current_version_id != 0) {
        RETURN_NOT_OK(internal::CheckDialectsKept(*view_, base_.current_version(),
                                                  view_->current_version()));
      }
      view_->version_log.push_back({*current_since_, view_->current_version_id});
    }
    internal::ExpireViewVersions(added_, view_.get());
    return view_;
  }

 private:
  const ViewMetadata& base_;
  std::shared_ptr<ViewMetadata> view_;
  std::chrono::milliseconds now_;
  std::optional<SchemaId> last_schema_;
  std::optional<int32_t> last_version_;
  std::optional<std::chrono::milliseconds> current_since_;
  size_t added_ = 0;
};

Json ToJson(const update::AssignUuid& u) {
  return {{"action", "assign-uuid"}, {"uuid", u.uuid}};
}
Json ToJson(const update::UpgradeFormatVersion& u) {
  return {{"action", "upgrade-format-version"}, {"format-version", u.version}};
}
Json ToJson(const update::AddSchema& u) {
  return {{"action", "add-schema"}, {"schema", SchemaToJson(*u.schema)}};
}
Json ToJson(const update::AddViewVersion& u) {
  return {{"action", "add-view-version"}, {"view-version", ViewVersionToJson(u.version)}};
}
Json ToJson(const update::SetCurrentViewVersion& u) {
  return {{"action", "set-current-view-version"}, {"view-version-id", u.version_id}};
}
Json ToJson(const update::SetLocation& u) {
  return {{"action", "set-location"}, {"location", u.location}};
}
Json ToJson(const update::SetProperties& u) {
  return {{"action", "set-properties"}, {"updates", u.updates}};
}
Json ToJson(const update::RemoveProperties& u) {
  return {{"action", "remove-properties"}, {"removals", u.keys}};
}

/// Updates that tables have too.
Result<ViewUpdate> SharedUpdate(const Json& json, const std::string& action) {
  ARROW_ASSIGN_OR_RAISE(TableUpdate update, TableUpdateFromJson(json));
  return std::visit(
      [&](auto&& known) -> Result<ViewUpdate> {
        if constexpr (std::is_constructible_v<ViewUpdate, decltype(known)>) {
          return ViewUpdate(std::forward<decltype(known)>(known));
        } else {
          return MakeError(ErrorCode::kInvalidData,
                           "A view has no such update: " + action);
        }
      },
      std::move(update));
}

}  // namespace

Status CheckRequirements(const std::vector<ViewRequirement>& requirements,
                         const ViewMetadata& base) {
  for (const ViewRequirement& required : requirements) {
    if (required.uuid != base.view_uuid) {
      return MakeError(ErrorCode::kCommitConflict,
                       "Requirement failed: view UUID does not match: expected " +
                           required.uuid + " != " + base.view_uuid);
    }
  }
  return Status::OK();
}

Result<std::shared_ptr<const ViewMetadata>> ApplyUpdates(
    const ViewMetadata& base, const std::vector<ViewUpdate>& updates,
    std::chrono::milliseconds now) {
  ViewBuilder builder(base, now);
  for (const ViewUpdate& update : updates) {
    RETURN_NOT_OK(
        std::visit([&](const auto& known) { return builder.On(known); }, update));
  }
  return builder.Finish();
}

Result<ViewUpdate> ViewUpdateFromJson(const Json& json) {
  ARROW_ASSIGN_OR_RAISE(const JsonFields fields, JsonFields::Make(json, "view update"));
  ARROW_ASSIGN_OR_RAISE(const std::string action, fields.String("action"));
  if (action == "add-schema") {
    ARROW_ASSIGN_OR_RAISE(const Json* schema, fields.Object("schema"));
    ARROW_ASSIGN_OR_RAISE(auto parsed, ViewSchemaFromJson(*schema));
    return update::AddSchema{std::move(parsed)};
  }
  if (action == "add-view-version") {
    ARROW_ASSIGN_OR_RAISE(const Json* version, fields.Object("view-version"));
    ARROW_ASSIGN_OR_RAISE(ViewVersion parsed, ViewVersionFromJson(*version));
    return update::AddViewVersion{std::move(parsed)};
  }
  if (action == "set-current-view-version") {
    ARROW_ASSIGN_OR_RAISE(const int32_t id, fields.Int32("view-version-id"));
    return update::SetCurrentViewVersion{id};
  }
  return SharedUpdate(json, action);
}

Json ViewUpdateToJson(const ViewUpdate& update) {
  return std::visit([](const auto& known) { return ToJson(known); }, update);
}

Result<ViewRequirement> ViewRequirementFromJson(const Json& json) {
  ARROW_ASSIGN_OR_RAISE(const JsonFields fields,
                        JsonFields::Make(json, "view requirement"));
  ARROW_ASSIGN_OR_RAISE(const std::string type, fields.String("type"));
  if (type != "assert-view-uuid") {
    return MakeError(ErrorCode::kInvalidData, "Unknown view requirement: " + type);
  }
  ARROW_ASSIGN_OR_RAISE(std::string uuid, fields.String("uuid"));
  return ViewRequirement{std::move(uuid)};
}

}  // namespace tarn::iceberg
