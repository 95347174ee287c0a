#include "tarn/engine/internal/system_tables/trino_metadata.h"

#include <algorithm>
#include <array>
#include <utility>
#include <variant>
#include <vector>

#include <arrow/type.h>
#include <duckdb/catalog/catalog.hpp>
#include <duckdb/parser/parsed_data/create_view_info.hpp>
#include <fmt/format.h>

#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/engine/internal/create_table_text.h"

namespace tarn::engine::system_tables {
namespace {

using table::MetadataTable;

constexpr std::string_view kPrefix = "trino_";

/// The tables that differ; "manifests" is Trino's own one.
constexpr std::array kShaped = {MetadataTable::kFiles,       MetadataTable::kPartitions,
                                MetadataTable::kManifests,   MetadataTable::kEntries,
                                MetadataTable::kAllEntries,  MetadataTable::kProperties,
                                MetadataTable::kAllManifests};

constexpr const char* kFileColumns[] = {
    "content",      "file_path",         "file_format",        "spec_id",
    "partition",    "record_count",      "file_size_in_bytes", "column_sizes",
    "value_counts", "null_value_counts", "nan_value_counts",   "lower_bounds",
    "upper_bounds", "key_metadata",      "split_offsets",      "equality_ids",
    "sort_order_id"};

std::string Quoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    quoted += c == '\'' ? "''" : std::string(1, c);
  }
  return quoted + "'";
}

/// A column whose values files have metrics of.
struct Measured {
  std::string name;  // "st.x"
  iceberg::FieldId id = 0;
  iceberg::Type type;
};

/// Texts of DuckDB's SQL over one table's metadata tables.
class Shape {
 public:
  Shape(const duckdb::SchemaCatalogEntry& owner, const table::InspectRequest& request)
      : request_(request),
        place_(QuoteIdentifier(owner.catalog.GetName()) + "." +
               QuoteIdentifier(owner.name) + ".") {
    table::InspectRequest files = request;
    files.kind = MetadataTable::kFiles;
    const auto schema = ValueOrThrow(table::MetadataTableSchema(files));
    has_partition_ = schema->GetFieldByName("partition") != nullptr;
    const auto metrics = schema->GetFieldByName("readable_metrics");
    for (int i = 0; metrics != nullptr && i < metrics->type()->num_fields(); ++i) {
      const std::string& name = metrics->type()->field(i)->name();
      if (const auto* field = metadata().schema().FindByName(name)) {
        measured_.push_back({.name = name, .id = field->id, .type = field->type});
      }
    }
  }

  std::string Text() const {
    switch (request_.kind) {
      case MetadataTable::kFiles:
        return "SELECT " + FileColumns("", ", ") + ", " + MetricsJson() +
               " AS readable_metrics FROM " + Source("files");
      case MetadataTable::kEntries:
      case MetadataTable::kAllEntries:
        return "SELECT status, snapshot_id, sequence_number, file_sequence_number, "
               "struct_pack(" +
               FileColumns("data_file.", " := ") + ") AS data_file, " + MetricsJson() +
               " AS readable_metrics FROM " + Source(NameOf(request_.kind));
      case MetadataTable::kManifests:
        return "SELECT * FROM " + Source("manifest_rows");
      case MetadataTable::kAllManifests:
        return "SELECT * EXCLUDE (content, key_metadata) FROM " + Source("all_manifests");
      case MetadataTable::kPartitions:
        return Partitions();
      default:
        return Properties();
    }
  }

 private:
  const iceberg::TableMetadata& metadata() const { return *request_.table.metadata; }

  std::string Source(std::string_view suffix) const {
    return place_ +
           QuoteIdentifier(request_.table.ident.name + "$" + std::string(suffix));
  }

  static std::string Metric(const Measured& column, const char* name) {
    return fmt::format("readable_metrics.{}.{}", QuoteIdentifier(column.name), name);
  }

