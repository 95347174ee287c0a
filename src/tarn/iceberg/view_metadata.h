// View metadata (Iceberg view spec v1).
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/schema.h"

namespace tarn::iceberg {

struct ViewRepresentation {
  std::string sql;
  std::string dialect;  // "trino", "spark", "duckdb"

  bool operator==(const ViewRepresentation&) const = default;
};

struct ViewVersion {
  int32_t version_id = 0;
  SchemaId schema_id;
  std::chrono::milliseconds timestamp{0};
  std::map<std::string, std::string> summary = {};
  std::vector<ViewRepresentation> representations;
  std::optional<std::string> default_catalog = {};
  std::vector<std::string> default_namespace = {};

  bool operator==(const ViewVersion&) const = default;
};

struct ViewVersionLogEntry {
  std::chrono::milliseconds timestamp{0};
  int32_t version_id = 0;

  bool operator==(const ViewVersionLogEntry&) const = default;
};

struct ViewMetadata {
  std::string view_uuid;
  int32_t format_version = 1;
  std::string location;
  std::vector<std::shared_ptr<const Schema>> schemas;
  int32_t current_version_id = 0;
  std::vector<ViewVersion> versions;
  std::vector<ViewVersionLogEntry> version_log;
  std::map<std::string, std::string> properties = {};
  /// Unknown top-level keys as JSON text, kept on rewrite.
  std::map<std::string, std::string> carried = {};

  const ViewVersion& current_version() const;
  std::shared_ptr<const Schema> FindSchema(SchemaId id) const;
  /// The text in the first of `dialects` that the current version has; nullptr if none.
  const ViewRepresentation* FindRepresentation(
      const std::vector<std::string>& dialects) const;
};

/// Errors: kInvalidData.
Result<std::shared_ptr<const ViewMetadata>> ViewMetadataFromJson(std::string_view json);
std::string ViewMetadataToJson(const ViewMetadata& metadata);

/// `base` with the current version of `next` added and made current (CREATE OR REPLACE
/// VIEW): same UUID and location, properties merged, history cut to
/// version.history.num-entries (10). Errors: kInvalidArgument, also if a dialect of the
/// current version would be lost (unless property replace.drop-dialect.allowed is true):
/// the engines that read it would find nothing.
Result<std::shared_ptr<const ViewMetadata>> ReplaceViewVersion(const ViewMetadata& base,
                                                               const ViewMetadata& next);

}  // namespace tarn::iceberg
