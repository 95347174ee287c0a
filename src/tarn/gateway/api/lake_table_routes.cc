#include "tarn/gateway/api/lake_table_routes.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/catalog/catalog.h"
#include "tarn/gateway/api/api_response.h"
#include "tarn/gateway/api/browse_page.h"
#include "tarn/gateway/api/job_json.h"
#include "tarn/iceberg/position_set.h"
#include "tarn/storage/deleted_rows.h"
#include "tarn/table/scan.h"

namespace tarn::gateway {
namespace {

using iceberg::TableMetadata;
using iceberg::Type;
using iceberg::TypeId;

constexpr char kTag[] = "Tables";

/// A primitive type in SQL's words.
std::string SqlWord(const Type& type) {
  switch (type.id()) {
    case TypeId::kBoolean:
      return "BOOLEAN";
    case TypeId::kInt:
      return "INT";
    case TypeId::kLong:
      return "BIGINT";
    case TypeId::kFloat:
      return "FLOAT";
    case TypeId::kDouble:
      return "DOUBLE";
    case TypeId::kDecimal:
      return fmt::format("DECIMAL({},{})", type.precision(), type.scale());
    case TypeId::kDate:
      return "DATE";
    case TypeId::kTime:
      return "TIME";
    case TypeId::kTimestamp:
    case TypeId::kTimestampNs:
      return "TIMESTAMP";
    case TypeId::kTimestampTz:
    case TypeId::kTimestampTzNs:
      return "TIMESTAMP WITH TIME ZONE";
    case TypeId::kString:
      return "VARCHAR";
    case TypeId::kUuid:
      return "UUID";
    case TypeId::kFixed:
    case TypeId::kBinary:
      return "VARBINARY";
    case TypeId::kVariant:
      return "VARIANT";
    case TypeId::kGeometry:
      return "GEOMETRY";
    case TypeId::kGeography:
      return "GEOGRAPHY";
    default:
      return "UNKNOWN";
  }
}

std::string SqlType(const Type& type) {
  switch (type.id()) {
    case TypeId::kStruct: {
      std::string fields;
      for (const iceberg::Field& field : type.fields()) {
        fields += (fields.empty() ? "" : ", ") + field.name + " " + SqlType(field.type);
      }
      return "ROW(" + fields + ")";
    }
    case TypeId::kList:
      return "ARRAY(" + SqlType(type.element().type) + ")";
    case TypeId::kMap:
      return "MAP(" + SqlType(type.key().type) + ", " + SqlType(type.value().type) + ")";
    default:
      return SqlWord(type);
  }
}

std::string SchemaText(const iceberg::Schema& schema) {
  std::string text;
  for (const iceberg::Field& field : schema.fields()) {
    text += (text.empty() ? "" : ", ") + field.name + " " + SqlType(field.type);
  }
  return text;
}

/// "day(ordered_at)", "bucket(id, 16)", "city".
std::string PartitionFieldText(const iceberg::Schema& schema,
                               const iceberg::PartitionField& field) {
  const std::string column = schema.NameOf(field.source_id());
  if (std::holds_alternative<iceberg::Identity>(field.transform)) {
    return column;
  }
  if (const auto* bucket = std::get_if<iceberg::Bucket>(&field.transform)) {
    return fmt::format("bucket({}, {})", column, bucket->num_buckets);
  }
  if (const auto* truncate = std::get_if<iceberg::Truncate>(&field.transform)) {
    return fmt::format("truncate({}, {})", column, truncate->width);
  }
  return iceberg::TransformToString(field.transform) + "(" + column + ")";
}

/// "PARTITION BY city, day(ordered_at)"; empty for a table without partitions.
std::string PartitionText(const TableMetadata& metadata) {
  std::string text;
  for (const iceberg::PartitionField& field : metadata.spec().fields) {
    if (!std::holds_alternative<iceberg::Void>(field.transform)) {
      text += (text.empty() ? "PARTITION BY " : ", ") +
              PartitionFieldText(metadata.schema(), field);
    }
  }
  return text;
}

/// What the summary says where it is exact: delete files may name a row twice, or rows
/// that are gone with their file.
std::optional<int64_t> RowsOfSummary(const iceberg::Snapshot& snapshot) {
  const auto rows = SummaryNumber(snapshot, "total-records");
  const bool has_no_deletes = SummaryNumber(snapshot, "total-delete-files") == 0 ||
                              (SummaryNumber(snapshot, "total-position-deletes") == 0 &&
                               SummaryNumber(snapshot, "total-equality-deletes") == 0);
  return has_no_deletes ? rows : std::nullopt;
}

/// Reads the manifests, and the delete files if there are any.
Result<int64_t> CountRows(const table::Context& context,
                          const std::shared_ptr<const TableMetadata>& metadata) {
  const iceberg::Snapshot* snapshot = metadata->current_snapshot();
  if (snapshot == nullptr) {
    return 0;
  }
  if (const auto rows = RowsOfSummary(*snapshot)) {
    return *rows;
  }
  ARROW_ASSIGN_OR_RAISE(const table::ScanPlan plan,
                        table::PlanScan(context, {.metadata = metadata}));
  storage::DeletedRows own_deletions;
  storage::DeletedRows& deletions =
      context.deletions == nullptr ? own_deletions : *context.deletions;
  int64_t rows = 0;
  for (const table::FileScanTask& task : plan.tasks) {
    rows += task.file.record_count;
    if (!task.deletes.empty()) {
      ARROW_ASSIGN_OR_RAISE(const auto deleted,
                            deletions.Of(context.io, *metadata, task.file, task.deletes));
      rows -= deleted == nullptr ? 0 : deleted->size();
    }
  }
  return rows;
}

Result<const service::LakeWarehouse*> WarehouseOf(const DataRequest& request) {
  return request.services().lake.Find(
      request.http().QueryParameter("warehouse").value_or(""));
}

/// "a.b" has two levels; so has "a\x1F" "b", as clients of the catalog write it.
iceberg::Namespace NamespaceOf(const DataRequest& request) {
  std::string text = *request.http().PathParameter("namespace");
  std::ranges::replace(text, '\x1F', '.');
  return iceberg::NamespaceFromString(text);
}

struct Found {
  const service::LakeWarehouse* warehouse;
  catalog::LoadedTable table;
};

Result<Found> FindTable(const DataRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const auto* warehouse, WarehouseOf(request));
  const iceberg::TableIdent ident{.ns = NamespaceOf(request),
                                  .name = *request.http().PathParameter("table")};
  ARROW_ASSIGN_OR_RAISE(auto table, warehouse->context.catalog.LoadTable(ident));
  return Found{warehouse, std::move(table)};
}

Result<net::HttpResponse> ListTables(const DataRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const auto* warehouse, WarehouseOf(request));
  const iceberg::Namespace ns = NamespaceOf(request);
  ARROW_ASSIGN_OR_RAISE(const auto idents, warehouse->context.catalog.ListTables(ns));
  std::vector<std::string> names;
  for (const iceberg::TableIdent& ident : idents) {
    names.push_back(ident.name);
  }
  std::ranges::sort(names);
  return ApiAnswer({{"status", "success"},
                    {"namespace", ns.ToString()},
                    {"tables", names},
                    {"count", names.size()}});
}

