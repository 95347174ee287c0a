#include "tarn/iceberg/internal/transform_json.h"

#include <limits>
#include <utility>

#include <nlohmann/json.hpp>

#include "tarn/base/error.h"

namespace tarn::iceberg::internal {
namespace {

using nlohmann::json;

Status Bad(const std::string& what, const std::string& key, const std::string& problem) {
  return MakeError(ErrorCode::kInvalidData, what + ": '" + key + "' " + problem);
}

Result<const json*> Member(const json& object, const char* key, const std::string& what) {
  if (!object.is_object()) {
    return MakeError(ErrorCode::kInvalidData, what + ": a JSON object was expected");
  }
  const auto found = object.find(key);
  if (found == object.end()) {
    return Bad(what, key, "is missing");
  }
  return &*found;
}

Result<int32_t> IdOf(const json& tree, const char* key, const std::string& what) {
  constexpr int64_t kMax = std::numeric_limits<int32_t>::max();
  if (!tree.is_number_integer() || tree.get<int64_t>() < 0 ||
      tree.get<int64_t>() > kMax) {
    return Bad(what, key, "is not an id, an integer from 0 to 2147483647");
  }
  return static_cast<int32_t>(tree.get<int64_t>());
}

Result<std::vector<FieldId>> SourceIds(const json& object, const std::string& what) {
  const auto several = object.find("source-ids");
  if (several == object.end() || several->is_null()) {
    ARROW_ASSIGN_OR_RAISE(const FieldId id, IdFromJson(object, "source-id", what));
    return std::vector<FieldId>{id};
  }
  if (!several->is_array() || several->empty()) {
    return Bad(what, "source-ids", "is not an array of field ids");
  }
  std::vector<FieldId> ids;
  for (const json& item : *several) {
    ARROW_ASSIGN_OR_RAISE(const FieldId id, IdOf(item, "source-ids", what));
    ids.push_back(id);
  }
  return ids;
}

}  // namespace

void PutTerm(const Transform& transform, const std::vector<FieldId>& source_ids,
             json* object) {
  (*object)["transform"] = TransformToString(transform);
  if (source_ids.size() == 1) {
    (*object)["source-id"] = source_ids.front();
  } else {
    (*object)["source-ids"] = source_ids;
  }
}

Result<TransformTerm> TermFromJson(const json& object, const std::string& what) {
  TransformTerm term;
  ARROW_ASSIGN_OR_RAISE(const std::string text,
                        StringFromJson(object, "transform", what));
  ARROW_ASSIGN_OR_RAISE(term.source_ids, SourceIds(object, what));
  if (term.source_ids.size() > 1) {
    term.transform = UnknownTransform{text};
    return term;
  }
  Result<Transform> transform = TransformFromString(text);
  if (!transform.ok()) {
    return WithContext(what + ": ", transform.status());
  }
  term.transform = *std::move(transform);
  return term;
}

Result<int32_t> IdFromJson(const json& object, const char* key, const std::string& what) {
  ARROW_ASSIGN_OR_RAISE(const json* tree, Member(object, key, what));
  return IdOf(*tree, key, what);
}

Result<std::string> StringFromJson(const json& object, const char* key,
                                   const std::string& what) {
  ARROW_ASSIGN_OR_RAISE(const json* tree, Member(object, key, what));
  if (!tree->is_string()) {
    return Bad(what, key, "is not a string");
  }
  return tree->get<std::string>();
}

}  // namespace tarn::iceberg::internal
