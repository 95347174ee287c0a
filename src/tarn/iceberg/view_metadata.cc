#include "tarn/iceberg/view_metadata.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/iceberg/internal/view_history.h"

namespace tarn::iceberg {
namespace {

constexpr size_t kVersionsKept = 10;  // default of version.history.num-entries

size_t VersionsKept(const ViewMetadata& view) {
  const auto found = view.properties.find("version.history.num-entries");
  if (found == view.properties.end()) {
    return kVersionsKept;
  }
  size_t count = 0;
  const std::string& text = found->second;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), count);
  return parsed.ec == std::errc() && count > 0 ? count : kVersionsKept;
}

}  // namespace

namespace internal {

Result<SchemaId> AddViewSchema(const Schema& schema, ViewMetadata* view) {
  int32_t next_id = 0;
  for (const auto& known : view->schemas) {
    if (known->SameAs(schema)) {
      return known->id();
    }
    next_id = std::max(next_id, known->id().value + 1);
  }
  ARROW_ASSIGN_OR_RAISE(auto added, Schema::Make(SchemaId{next_id}, schema.fields(),
                                                 schema.identifier_field_ids()));
  view->schemas.push_back(std::move(added));
  return SchemaId{next_id};
}

Status CheckDialectsKept(const ViewMetadata& view, const ViewVersion& before,
                         const ViewVersion& after) {
  const auto allowed = view.properties.find("replace.drop-dialect.allowed");
  if (allowed != view.properties.end() && allowed->second == "true") {
    return Status::OK();
  }
  for (const ViewRepresentation& text : before.representations) {
    if (std::ranges::count(after.representations, text.dialect,
                           &ViewRepresentation::dialect) == 0) {
      return MakeError(
          ErrorCode::kInvalidArgument,
          "Cannot replace a view whose text in another dialect would be lost; drop it "
          "first, or set its property replace.drop-dialect.allowed to true: " +
              text.dialect);
    }
  }
  return Status::OK();
}

void ExpireViewVersions(size_t added, ViewMetadata* view) {
  const size_t kept = std::max(VersionsKept(*view), added);
  std::vector<int32_t> dropped;
  while (view->versions.size() > kept) {
    // The current one may be old: a view can be set back to it.
    const auto oldest =
        std::ranges::find_if(view->versions, [&](const ViewVersion& version) {
          return version.version_id != view->current_version_id;
        });
    dropped.push_back(oldest->version_id);
    view->versions.erase(oldest);
  }
  // The log is a history without gaps: it begins after the last entry of a dropped one.
  const auto last =
      std::find_if(view->version_log.rbegin(), view->version_log.rend(),
                   [&](const ViewVersionLogEntry& entry) {
                     return std::ranges::count(dropped, entry.version_id) > 0;
                   });
  view->version_log.erase(view->version_log.begin(), last.base());
}

}  // namespace internal

const ViewVersion& ViewMetadata::current_version() const {
  const auto found =
      std::ranges::find(versions, current_version_id, &ViewVersion::version_id);
  TARN_CHECK(found != versions.end());  // the reader makes sure of it
  return *found;
}

std::shared_ptr<const Schema> ViewMetadata::FindSchema(SchemaId id) const {
  const auto found = std::ranges::find_if(
      schemas,
      [&](const std::shared_ptr<const Schema>& schema) { return schema->id() == id; });
  return found == schemas.end() ? nullptr : *found;
}

const ViewRepresentation* ViewMetadata::FindRepresentation(
    const std::vector<std::string>& dialects) const {
  const std::vector<ViewRepresentation>& all = current_version().representations;
  for (const std::string& dialect : dialects) {
    const auto found = std::ranges::find(all, dialect, &ViewRepresentation::dialect);
    if (found != all.end()) {
      return &*found;
    }
  }
  return nullptr;
}

Result<std::shared_ptr<const ViewMetadata>> ReplaceViewVersion(const ViewMetadata& base,
                                                               const ViewMetadata& next) {
  auto view = std::make_shared<ViewMetadata>(base);
  ViewVersion version = next.current_version();
  const std::shared_ptr<const Schema> schema = next.FindSchema(version.schema_id);
  if (schema == nullptr) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Cannot replace a view: the new version has schema " +
                         std::to_string(version.schema_id.value) +
                         ", which does not exist");
  }
  ARROW_ASSIGN_OR_RAISE(version.schema_id, internal::AddViewSchema(*schema, view.get()));
  version.version_id =
      1 + std::ranges::max(view->versions, {}, &ViewVersion::version_id).version_id;
  for (const auto& [key, value] : next.properties) {
    view->properties[key] = value;
  }
  RETURN_NOT_OK(internal::CheckDialectsKept(*view, base.current_version(), version));
  view->current_version_id = version.version_id;
  view->version_log.push_back({version.timestamp, version.version_id});
  view->versions.push_back(std::move(version));
  internal::ExpireViewVersions(1, view.get());
  return view;
}

}  // namespace tarn::iceberg
