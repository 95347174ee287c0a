// CREATE TABLE, ALTER TABLE, TRUNCATE and ANALYZE.
#include <algorithm>
#include <set>
#include <utility>

#include <arrow/array/array_base.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/record_batch.h>
#include <duckdb/parser/expression/constant_expression.hpp>
#include <duckdb/parser/expression/star_expression.hpp>
#include <duckdb/parser/query_node/select_node.hpp>
#include <duckdb/parser/result_modifier.hpp>
#include <duckdb/parser/statement/select_statement.hpp>
#include <duckdb/parser/tableref/subqueryref.hpp>
#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/base/overload.h"
#include "tarn/engine/internal/create_table_text.h"
#include "tarn/engine/internal/table_properties.h"
#include "tarn/engine/internal/trino/definitions.h"
#include "tarn/engine/internal/trino/statement.h"
#include "tarn/sql/table_definition_parser.h"
#include "tarn/table/maintenance/compute_table_stats.h"

namespace tarn::engine::trino {

namespace statement = sql::statement;
namespace node = sql::node;
using duckdb::make_uniq;

namespace {

constexpr char kInvalidProperty[] = "INVALID_TABLE_PROPERTY";

/// SELECT * FROM (query) AS t (names), for no rows if they are not wanted.
duckdb::unique_ptr<duckdb::SelectStatement> Reshaped(
    duckdb::unique_ptr<duckdb::SelectStatement> query,
    const std::vector<sql::Name>& names, bool with_data) {
  auto select = make_uniq<duckdb::SelectNode>();
  select->select_list.push_back(make_uniq<duckdb::StarExpression>());
  auto from = make_uniq<duckdb::SubqueryRef>(std::move(query), "query");
  for (const sql::Name& name : names) {
    from->column_name_alias.push_back(FoldName(name.text));
  }
  select->from_table = std::move(from);
  if (!with_data) {
    auto limit = make_uniq<duckdb::LimitModifier>();
    limit->limit = make_uniq<duckdb::ConstantExpression>(duckdb::Value::BIGINT(0));
    select->modifiers.push_back(std::move(limit));
  }
  auto reshaped = make_uniq<duckdb::SelectStatement>();
  reshaped->node = std::move(select);
  return reshaped;
}

/// The SELECT whose items name the result's columns; nullptr if it is none.
const sql::Select* NamingSelect(const sql::Query& query) {
  if (const auto* inner = std::get_if<sql::QueryPtr>(&query.body)) {
    return NamingSelect(**inner);
  }
  if (const auto* operation = std::get_if<sql::SetOperation>(&query.body)) {
    return NamingSelect(*operation->left);
  }
  return std::get_if<sql::Select>(&query.body);
}

/// The name that an item gives its column; empty if it gives none.
std::string NameOf(const sql::SelectItem& item) {
  if (item.alias.has_value()) {
    return FoldName(item.alias->text);
  }
  if (const auto* column = std::get_if<node::Column>(&item.value->node)) {
    return FoldName(column->name.text);
  }
  const auto* field = std::get_if<node::Dereference>(&item.value->node);
  return field == nullptr ? std::string() : FoldName(field->field.text);
}

/// The one row of changes of data.
Answer RowCount(const char* statement_type, std::optional<int64_t> count) {
  arrow::Int64Builder builder;
  RETURN_NOT_OK(count.has_value() ? builder.Append(*count) : builder.AppendNull());
  ARROW_ASSIGN_OR_RAISE(auto rows, builder.Finish());
  return RowsResult(
      statement_type,
      arrow::RecordBatch::Make(arrow::schema({arrow::field("rows", arrow::int64())}), 1,
                               {std::move(rows)}));
}

/// What the client is told was done.
std::string NameOf(const sql::AlterAction& action) {
  namespace alter = sql::alter;
  return std::visit(
      Overload{[](const alter::AddColumn&) { return "ADD COLUMN"; },
               [](const alter::DropColumn&) { return "DROP COLUMN"; },
               [](const alter::RenameColumn&) { return "RENAME COLUMN"; },
               [](const alter::RenameTable&) { return "RENAME TABLE"; },
               [](const alter::SetColumnType&) { return "SET COLUMN TYPE"; },
               [](const alter::SetProperties&) { return "SET PROPERTIES"; },
               [](const alter::SetColumnRequired& set) {
                 return set.required ? "ALTER TABLE" : "DROP NOT NULL CONSTRAINT";
               },
               [](const alter::SetColumnDefault& set) {
                 return set.text.has_value() ? "SET DEFAULT" : "DROP DEFAULT";
               },
               [](const auto& /*any*/) { return "ALTER TABLE"; }},
      action);
}

}  // namespace

Status Definitions::CheckTableProperties(
    const std::vector<statement::Property>& properties,
    const std::string& catalog) const {
  std::set<std::string> seen;
  for (const statement::Property& property : properties) {
    const std::string key = FoldName(property.name.text);
    if (!IsTableProperty(key)) {
      return ErrorAt(
          ErrorCode::kInvalidArgument, property.at, kInvalidProperty,
          fmt::format("Catalog '{}' table property '{}' does not exist", catalog, key));
    }
    if (!seen.insert(key).second) {
      return ErrorAt(ErrorCode::kInvalidArgument, property.at, kInvalidProperty,
                     "Duplicate property: " + key);
    }
    sql::PropertyValue value;
    if (property.value == nullptr || !sql::ToPropertyValue(*property.value, &value)) {
      if (property.value == nullptr) {
        continue;  // DEFAULT
      }
      return ErrorAt(ErrorCode::kInvalidArgument, property.at, kInvalidProperty,
                     fmt::format("Invalid value for table property '{}': it must be a "
                                 "constant",
                                 key));
    }
    if (key == "location" || key == "partitioning" || key == "sorted_by") {
      continue;
    }
    const Status valid = IcebergPropertiesOf(key, value).status();
    if (!valid.ok()) {
      const bool is_refused = CodeOf(valid) == ErrorCode::kNotSupported;
      return ErrorAt(CodeOf(valid), property.at, is_refused ? "" : kInvalidProperty,
                     valid.message());
    }
  }
  return Status::OK();
}

Status Definitions::CheckColumnNames(const sql::Query& query) const {
  const sql::Select* const select = NamingSelect(query);
  if (select == nullptr) {
    if (std::holds_alternative<sql::Values>(query.body)) {
      return Error(ErrorCode::kInvalidArgument, "MISSING_COLUMN_NAME",
                   "Column name not specified at position 1");
    }
    return Status::OK();
  }
  std::set<std::string> seen;
  size_t position = 0;
  for (const sql::SelectItem& item : select->items) {
    ++position;
    if (item.value == nullptr || item.is_all) {
      return Status::OK();  // what comes after a star is known once it is bound
    }
    const std::string name = NameOf(item);
    if (name.empty()) {
      return Error(ErrorCode::kInvalidArgument, "MISSING_COLUMN_NAME",
                   fmt::format("Column name not specified at position {}", position));
    }
    if (!seen.insert(name).second) {
      return Error(ErrorCode::kInvalidArgument, "DUPLICATE_COLUMN_NAME",
                   "Column name '" + name + "' specified more than once");
    }
  }
  return Status::OK();
}

// ---- CREATE TABLE

Status Definitions::AddLiked(const statement::CreateTableStatement& create,
                             DeclaredTable* declared) {
  size_t added = 0;
  for (const statement::LikeClause& like : create.likes) {
    ARROW_ASSIGN_OR_RAISE(const FoundObject found, names_.Table(like.table));
    if (found.in.ours == nullptr) {
      return Error(ErrorCode::kNotSupported, "",
                   "LIKE a table of another catalog is not supported: " + found.Text());
    }
    const iceberg::TableMetadata& source = *found.object->table;
    const auto& fields = source.schema().fields();
    const auto at = declared->fields.begin() +
                    static_cast<std::ptrdiff_t>(like.columns_before + added);
    declared->fields.insert(at, fields.begin(), fields.end());
    added += fields.size();
    if (!like.including_properties.value_or(false)) {
      continue;
    }
    sql::PropertyList copied(source.properties.begin(), source.properties.end());
    copied.erase("comment");
    copied.emplace("format_version", std::to_string(source.format_version));
    declared->properties.merge(KeepUnknownProperties(std::move(copied)));
    if (declared->partitioning.empty()) {
      declared->partitioning = PartitionTerms(source);
    }
    if (declared->sorted_by.empty()) {
      declared->sorted_by = SortTerms(source);
    }
  }
  if (added > 0) {
    iceberg::FieldId last_id = 0;
    declared->fields = iceberg::AssignFreshIds(declared->fields, 1, &last_id);
  }
  return Status::OK();
}

Answer Definitions::CreateEmptyTable(const statement::CreateTableStatement& create) {
  ARROW_ASSIGN_OR_RAISE(auto answer,
                        host_.front_end().CreateEmptyTable(
                            create.table, [&](DeclaredTable* declared) -> Status {
                              return AddLiked(create, declared);
                            }));
  return std::move(answer.result);
}

Answer Definitions::CreateTableAs(const statement::CreateTableStatement& create) {
  if (create.column_names.empty()) {
    RETURN_NOT_OK(CheckColumnNames(*create.query));
  }
  ARROW_ASSIGN_OR_RAISE(auto query, TranslateQuery(*create.query, text_, facts_));
  if (!create.column_names.empty() || !create.table.with_data) {
    query = Reshaped(std::move(query), create.column_names, create.table.with_data);
  }
  ARROW_ASSIGN_OR_RAISE(auto answer,
                        host_.front_end().CreateTableAs(create.table, std::move(query)));
  return host_.RunOnDuckDb(std::move(answer.statement), text_);
}

Answer Definitions::Run(const statement::CreateTableStatement& create) {
  FoundObject found;
  RETURN_NOT_OK(host_.front_end().InTransaction([&]() -> Status {
    ARROW_ASSIGN_OR_RAISE(found, names_.Object(create.name));
    if (found.in.ours == nullptr) {
      return Status::OK();
    }
    RETURN_NOT_OK(CheckTableProperties(create.properties, found.in.catalog));
    if (found.in.entry == nullptr) {
      return Error(ErrorCode::kNoSuchNamespace, "",
                   "Schema '" + found.in.schema + "' does not exist");
    }
    const bool may_be_there = create.table.if_exists != sql::IfExists::kFail;
    if (found.is_view() || (found.is_table() && !may_be_there)) {
      return Error(ErrorCode::kAlreadyExists, "",
                   fmt::format("{} '{}' already exists",
                               found.is_view() ? "View" : "Table", found.Text()));
    }
    return Status::OK();
  }));
  if (found.in.ours == nullptr) {
    return host_.RunText(text_);
  }
  if (create.query != nullptr && found.is_table() &&
      create.table.if_exists == sql::IfExists::kSkip) {
    return RowCount("CREATE TABLE", 0);
  }
  statement::CreateTableStatement full = create;
  full.table.name.parts = {found.in.catalog, found.in.schema, found.name};
  return full.query == nullptr ? CreateEmptyTable(full) : CreateTableAs(full);
}

// ---- ALTER TABLE

Answer Definitions::Run(const sql::AlterTable& alter) {
  bool is_ours = true;
  bool is_there = true;
  sql::AlterTable full = alter;
  RETURN_NOT_OK(host_.front_end().InTransaction([&]() -> Status {
    std::vector<std::string> parts;
    for (const std::string& part : alter.table.parts) {
      parts.push_back(FoldName(part));
    }
    ARROW_ASSIGN_OR_RAISE(const FoundObject found, names_.Object(std::move(parts)));
    is_ours = found.in.ours != nullptr;
    if (!is_ours) {
      return Status::OK();
    }
    is_there = found.is_table();
    if (!is_there) {
      return alter.if_exists ? Status::OK() : names_.NoSuchTable(found);
    }
    for (const sql::AlterAction& action : alter.actions) {
      RETURN_NOT_OK(CheckAlterAction(action, *found.object->table, found.in.catalog));
    }
    full.table.parts = {found.in.catalog, found.in.schema, found.object->ident.name};
    return Status::OK();
  }));
  if (!is_ours) {
    return host_.RunText(text_);
  }
  const std::string name = NameOf(alter.actions.front());
  if (is_there) {
    RETURN_NOT_OK(host_.front_end().Answer(sql::Statement(std::move(full)), text_));
  }
  return EmptyResult(name);
}

Status Definitions::CheckAlterAction(const sql::AlterAction& action,
                                     const iceberg::TableMetadata& table,
                                     const std::string& catalog) const {
  if (const auto* add = std::get_if<sql::alter::AddColumn>(&action)) {
    const bool is_top = add->path.parts.size() == 1;
    if (is_top && !add->if_not_exists &&
        table.schema().FindByNameIgnoringCase(add->path.parts[0]) != nullptr) {
      return Error(ErrorCode::kAlreadyExists, "COLUMN_ALREADY_EXISTS",
                   "Column '" + FoldName(add->path.parts[0]) + "' already exists");
    }
  }
  if (const auto* set = std::get_if<sql::alter::SetProperties>(&action)) {
    for (const auto& [key, value] : set->set) {
      if (!set->keeps_unknown && !IsTableProperty(key)) {
        return Error(ErrorCode::kInvalidArgument, kInvalidProperty,
                     fmt::format("Catalog '{}' table property '{}' does not exist",
                                 catalog, FoldName(key)));
      }
    }
  }
  return Status::OK();
}

// ---- TRUNCATE and ANALYZE

Answer Definitions::Run(const statement::Truncate& truncate) {
  bool is_ours = true;
  RETURN_NOT_OK(host_.front_end().InTransaction([&]() -> Status {
    ARROW_ASSIGN_OR_RAISE(const FoundObject found, names_.Object(truncate.table));
    is_ours = found.in.ours != nullptr;
    if (found.is_view()) {
      return Error(ErrorCode::kNotSupported, "", "Cannot truncate a view");
    }
    return is_ours && !found.is_table() ? names_.NoSuchTable(found) : Status::OK();
  }));
  if (!is_ours) {
    return host_.RunText(text_);
  }
  const sql::Delete all{.table = {.at = truncate.table.at, .name = truncate.table.parts}};
  RETURN_NOT_OK(host_.RunOnDuckDb(Translator(text_, facts_).Statement(all), text_));
  return EmptyResult("TRUNCATE TABLE");
}

Answer Definitions::Run(const statement::Analyze& analyze) {
  table::ComputeTableStatsOptions options;
  for (const statement::Property& property : analyze.properties) {
    sql::PropertyValue value;
    const auto* columns =
        property.value != nullptr && sql::ToPropertyValue(*property.value, &value)
            ? std::get_if<std::vector<std::string>>(&value)
            : nullptr;
    if (FoldName(property.name.text) != "columns" || columns == nullptr) {
      return ErrorAt(ErrorCode::kInvalidArgument, property.at, "INVALID_ARGUMENTS",
                     fmt::format("Analyze property '{}' does not exist; there is "
                                 "columns = ARRAY['…']",
                                 FoldName(property.name.text)));
    }
    options.columns = *columns;
  }
  RETURN_NOT_OK(host_.front_end().InTransaction([&]() -> Status {
    RequireAutocommit(host_.context(), "ANALYZE");
    ARROW_ASSIGN_OR_RAISE(const FoundObject found, names_.Table(analyze.table));
    if (found.in.ours == nullptr) {
      return Error(ErrorCode::kNotSupported, "",
                   "This connector does not support analyze");
    }
    return table::ComputeTableStats(names_.TransactionOf(found.in).tarn(),
                                    found.object->ident, options)
        .status();
  }));
  return RowCount("ANALYZE", std::nullopt);
}

}  // namespace tarn::engine::trino
