#include "tarn/cli/shell/meta_command.h"

#include <algorithm>
#include <vector>

#include "tarn/base/config.h"
#include "tarn/base/error.h"
#include "tarn/cli/print/text_table.h"
#include "tarn/cli/table_name.h"

namespace tarn::cli {
namespace {

constexpr char kHelp[] =
    "\\d            tables and views of the current schema, or of all\n"
    "\\d TABLE      columns and partitions of a table, columns of a view\n"
    "\\dt [SCHEMA]  tables\n"
    "\\dv [SCHEMA]  views\n"
    "\\dn           schemas\n"
    "\\timing       the time of each statement on or off\n"
    "\\x            one line per value on or off\n"
    "\\format NAME  table, csv or json\n"
    "\\?            this help\n"
    "\\q            leave (Ctrl-D too)\n"
    "A statement ends with a semicolon and may span lines. Ctrl-C cancels a running "
    "statement or drops what was typed.\n";

enum class Kinds { kTables, kViews, kBoth };

struct MetaContext {
  catalog::Catalog& catalog;
  const std::string& current_schema;
  TextOutput& output;
};

/// "sales" of "iceberg.sales"; empty if no schema of the warehouse is current.
std::string CurrentNamespace(const std::string& current_schema) {
  const size_t dot = current_schema.find('.');
  return dot == std::string::npos ? "" : current_schema.substr(dot + 1);
}

Result<std::vector<iceberg::Namespace>> AllNamespaces(catalog::Catalog& catalog,
                                                      const iceberg::Namespace& parent) {
  std::vector<iceberg::Namespace> all;
  ARROW_ASSIGN_OR_RAISE(const std::vector<iceberg::Namespace> children,
                        catalog.ListNamespaces(parent));
  for (const iceberg::Namespace& child : children) {
    all.push_back(child);
    ARROW_ASSIGN_OR_RAISE(const auto below, AllNamespaces(catalog, child));
    all.insert(all.end(), below.begin(), below.end());
  }
  return all;
}

Status ListSchemas(const MetaContext& context) {
  ARROW_ASSIGN_OR_RAISE(const auto namespaces, AllNamespaces(context.catalog, {}));
  std::vector<std::vector<std::string>> rows;
  for (const iceberg::Namespace& ns : namespaces) {
    rows.push_back({ns.ToString()});
  }
  return context.output.Write(FormatTextTable({{"schema"}}, rows));
}

Status ListObjects(const MetaContext& context, const std::string& schema, Kinds kinds) {
  std::vector<iceberg::Namespace> namespaces;
  if (!schema.empty()) {
    namespaces.push_back(iceberg::NamespaceFromString(schema));
    if (namespaces.front().levels.size() > 1 &&
        namespaces.front().levels.front() == "iceberg") {
      namespaces.front().levels.erase(namespaces.front().levels.begin());
    }
  } else if (const std::string current = CurrentNamespace(context.current_schema);
             !current.empty() && current != "main" && current != "default") {
    namespaces.push_back(iceberg::NamespaceFromString(current));
  } else {
    ARROW_ASSIGN_OR_RAISE(namespaces, AllNamespaces(context.catalog, {}));
  }
  std::vector<std::vector<std::string>> rows;
  for (const iceberg::Namespace& ns : namespaces) {
    if (kinds != Kinds::kViews) {
      ARROW_ASSIGN_OR_RAISE(const auto tables, context.catalog.ListTables(ns));
      for (const iceberg::TableIdent& table : tables) {
        rows.push_back({ns.ToString(), table.name, "table"});
      }
    }
    if (kinds != Kinds::kTables) {
      ARROW_ASSIGN_OR_RAISE(const auto views, context.catalog.ListViews(ns));
      for (const iceberg::TableIdent& view : views) {
        rows.push_back({ns.ToString(), view.name, "view"});
      }
    }
  }
  std::sort(rows.begin(), rows.end());
  return context.output.Write(FormatTextTable({{"schema"}, {"name"}, {"type"}}, rows));
}

Status PrintColumns(const MetaContext& context, const iceberg::Schema& schema) {
  std::vector<std::vector<std::string>> rows;
  for (const iceberg::Field& field : schema.fields()) {
    rows.push_back({field.name, field.type.ToString(), field.required ? "not null" : "",
                    field.doc.value_or("")});
  }
  return context.output.Write(
      FormatTextTable({{"column"}, {"type"}, {"null"}, {"comment"}}, rows));
}

Status DescribeObject(const MetaContext& context, const std::string& name) {
  std::string full = name;
  if (iceberg::NamespaceFromString(name).levels.size() == 1) {
    full = CurrentNamespace(context.current_schema) + "." + name;
  }
  ARROW_ASSIGN_OR_RAISE(const iceberg::TableIdent ident, ParseTableName(full));
  const Result<catalog::LoadedTable> table = context.catalog.LoadTable(ident);
  if (!table.ok()) {
    const Result<catalog::LoadedView> view = context.catalog.LoadView(ident);
    if (!view.ok()) {
      return table.status();
    }
    const iceberg::ViewVersion& version = view->metadata->current_version();
    const auto schema = view->metadata->FindSchema(version.schema_id);
    if (schema != nullptr) {
      RETURN_NOT_OK(PrintColumns(context, *schema));
    }
    for (const iceberg::ViewRepresentation& text : version.representations) {
      RETURN_NOT_OK(
          context.output.Write("As (" + text.dialect + "): " + text.sql + "\n"));
    }
    return Status::OK();
  }
  const iceberg::TableMetadata& metadata = *table->metadata;
  RETURN_NOT_OK(PrintColumns(context, metadata.schema()));
  if (metadata.spec().is_unpartitioned()) {
    return Status::OK();
  }
  std::string terms;
  for (const iceberg::PartitionField& field : metadata.spec().fields) {
    terms += (terms.empty() ? "" : ", ") + iceberg::TransformToString(field.transform) +
             "(" + metadata.schema().NameOf(field.source_id()) + ")";
  }
  return context.output.Write("Partitioned by " + terms + "\n");
}

Status Toggle(const MetaContext& context, const char* name, bool& value) {
  value = !value;
  return context.output.Write(std::string(name) + (value ? " is on.\n" : " is off.\n"));
}

}  // namespace

bool IsMetaCommand(std::string_view line) {
  const size_t first = line.find_first_not_of(" \t");
  return first != std::string_view::npos && line[first] == '\\';
}

Status RunMetaCommand(std::string_view line, catalog::Catalog& catalog,
                      const std::string& current_schema, ShellSettings& settings,
                      TextOutput& output) {
  const MetaContext context{catalog, current_schema, output};
  line.remove_prefix(line.find('\\'));
  while (!line.empty() &&
         (line.back() == ' ' || line.back() == ';' || line.back() == '\t')) {
    line.remove_suffix(1);
  }
  const size_t space = line.find_first_of(" \t");
  const std::string name(line.substr(0, space));
  std::string argument;
  if (space != std::string_view::npos) {
    argument = line.substr(line.find_first_not_of(" \t", space));
  }

  if (name == "\\?" || name == "\\h" || name == "\\help") {
    return output.Write(kHelp);
  }
  if (name == "\\q" || name == "\\quit") {
    settings.quit = true;
    return Status::OK();
  }
  if (name == "\\d") {
    return argument.empty() ? ListObjects(context, "", Kinds::kBoth)
                            : DescribeObject(context, argument);
  }
  if (name == "\\dt") {
    return ListObjects(context, argument, Kinds::kTables);
  }
  if (name == "\\dv") {
    return ListObjects(context, argument, Kinds::kViews);
  }
  if (name == "\\dn") {
    return ListSchemas(context);
  }
  if (name == "\\timing") {
    return Toggle(context, "Timing", settings.timing);
  }
  if (name == "\\x") {
    return Toggle(context, "Expanded display", settings.expanded);
  }
  if (name == "\\format") {
    ARROW_ASSIGN_OR_RAISE(const OutputFormat format, OutputFormatFromName(argument));
    if (format == OutputFormat::kArrow || format == OutputFormat::kParquet) {
      return MakeError(ErrorCode::kUsage,
                       "A terminal shows table, csv or json; " + argument +
                           " goes to a file: tarn sql -e … --format " + argument);
    }
    settings.format = format;
    return Status::OK();
  }
  const std::string near = NearestWord(
      name, {"\\d", "\\dt", "\\dv", "\\dn", "\\timing", "\\x", "\\format", "\\q"});
  return MakeError(ErrorCode::kUsage,
                   "Unknown command; \\? lists them" +
                       (near.empty() ? "" : ", did you mean " + near + "?") + ": " +
                       name);
}

}  // namespace tarn::cli
