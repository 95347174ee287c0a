#include "tarn/iceberg/internal/table_metadata_builder.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "tarn/base/error.h"

namespace tarn::iceberg::internal {
namespace {

constexpr int32_t kNewestFormatVersion = 3;
constexpr char kFormatVersionProperty[] = "format-version";
constexpr char kPreviousVersionsMaxProperty[] = "write.metadata.previous-versions-max";
constexpr size_t kPreviousVersionsMax = 100;

size_t PreviousVersionsMax(const TableMetadata& table) {
  const auto found = table.properties.find(kPreviousVersionsMaxProperty);
  if (found == table.properties.end()) {
    return kPreviousVersionsMax;
  }
  const std::string& text = found->second;
  int64_t count = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), count);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) {
    return kPreviousVersionsMax;
  }
  return static_cast<size_t>(std::max<int64_t>(count, 1));
}

PartitionSpec WithoutVoidFields(PartitionSpec spec) {
  std::erase_if(spec.fields, [](const PartitionField& field) {
    return std::holds_alternative<Void>(field.transform);
  });
  return spec;
}

}  // namespace

Status InvalidUpdate(std::string message) {
  return MakeError(ErrorCode::kInvalidArgument, std::move(message));
}

Status TableMetadataBuilder::Apply(const TableUpdate& update) {
  return std::visit([this](const auto& alternative) { return On(alternative); }, update);
}

Status TableMetadataBuilder::On(const update::AssignUuid& update) {
  if (update.uuid.empty()) {
    return InvalidUpdate("A table's UUID cannot be empty");
  }
  if (table_.table_uuid == update.uuid) {
    return Status::OK();
  }
  if (!table_.table_uuid.empty()) {
    return InvalidUpdate("A table's UUID never changes: it is " + table_.table_uuid +
                         " and cannot become " + update.uuid);
  }
  table_.table_uuid = update.uuid;
  is_changed_ = true;
  return Status::OK();
}

Status TableMetadataBuilder::On(const update::UpgradeFormatVersion& update) {
  if (update.version > kNewestFormatVersion) {
    return MakeError(ErrorCode::kNotSupported,
                     "Cannot upgrade a table to format version " +
                         std::to_string(update.version) +
                         ": versions up to 3 are supported");
  }
  if (update.version < table_.format_version) {
    return InvalidUpdate("Cannot downgrade a table of format version " +
                         std::to_string(table_.format_version) + " to " +
                         std::to_string(update.version));
  }
  if (update.version == table_.format_version) {
    return Status::OK();
  }
  table_.format_version = update.version;
  if (update.version >= 3 && !table_.next_row_id) {
    table_.next_row_id = 0;
  }
  is_changed_ = true;
  return Status::OK();
}

Status TableMetadataBuilder::On(const update::SetLocation& update) {
  if (update.location.empty()) {
    return InvalidUpdate("A table's location cannot be empty");
  }
  is_changed_ = is_changed_ || table_.location != update.location;
  table_.location = update.location;
  return Status::OK();
}

Status TableMetadataBuilder::On(const update::SetProperties& update) {
  for (const auto& [key, value] : update.updates) {
    if (key == kFormatVersionProperty) {
      // Reserved: a wish to upgrade, as in the reference implementation, and not stored.
      int32_t version = 0;
      const auto parsed =
          std::from_chars(value.data(), value.data() + value.size(), version);
      if (parsed.ec != std::errc() || parsed.ptr != value.data() + value.size()) {
        return InvalidUpdate("Table property format-version must be a number, not " +
                             value);
      }
      ARROW_RETURN_NOT_OK(On(update::UpgradeFormatVersion{version}));
      continue;
    }
    const auto [entry, is_new] = table_.properties.try_emplace(key, value);
    is_changed_ = is_changed_ || is_new || entry->second != value;
    entry->second = value;
  }
  return Status::OK();
}

Status TableMetadataBuilder::On(const update::RemoveProperties& update) {
  for (const std::string& key : update.keys) {
    is_changed_ = table_.properties.erase(key) > 0 || is_changed_;
  }
  return Status::OK();
}