Json ColumnsJson(const iceberg::Schema& schema) {
  Json columns = Json::array();
  for (const iceberg::Field& field : schema.fields()) {
    Json column = {{"name", field.name},
                   {"type", SqlType(field.type)},
                   {"required", field.required}};
    if (field.doc) {
      column["doc"] = *field.doc;
    }
    columns.push_back(std::move(column));
  }
  return columns;
}

Result<net::HttpResponse> ShowMetadata(const DataRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const Found found, FindTable(request));
  const TableMetadata& metadata = *found.table.metadata;
  ARROW_ASSIGN_OR_RAISE(const int64_t rows,
                        CountRows(found.warehouse->context, found.table.metadata));
  const std::string partitions = PartitionText(metadata);
  const Json current = metadata.current_snapshot_id
                           ? Json(metadata.current_snapshot_id->value)
                           : Json(nullptr);
  return ApiAnswer({{"status", "success"},
                    {"table_name", found.table.ident.name},
                    {"namespace", found.table.ident.ns.ToString()},
                    {"warehouse", found.warehouse->name},
                    {"schema", SchemaText(metadata.schema())},
                    {"columns", ColumnsJson(metadata.schema())},
                    {"partition_spec", partitions},
                    {"partitions", partitions},
                    {"snapshots", metadata.snapshots.size()},
                    {"current_snapshot", current},
                    {"current_snapshot_id", current},
                    {"row_count", std::to_string(rows)},
                    {"rows", rows},
                    {"location", metadata.location},
                    {"format_version", metadata.format_version},
                    {"updated_at", ApiTime(metadata.last_updated)},
                    {"properties", metadata.properties}});
}

