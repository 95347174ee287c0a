// Commands that say what there is: catalogs, schemas, tables, columns, functions.
#include <algorithm>

#include "tarn/base/error.h"
#include "tarn/cli/print/text_table.h"
#include "tarn/cli/shell/interpreter.h"
#include "tarn/cli/shell/meta_command.h"
#include "tarn/iceberg/table_ident.h"
#include "tarn/sql/letter_case.h"

namespace tarn::cli {
namespace {

constexpr char kWarehouse[] = "iceberg";
constexpr int kFunctionsPerLine = 4;

struct Place {
  std::string catalog;
  std::string schema;  // empty: none is current
};

Place CurrentPlace(Interpreter& shell) {
  const std::string current = shell.client().current_schema();
  const size_t dot = current.find('.');
  if (dot == std::string::npos) {
    return {kWarehouse, ""};
  }
  const std::string schema = current.substr(dot + 1);
  const std::string catalog = current.substr(0, dot);
  const bool is_none = catalog == "memory" || schema == "main" || schema == "default";
  return {catalog == "memory" ? kWarehouse : catalog, is_none ? "" : schema};
}

Result<bool> IsCatalog(Interpreter& shell, const std::string& name) {
  ARROW_ASSIGN_OR_RAISE(const auto catalogs, shell.client().names().Catalogs());
  return std::find(catalogs.begin(), catalogs.end(), name) != catalogs.end();
}

std::string Joined(const std::vector<std::string>& parts, size_t from) {
  std::string text;
  for (size_t i = from; i < parts.size(); ++i) {
    text += (i == from ? "" : ".") + parts[i];
  }
  return text;
}

/// A schema as it is named: "sales", "lake.sales", "a.b" of nested ones.
Result<Place> SchemaOf(Interpreter& shell, const std::string& name) {
  const std::vector<std::string> parts = iceberg::NamespaceFromString(name).levels;
  if (parts.size() > 1) {
    ARROW_ASSIGN_OR_RAISE(const bool is_catalog, IsCatalog(shell, parts.front()));
    if (is_catalog) {
      return Place{parts.front(), Joined(parts, 1)};
    }
  }
  return Place{CurrentPlace(shell).catalog, name};
}

Status ListSchemas(Interpreter& shell, const std::string& argument) {
  const std::string catalog = argument.empty() ? CurrentPlace(shell).catalog : argument;
  ARROW_ASSIGN_OR_RAISE(const auto names, shell.client().names().Schemas(catalog));
  std::vector<std::vector<std::string>> rows;
  for (const std::string& name : names) {
    rows.push_back({name});
  }
  return shell.Print(FormatTextTable({{"schema"}}, rows));
}

Status ListCatalogs(Interpreter& shell, const std::string& /*argument*/) {
  ARROW_ASSIGN_OR_RAISE(const auto names, shell.client().names().Catalogs());
  std::vector<std::vector<std::string>> rows;
  for (const std::string& name : names) {
    rows.push_back({name});
  }
  return shell.Print(FormatTextTable({{"catalog"}}, rows));
}

/// `type` empty: tables and views.
Status ListObjects(Interpreter& shell, const std::string& argument,
                   const std::string& type) {
  Place place = CurrentPlace(shell);
  if (!argument.empty()) {
    ARROW_ASSIGN_OR_RAISE(place, SchemaOf(shell, argument));
  }
  std::vector<std::string> schemas = {place.schema};
  if (place.schema.empty()) {
    ARROW_ASSIGN_OR_RAISE(schemas, shell.client().names().Schemas(place.catalog));
  }
  std::vector<std::vector<std::string>> rows;
  for (const std::string& schema : schemas) {
    ARROW_ASSIGN_OR_RAISE(const auto objects,
                          shell.client().names().Objects(place.catalog, schema));
    for (const ObjectName& object : objects) {
      if (type.empty() || object.type == type) {
        rows.push_back({object.schema, object.name, object.type});
      }
    }
  }
  std::sort(rows.begin(), rows.end());
  return shell.Print(FormatTextTable({{"schema"}, {"name"}, {"type"}}, rows));
}

Status ListTables(Interpreter& shell, const std::string& argument) {
  return ListObjects(shell, argument, "table");
}

Status ListViews(Interpreter& shell, const std::string& argument) {
  return ListObjects(shell, argument, "view");
}

Status DescribeObject(Interpreter& shell, const std::string& argument) {
  std::vector<std::string> parts = iceberg::NamespaceFromString(argument).levels;
  const std::string name = parts.back();
  parts.pop_back();
  Place place = CurrentPlace(shell);
  if (!parts.empty()) {
    ARROW_ASSIGN_OR_RAISE(const bool is_catalog, IsCatalog(shell, parts.front()));
    place = is_catalog && parts.size() > 1 ? Place{parts.front(), Joined(parts, 1)}
                                           : Place{place.catalog, Joined(parts, 0)};
  }
  if (place.schema.empty()) {
    return MakeError(ErrorCode::kUsage,
                     "No schema is current (USE one, or name it): " + argument);
  }
  ARROW_ASSIGN_OR_RAISE(
      const ObjectDetail detail,
      shell.client().names().Describe(place.catalog, {place.schema, name, ""}));
  std::vector<std::vector<std::string>> rows;
  for (const ColumnName& column : detail.columns) {
    rows.push_back(
        {column.name, column.type, column.required ? "not null" : "", column.comment});
  }
  RETURN_NOT_OK(
      shell.Print(FormatTextTable({{"column"}, {"type"}, {"null"}, {"comment"}}, rows)));
  for (const std::string& note : detail.notes) {
    RETURN_NOT_OK(shell.Print(note + "\n"));
  }
  return Status::OK();
}

Status Describe(Interpreter& shell, const std::string& argument) {
  return argument.empty() ? ListObjects(shell, "", "") : DescribeObject(shell, argument);
}

Status ListFunctions(Interpreter& shell, const std::string& argument) {
  ARROW_ASSIGN_OR_RAISE(const auto names, shell.client().names().Functions());
  std::vector<std::vector<std::string>> rows;
  for (const std::string& name : names) {
    if (name.find(sql::Lower(argument)) == std::string::npos) {
      continue;
    }
    if (rows.empty() || rows.back().size() == kFunctionsPerLine) {
      rows.emplace_back();
    }
    rows.back().push_back(name);
  }
  if (rows.empty()) {
    return shell.Print("No function has that in its name: " + argument + "\n");
  }
  rows.back().resize(kFunctionsPerLine);
  return shell.Print(FormatTextTable({{"function"}, {""}, {""}, {""}}, rows));
}

Status ShowConnection(Interpreter& shell, const std::string& /*argument*/) {
  return shell.Print(FormatPairs(shell.client().Facts()));
}

}  // namespace

std::vector<MetaCommand> ListingCommands() {
  return {
      {"\\d", "[TABLE]", "tables and views of the schema; columns of one",
       CommandArgument::kObject, &Describe},
      {"\\dt", "[SCHEMA]", "tables", CommandArgument::kSchema, &ListTables},
      {"\\dv", "[SCHEMA]", "views", CommandArgument::kSchema, &ListViews},
      {"\\dn", "[CATALOG]", "schemas", CommandArgument::kNone, &ListSchemas},
      {"\\l", "", "catalogs", CommandArgument::kNone, &ListCatalogs},
      {"\\df", "[PART]", "functions, or those with this in their name",
       CommandArgument::kNone, &ListFunctions},
      {"\\conninfo", "", "where statements run", CommandArgument::kNone, &ShowConnection},
  };
}

}  // namespace tarn::cli