void TableMetadataBuilder::FillInNewTable() {
  if (table_.partition_specs.empty()) {
    table_.partition_specs.push_back(PartitionSpec{});
    table_.default_spec_id = SpecId{0};
  }
  // Order 0 is "unsorted" and always there, written down or not.
  if (table_.default_sort_order_id == SortOrderId{0} &&
      std::ranges::count(table_.sort_orders, SortOrderId{0}, &SortOrder::id) == 0) {
    table_.sort_orders.push_back(SortOrder{});
  }
  if (table_.format_version >= 3 && !table_.next_row_id) {
    table_.next_row_id = 0;
  }
}

Status TableMetadataBuilder::CheckShape() const {
  if (table_.location.empty()) {
    return InvalidUpdate("The table has no location");
  }
  if (table_.table_uuid.empty() && table_.format_version > 1) {
    return InvalidUpdate("The table at " + table_.location +
                         " has no UUID, which format version " +
                         std::to_string(table_.format_version) + " needs");
  }
  const auto schema = table_.FindSchema(table_.current_schema_id);
  if (schema == nullptr) {
    return InvalidUpdate("The table at " + table_.location + " has no schema");
  }
  const PartitionSpec* spec = table_.FindSpec(table_.default_spec_id);
  if (spec == nullptr) {
    return InvalidUpdate("The table at " + table_.location +
                         " has no default partition spec");
  }
  const int32_t needed = MinFormatVersion(*schema);
  if (last_added_schema_ && needed > table_.format_version) {
    return InvalidUpdate("The schema has types or defaults that need format version " +
                         std::to_string(needed) + ", the table's is " +
                         std::to_string(table_.format_version));
  }
  return CheckDefaults(*schema, *spec);
}

Status TableMetadataBuilder::CheckDefaults(const Schema& schema,
                                           const PartitionSpec& spec) const {
  // Old tables may have a default spec or order whose source column is gone already: that
  // is not this commit's fault. So a default that stays is checked only if it did fit
  // before.
  const auto base_schema = base_.FindSchema(base_.current_schema_id);
  const bool is_schema_new = base_schema == nullptr || schema.id() != base_schema->id();
  const auto must_fit = [&](bool is_new, auto validate, const auto& part) {
    if (is_new) {
      return true;
    }
    return is_schema_new && (base_schema == nullptr || validate(part, *base_schema).ok());
  };
  const PartitionSpec live_spec = WithoutVoidFields(spec);
  if (must_fit(spec.id != base_.default_spec_id, ValidateSpec, live_spec)) {
    ARROW_RETURN_NOT_OK(
        WithContext("The default partition spec does not fit the schema: ",
                    ValidateSpec(live_spec, schema)));
  }
  const SortOrder& order = table_.sort_order();
  if (must_fit(order.id != base_.default_sort_order_id, ValidateSortOrder, order)) {
    ARROW_RETURN_NOT_OK(WithContext("The default sort order does not fit the schema: ",
                                    ValidateSortOrder(order, schema)));
  }
  return Status::OK();
}

void TableMetadataBuilder::UpdateMetadataLog(const std::string& previous_location) {
  if (previous_location.empty()) {
    return;
  }
  std::vector<MetadataLogEntry>& log = table_.metadata_log;
  // Commits that share one new file replace the previous one once.
  if (log.empty() || log.back().metadata_file != previous_location) {
    log.push_back({base_.last_updated, previous_location});
  }
  const size_t kept = PreviousVersionsMax(table_);
  if (log.size() > kept) {
    log.erase(log.begin(), log.end() - static_cast<std::ptrdiff_t>(kept));
  }
}

Result<std::shared_ptr<const TableMetadata>> TableMetadataBuilder::Finish(
    const std::string& previous_location) {
  FillInNewTable();
  ARROW_RETURN_NOT_OK(CheckShape());
  ARROW_RETURN_NOT_OK(CheckRefs());
  ARROW_RETURN_NOT_OK(CheckEncryptionKeys());
  ARROW_RETURN_NOT_OK(CheckEncryptionProperty());
  if (is_changed_) {
    // Time never runs back in a table, whatever the clocks of its writers say: readers
    // refuse it.
    table_.last_updated = std::max({now_, newest_snapshot_, base_.last_updated});
    UpdateSnapshotLog();
    UpdateMetadataLog(previous_location);
  }
  return std::make_shared<const TableMetadata>(std::move(table_));
}

}  // namespace tarn::iceberg::internal
