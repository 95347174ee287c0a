#include "tarn/gateway/iceberg_rest/label_store.h"

#include <utility>

#include "tarn/base/error.h"
#include "tarn/catalog/key_value_store.h"

namespace tarn::gateway {
namespace {

constexpr char kKeyPrefix[] = "labels/";
constexpr std::chrono::milliseconds kKnownFor(3'000);
constexpr size_t kKnownMax = 20'000;
constexpr size_t kBytesMax = size_t{64} << 10;

Status Bad(const std::string& problem) {
  return MakeError(ErrorCode::kInvalidArgument, "Invalid labels: " + problem);
}

Result<Labels::Map> MapOf(const Json& json, const char* what) {
  if (!json.is_object()) {
    return Bad(std::string(what) + " must be an object of strings");
  }
  Labels::Map labels;
  for (const auto& [key, value] : json.items()) {
    if (key.empty() || !value.is_string()) {
      return Bad(std::string(what) + " must be an object of strings, wrong is: " + key);
    }
    labels[key] = value.get<std::string>();
  }
  return labels;
}

}  // namespace

Json LabelsToJson(const Labels& labels) {
  Json fields = Json::array();
  for (const auto& [id, map] : labels.fields) {
    fields.push_back({{"field-id", id}, {"labels", map}});
  }
  return {{"object-labels", labels.object}, {"fields", fields}};
}

Result<Labels> LabelsFromJson(const Json& json) {
  if (!json.is_object()) {
    return Bad("an object with \"object-labels\" and \"fields\" is needed");
  }
  if (DumpJson(json).size() > kBytesMax) {
    return MakeError(ErrorCode::kResourceLimit,
                     "Labels take more than 64 kB: say it in fewer words");
  }
  Labels labels;
  ARROW_ASSIGN_OR_RAISE(labels.object, MapOf(json.value("object-labels", Json::object()),
                                             "\"object-labels\""));
  const Json fields = json.value("fields", Json::array());
  if (!fields.is_array()) {
    return Bad("\"fields\" must be a list");
  }
  for (const Json& field : fields) {
    if (!field.is_object() || !field.value("field-id", Json()).is_number_integer()) {
      return Bad("each of \"fields\" needs a \"field-id\"");
    }
    const auto id = field["field-id"].get<int64_t>();
    if (id < 1 || id > iceberg::kMaxUserFieldId) {
      return Bad("no field can have the id " + std::to_string(id));
    }
    ARROW_ASSIGN_OR_RAISE(Labels::Map map, MapOf(field.value("labels", Json::object()),
                                                 "\"labels\" of a field"));
    if (!map.empty()) {
      labels.fields[static_cast<iceberg::FieldId>(id)] = std::move(map);
    }
  }
  return labels;
}

Result<std::string> LabelStore::TextOf(const std::string& uuid) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = known_.find(uuid);
    if (found != known_.end() && clock_.Now() - found->second.read_at < kKnownFor) {
      return found->second.text;
    }
  }
  ARROW_ASSIGN_OR_RAISE(const auto text, store_.Get(kKeyPrefix + uuid));
  Remember(uuid, text.value_or(""));
  return text.value_or("");
}

Result<Labels> LabelStore::Load(const std::string& uuid) {
  ARROW_ASSIGN_OR_RAISE(const auto text, store_.Get(kKeyPrefix + uuid));
  if (!text) {
    return Labels();
  }
  ARROW_ASSIGN_OR_RAISE(const Json json, ParseJson(*text, "labels"));
  return LabelsFromJson(json);
}

Status LabelStore::Save(const std::string& uuid, const Labels& labels) {
  const std::string text = labels.empty() ? "" : DumpJson(LabelsToJson(labels));
  RETURN_NOT_OK(text.empty() ? store_.Remove(kKeyPrefix + uuid)
                             : store_.Set(kKeyPrefix + uuid, text));
  Remember(uuid, text);
  return Status::OK();
}

void LabelStore::Remember(const std::string& uuid, std::string text) {
  const std::lock_guard lock(mutex_);
  if (known_.size() >= kKnownMax) {
    known_.clear();
  }
  known_[uuid] = {std::move(text), clock_.Now()};
}

}  // namespace tarn::gateway