  /// A bound for people, as the Java reference writes it.
  static std::string BoundText(const Measured& column, const char* bound) {
    const std::string value = Metric(column, bound);
    switch (column.type.id()) {
      case iceberg::TypeId::kTimestamp:
      case iceberg::TypeId::kTimestampNs:
        return fmt::format("replace(CAST({} AS VARCHAR), ' ', 'T')", value);
      case iceberg::TypeId::kTimestampTz:
      case iceberg::TypeId::kTimestampTzNs:
        return fmt::format(
            "replace(CAST(timezone('UTC', {}) AS VARCHAR), ' ', 'T') || '+00:00'", value);
      case iceberg::TypeId::kBinary:
      case iceberg::TypeId::kFixed:
        return fmt::format("to_base64({})", value);
      default:
        return fmt::format("CAST({} AS VARCHAR)", value);
    }
  }

  /// MAP of field ids to bounds, of the columns that have one.
  std::string BoundMap(const char* bound) const {
    std::string pairs;
    for (const Measured& column : measured_) {
      pairs += fmt::format("{}{{'k': {}, 'v': {}}}", pairs.empty() ? "" : ", ", column.id,
                           BoundText(column, bound));
    }
    if (pairs.empty()) {
      return "CAST(MAP {} AS MAP(INTEGER, VARCHAR))";
    }
    return fmt::format(
        "map_from_entries(list_filter([{}], lambda entry: entry.v IS NOT NULL))", pairs);
  }

  /// The columns of a file, each after its name and `separator`, or alone if that is a
  /// comma.
  std::string FileColumns(const std::string& prefix, std::string_view separator) const {
    const bool is_packed = separator != ", ";
    std::string columns;
    for (const std::string_view name : kFileColumns) {
      if (name == "partition" && !has_partition_) {
        continue;
      }
      std::string value = fmt::format("{}\"{}\"", prefix, name);
      if (name == "lower_bounds" || name == "upper_bounds") {
        value = BoundMap(name == "lower_bounds" ? "lower_bound" : "upper_bound");
      }
      columns += columns.empty() ? "" : ", ";
      columns += is_packed ? fmt::format("\"{}\"{}{}", name, separator, value)
                           : fmt::format("{} AS \"{}\"", value, name);
    }
    return columns;
  }

  /// Numbers stay numbers, but for decimals.
  static std::string JsonBound(const Measured& column, const char* bound) {
    switch (column.type.id()) {
      case iceberg::TypeId::kInt:
      case iceberg::TypeId::kLong:
      case iceberg::TypeId::kFloat:
      case iceberg::TypeId::kDouble:
      case iceberg::TypeId::kBoolean:
        return Metric(column, bound);
      default:
        return BoundText(column, bound);
    }
  }

  std::string MetricsJson() const {
    std::string members;
    for (const Measured& column : measured_) {
      members += members.empty() ? "" : ", ";
      members += Quoted(column.name) + ", json_object(";
      for (const char* count :
           {"column_size", "value_count", "null_value_count", "nan_value_count"}) {
        members += fmt::format("'{}', {}, ", count, Metric(column, count));
      }
      members +=
          fmt::format("'lower_bound', {}, 'upper_bound', {})",
                      JsonBound(column, "lower_bound"), JsonBound(column, "upper_bound"));
    }
    return "json_object(" + members + ")";
  }

  bool IsPartitionedBy(iceberg::FieldId id) const {
    return std::ranges::any_of(metadata().partition_specs, [&](const auto& spec) {
      return std::ranges::any_of(spec.fields, [&](const auto& field) {
        return std::holds_alternative<iceberg::Identity>(field.transform) &&
               field.source_id() == id;
      });
    });
  }

  /// The least or greatest bound; null if a file with values does not tell its own.
  static std::string Extreme(const Measured& column, const char* function,
                             const char* bound) {
    const std::string nulls = Metric(column, "null_value_count");
    return fmt::format(
        "CASE WHEN bool_or({0} IS NULL AND ({1} IS NULL OR {1} < record_count)) "
        "THEN NULL ELSE {2}({0}) END",
        Metric(column, bound), nulls, function);
  }

