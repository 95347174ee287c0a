// SHOW CREATE TABLE, VIEW and SCHEMA, as Trino's own formatter writes them.
#include <map>
#include <utility>

#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/engine/internal/create_table_text.h"
#include "tarn/engine/internal/system_tables/object_details.h"
#include "tarn/engine/internal/table_properties.h"
#include "tarn/engine/internal/trino/show.h"
#include "tarn/engine/internal/trino/statement.h"
#include "tarn/engine/internal/type_conversion.h"
#include "tarn/engine/internal/view_entry.h"
#include "tarn/sql/printer.h"
#include "tarn/sql/query_parser.h"
#include "tarn/sql/type_name.h"

namespace tarn::engine::trino {
namespace {

using sql::statement::Show;

std::string FullName(const FoundObject& found) {
  return sql::PrintName({.text = found.in.catalog}) + "." +
         sql::PrintName({.text = found.in.schema}) + "." +
         sql::PrintName({.text = found.name});
}

/// "ROW(x integer, y varchar)".
std::string WrittenType(const iceberg::Type& type) {
  const std::string text = sql::TrinoTypeText(type);
  const auto parsed = sql::ParseTypeName(text);
  return parsed.ok() ? sql::PrintType(*parsed) : text;
}

std::string ColumnText(const iceberg::Field& field) {
  std::string text = sql::PrintName({.text = field.name}) + " " + WrittenType(field.type);
  if (field.write_default.has_value()) {
    text += " DEFAULT " + DuckValueOf(field.type, *field.write_default).ToSQLString();
  }
  if (field.required) {
    text += " NOT NULL";
  }
  if (field.doc.has_value()) {
    text += " COMMENT " + QuoteText(*field.doc);
  }
  return text;
}

std::string ListText(const std::vector<std::string>& terms) {
  std::string text;
  for (const std::string& term : terms) {
    text += (text.empty() ? "" : ",") + QuoteText(term);
  }
  return "ARRAY[" + text + "]";
}

std::string TableText(const std::string& full_name,
                      const iceberg::TableMetadata& metadata) {
  std::vector<std::string> columns;
  for (const iceberg::Field& field : metadata.schema().fields()) {
    columns.push_back(ColumnText(field));
  }
  std::map<std::string, std::string> extra;
  auto properties = TrinoPropertiesOf(metadata, &extra);
  properties["format"] = "'PARQUET'";
  properties["format_version"] = std::to_string(metadata.format_version);
  properties["location"] = QuoteText(metadata.location);
  if (!metadata.spec().is_unpartitioned()) {
    properties["partitioning"] = ListText(PartitionTerms(metadata));
  }
  if (!metadata.sort_order().fields.empty()) {
    properties["sorted_by"] = ListText(SortTerms(metadata));
  }
  std::string comment;
  std::vector<std::string> keys;
  std::vector<std::string> values;
  for (const auto& [key, value] : extra) {
    if (key == "comment") {
      comment = "COMMENT " + QuoteText(value) + "\n";
      continue;
    }
    keys.push_back(key);
    values.push_back(value);
  }
  if (!keys.empty()) {
    properties["extra_properties"] =
        "MAP(" + ListText(keys) + "," + ListText(values) + ")";
  }
  std::vector<std::string> listed;
  for (const auto& [key, value] : properties) {
    listed.push_back(key + " = " + value);
  }
  return fmt::format("CREATE TABLE {} (\n   {}\n)\n{}WITH (\n   {}\n)", full_name,
                     fmt::join(columns, ",\n   "), comment, fmt::join(listed, ",\n   "));
}

/// The view's text as Trino formats it; as it is where Trino's grammar does not take it.
std::string ViewText(const iceberg::ViewMetadata& view) {
  const auto* text = view.FindRepresentation({"trino", kViewDialect, "spark"});
  if (text == nullptr) {
    const auto& all = view.current_version().representations;
    return all.empty() ? "" : all.front().sql;
  }
  std::string printed = text->sql;
  if (text->dialect == "trino") {
    const auto query = sql::ParseQuery(text->sql);
    printed = query.ok() ? sql::PrintQuery(**query) : printed;
  }
  while (printed.ends_with('\n')) {
    printed.pop_back();
  }
  return printed;
}

}  // namespace

std::string ListedType(const iceberg::Type& type) {
  try {
    return system_tables::ListedTypeText(LogicalTypeOf(type));
  } catch (const duckdb::NotImplementedException&) {
    return sql::TrinoTypeText(type);
  }
}

Answer Shows::CreateTable(const Show& show) {
  std::string text;
  bool is_ours = true;
  RETURN_NOT_OK(host_.front_end().InTransaction([&]() -> Status {
    ARROW_ASSIGN_OR_RAISE(const FoundObject found, names_.Object(*show.of));
    is_ours = found.in.ours != nullptr;
    if (!is_ours) {
      return Status::OK();
    }
    if (found.is_view()) {
      return Error(ErrorCode::kNotSupported, "",
                   "Relation '" + found.Text() + "' is a view, not a table");
    }
    if (!found.is_table()) {
      return names_.NoSuchTable(found);
    }
    text = TableText(FullName(found), *found.object->table);
    return Status::OK();
  }));
  return is_ours ? TextResult("SHOW", {"Create Table"}, {{text}}) : host_.RunText(text_);
}

Answer Shows::CreateView(const Show& show) {
  std::string text;
  RETURN_NOT_OK(host_.front_end().InTransaction([&]() -> Status {
    ARROW_ASSIGN_OR_RAISE(const FoundObject found, names_.Object(*show.of));
    if (found.is_table()) {
      return Error(ErrorCode::kNotSupported, "",
                   "Relation '" + found.Text() + "' is a table, not a view");
    }
    if (!found.is_view()) {
      return Error(ErrorCode::kNoSuchView, "TABLE_NOT_FOUND",
                   "View '" + found.Text() + "' does not exist");
    }
    const iceberg::ViewMetadata& view = *found.object->view;
    const auto comment = view.properties.find("comment");
    text = "CREATE VIEW " + FullName(found);
    if (comment != view.properties.end()) {
      text += " COMMENT " + QuoteText(comment->second);
    }
    text +=
        view.properties.contains(kRunAsOwner) ? " SECURITY DEFINER" : " SECURITY INVOKER";
    text += " AS\n" + ViewText(view);
    return Status::OK();
  }));
  return TextResult("SHOW", {"Create View"}, {{text}});
}

Answer Shows::CreateSchema(const Show& show) {
  std::string text;
  RETURN_NOT_OK(host_.front_end().InTransaction([&]() -> Status {
    ARROW_ASSIGN_OR_RAISE(const FoundSchema found, names_.Schema(*show.of));
    if (found.entry == nullptr) {
      return Error(ErrorCode::kNoSuchNamespace, "",
                   "Schema '" + found.Text() + "' does not exist");
    }
    catalog::Catalog& store = names_.TransactionOf(found).tarn().catalog;
    ARROW_ASSIGN_OR_RAISE(const auto properties,
                          store.LoadNamespaceProperties(found.entry->ns()));
    text = "CREATE SCHEMA " + sql::PrintName({.text = found.catalog}) + "." +
           sql::PrintName({.text = found.schema});
    std::string listed;
    for (const auto& [key, value] : properties) {
      listed += (listed.empty() ? "   " : ",\n   ") + sql::PrintName({.text = key}) +
                " = " + QuoteText(value);
    }
    text += listed.empty() ? "" : "\nWITH (\n" + listed + "\n)";
    return Status::OK();
  }));
  return TextResult("SHOW", {"Create Schema"}, {{text}});
}

}  // namespace tarn::engine::trino
