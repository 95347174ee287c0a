#include "tarn/engine/internal/declared_table.h"

#include <algorithm>
#include <map>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "tarn/base/clock.h"
#include "tarn/base/error.h"
#include "tarn/engine/internal/catalog_view.h"
#include "tarn/engine/internal/table_properties.h"
#include "tarn/iceberg/partition_spec.h"
#include "tarn/iceberg/partition_update.h"
#include "tarn/iceberg/schema.h"
#include "tarn/iceberg/sort_order_update.h"
#include "tarn/iceberg/table_update.h"
#include "tarn/io/file_io.h"

namespace tarn::engine {
namespace {

struct Properties {
  std::map<std::string, std::string> table;
  std::optional<std::string> location;
};

Status AddProperty(const std::string& key, const sql::PropertyValue& value,
                   Properties* properties) {
  if (FoldName(key) == "location") {
    const auto* text = std::get_if<std::string>(&value);
    if (text == nullptr) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "Table property must be a single value, not an ARRAY: " + key);
    }
    properties->location = *text;
    return Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(auto set, IcebergPropertiesOf(key, value));
  set.erase("write.format.default");  // Parquet is the default anyway
  properties->table.merge(set);
  return Status::OK();
}

Result<Properties> ReadProperties(const DeclaredTable& declared) {
  Properties properties;
  for (const auto& [key, value] : declared.properties) {
    RETURN_NOT_OK(AddProperty(key, value, &properties));
  }
  if (declared.comment.has_value()) {
    properties.table["comment"] = *declared.comment;
  }
  return properties;
}

Result<iceberg::SortField> ReadSortField(const iceberg::Schema& schema,
                                         const std::string& text) {
  ARROW_ASSIGN_OR_RAISE(auto sort, iceberg::ParseSortTerm(text));
  const iceberg::Field* field = schema.FindByName(sort.term.column);
  if (field == nullptr) {
    field = schema.FindByNameIgnoringCase(sort.term.column);
  }
  if (field == nullptr) {
    return MakeError(
        ErrorCode::kNoSuchColumn,
        "Cannot sort by a column that the table does not have: " + sort.term.column);
  }
  return iceberg::SortField{.source_ids = {field->id},
                            .transform = std::move(sort.term.transform),
                            .direction = sort.direction,
                            .null_order = sort.null_order};
}

Result<iceberg::SortOrder> ReadSortOrder(const DeclaredTable& declared,
                                         const std::vector<iceberg::Field>& fields) {
  ARROW_ASSIGN_OR_RAISE(auto schema, iceberg::Schema::Make({}, fields));
  iceberg::SortOrder order;
  for (const std::string& text : declared.sorted_by) {
    ARROW_ASSIGN_OR_RAISE(auto field, ReadSortField(*schema, text));
    order.fields.push_back(std::move(field));
  }
  return order;
}

Result<iceberg::PartitionField> ReadPartitionField(const iceberg::Schema& schema,
                                                   const std::string& text) {
  ARROW_ASSIGN_OR_RAISE(auto term, iceberg::ParsePartitionTerm(text));
  const iceberg::Field* field = schema.FindByName(term.column);
  if (field == nullptr) {
    field = schema.FindByNameIgnoringCase(term.column);
  }
  if (field == nullptr) {
    return MakeError(
        ErrorCode::kNoSuchColumn,
        "Cannot partition by a column that the table does not have: " + term.column);
  }
  return iceberg::PartitionField{
      .source_ids = {field->id},
      .field_id = 0,
      .name = iceberg::DefaultPartitionName(term.transform, schema.NameOf(field->id)),
      .transform = term.transform,
  };
}

Result<iceberg::PartitionSpec> ReadSpec(const DeclaredTable& declared,
                                        const std::vector<iceberg::Field>& fields) {
  ARROW_ASSIGN_OR_RAISE(auto schema, iceberg::Schema::Make({}, fields));
  iceberg::PartitionSpec spec;
  for (const std::string& text : declared.partitioning) {
    ARROW_ASSIGN_OR_RAISE(auto field, ReadPartitionField(*schema, text));
    spec.fields.push_back(std::move(field));
  }
  return spec;
}

Status CheckDeclaration(const DeclaredTable& declared) {
  if (declared.ident.name.empty()) {
    return MakeError(ErrorCode::kInvalidArgument, "A table's name cannot be empty");
  }
  if (declared.fields.empty()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "A table needs at least one column: " + declared.ident.ToString());
  }
  std::map<std::string, int> seen;
  for (const iceberg::Field& field : declared.fields) {
    if (field.name.empty()) {
      return MakeError(
          ErrorCode::kInvalidArgument,
          "A column's name cannot be empty, in table " + declared.ident.ToString());
    }
    if (++seen[FoldName(field.name)] > 1) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "Column is declared twice: " + field.name);
    }
  }
  return Status::OK();
}

std::string WithoutTrailingSlash(std::string location) {
  while (location.size() > 1 && location.ends_with('/')) {
    location.pop_back();
  }
  return location;
}

/// Takes "format-version" out of `properties`; unset if it is not there.
Result<std::optional<int32_t>> TakeFormatVersion(
    std::map<std::string, std::string>* properties) {
  const auto found = properties->find("format-version");
  if (found == properties->end()) {
    return std::optional<int32_t>();
  }
  const std::string text = found->second;
  properties->erase(found);
  if (text != "1" && text != "2" && text != "3") {
    return MakeError(ErrorCode::kNotSupported,
                     "Format version must be 1, 2 or 3, not " + text);
  }
  return text.front() - '0';
}

