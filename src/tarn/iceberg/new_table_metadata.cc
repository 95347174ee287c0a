// The first metadata of a table: ids are given, names of columns turned into references
// to them.
#include <algorithm>
#include <map>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/iceberg/encryption.h"
#include "tarn/iceberg/redundant_times.h"
#include "tarn/iceberg/table_metadata.h"

namespace tarn::iceberg {
namespace {

constexpr char kFormatVersionProperty[] = "format-version";

Status Refuse(std::string message) {
  return MakeError(ErrorCode::kInvalidArgument,
                   "Cannot create a table: " + std::move(message));
}

/// Fresh ids by the ids the caller used. A caller's id that stands for two fields maps to
/// nothing.
class FreshIds {
 public:
  /// Walks both lists, which have the same shape.
  void Add(const std::vector<Field>& before, const std::vector<Field>& after) {
    for (size_t i = 0; i < before.size(); ++i) {
      const auto [entry, is_new] = ids_.try_emplace(before[i].id, after[i].id);
      if (!is_new) {
        entry->second = std::nullopt;
      }
      Add(before[i].type.fields(), after[i].type.fields());
    }
  }

  Result<FieldId> Of(FieldId id, std::string_view what) const {
    const auto found = ids_.find(id);
    if (found == ids_.end()) {
      return Refuse(std::string(what) + " refers to column id " + std::to_string(id) +
                    ", which no column has");
    }
    if (!found->second) {
      return Refuse(std::string(what) + " refers to column id " + std::to_string(id) +
                    ", which several columns have");
    }
    return *found->second;
  }

  Status Replace(std::vector<FieldId>* ids, std::string_view what) const {
    for (FieldId& id : *ids) {
      ARROW_ASSIGN_OR_RAISE(id, Of(id, what));
    }
    return Status::OK();
  }

 private:
  std::map<FieldId, std::optional<FieldId>> ids_;
};

Result<int32_t> ChooseFormatVersion(const NewTable& request, const Schema& schema) {
  constexpr int32_t kEncryptionVersion = 3;
  const bool is_encrypted = request.properties.contains(kEncryptionKeyIdProperty);
  const int32_t needed =
      std::max(MinFormatVersion(schema), is_encrypted ? kEncryptionVersion : 1);
  const auto asked = request.properties.find(kFormatVersionProperty);
  if (asked == request.properties.end()) {
    return std::max(needed, kDefaultFormatVersion);
  }
  if (asked->second != "1" && asked->second != "2" && asked->second != "3") {
    return MakeError(ErrorCode::kNotSupported,
                     "Cannot create a table of format version \"" + asked->second +
                         "\": use 1, 2 or 3");
  }
  const int32_t version = asked->second.front() - '0';
  if (version < needed) {
    return Refuse(
        "its columns or encryption.key-id need format version " + std::to_string(needed) +
        " (timestamp_ns, variant, geometry, geography, unknown, default values), not " +
        std::to_string(version));
  }
  return version;
}

Result<PartitionSpec> MakeFirstSpec(PartitionSpec spec, const FreshIds& ids,
                                    const Schema& schema) {
  spec.id = SpecId{0};
  FieldId next_id = kFirstPartitionFieldId;
  for (PartitionField& field : spec.fields) {
    ARROW_RETURN_NOT_OK(ids.Replace(&field.source_ids, "partition field " + field.name));
    field.field_id = next_id++;
  }
  ARROW_RETURN_NOT_OK(ValidateSpec(spec, schema));
  ARROW_RETURN_NOT_OK(RefuseRedundantTimes(spec, schema));
  return spec;
}

Result<SortOrder> MakeFirstSortOrder(SortOrder order, const FreshIds& ids,
                                     const Schema& schema) {
  order.id = SortOrderId{order.fields.empty() ? 0 : 1};
  for (SortField& field : order.fields) {
    ARROW_RETURN_NOT_OK(ids.Replace(&field.source_ids, "the sort order"));
  }
  ARROW_RETURN_NOT_OK(ValidateSortOrder(order, schema));
  return order;
}

}  // namespace

Result<std::shared_ptr<const TableMetadata>> MakeTableMetadata(const NewTable& request) {
  if (request.location.empty()) {
    return Refuse("it has no location");
  }
  if (request.table_uuid.empty()) {
    return Refuse("it has no UUID");
  }
  auto table = std::make_shared<TableMetadata>();
  FreshIds ids;
  std::vector<Field> fields = AssignFreshIds(request.fields, 1, &table->last_column_id);
  ids.Add(request.fields, fields);
  std::vector<FieldId> identifier_ids = request.identifier_field_ids;
  ARROW_RETURN_NOT_OK(ids.Replace(&identifier_ids, "the identifier"));
  ARROW_ASSIGN_OR_RAISE(auto schema,
                        Schema::Make(SchemaId{0}, std::move(fields), identifier_ids));
  ARROW_ASSIGN_OR_RAISE(table->format_version, ChooseFormatVersion(request, *schema));
  ARROW_ASSIGN_OR_RAISE(PartitionSpec spec, MakeFirstSpec(request.spec, ids, *schema));
  ARROW_ASSIGN_OR_RAISE(SortOrder order,
                        MakeFirstSortOrder(request.sort_order, ids, *schema));

  table->table_uuid = request.table_uuid;
  table->location = request.location;
  table->last_updated = request.now;
  table->current_schema_id = schema->id();
  table->schemas.push_back(std::move(schema));
  table->last_partition_id =
      kFirstPartitionFieldId - 1 + static_cast<FieldId>(spec.fields.size());
  table->default_spec_id = spec.id;
  table->partition_specs.push_back(std::move(spec));
  table->default_sort_order_id = order.id;
  table->sort_orders.push_back(std::move(order));
  table->properties = request.properties;
  table->properties.erase(kFormatVersionProperty);
  if (table->format_version >= 3) {
    table->next_row_id = 0;
  }
  return table;
}

}  // namespace tarn::iceberg
