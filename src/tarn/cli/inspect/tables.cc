// Listing and describing tables and views.
#include <vector>

#include <nlohmann/json.hpp>

#include "tarn/base/error.h"
#include "tarn/cli/inspect/inspect.h"
#include "tarn/cli/inspect/print_report.h"
#include "tarn/cli/print/quantity.h"
#include "tarn/cli/print/text_output.h"

namespace tarn::cli {
namespace {

using nlohmann::ordered_json;

struct ListedTable {
  std::string ns;
  std::string name;
  std::string type;
  std::optional<int64_t> rows;
  std::optional<int64_t> bytes;
  std::optional<std::chrono::milliseconds> updated;
  std::string error;
};

ListedTable Examine(catalog::Catalog& catalog, const iceberg::TableIdent& ident) {
  ListedTable listed{.ns = ident.ns.ToString(), .name = ident.name, .type = "table"};
  const Result<catalog::LoadedTable> table = catalog.LoadTable(ident);
  if (!table.ok()) {
    listed.error = table.status().message();
    return listed;
  }
  listed.updated = table->metadata->last_updated;
  if (const iceberg::Snapshot* snapshot = table->metadata->current_snapshot()) {
    listed.rows = SummaryNumber(*snapshot, "total-records");
    listed.bytes = SummaryNumber(*snapshot, "total-files-size");
  } else {
    listed.rows = 0;
    listed.bytes = 0;
  }
  return listed;
}

Status ListBelow(catalog::Catalog& catalog, const iceberg::Namespace& ns,
                 std::vector<ListedTable>* out) {
  if (!ns.levels.empty()) {
    ARROW_ASSIGN_OR_RAISE(const auto tables, catalog.ListTables(ns));
    for (const iceberg::TableIdent& ident : tables) {
      out->push_back(Examine(catalog, ident));
    }
    ARROW_ASSIGN_OR_RAISE(const auto views, catalog.ListViews(ns));
    for (const iceberg::TableIdent& ident : views) {
      out->push_back({.ns = ident.ns.ToString(), .name = ident.name, .type = "view"});
    }
  }
  ARROW_ASSIGN_OR_RAISE(const auto children, catalog.ListNamespaces(ns));
  for (const iceberg::Namespace& child : children) {
    RETURN_NOT_OK(ListBelow(catalog, child, out));
  }
  return Status::OK();
}

ordered_json FieldsJson(const iceberg::Schema& schema) {
  ordered_json fields = ordered_json::array();
  for (const iceberg::Field& field : schema.fields()) {
    ordered_json entry = {{"id", field.id},
                          {"name", field.name},
                          {"type", field.type.ToString()},
                          {"required", field.required}};
    if (field.doc) {
      entry["doc"] = *field.doc;
    }
    fields.push_back(std::move(entry));
  }
  return fields;
}

std::vector<std::vector<std::string>> FieldRows(const iceberg::Schema& schema) {
  std::vector<std::vector<std::string>> rows;
  for (const iceberg::Field& field : schema.fields()) {
    rows.push_back({std::to_string(field.id), field.name, field.type.ToString(),
                    field.required ? "yes" : "", field.doc.value_or("")});
  }
  return rows;
}

Status PrintFields(const iceberg::Schema& schema) {
  return PrintTable({{"id", Align::kRight}, {"column"}, {"type"}, {"required"}, {"doc"}},
                    FieldRows(schema));
}

/// "month(order_date), region"; names of dropped sources by id.
std::string SpecText(const iceberg::PartitionSpec& spec, const iceberg::Schema& schema) {
  std::string text;
  for (const iceberg::PartitionField& field : spec.fields) {
    std::string source = schema.NameOf(field.source_id());
    if (source.empty()) {
      source = "field " + std::to_string(field.source_id());
    }
    const std::string transform = iceberg::TransformToString(field.transform);
    text += (text.empty() ? "" : ", ") +
            (transform == "identity" ? source : transform + "(" + source + ")");
  }
  return text.empty() ? "none" : text;
}

ordered_json SpecJson(const iceberg::PartitionSpec& spec, const iceberg::Schema& schema) {
  ordered_json fields = ordered_json::array();
  for (const iceberg::PartitionField& field : spec.fields) {
    fields.push_back({{"name", field.name},
                      {"transform", iceberg::TransformToString(field.transform)},
                      {"source", schema.NameOf(field.source_id())},
                      {"field_id", field.field_id}});
  }
  return fields;
}

Status PrintTableJson(const catalog::LoadedTable& table) {
  const iceberg::TableMetadata& metadata = *table.metadata;
  const iceberg::Snapshot* snapshot = metadata.current_snapshot();
  ordered_json refs = ordered_json::object();
  for (const auto& [name, ref] : metadata.refs) {
    refs[name] = ref.snapshot_id.value;
  }
  ordered_json answer = {{"name", table.ident.ToString()},
                         {"type", "table"},
                         {"uuid", metadata.table_uuid},
                         {"format_version", metadata.format_version},
                         {"location", metadata.location},
                         {"metadata_location", table.metadata_location},
                         {"last_updated", InstantText(metadata.last_updated)},
                         {"current_snapshot_id", nullptr},
                         {"row_count", OptionalJson(0)},
                         {"snapshots", metadata.snapshots.size()},
                         {"schema_id", metadata.current_schema_id.value},
                         {"schema", FieldsJson(metadata.schema())},
                         {"partition_spec", SpecJson(metadata.spec(), metadata.schema())},
                         {"refs", std::move(refs)},
                         {"properties", metadata.properties}};
  if (snapshot != nullptr) {
    answer["current_snapshot_id"] = snapshot->id.value;
    answer["row_count"] = OptionalJson(SummaryNumber(*snapshot, "total-records"));
  }
  return PrintJson(answer);
}

Status PrintTableText(const catalog::LoadedTable& table) {
  const iceberg::TableMetadata& metadata = *table.metadata;
  std::vector<std::pair<std::string, std::string>> lines = {
      {"Table", table.ident.ToString()},
      {"Format", "Iceberg v" + std::to_string(metadata.format_version)},
      {"Location", metadata.location},
      {"Metadata", table.metadata_location},
      {"Updated", InstantText(metadata.last_updated)},
      {"Partitions", SpecText(metadata.spec(), metadata.schema())},
      {"Snapshots", std::to_string(metadata.snapshots.size())},
  };
  if (const iceberg::Snapshot* snapshot = metadata.current_snapshot()) {
    lines.emplace_back("Current", std::to_string(snapshot->id.value));
    lines.emplace_back("Rows", OptionalText(SummaryNumber(*snapshot, "total-records")));
    lines.emplace_back("Data files",
                       OptionalText(SummaryNumber(*snapshot, "total-data-files")));
    if (const auto bytes = SummaryNumber(*snapshot, "total-files-size")) {
      lines.emplace_back("Size", BytesText(*bytes));
    }
  } else {
    lines.emplace_back("Rows", "0");
  }
  for (const auto& [key, value] : metadata.properties) {
    lines.emplace_back("Property", key + " = " + value);
  }
  RETURN_NOT_OK(StandardOutput().Write(FormatPairs(lines) + "\n"));
  return PrintFields(metadata.schema());
}

Status PrintView(const catalog::LoadedView& view, ReportFormat format) {
  const iceberg::ViewVersion& version = view.metadata->current_version();
  const auto schema = view.metadata->FindSchema(version.schema_id);
  if (format == ReportFormat::kJson) {
    ordered_json texts = ordered_json::object();
    for (const iceberg::ViewRepresentation& text : version.representations) {
      texts[text.dialect] = text.sql;
    }
    return PrintJson(
        {{"name", view.ident.ToString()},
         {"type", "view"},
         {"uuid", view.metadata->view_uuid},
         {"location", view.metadata->location},
         {"metadata_location", view.metadata_location},
         {"version_id", version.version_id},
         {"schema", schema == nullptr ? ordered_json::array() : FieldsJson(*schema)},
         {"sql", std::move(texts)}});
  }
  std::vector<std::pair<std::string, std::string>> lines = {
      {"View", view.ident.ToString()},
      {"Location", view.metadata->location},
      {"Version", std::to_string(version.version_id)}};
  for (const iceberg::ViewRepresentation& text : version.representations) {
    lines.emplace_back("SQL (" + text.dialect + ")", text.sql);
  }
  RETURN_NOT_OK(StandardOutput().Write(FormatPairs(lines) + "\n"));
  return schema == nullptr ? Status::OK() : PrintFields(*schema);
}

/// The view, or `otherwise` (that there is no such table) if there is no view either.
Result<catalog::LoadedView> LoadViewOr(catalog::Catalog& catalog,
                                       const iceberg::TableIdent& ident,
                                       const Status& otherwise) {
  Result<catalog::LoadedView> view = catalog.LoadView(ident);
  if (view.ok()) {
    return view;
  }
  const ErrorCode code = CodeOf(view.status());
  const bool missing =
      code == ErrorCode::kNoSuchView || code == ErrorCode::kNoSuchNamespace;
  return missing ? otherwise : view.status();
}

}  // namespace

Status ReportTables(Workspace& workspace, const std::string& ns, ReportFormat format) {
  std::vector<ListedTable> tables;
  const iceberg::Namespace parent =
      ns.empty() ? iceberg::Namespace() : iceberg::NamespaceFromString(ns);
  RETURN_NOT_OK(ListBelow(workspace.catalog(), parent, &tables));
  if (format == ReportFormat::kJson) {
    ordered_json list = ordered_json::array();
    for (const ListedTable& table : tables) {
      ordered_json entry = {
          {"namespace", table.ns}, {"name", table.name}, {"type", table.type}};
      if (table.type == "table") {
        entry["rows"] = OptionalJson(table.rows);
        entry["bytes"] = OptionalJson(table.bytes);
        entry["last_updated"] = table.updated ? ordered_json(InstantText(*table.updated))
                                              : ordered_json(nullptr);
      }
      if (!table.error.empty()) {
        entry["error"] = table.error;
      }
      list.push_back(std::move(entry));
    }
    return PrintJson(list);
  }
  std::vector<std::vector<std::string>> rows;
  for (const ListedTable& table : tables) {
    rows.push_back({table.ns, table.name, table.type, OptionalText(table.rows),
                    table.bytes ? BytesText(*table.bytes) : "",
                    table.error.empty()
                        ? (table.updated ? InstantText(*table.updated) : "")
                        : table.error});
  }
  return PrintTable({{"namespace"},
                     {"name"},
                     {"type"},
                     {"rows", Align::kRight},
                     {"size", Align::kRight},
                     {"updated"}},
                    rows);
}

Status ReportTable(Workspace& workspace, const iceberg::TableIdent& ident,
                   ReportFormat format) {
  const Result<catalog::LoadedTable> table = workspace.catalog().LoadTable(ident);
  if (table.ok()) {
    return format == ReportFormat::kJson ? PrintTableJson(*table)
                                         : PrintTableText(*table);
  }
  if (CodeOf(table.status()) != ErrorCode::kNoSuchTable) {
    return table.status();
  }
  ARROW_ASSIGN_OR_RAISE(const auto view,
                        LoadViewOr(workspace.catalog(), ident, table.status()));
  return PrintView(view, format);
}

}  // namespace tarn::cli
