#include "tarn/engine/internal/view_entry.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <duckdb/catalog/catalog.hpp>
#include <duckdb/parser/expression/subquery_expression.hpp>
#include <duckdb/parser/parsed_data/create_view_info.hpp>
#include <duckdb/parser/parsed_expression_iterator.hpp>
#include <duckdb/parser/query_node/recursive_cte_node.hpp>
#include <duckdb/parser/query_node/set_operation_node.hpp>
#include <duckdb/parser/tableref/subqueryref.hpp>

#include "tarn/base/error.h"
#include "tarn/engine/internal/catalog_view.h"
#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/engine/internal/trino/statement.h"
#include "tarn/engine/internal/type_conversion.h"
#include "tarn/sql/quoted_names.h"
#include "tarn/sql/table_references.h"

namespace tarn::engine {
namespace {

using duckdb::ParsedExpression;
using duckdb::ParsedExpressionIterator;
using duckdb::QueryNode;
using duckdb::TableRef;

/// Walks a query with all its subqueries: first for the names of CTEs, then for the
/// tables.
class QueryWalk {
 public:
  explicit QueryWalk(const std::function<void(duckdb::BaseTableRef&)>& visit)
      : visit_(visit) {}

  void Run(QueryNode& node) {
    collecting_ = true;
    Walk(node);
    collecting_ = false;
    Walk(node);
  }

 private:
  void Walk(QueryNode& node) {
    NoteCtes(node);
    ParsedExpressionIterator::EnumerateQueryNodeChildren(
        node,
        [this](duckdb::unique_ptr<ParsedExpression>& child) { WalkExpression(*child); },
        [this](TableRef& ref) { WalkTable(ref); });
  }

  void NoteCtes(QueryNode& node) {
    if (!collecting_) {
      return;
    }
    for (const auto& cte : node.cte_map.map) {
      ctes_.insert(FoldName(cte.first));
    }
    if (node.type == duckdb::QueryNodeType::SET_OPERATION_NODE) {
      for (auto& child : node.Cast<duckdb::SetOperationNode>().children) {
        NoteCtes(*child);
      }
    } else if (node.type == duckdb::QueryNodeType::RECURSIVE_CTE_NODE) {
      auto& recursive = node.Cast<duckdb::RecursiveCTENode>();
      ctes_.insert(FoldName(recursive.ctename));
      NoteCtes(*recursive.left);
      NoteCtes(*recursive.right);
    }
  }

  void WalkExpression(ParsedExpression& expression) {
    if (expression.GetExpressionClass() == duckdb::ExpressionClass::SUBQUERY) {
      Walk(*expression.Cast<duckdb::SubqueryExpression>().subquery->node);
    }
    ParsedExpressionIterator::EnumerateChildren(
        expression, [this](ParsedExpression& child) { WalkExpression(child); });
  }

  void WalkTable(TableRef& ref) {
    if (ref.type == duckdb::TableReferenceType::SUBQUERY) {
      NoteCtes(*ref.Cast<duckdb::SubqueryRef>().subquery->node);
    }
    if (collecting_ || ref.type != duckdb::TableReferenceType::BASE_TABLE) {
      return;
    }
    auto& table = ref.Cast<duckdb::BaseTableRef>();
    const bool cte = table.schema_name.empty() && table.catalog_name.empty() &&
                     ctes_.contains(FoldName(table.table_name));
    if (!cte) {
      visit_(table);
    } else if (table.at_clause != nullptr) {
      // DuckDB would read the CTE's rows and say nothing.
      ThrowStatus(MakeError(ErrorCode::kNotSupported,
                            "Only tables have old states; " + table.table_name +
                                " is a query of WITH (a table of this name needs its "
                                "schema before it)"));
    }
  }