/// The id of an order of these fields that the table has, or the next one.
void NumberSortOrder(const iceberg::TableMetadata& base, iceberg::SortOrder* order) {
  order->id = iceberg::SortOrderId{order->fields.empty() ? 0 : 1};
  for (const iceberg::SortOrder& known : base.sort_orders) {
    if (known.fields == order->fields) {
      order->id = known.id;
      return;
    }
    if (!order->fields.empty()) {
      order->id.value = std::max(order->id.value, known.id.value + 1);
    }
  }
}

std::vector<iceberg::TableUpdate> ReplacingUpdates(
    const iceberg::TableMetadata& base, std::shared_ptr<const iceberg::Schema> schema,
    iceberg::PartitionSpec spec, iceberg::SortOrder order) {
  std::vector<iceberg::TableUpdate> updates;
  updates.emplace_back(iceberg::update::AddSchema{std::move(schema)});
  updates.emplace_back(iceberg::update::SetCurrentSchema{iceberg::SchemaId{{-1}}});
  updates.emplace_back(iceberg::update::AddPartitionSpec{std::move(spec)});
  updates.emplace_back(iceberg::update::SetDefaultSpec{iceberg::SpecId{{-1}}});
  NumberSortOrder(base, &order);
  const iceberg::SortOrderId order_id = order.id;
  updates.emplace_back(iceberg::update::AddSortOrder{std::move(order)});
  updates.emplace_back(iceberg::update::SetDefaultSortOrder{order_id});
  return updates;
}

}  // namespace

Result<std::shared_ptr<const iceberg::TableMetadata>> MakeDeclaredTable(
    const table::Context& context, const DeclaredTable& declared) {
  RETURN_NOT_OK(CheckDeclaration(declared));
  ARROW_ASSIGN_OR_RAISE(auto properties, ReadProperties(declared));
  iceberg::NewTable table{.fields = declared.fields, .location = {}};
  ARROW_ASSIGN_OR_RAISE(table.spec, ReadSpec(declared, declared.fields));
  ARROW_ASSIGN_OR_RAISE(table.sort_order, ReadSortOrder(declared, declared.fields));
  if (properties.location.has_value()) {
    table.location = WithoutTrailingSlash(io::AbsoluteLocation(*properties.location));
  } else {
    ARROW_ASSIGN_OR_RAISE(table.location,
                          context.catalog.NewTableLocation(declared.ident));
  }
  ARROW_ASSIGN_OR_RAISE(const auto version, TakeFormatVersion(&properties.table));
  table.properties = std::move(properties.table);
  if (version.has_value()) {
    table.properties["format-version"] = std::to_string(*version);
  }
  table.table_uuid = NewUuid(context.random);
  table.now = context.clock.Now();
  return iceberg::MakeTableMetadata(table);
}

Result<std::shared_ptr<const iceberg::TableMetadata>> MakeReplacingTable(
    const table::Context& context, const DeclaredTable& declared,
    const iceberg::TableMetadata& base) {
  RETURN_NOT_OK(CheckDeclaration(declared));
  ARROW_ASSIGN_OR_RAISE(auto properties, ReadProperties(declared));
  if (properties.location.has_value()) {
    return MakeError(
        ErrorCode::kNotSupported,
        "A replaced table stays where it is; drop it to create it elsewhere: " +
            declared.ident.ToString());
  }
  ARROW_ASSIGN_OR_RAISE(auto version, TakeFormatVersion(&properties.table));
  // Old snapshots keep the old columns, so no id may come to mean another one.
  iceberg::FieldId last_id = 0;
  auto fields =
      iceberg::AssignFreshIds(declared.fields, base.last_column_id + 1, &last_id);
  ARROW_ASSIGN_OR_RAISE(auto spec, ReadSpec(declared, fields));
  iceberg::NumberPartitionFields(base, &spec);
  ARROW_ASSIGN_OR_RAISE(auto order, ReadSortOrder(declared, fields));
  iceberg::SchemaId schema_id;
  for (const auto& known : base.schemas) {
    schema_id.value = std::max(schema_id.value, known->id().value + 1);
  }
  ARROW_ASSIGN_OR_RAISE(auto schema, iceberg::Schema::Make(schema_id, std::move(fields)));
  const int32_t wanted =
      std::max({version.value_or(0), iceberg::MinFormatVersion(*schema),
                std::min(base.format_version, iceberg::kDefaultFormatVersion)});
  auto updates =
      ReplacingUpdates(base, std::move(schema), std::move(spec), std::move(order));
  if (wanted > base.format_version) {
    updates.insert(updates.begin(), iceberg::update::UpgradeFormatVersion{wanted});
  } else if (version.value_or(base.format_version) < base.format_version) {
    return MakeError(
        ErrorCode::kNotSupported,
        "A table's format version cannot be lowered: " + declared.ident.ToString());
  }
  if (!properties.table.empty()) {
    updates.emplace_back(iceberg::update::SetProperties{properties.table});
  }
  return iceberg::ApplyUpdates(base, "", updates, context.clock.Now());
}

}  // namespace tarn::engine
