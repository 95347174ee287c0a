// Iceberg's tables and views as Hive has tables. Nothing of Hive's own is kept: what is
// shown follows from the metadata.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <variant>

#include "tarn/catalog/catalog.h"
#include "tarn/gateway/hive/internal/thrift_value.h"
#include "tarn/iceberg/type.h"

namespace tarn::gateway::hive {

inline constexpr char kTableTypeKey[] = "table_type";
inline constexpr char kMetadataLocationKey[] = "metadata_location";
inline constexpr char kPreviousMetadataLocationKey[] = "previous_metadata_location";
inline constexpr char kIcebergTable[] = "ICEBERG";
inline constexpr char kIcebergView[] = "ICEBERG-VIEW";
inline constexpr char kExternalTable[] = "EXTERNAL_TABLE";
inline constexpr char kVirtualView[] = "VIRTUAL_VIEW";

/// Fields of Hive's Table that requests are read by.
struct TableField {
  enum : int16_t {
    kName = 1,
    kDatabase = 2,
    kOwner = 3,
    kCreateTime = 4,
    kLastAccessTime = 5,
    kRetention = 6,
    kStorage = 7,
    kPartitionKeys = 8,
    kParameters = 9,
    kViewOriginalText = 10,
    kViewExpandedText = 11,
    kTableType = 12,
    kTemporary = 14,
    kOwnerType = 18,
  };
};

/// A name is of either.
using CatalogEntry = std::variant<catalog::LoadedTable, catalog::LoadedView>;

const iceberg::TableIdent& IdentOf(const CatalogEntry& entry);
const std::string& MetadataLocationOf(const CatalogEntry& entry);

/// "bigint", "array<struct<a:int>>". Types that Hive lacks: time, uuid, geometries and
/// the like are "string", fixed is "binary", nanoseconds are "timestamp", variant and
/// unknown are "unknown" and "void".
std::string HiveTypeOf(const iceberg::Type& type);

/// Hive's FieldSchema of each column.
ThriftList HiveColumns(const iceberg::Schema& schema);
const iceberg::Schema& SchemaOf(const CatalogEntry& entry);

/// Hive's `parameters`: the table's properties and what Hive's clients of Iceberg write
/// there, the location of the metadata before all.
std::map<std::string, std::string> HiveParameters(const CatalogEntry& entry);

/// Hive's Table.
ThriftStruct HiveTable(const CatalogEntry& entry);

}  // namespace tarn::gateway::hive
