#include "tarn/sql/table_definition_parser.h"

#include <string>
#include <utility>

#include "tarn/sql/clauses.h"
#include "tarn/sql/definition_parser.h"
#include "tarn/sql/expression_parser.h"
#include "tarn/sql/letter_case.h"
#include "tarn/sql/query_parser.h"
#include "tarn/sql/type_name.h"

namespace tarn::sql {
namespace {

using statement::CreateTableStatement;

Result<ColumnDefinition> ParseColumn(Cursor& cursor) {
  ColumnDefinition column;
  cursor.Note("LIKE");
  ARROW_ASSIGN_OR_RAISE(const Name name, cursor.ExpectName());
  column.name = name.text;
  ARROW_ASSIGN_OR_RAISE(column.type, ParseTrinoType(cursor));
  for (;;) {
    if (cursor.Take("DEFAULT")) {
      const size_t start = cursor.Peek().offset;
      RETURN_NOT_OK(ParseExpression(cursor));
      column.default_text =
          std::string(cursor.sql().substr(start, cursor.TakenEnd() - start));
    } else if (cursor.Take("NOT")) {
      RETURN_NOT_OK(cursor.Expect("NULL"));
      column.required = true;
    } else if (cursor.Take("COMMENT")) {
      ARROW_ASSIGN_OR_RAISE(column.comment, cursor.ExpectString());
    } else if (cursor.Is("WITH") && cursor.IsSymbol("(", 1)) {
      return Cursor::NotSupported(cursor.At(), "a column with properties");
    } else {
      return column;
    }
  }
}

Result<statement::LikeClause> ParseLikeClause(Cursor& cursor) {
  statement::LikeClause like;
  cursor.TakeAny();
  ARROW_ASSIGN_OR_RAISE(like.table, ParseObjectName(cursor));
  if (cursor.Take("INCLUDING")) {
    like.including_properties = true;
    RETURN_NOT_OK(cursor.Expect("PROPERTIES"));
  } else if (cursor.Take("EXCLUDING")) {
    like.including_properties = false;
    RETURN_NOT_OK(cursor.Expect("PROPERTIES"));
  }
  return like;
}

/// (a bigint, …, LIKE t).
Status ParseElements(Cursor& cursor, CreateTableStatement* create) {
  RETURN_NOT_OK(cursor.ExpectSymbol("("));
  do {
    if (cursor.Is("LIKE")) {
      ARROW_ASSIGN_OR_RAISE(auto like, ParseLikeClause(cursor));
      like.columns_before = create->table.columns.size();
      create->likes.push_back(std::move(like));
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(ColumnDefinition column, ParseColumn(cursor));
    create->table.columns.push_back(std::move(column));
  } while (cursor.TakeSymbol(","));
  return cursor.ExpectSymbol(")");
}

Status ParsePartitionedBy(Cursor& cursor, CreateTable* table) {
  RETURN_NOT_OK(cursor.Expect("BY"));
  RETURN_NOT_OK(cursor.ExpectSymbol("("));
  do {
    ARROW_ASSIGN_OR_RAISE(std::string term, TakeTerm(cursor.sql(), cursor));
    table->partitioning.push_back(std::move(term));
  } while (cursor.TakeSymbol(","));
  return cursor.ExpectSymbol(")");
}

/// COMMENT, WITH; Spark's PARTITIONED BY, TBLPROPERTIES, LOCATION and USING iceberg.
Status ParseTableClauses(Cursor& cursor, CreateTableStatement* create) {
  for (;;) {
    if (cursor.Take("COMMENT")) {
      ARROW_ASSIGN_OR_RAISE(create->table.comment, cursor.ExpectString());
    } else if (cursor.Take("WITH")) {
      ARROW_ASSIGN_OR_RAISE(create->properties, ParseTrinoProperties(cursor));
    } else if (cursor.Is("TBLPROPERTIES")) {
      cursor.TakeAny();
      RETURN_NOT_OK(ParseProperties(cursor, &create->table.properties));
      create->table.keeps_unknown = true;
    } else if (cursor.Is("LOCATION")) {
      cursor.TakeAny();
      ARROW_ASSIGN_OR_RAISE(create->table.properties["location"], cursor.ExpectString());
    } else if (cursor.Is("PARTITIONED")) {
      cursor.TakeAny();
      RETURN_NOT_OK(ParsePartitionedBy(cursor, &create->table));
    } else if (cursor.Is("USING")) {
      cursor.TakeAny();
      RETURN_NOT_OK(cursor.ExpectKeyword("iceberg"));
    } else {
      return Status::OK();
    }
  }
}

Status ParseQueryOfTable(Cursor& cursor, CreateTableStatement* create) {
  const size_t start = cursor.Peek().offset;
  ARROW_ASSIGN_OR_RAISE(create->query, ParseQuery(cursor));
  create->table.query =
      std::string(cursor.sql().substr(start, cursor.TakenEnd() - start));
  if (cursor.Take("WITH")) {
    create->table.with_data = !cursor.Take("NO");
    return cursor.Expect("DATA");
  }
  return Status::OK();
}

/// What ast.h has places of its own for, out of the properties.
Status TakeKnownProperties(CreateTableStatement* create) {
  CreateTable& table = create->table;
  for (const statement::Property& property : create->properties) {
    PropertyValue value;
    if (property.value != nullptr && ToPropertyValue(*property.value, &value)) {
      table.properties[property.name.text] = std::move(value);
    }
  }
  const auto take = [&table](const std::string& key, std::vector<std::string>* into) {
    const auto found = table.properties.find(key);
    if (found == table.properties.end()) {
      return;
    }
    if (const auto* list = std::get_if<std::vector<std::string>>(&found->second)) {
      into->insert(into->end(), list->begin(), list->end());
    } else {
      into->push_back(std::get<std::string>(found->second));
    }
    table.properties.erase(found);
  };
  if (!table.partitioning.empty() && table.properties.contains("partitioning")) {
    return Cursor::Fail(create->name.at,
                        "partitioning is given twice: use PARTITIONED BY or WITH "
                        "(partitioning = …), not both");
  }
  take("partitioning", &table.partitioning);
  take("sorted_by", &table.sorted_by);
  return Status::OK();
}

/// MAP(ARRAY['k', …], ARRAY['v', …]) as the list of k, v, ….
bool ToPropertyMap(const node::Call& call, PropertyValue* into) {
  PropertyValue keys;
  PropertyValue values;
  if (call.name.size() != 1 || Lower(call.name[0].text) != "map" ||
      call.arguments.size() != 2 || !ToPropertyValue(*call.arguments[0].value, &keys) ||
      !ToPropertyValue(*call.arguments[1].value, &values)) {
    return false;
  }
  const auto* key_list = std::get_if<std::vector<std::string>>(&keys);
  const auto* value_list = std::get_if<std::vector<std::string>>(&values);
  if (key_list == nullptr || value_list == nullptr ||
      key_list->size() != value_list->size()) {
    return false;
  }
  std::vector<std::string> pairs;
  for (size_t i = 0; i < key_list->size(); ++i) {
    pairs.push_back((*key_list)[i]);
    pairs.push_back((*value_list)[i]);
  }
  *into = std::move(pairs);
  return true;
}

/// CREATE TABLE t (a, b) AS …: names without types.
bool IsNameList(const Cursor& cursor) {
  return cursor.IsSymbol("(") && cursor.IsName(1) &&
         (cursor.IsSymbol(",", 2) || cursor.IsSymbol(")", 2));
}

}  // namespace

Result<CreateTableStatement> ParseCreateTableRest(Cursor& cursor, bool or_replace) {
  CreateTableStatement create;
  create.table.if_exists = or_replace ? IfExists::kReplace : IfExists::kFail;
  if (cursor.Is("NOT", 1) && cursor.Take("IF")) {
    RETURN_NOT_OK(cursor.Expect({"NOT", "EXISTS"}));
    create.table.if_exists = IfExists::kSkip;
  } else {
    cursor.Note("IF");
  }
  ARROW_ASSIGN_OR_RAISE(create.name, ParseObjectName(cursor));
  create.table.name = ToQualifiedName(create.name.parts);
  if (IsNameList(cursor)) {
    ARROW_ASSIGN_OR_RAISE(create.column_names, cursor.ExpectNameList());
  } else if (cursor.IsSymbol("(")) {
    RETURN_NOT_OK(ParseElements(cursor, &create));
  } else {
    cursor.Note("(");
  }
  RETURN_NOT_OK(ParseTableClauses(cursor, &create));
  const bool has_columns = !create.table.columns.empty() || !create.likes.empty();
  if (!has_columns || cursor.Is("AS")) {
    if (has_columns) {
      return cursor.Mismatch();
    }
    RETURN_NOT_OK(cursor.Expect("AS"));
    RETURN_NOT_OK(ParseQueryOfTable(cursor, &create));
  }
  RETURN_NOT_OK(TakeKnownProperties(&create));
  return create;
}

bool ToPropertyValue(const Expression& value, PropertyValue* into) {
  if (const auto* text = std::get_if<node::String>(&value.node)) {
    *into = text->value;
    return true;
  }
  if (const auto* number = std::get_if<node::Integer>(&value.node)) {
    *into = number->text;
    return true;
  }
  if (const auto* number = std::get_if<node::Decimal>(&value.node)) {
    *into = number->text;
    return true;
  }
  if (const auto* number = std::get_if<node::Double>(&value.node)) {
    *into = number->text;
    return true;
  }
  if (const auto* truth = std::get_if<node::Boolean>(&value.node)) {
    *into = std::string(truth->value ? "true" : "false");
    return true;
  }
  if (const auto* call = std::get_if<node::Call>(&value.node)) {
    return ToPropertyMap(*call, into);
  }
  const auto* array = std::get_if<node::Array>(&value.node);
  if (array == nullptr) {
    return false;
  }
  std::vector<std::string> list;
  for (const ExpressionPtr& one : array->values) {
    const auto* text = std::get_if<node::String>(&one->node);
    if (text == nullptr) {
      return false;
    }
    list.push_back(text->value);
  }
  *into = std::move(list);
  return true;
}

QualifiedName ToQualifiedName(const std::vector<Name>& names) {
  QualifiedName name;
  for (const Name& part : names) {
    name.parts.push_back(part.text);
  }
  return name;
}

}  // namespace tarn::sql
