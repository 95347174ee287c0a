#include "tarn/engine/internal/system_tables/object_details.h"

#include <utility>

#include <duckdb/catalog/catalog_entry/table_catalog_entry.hpp>
#include <duckdb/catalog/catalog_entry/view_catalog_entry.hpp>

#include "tarn/engine/internal/attached_catalog.h"
#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/engine/internal/system_tables/system_table.h"
#include "tarn/engine/internal/trino/types.h"
#include "tarn/engine/internal/type_conversion.h"

namespace tarn::engine::system_tables {
namespace {

using duckdb::LogicalTypeId;

constexpr int64_t kTextSize = 2147483647;

std::string CommentIn(const std::map<std::string, std::string>& properties) {
  const auto found = properties.find("comment");
  return found == properties.end() ? "" : found->second;
}

std::vector<ObjectColumn> ColumnsOf(const iceberg::Schema& schema) {
  std::vector<ObjectColumn> columns;
  for (const iceberg::Field& field : schema.fields()) {
    columns.push_back({.name = FoldName(field.name),
                       .type = LogicalTypeOf(field.type),
                       .is_nullable = !field.required,
                       .comment = field.doc.value_or("")});
  }
  return columns;
}

ObjectDetails OfTable(const iceberg::TableMetadata& metadata) {
  return {.columns = ColumnsOf(metadata.schema()),
          .comment = CommentIn(metadata.properties)};
}

ObjectDetails OfView(const iceberg::ViewMetadata& metadata) {
  ObjectDetails details{.comment = CommentIn(metadata.properties)};
  const iceberg::ViewVersion& version = metadata.current_version();
  if (const auto* text = metadata.FindRepresentation({"trino", "duckdb", "spark"})) {
    details.view_text = text->sql;
  } else if (!version.representations.empty()) {
    details.view_text = version.representations.front().sql;
  }
  if (const auto schema = metadata.FindSchema(version.schema_id)) {
    details.columns = ColumnsOf(*schema);
  }
  return details;
}

ObjectDetails OfOurs(duckdb::ClientContext& context, AttachedCatalog& catalog,
                     const ListedObject& object) {
  if (object.table != nullptr) {
    return OfTable(*object.table);
  }
  if (object.view != nullptr) {
    return OfView(*object.view);
  }
  IcebergTransaction& transaction = IcebergTransaction::Get(context, catalog);
  if (const auto created = transaction.writes().Created(*object.ident)) {
    return OfTable(*created);
  }
  catalog::Catalog& store = transaction.tarn().catalog;
  if (object.kind == ObjectKind::kView) {
    return OfView(*ValueOrThrow(store.LoadView(*object.ident)).metadata);
  }
  return OfTable(*ValueOrThrow(store.LoadTable(*object.ident)).metadata);
}

ObjectDetails OfForeign(duckdb::ClientContext& context, const ListedObject& object) {
  const duckdb::EntryLookupInfo lookup(duckdb::CatalogType::TABLE_ENTRY, object.name);
  auto entry = duckdb::Catalog::GetEntry(context, object.catalog, object.schema, lookup,
                                         duckdb::OnEntryNotFound::RETURN_NULL);
  ObjectDetails details;
  if (entry == nullptr) {
    return details;
  }
  details.comment = entry->comment.IsNull() ? "" : entry->comment.ToString();
  if (entry->type == duckdb::CatalogType::VIEW_ENTRY) {
    auto& view = entry->Cast<duckdb::ViewCatalogEntry>();
    details.view_text = view.sql;
    view.BindView(context);
    const auto columns = view.GetColumnInfo();
    for (size_t i = 0; columns != nullptr && i < columns->names.size(); ++i) {
      details.columns.push_back(
          {.name = FoldName(columns->names[i]), .type = columns->types[i]});
    }
    return details;
  }
  const auto& table = entry->Cast<duckdb::TableCatalogEntry>();
  for (const auto& column : table.GetColumns().Logical()) {
    details.columns.push_back({.name = FoldName(column.Name()), .type = column.Type()});
  }
  return details;
}

ObjectDetails OfSystemTable(const ListedObject& object) {
  ObjectDetails details;
  const auto* table = FindSystemTable(object.catalog, object.schema, object.name);
  if (table != nullptr) {
    for (const SystemColumn& column : table->columns) {
      if (!column.is_hidden) {
        details.columns.push_back({.name = column.name, .type = column.type});
      }
    }
  }
  return details;
}

std::string RowTypeText(const duckdb::LogicalType& type) {
  std::string text = "row(";
  for (const auto& [name, field] : duckdb::StructType::GetChildTypes(type)) {
    text += text.size() > 4 ? ", " : "";
    text += duckdb::StructType::IsUnnamed(type) ? "" : name + " ";
    text += ListedTypeText(field);
  }
  return text + ")";
}

/// Of the digits after the second's point.
int64_t FractionSize(int64_t digits) { return digits == 0 ? 0 : digits + 1; }

JdbcType TimestampType(int64_t code, int64_t digits, int64_t zone_size) {
  constexpr int64_t kToSecond = 21;  // "123456-01-01 00:00:00"
  return {.code = code,
          .column_size = kToSecond + FractionSize(digits) + zone_size,
          .decimal_digits = digits};
}

}  // namespace

ObjectDetails DetailsOf(duckdb::ClientContext& context, const ListedObject& object) {
  if (object.kind == ObjectKind::kSystemTable) {
    return OfSystemTable(object);
  }
  auto details = CatchDuckDb({}, [&]() -> Result<ObjectDetails> {
    const CatalogListing listing(context);
    AttachedCatalog* const ours = listing.Ours(object.catalog);
    return ours != nullptr ? OfOurs(context, *ours, object) : OfForeign(context, object);
  });
  return details.ok() ? *std::move(details) : ObjectDetails();
}

std::string ListedTypeText(const duckdb::LogicalType& type) {
  switch (type.id()) {
    case LogicalTypeId::STRUCT:
      return RowTypeText(type);
    case LogicalTypeId::LIST:
      return "array(" + ListedTypeText(duckdb::ListType::GetChildType(type)) + ")";
    case LogicalTypeId::MAP:
      return "map(" + ListedTypeText(duckdb::MapType::KeyType(type)) + ", " +
             ListedTypeText(duckdb::MapType::ValueType(type)) + ")";
    case LogicalTypeId::DECIMAL:
      return "decimal(" + std::to_string(duckdb::DecimalType::GetWidth(type)) + "," +
             std::to_string(duckdb::DecimalType::GetScale(type)) + ")";
    default:
      return trino::NameOf(type);
  }
}

JdbcType JdbcTypeOf(const duckdb::LogicalType& type) {
  constexpr int64_t kZoneSize = 34;
  switch (type.id()) {
    case LogicalTypeId::BOOLEAN:
      return {.code = 16};
    case LogicalTypeId::TINYINT:
      return {.code = -6, .column_size = 3, .radix = 10};
    case LogicalTypeId::SMALLINT:
      return {.code = 5, .column_size = 5, .radix = 10};
    case LogicalTypeId::INTEGER:
      return {.code = 4, .column_size = 10, .radix = 10};
    case LogicalTypeId::BIGINT:
      return {.code = -5, .column_size = 19, .radix = 10};
    case LogicalTypeId::FLOAT:
      return {.code = 7, .column_size = 24, .radix = 2};
    case LogicalTypeId::DOUBLE:
      return {.code = 8, .column_size = 53, .radix = 2};
    case LogicalTypeId::DECIMAL:
      return {.code = 3,
              .column_size = duckdb::DecimalType::GetWidth(type),
              .decimal_digits = duckdb::DecimalType::GetScale(type),
              .radix = 10};
    case LogicalTypeId::VARCHAR:
      return type.IsJSONType()
                 ? JdbcType{.code = 2000}
                 : JdbcType{.code = 12, .column_size = kTextSize, .octets = kTextSize};
    case LogicalTypeId::BLOB:
      return {.code = -3, .column_size = kTextSize, .octets = kTextSize};
    case LogicalTypeId::DATE:
      return {.code = 91, .column_size = 14};
    case LogicalTypeId::TIME:
      return {.code = 92, .column_size = 15, .decimal_digits = 6};
    case LogicalTypeId::TIMESTAMP_SEC:
      return TimestampType(93, 0, 0);
    case LogicalTypeId::TIMESTAMP_MS:
      return TimestampType(93, 3, 0);
    case LogicalTypeId::TIMESTAMP:
      return TimestampType(93, 6, 0);
    case LogicalTypeId::TIMESTAMP_NS:
      return TimestampType(93, 9, 0);
    case LogicalTypeId::TIMESTAMP_TZ:
      return TimestampType(2014, 6, kZoneSize);
    case LogicalTypeId::LIST:
    case LogicalTypeId::ARRAY:
      return {.code = 2003};
    default:
      return {.code = 2000};  // JAVA_OBJECT
  }
}

}  // namespace tarn::engine::system_tables
