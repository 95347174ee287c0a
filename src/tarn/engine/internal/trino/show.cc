#include "tarn/engine/internal/trino/show.h"

#include <set>
#include <utility>

#include <arrow/array/array_binary.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/record_batch.h>
#include <duckdb/catalog/catalog.hpp>
#include <duckdb/catalog/catalog_entry/schema_catalog_entry.hpp>

#include "tarn/base/error.h"
#include "tarn/engine/internal/materialized_view.h"
#include "tarn/engine/internal/system_tables/catalog_listing.h"
#include "tarn/engine/internal/system_tables/object_details.h"
#include "tarn/engine/internal/system_tables/system_table.h"
#include "tarn/engine/internal/trino/statement.h"

namespace tarn::engine::trino {

using sql::statement::Show;
using sql::statement::ShowKind;

bool IsLike(std::string_view text, std::string_view pattern, std::optional<char> escape) {
  // The place to go back to: after the last '%', one character of text more.
  size_t star_pattern = std::string_view::npos;
  size_t star_text = 0;
  size_t p = 0;
  size_t t = 0;
  while (t < text.size()) {
    const bool is_escape = p + 1 < pattern.size() && escape == pattern[p];
    if (p < pattern.size() && pattern[p] == '%' && !is_escape) {
      star_pattern = ++p;
      star_text = t;
    } else if (p < pattern.size() &&
               (is_escape ? pattern[p + 1] == text[t]
                          : pattern[p] == '_' || pattern[p] == text[t])) {
      p += is_escape ? 2 : 1;
      ++t;
    } else if (star_pattern != std::string_view::npos) {
      p = star_pattern;
      t = ++star_text;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '%') {
    ++p;
  }
  return p == pattern.size();
}

bool Shows::IsShown(const std::string& name, const Show& show) const {
  const bool has_escape = show.escape.has_value() && show.escape->size() == 1;
  return !show.like.has_value() ||
         IsLike(name, *show.like,
                has_escape ? std::optional((*show.escape)[0]) : std::nullopt);
}

Answer Shows::Names(const std::string& column, const std::set<std::string>& names,
                    const Show& show) const {
  std::vector<TextRow> rows;
  for (const std::string& name : names) {
    if (IsShown(name, show)) {
      rows.push_back({name});
    }
  }
  return TextResult("SHOW", {column}, rows);
}

Answer Shows::Run(const Show& show) {
  if (show.escape.has_value() && show.escape->size() != 1) {
    return Error(ErrorCode::kInvalidArgument, "INVALID_ARGUMENTS",
                 "Escape string must be a single character");
  }
  switch (show.kind) {
    case ShowKind::kCatalogs:
      return Catalogs(show);
    case ShowKind::kSchemas:
      return Schemas(show);
    case ShowKind::kTables:
      return Tables(show);
    case ShowKind::kColumns:
      return Columns(show);
    case ShowKind::kCreateTable:
      return CreateTable(show);
    case ShowKind::kCreateView:
      return CreateView(show);
    case ShowKind::kCreateSchema:
      return CreateSchema(show);
    case ShowKind::kCreateMaterializedView:
      return host_.RunText(text_);
    case ShowKind::kCreateFunction:
      return Error(ErrorCode::kNotSupported, "", "Functions in SQL are not supported");
    case ShowKind::kFunctions:
      return Functions(show);
    case ShowKind::kSession:
      return Session(show);
    case ShowKind::kStats:
      return Stats(show);
    case ShowKind::kGrants:
      return Grants(show);
    case ShowKind::kRoles:
      return TextResult("SHOW", {"Role"}, {});
    case ShowKind::kCurrentRoles:
      return TextResult("SHOW", {"Role"}, {});
    case ShowKind::kRoleGrants:
      return TextResult("SHOW", {"Role Grants"}, {});
    case ShowKind::kBranches:
      return Branches(show);
    case ShowKind::kTableProperties:
      return TableProperties(show);
    case ShowKind::kExtendedColumns:
      return ExtendedColumns(show);
  }
  return Error(ErrorCode::kNotSupported, "", "This SHOW is not supported");
}

Answer Shows::Catalogs(const Show& show) {
  std::set<std::string> names;
  host_.context().RunFunctionInTransaction([&] {
    const auto catalogs = system_tables::CatalogListing(host_.context()).Catalogs();
    names.insert(catalogs.begin(), catalogs.end());
  });
  return Names("Catalog", names, show);
}

Answer Shows::Functions(const Show& show) {
  // All of them are built in: no schema of a catalog has any.
  bool are_built_in = true;
  if (show.of.has_value()) {
    RETURN_NOT_OK(host_.front_end().InTransaction([&]() -> Status {
      ARROW_ASSIGN_OR_RAISE(const FoundSchema found, names_.Schema(*show.of));
      are_built_in = found.catalog == "system" && found.schema == "builtin";
      return Status::OK();
    }));
  }
  std::vector<TextRow> rows;
  if (are_built_in) {
    rows = FunctionRows(host_.context());
    std::erase_if(rows, [&](const TextRow& row) { return !IsShown(*row[0], show); });
  }
  ARROW_ASSIGN_OR_RAISE(auto texts,
                        TextResult("SHOW",
                                   {"Function", "Return Type", "Argument Types",
                                    "Function Type", "Deterministic", "Description"},
                                   rows));
  return WithBoolean(std::move(texts), 4);
}

Answer Shows::Schemas(const Show& show) {
  std::set<std::string> names;
  RETURN_NOT_OK(host_.front_end().InTransaction([&]() -> Status {
    std::string catalog = host_.front_end().CurrentPath().catalog;
    if (show.of.has_value()) {
      catalog = FoldName(show.of->parts.back().text);
      if (show.of->parts.size() != 1) {
        return Error(ErrorCode::kSyntax, "",
                     "Too many parts in catalog name: " + catalog);
      }
    }
    if (catalog == "system") {
      names = {"information_schema", "jdbc", "metadata", "runtime"};
      return Status::OK();
    }
    if (!host_.front_end().IsCatalog(catalog)) {
      return Error(ErrorCode::kNoSuchNamespace, "",
                   "Catalog '" + catalog + "' not found");
    }
    names = {"information_schema"};
    for (auto& schema : duckdb::Catalog::GetSchemas(host_.context(), catalog)) {
      names.insert(schema.get().name);
    }
    return Status::OK();
  }));
  return Names("Schema", names, show);
}

Answer Shows::Tables(const Show& show) {
  std::set<std::string> names;
  RETURN_NOT_OK(host_.front_end().InTransaction([&]() -> Status {
    FoundSchema found;
    if (show.of.has_value()) {
      ARROW_ASSIGN_OR_RAISE(found, names_.Schema(*show.of));
    } else {
      ARROW_ASSIGN_OR_RAISE(found, names_.SchemaOf({}));
    }
    for (const auto& table : system_tables::AllSystemTables()) {
      if (table.schema == found.schema &&
          table.IsIn(found.catalog, found.ours != nullptr)) {
        names.insert(table.name);
      }
    }
    if (found.entry != nullptr) {
      auto& view = names_.TransactionOf(found).view();
      ARROW_ASSIGN_OR_RAISE(const auto listed, view.ListNames(found.entry->ns()));
      names.insert(listed.begin(), listed.end());
      ARROW_ASSIGN_OR_RAISE(
          const auto views,
          MaterializedViewsIn(names_.TransactionOf(found), found.entry->ns()));
      for (const StoredView& stored : views) {
        names.erase(stored.storage);
      }
    }
    if (found.entry != nullptr || !names.empty()) {
      return Status::OK();
    }
    auto schema = duckdb::Catalog::GetSchema(host_.context(), found.catalog, found.schema,
                                             duckdb::OnEntryNotFound::RETURN_NULL);
    if (found.ours != nullptr || schema == nullptr) {
      return Error(ErrorCode::kNoSuchNamespace, "",
                   "Schema '" + found.schema + "' does not exist");
    }
    schema->Scan(host_.context(), duckdb::CatalogType::TABLE_ENTRY,
                 [&](duckdb::CatalogEntry& entry) { names.insert(entry.name); });
    return Status::OK();
  }));
  return Names("Table", names, show);
}

Result<duckdb::unique_ptr<duckdb::PreparedStatement>> Shows::BindObject(
    const sql::statement::ObjectName& name) {
  sql::Query query{.at = name.at, .body = sql::TableBody{.name = name.parts}};
  ARROW_ASSIGN_OR_RAISE(auto statement, TranslateQuery(query, text_, facts_));
  return host_.PrepareOnDuckDb(std::move(statement), text_);
}

Answer Shows::Columns(const Show& show) {
  ARROW_ASSIGN_OR_RAISE(const auto rows, ColumnRows(show));
  return TextResult("DESCRIBE", {"Column", "Type", "Extra", "Comment"}, rows);
}

Result<std::vector<TextRow>> Shows::ColumnRows(const Show& show) {
  std::vector<TextRow> rows;
  std::vector<std::string> comments;  // of a view's columns
  FoundObject found;
  RETURN_NOT_OK(host_.front_end().InTransaction([&]() -> Status {
    if (show.of->parts.size() > 3) {
      return Status::OK();
    }
    ARROW_ASSIGN_OR_RAISE(found, names_.Object(*show.of));
    if (found.is_view()) {
      const auto& view = *found.object->view;
      const auto schema = view.FindSchema(view.current_version().schema_id);
      for (size_t i = 0; schema != nullptr && i < schema->fields().size(); ++i) {
        comments.push_back(schema->fields()[i].doc.value_or(""));
      }
    }
    if (!found.is_table()) {
      return Status::OK();
    }
    for (const iceberg::Field& field : found.object->table->schema().fields()) {
      rows.push_back({field.name, ListedType(field.type), "", field.doc.value_or("")});
    }
    return Status::OK();
  }));
  if (!found.is_table()) {
    auto bound = BindObject(*show.of);
    if (!bound.ok()) {
      if (found.in.ours != nullptr && found.in.entry == nullptr) {
        return Error(ErrorCode::kNoSuchNamespace, "",
                     "Schema '" + found.in.schema + "' does not exist");
      }
      const bool is_missing = CodeOf(bound.status()) == ErrorCode::kNoSuchTable;
      return is_missing ? names_.NoSuchTable(found) : bound.status();
    }
    for (size_t i = 0; i < (*bound)->GetNames().size(); ++i) {
      rows.push_back({(*bound)->GetNames()[i],
                      system_tables::ListedTypeText((*bound)->GetTypes()[i]), "",
                      i < comments.size() ? comments[i] : ""});
    }
  }
  std::erase_if(rows, [&](const TextRow& row) { return !IsShown(*row[0], show); });
  return rows;
}

Answer Shows::Branches(const Show& show) {
  std::set<std::string> names;
  RETURN_NOT_OK(host_.front_end().InTransaction([&]() -> Status {
    ARROW_ASSIGN_OR_RAISE(const FoundObject found, names_.Table(*show.of));
    if (found.in.ours == nullptr) {
      return Error(ErrorCode::kNotSupported, "",
                   "This catalog does not support branches");
    }
    names.insert("main");
    for (const auto& [name, ref] : found.object->table->refs) {
      if (ref.type == iceberg::RefType::kBranch) {
        names.insert(name);
      }
    }
    return Status::OK();
  }));
  return Names("Branch", names, show);
}

Answer Shows::Session(const Show& show) {
  const std::vector<TextRow> all = {
      {"dialect", "trino", "duckdb", "varchar",
       "Language of statements: trino, or duckdb for DuckDB's own"}};
  std::vector<TextRow> rows;
  for (const TextRow& row : all) {
    if (IsShown(*row[0], show)) {
      rows.push_back(row);
    }
  }
  return TextResult("SHOW", {"Name", "Value", "Default", "Type", "Description"}, rows);
}

/// Rights are the server's, not the catalogs': there are no grants to show.
Answer Shows::Grants(const Show& show) {
  if (show.of.has_value()) {
    FoundObject found;
    RETURN_NOT_OK(host_.front_end().InTransaction([&]() -> Status {
      ARROW_ASSIGN_OR_RAISE(found, names_.Object(*show.of));
      const bool is_missing = found.in.ours != nullptr && !found.object.has_value();
      return is_missing ? names_.NoSuchTable(found) : Status::OK();
    }));
  }
  return TextResult("SHOW",
                    {"Grantor", "Grantor Type", "Grantee", "Grantee Type", "Catalog",
                     "Schema", "Table", "Privilege", "Grantable", "With Hierarchy"},
                    {});
}

Answer WithBoolean(std::unique_ptr<ResultStream> texts, int column) {
  const std::string type = texts->statement_type();
  ARROW_ASSIGN_OR_RAISE(auto batch, texts->Next());
  if (batch == nullptr) {
    ARROW_ASSIGN_OR_RAISE(batch, arrow::RecordBatch::MakeEmpty(texts->schema()));
  }
  arrow::BooleanBuilder builder;
  const auto& words = static_cast<const arrow::StringArray&>(*batch->column(column));
  for (int64_t i = 0; i < words.length(); ++i) {
    RETURN_NOT_OK(builder.Append(words.GetView(i) == "true"));
  }
  ARROW_ASSIGN_OR_RAISE(auto values, builder.Finish());
  const auto field =
      arrow::field(batch->schema()->field(column)->name(), arrow::boolean());
  ARROW_ASSIGN_OR_RAISE(batch, batch->SetColumn(column, field, values));
  return RowsResult(type, std::move(batch));
}

}  // namespace tarn::engine::trino