  const std::function<void(duckdb::BaseTableRef&)>& visit_;
  std::set<std::string> ctes_;
  bool collecting_ = true;
};

/// Short names in a view mean the catalog and namespace that it was made in.
void ResolveNames(const iceberg::ViewVersion& version, const std::string& catalog_name,
                  duckdb::BaseTableRef* table) {
  if (!table->catalog_name.empty()) {
    if (table->catalog_name == version.default_catalog.value_or("")) {
      table->catalog_name = catalog_name;
    }
    return;
  }
  if (table->schema_name.empty()) {
    table->schema_name = iceberg::Namespace{version.default_namespace}.ToString();
  }
  if (!table->schema_name.empty()) {
    table->catalog_name = catalog_name;
  }
}

/// Columns as the view's metadata records them; DuckDB binds the view to find them out if
/// they do not convert.
void SetColumns(const iceberg::ViewMetadata& metadata, duckdb::CreateViewInfo* info) {
  const auto schema = metadata.FindSchema(metadata.current_version().schema_id);
  if (schema == nullptr) {
    return;
  }
  duckdb::vector<duckdb::LogicalType> types;
  for (const iceberg::Field& field : schema->fields()) {
    info->aliases.push_back(field.name);
  }
  try {
    for (const iceberg::Field& field : schema->fields()) {
      types.push_back(LogicalTypeOf(field.type));
    }
  } catch (const duckdb::NotImplementedException&) {
    return;
  }
  info->types = std::move(types);
  info->names = info->aliases;
}

/// Texts of the version, those that we are likely to understand first.
std::vector<const iceberg::ViewRepresentation*> TextsByPreference(
    const iceberg::ViewVersion& version) {
  std::vector<const iceberg::ViewRepresentation*> texts;
  for (const iceberg::ViewRepresentation& text : version.representations) {
    texts.push_back(&text);
  }
  const auto rank = [](const iceberg::ViewRepresentation* text) {
    const std::string dialect = FoldName(text->dialect);
    return dialect == kViewDialect ? 0
           : dialect == "trino"    ? 1
           : dialect == "spark"    ? 2
                                   : 3;
  };
  std::ranges::stable_sort(texts, {}, rank);
  return texts;
}

Status ParseInto(const iceberg::ViewRepresentation& view, duckdb::CreateViewInfo* info) {
  if (FoldName(view.dialect) == "trino") {
    ARROW_ASSIGN_OR_RAISE(info->query, trino::TranslateQuery(view.sql, {}));
    return Status::OK();
  }
  const std::string& text = view.sql;
  const std::string sql = sql::WithStandardQuotes(text);
  ARROW_ASSIGN_OR_RAISE(const auto references, sql::FindTableReferences(sql));
  std::vector<sql::Replacement> replacements;
  for (const sql::TableReference& reference : references) {
    if (reference.as_of.has_value()) {
      replacements.push_back(
          {reference.as_of->range, sql::AtClauseText(sql, *reference.as_of)});
    }
  }
  return CatchDuckDb({}, [&]() -> Status {
    info->query =
        duckdb::CreateViewInfo::ParseSelect(sql::ReplaceRanges(sql, replacements));
    return Status::OK();
  });
}

/// The first text that DuckDB understands, parsed into `info`. Errors: kNotSupported,
/// with the dialects there are and why the first cannot be read.
Result<const iceberg::ViewRepresentation*> ParseText(const iceberg::TableIdent& ident,
                                                     const iceberg::ViewVersion& version,
                                                     duckdb::CreateViewInfo* info) {
  Status first_error;
  std::string dialects;
  for (const auto* text : TextsByPreference(version)) {
    const Status parsed = ParseInto(*text, info);
    if (parsed.ok()) {
      return text;
    }
    first_error = first_error.ok() ? parsed : first_error;
    dialects += (dialects.empty() ? "" : ", ") + text->dialect;
  }
  if (dialects.empty()) {
    return MakeError(ErrorCode::kInvalidData, "View has no text: " + ident.ToString());
  }
  return MakeError(ErrorCode::kNotSupported,
                   "View " + ident.ToString() + " is written in dialects " + dialects +
                       " and cannot be read here: " + first_error.message());
}

duckdb::LogicalType WidestDecimalForHuge(const duckdb::LogicalType& type) {
  if (type.id() != duckdb::LogicalTypeId::HUGEINT) {
    return type;
  }
  return duckdb::LogicalType::DECIMAL(38, 0);  // sum() of an integer column
}

/// Whether plain DuckDB reads `text` as this very query: no function of ours is in it.
bool IsPlainText(const std::string& text, const duckdb::SelectStatement& query) {
  if (text.find("trino") != std::string::npos) {
    return false;
  }
  bool is_same = false;
  const Status parsed = CatchDuckDb({}, [&]() -> Status {
    is_same = duckdb::CreateViewInfo::ParseSelect(text)->Equals(query);
    return Status::OK();
  });
  return parsed.ok() && is_same;
}

/// For a view made in Trino's dialect: its text first, DuckDB's where that says the same,
/// and the path that short names in it mean.
Status SetTrinoText(const table::Context& context, const duckdb::CreateViewInfo& info,
                    iceberg::ViewVersion* version,
                    std::map<std::string, std::string>* properties) {
  if (!info.comment.IsNull()) {
    (*properties)["comment"] = info.comment.ToString();
  }
  const auto text = info.tags.find(kTrinoTextTag);
  if (text == info.tags.end()) {
    return Status::OK();
  }
  auto tags = info.tags;
  if (tags[kViewCatalogTag] != context.catalog.name()) {
    return MakeError(ErrorCode::kNotSupported,
                     "A view is made in the session's catalog: USE it before CREATE "
                     "VIEW: " +
                         context.catalog.name());
  }
  if (!IsPlainText(version->representations[0].sql, *info.query)) {
    version->representations.clear();
  }
  version->representations.insert(version->representations.begin(),
                                  {.sql = text->second, .dialect = "trino"});
  version->default_namespace = iceberg::NamespaceFromString(tags[kViewSchemaTag]).levels;
  if (!tags[kViewOwnerTag].empty()) {
    (*properties)[kRunAsOwner] = tags[kViewOwnerTag];
  }
  // Whoever replaces the view writes a text in a dialect of its own; all are read here.
  (*properties)["replace.drop-dialect.allowed"] = "true";
  return Status::OK();
}

}  // namespace

void VisitTables(duckdb::SelectStatement& query,
                 const std::function<void(duckdb::BaseTableRef&)>& visit) {
  QueryWalk(visit).Run(*query.node);
}

Result<duckdb::unique_ptr<duckdb::SelectStatement>> QueryOfView(
    const std::string& catalog_name, const iceberg::TableIdent& ident,
    const iceberg::ViewMetadata& metadata) {
  duckdb::CreateViewInfo info;
  RETURN_NOT_OK(ParseText(ident, metadata.current_version(), &info).status());
  VisitTables(*info.query, [&](duckdb::BaseTableRef& table) {
    ResolveNames(metadata.current_version(), catalog_name, &table);
  });
  return std::move(info.query);
}

Result<std::unique_ptr<duckdb::ViewCatalogEntry>> MakeViewEntry(
    duckdb::Catalog& catalog, duckdb::SchemaCatalogEntry& schema,
    const iceberg::TableIdent& ident, const iceberg::ViewMetadata& metadata) {
  duckdb::CreateViewInfo info(schema, ident.name);
  ARROW_ASSIGN_OR_RAISE(const auto* text,
                        ParseText(ident, metadata.current_version(), &info));
  VisitTables(*info.query, [&](duckdb::BaseTableRef& table) {
    ResolveNames(metadata.current_version(), catalog.GetName(), &table);
  });
  info.sql = text->sql;
  SetColumns(metadata, &info);
  auto entry = std::make_unique<duckdb::ViewCatalogEntry>(catalog, schema, info);
  const auto comment = metadata.properties.find("comment");
  if (comment != metadata.properties.end()) {
    entry->comment = duckdb::Value(comment->second);
  }
  return entry;
}

Result<std::shared_ptr<const iceberg::ViewMetadata>> MakeViewMetadata(
    const table::Context& context, const iceberg::TableIdent& ident,
    const duckdb::CreateViewInfo& info) {
  std::vector<iceberg::Field> fields;
  iceberg::FieldId next_id = 1;
  for (size_t i = 0; i < info.types.size(); ++i) {
    const std::string& name = i < info.aliases.size() ? info.aliases[i] : info.names[i];
    iceberg::Field field{.id = next_id++, .name = name, .type = {}};
    auto type = IcebergTypeOf(WidestDecimalForHuge(info.types[i]), &next_id);
    if (!type.ok()) {
      return WithContext("View column " + name + ": ", type.status());
    }
    field.type = *std::move(type);
    const auto comment = info.tags.find(kViewColumnTag + FoldName(name));
    if (comment != info.tags.end()) {
      field.doc = comment->second;
    }
    fields.push_back(std::move(field));
  }
  ARROW_ASSIGN_OR_RAISE(auto schema, iceberg::Schema::Make({}, std::move(fields)));

  auto metadata = std::make_shared<iceberg::ViewMetadata>();
  metadata->view_uuid = NewUuid(context.random);
  ARROW_ASSIGN_OR_RAISE(metadata->location, context.catalog.NewTableLocation(ident));
  metadata->schemas.push_back(std::move(schema));
  metadata->current_version_id = 1;
  const auto now = context.clock.Now();
  iceberg::ViewVersion version{
      .version_id = 1,
      .schema_id = metadata->schemas.front()->id(),
      .timestamp = now,
      .summary = {{"engine-name", "tarn"}},
      .representations = {{.sql = info.query->ToString(), .dialect = kViewDialect}},
      .default_catalog = context.catalog.name(),
      .default_namespace = ident.ns.levels,
  };
  RETURN_NOT_OK(SetTrinoText(context, info, &version, &metadata->properties));
  for (const auto& [tag, value] : info.tags) {
    if (tag.starts_with(kViewPropertyTag)) {
      metadata->properties[tag.substr(sizeof(kViewPropertyTag) - 1)] = value;
    }
  }
  metadata->versions.push_back(std::move(version));
  metadata->version_log.push_back({.timestamp = now, .version_id = 1});
  return metadata;
}

}  // namespace tarn::engine