Result<net::HttpResponse> ShowCount(const DataRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const Found found, FindTable(request));
  ARROW_ASSIGN_OR_RAISE(const int64_t rows,
                        CountRows(found.warehouse->context, found.table.metadata));
  return ApiAnswer(
      {{"status", "success"},
       {"table", found.table.ident.ToString()},
       {"row_count", rows},
       {"snapshot_id",
        found.table.metadata->current_snapshot_id
            ? Json(std::to_string(found.table.metadata->current_snapshot_id->value))
            : Json(nullptr)}});
}

ApiMember WarehouseQuery() {
  return {"warehouse", ApiText("Name of the warehouse; the first one if absent")};
}

ApiOperation AboutMetadata() {
  return {.tag = kTag,
          .summary = "A table's schema, partitions, snapshots and rows",
          .answer = ApiObject({{"table_name", ApiText("Name")},
                               {"namespace", ApiText("Its namespace")},
                               {"schema", ApiText("Columns and types as SQL has them")},
                               {"partition_spec", ApiText("\"\" if it has none")},
                               {"partitions", ApiText("As partition_spec")},
                               {"snapshots", ApiInteger("How many there are")},
                               {"current_snapshot", ApiAny("Its id; null: none")},
                               {"current_snapshot_id", ApiAny("The same")},
                               {"row_count", ApiText("Rows, as text")},
                               {"rows", ApiInteger("The same, as a number")},
                               {"location", ApiText("Where its files are")}}),
          .queries = {WarehouseQuery()}};
}

}  // namespace

std::vector<DataRoute> MakeLakeTableRoutes() {
  return {
      {.method = "GET",
       .path = "/tables/{namespace}",
       .handler = &ListTables,
       .about = {.tag = kTag,
                 .summary = "The tables of a namespace",
                 .answer = ApiObject({{"namespace", ApiText("As it was asked for")},
                                      {"tables", ApiList(ApiText("A name"), "Sorted")},
                                      {"count", ApiInteger("How many there are")}}),
                 .queries = {WarehouseQuery()}}},
      {.method = "GET",
       .path = "/tables/{namespace}/{table}/metadata",
       .handler = &ShowMetadata,
       .options = {.lane = net::Lane::kLong},
       .about = AboutMetadata()},
      {.method = "GET",
       .path = "/tables/{namespace}/{table}/count",
       .handler = &ShowCount,
       .options = {.lane = net::Lane::kLong},
       .about = {.tag = kTag,
                 .summary = "How many rows a table has",
                 .description = "From the newest snapshot's summary where that is exact; "
                                "else manifests and delete files are read.",
                 .answer = ApiObject({{"table", ApiText("namespace.table")},
                                      {"row_count", ApiInteger("Rows")}}),
                 .queries = {WarehouseQuery()}}},
  };
}

}  // namespace tarn::gateway