  /// Of the columns at the top that are values, and that do not say the partition.
  std::string Partitions() const {
    std::string data;
    for (const auto& field : metadata().schema().fields()) {
      const auto found = std::ranges::find(measured_, field.id, &Measured::id);
      if (found == measured_.end() || IsPartitionedBy(field.id)) {
        continue;
      }
      data += fmt::format(
          "{}{}: {{'min': {}, 'max': {}, 'null_count': CAST(sum({}) AS BIGINT), "
          "'nan_count': CAST(sum({}) AS BIGINT)}}",
          data.empty() ? "" : ", ", Quoted(field.name),
          Extreme(*found, "min", "lower_bound"), Extreme(*found, "max", "upper_bound"),
          Metric(*found, "null_value_count"), Metric(*found, "nan_value_count"));
    }
    const char* const partition = has_partition_ ? "\"partition\", " : "";
    return fmt::format(
        "SELECT {}CAST(sum(record_count) AS BIGINT) AS record_count, count(*) AS "
        "file_count, CAST(sum(file_size_in_bytes) AS BIGINT) AS total_size{} FROM {} "
        "GROUP BY {}spec_id",
        partition, data.empty() ? "" : ", {" + data + "} AS data", Source("data_files"),
        partition);
  }

  std::string Properties() const {
    const iceberg::TableMetadata& table = metadata();
    const auto format = table.properties.find("write.format.default");
    std::string kind = format == table.properties.end() ? "PARQUET" : format->second;
    std::ranges::transform(kind, kind.begin(), [](char c) {
      return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    const std::string snapshot = table.current_snapshot_id
                                     ? std::to_string(table.current_snapshot_id->value)
                                     : "none";
    std::string rows;
    const auto add = [&](const char* key, const std::string& value) {
      rows +=
          fmt::format("{}({}, {})", rows.empty() ? "" : ", ", Quoted(key), Quoted(value));
    };
    add("format", "iceberg/" + kind);
    add("provider", "iceberg");
    add("current-snapshot-id", snapshot);
    add("location", table.location);
    add("format-version", std::to_string(table.format_version));
    return "SELECT * FROM (VALUES " + rows + ") AS facts(key, value) UNION ALL SELECT " +
           "key, value FROM " + Source("properties");
  }

  const table::InspectRequest& request_;
  const std::string place_;
  bool has_partition_ = false;
  std::vector<Measured> measured_;
};

}  // namespace

std::string TrinoMetadataName(const std::string& name) {
  const size_t dollar = name.rfind('$');
  if (dollar == std::string::npos || dollar == 0) {
    return name;
  }
  const auto kind = table::MetadataTableNamed(name.substr(dollar + 1));
  const bool is_shaped =
      kind.has_value() && std::ranges::find(kShaped, *kind) != kShaped.end();
  return is_shaped ? name.substr(0, dollar + 1) + std::string(kPrefix) +
                         std::string(NameOf(*kind))
                   : name;
}

std::optional<MetadataTable> TrinoMetadataTableOf(std::string_view suffix) {
  if (!suffix.starts_with(kPrefix)) {
    return {};
  }
  const auto kind = table::MetadataTableNamed(suffix.substr(kPrefix.size()));
  const bool is_shaped =
      kind.has_value() && std::ranges::find(kShaped, *kind) != kShaped.end();
  return is_shaped ? kind : std::nullopt;
}

std::unique_ptr<duckdb::ViewCatalogEntry> MakeTrinoMetadataView(
    duckdb::SchemaCatalogEntry& owner, const table::InspectRequest& request) {
  duckdb::CreateViewInfo info(
      owner, request.table.ident.name + "$" + std::string(NameOf(request.kind)));
  info.sql = Shape(owner, request).Text();
  info.query = duckdb::CreateViewInfo::ParseSelect(info.sql);
  return std::make_unique<duckdb::ViewCatalogEntry>(owner.catalog, owner, info);
}

}  // namespace tarn::engine::system_tables
