#include "tarn/engine/internal/system_tables/object_walk.h"

#include <utility>

namespace tarn::engine::system_tables {

ObjectWalk::ObjectWalk(duckdb::ClientContext& context, std::vector<std::string> catalogs,
                       RowsPer per, const NameFilter& filter)
    : listing_(context),
      per_(per),
      filter_(filter),
      test_(context, filter),
      catalogs_(std::move(catalogs)) {}

bool ObjectWalk::EnterCatalog() {
  while (next_catalog_ < catalogs_.size()) {
    place_ = {.catalog = catalogs_[next_catalog_++]};
    if (test_.Keeps(place_, NamePart::kCatalog)) {
      return true;
    }
  }
  return false;
}

bool ObjectWalk::EnterSchema() {
  for (;;) {
    while (next_schema_ < schemas_.size()) {
      place_.schema = schemas_[next_schema_++];
      if (test_.Keeps(place_, NamePart::kSchema)) {
        return true;
      }
    }
    if (!EnterCatalog()) {
      return false;
    }
    schemas_ = listing_.Schemas(place_.catalog, filter_.Exact(NamePart::kSchema));
    next_schema_ = 0;
  }
}

std::optional<ListedObject> ObjectWalk::Next() {
  if (per_ == RowsPer::kServer) {
    return std::exchange(is_begun_, true) ? std::optional<ListedObject>() : place_;
  }
  if (per_ == RowsPer::kCatalog) {
    return EnterCatalog() ? std::optional(place_) : std::nullopt;
  }
  if (per_ == RowsPer::kSchema) {
    return EnterSchema() ? std::optional(place_) : std::nullopt;
  }
  for (;;) {
    while (next_object_ < objects_.size()) {
      ListedObject& object = objects_[next_object_++];
      if (test_.Keeps(object, NamePart::kName)) {
        return std::move(object);
      }
    }
    if (!EnterSchema()) {
      return {};
    }
    objects_ =
        listing_.Objects(place_.catalog, place_.schema, filter_.Exact(NamePart::kName));
    next_object_ = 0;
  }
}

}  // namespace tarn::engine::system_tables
