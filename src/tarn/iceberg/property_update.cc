#include "tarn/iceberg/property_update.h"

#include <algorithm>
#include <array>
#include <utility>

#include "tarn/base/error.h"

namespace tarn::iceberg {
namespace {

// The reference implementation shows these as properties and never stores them.
constexpr std::array<std::string_view, 9> kReserved = {
    "format-version",         "uuid",
    "snapshot-count",         "current-snapshot-id",
    "current-schema",         "current-snapshot-summary",
    "default-partition-spec", "current-snapshot-timestamp-ms",
    "default-sort-order"};

Status CheckName(const std::string& name) {
  if (name.empty()) {
    return MakeError(ErrorCode::kInvalidArgument, "A table property has no name");
  }
  if (std::ranges::count(kReserved, name) > 0) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Table property is part of the metadata and cannot be set or "
                     "removed: " +
                         name);
  }
  return Status::OK();
}

}  // namespace

Result<MetadataChange> UpdateProperties(const TableMetadata& table,
                                        const std::map<std::string, std::string>& set,
                                        const std::vector<std::string>& unset) {
  update::RemoveProperties remove;
  update::SetProperties change_to;
  for (const auto& [name, value] : set) {
    ARROW_RETURN_NOT_OK(CheckName(name));
    if (std::ranges::count(unset, name) > 0) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "Table property is both set and removed: " + name);
    }
    const auto known = table.properties.find(name);
    if (known == table.properties.end() || known->second != value) {
      change_to.updates[name] = value;
    }
  }
  for (const std::string& name : unset) {
    ARROW_RETURN_NOT_OK(CheckName(name));
    if (table.properties.contains(name)) {
      remove.keys.push_back(name);
    }
  }
  MetadataChange change;
  if (!remove.keys.empty()) {
    change.updates.emplace_back(std::move(remove));
  }
  if (!change_to.updates.empty()) {
    change.updates.emplace_back(std::move(change_to));
  }
  if (!change.updates.empty()) {
    change.requirements = SameTable(table);
  }
  return change;
}

Result<MetadataChange> UpgradeFormat(const TableMetadata& table, int32_t version,
                                     std::string_view new_uuid) {
  const std::string from = std::to_string(table.format_version);
  if (version < 1 || version > kNewestFormatVersion) {
    return MakeError(ErrorCode::kNotSupported,
                     "Format version " + std::to_string(version) +
                         " does not exist here, versions are 1 to " +
                         std::to_string(kNewestFormatVersion));
  }
  if (version < table.format_version) {
    return MakeError(ErrorCode::kInvalidArgument, "A table of format version " + from +
                                                      " cannot go back to " +
                                                      std::to_string(version));
  }
  MetadataChange change;
  if (version == table.format_version) {
    return change;
  }
  change.requirements = SameTable(table);
  if (table.table_uuid.empty()) {
    change.updates.emplace_back(update::AssignUuid{std::string(new_uuid)});
  }
  change.updates.emplace_back(update::UpgradeFormatVersion{version});
  return change;
}

}  // namespace tarn::iceberg
