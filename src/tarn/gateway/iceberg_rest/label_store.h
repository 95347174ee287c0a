// Labels of tables and views: what their owners say about them and their columns, kept by
// the catalog beside the metadata (REST specification: labels).
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "tarn/base/clock.h"
#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"
#include "tarn/iceberg/ids.h"

namespace tarn::catalog {
class KeyValueStore;
}  // namespace tarn::catalog

namespace tarn::gateway {

struct Labels {
  using Map = std::map<std::string, std::string>;
  Map object;
  std::map<iceberg::FieldId, Map> fields;  // none of them empty

  bool empty() const { return object.empty() && fields.empty(); }
  bool operator==(const Labels&) const = default;
};

/// {"object-labels": {…}, "fields": [{"field-id": 1, "labels": {…}}]}.
Json LabelsToJson(const Labels& labels);
/// Errors: kInvalidArgument; kResourceLimit for more than 65,536 bytes.
Result<Labels> LabelsFromJson(const Json& json);

/// Thread-safe. Labels belong to the UUID of a table or view: they stay with it when it
/// is renamed, and a new table of the same name has none. Another server's changes are
/// seen after at most a few seconds.
class LabelStore {
 public:
  /// Both outlive it.
  LabelStore(catalog::KeyValueStore& store, Clock& clock)
      : store_(store), clock_(clock) {}

  /// As JSON text for answers; empty if there are none.
  Result<std::string> TextOf(const std::string& uuid);
  /// As they are in the store now.
  Result<Labels> Load(const std::string& uuid);
  Status Save(const std::string& uuid, const Labels& labels);

 private:
  struct Known {
    std::string text;
    std::chrono::milliseconds read_at{0};
  };
  void Remember(const std::string& uuid, std::string text);

  catalog::KeyValueStore& store_;
  Clock& clock_;
  std::mutex mutex_;
  std::unordered_map<std::string, Known> known_;  // guarded by mutex_
};

}  // namespace tarn::gateway
