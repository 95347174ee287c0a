#include "tarn/engine/internal/create_table.h"

#include <string>
#include <utility>
#include <vector>

#include <duckdb/common/exception.hpp>
#include <duckdb/common/type_visitor.hpp>
#include <duckdb/parser/constraints/not_null_constraint.hpp>
#include <duckdb/parser/expression/cast_expression.hpp>
#include <duckdb/parser/expression/columnref_expression.hpp>
#include <duckdb/parser/expression/constant_expression.hpp>
#include <duckdb/parser/expression/function_expression.hpp>
#include <duckdb/parser/parsed_data/create_table_info.hpp>

#include "tarn/base/error.h"
#include "tarn/engine/internal/catalog_view.h"
#include "tarn/engine/internal/default_value.h"
#include "tarn/engine/internal/reach.h"
#include "tarn/engine/internal/transaction.h"
#include "tarn/engine/internal/type_conversion.h"

namespace tarn::engine {
namespace {

using duckdb::LogicalType;
using duckdb::LogicalTypeId;
using duckdb::ParsedExpression;

Status Refuse(const std::string& what, const duckdb::CreateTableInfo& info) {
  return MakeError(ErrorCode::kNotSupported,
                   what + " is not supported on Iceberg tables, in table " + info.table);
}

Status RefuseConstraint(const duckdb::Constraint& constraint,
                        const duckdb::CreateTableInfo& info) {
  switch (constraint.type) {
    case duckdb::ConstraintType::NOT_NULL:
      return Status::OK();
    case duckdb::ConstraintType::CHECK:
      return Refuse("CHECK", info);
    case duckdb::ConstraintType::UNIQUE:
      return Refuse("PRIMARY KEY or UNIQUE", info);
    case duckdb::ConstraintType::FOREIGN_KEY:
      return Refuse("FOREIGN KEY", info);
    default:
      return Refuse("A constraint", info);
  }
}

Result<std::string> TextOfOption(const std::string& key,
                                 const ParsedExpression& expression) {
  switch (expression.GetExpressionClass()) {
    case duckdb::ExpressionClass::CONSTANT:
      return expression.Cast<duckdb::ConstantExpression>().value.ToString();
    case duckdb::ExpressionClass::COLUMN_REF:  // a word without quotes: format = parquet
      return expression.Cast<duckdb::ColumnRefExpression>().GetColumnName();
    case duckdb::ExpressionClass::CAST: {  // TRUE is 't'::BOOLEAN to the parser
      const auto& cast = expression.Cast<duckdb::CastExpression>();
      if (cast.child->GetExpressionClass() == duckdb::ExpressionClass::CONSTANT) {
        const auto& value = cast.child->Cast<duckdb::ConstantExpression>().value;
        return value.DefaultCastAs(cast.cast_type).ToString();
      }
      break;
    }
    default:
      break;
  }
  return MakeError(ErrorCode::kInvalidArgument,
                   "Table property must be a constant: " + key);
}

std::vector<std::string> ListOf(sql::PropertyValue value) {
  if (auto* list = std::get_if<std::vector<std::string>>(&value)) {
    return std::move(*list);
  }
  return {std::get<std::string>(std::move(value))};
}

Status ReadOptions(const duckdb::CreateTableInfo& info, DeclaredTable* declared) {
  for (const auto& key : info.partition_keys) {
    declared->partitioning.push_back(key->ToString());
  }
  for (const auto& key : info.sort_keys) {
    declared->sorted_by.push_back(key->ToString());
  }
  for (const auto& [key, expression] : info.options) {
    ARROW_ASSIGN_OR_RAISE(auto value, ValueOfOption(key, *expression));
    const std::string folded = FoldName(key);
    if (folded == "partitioning" && !declared->partitioning.empty()) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "partitioning is given twice: use PARTITIONED BY or WITH "
                       "(partitioning = …), not both");
    }
    if (folded == "partitioning") {
      declared->partitioning = ListOf(std::move(value));
    } else if (folded == "sorted_by") {
      declared->sorted_by = ListOf(std::move(value));
    } else if (folded == "comment") {
      declared->comment = ListOf(std::move(value)).front();
    } else {
      declared->properties[key] = std::move(value);
    }
  }
  return Status::OK();
}

Status ReadColumns(duckdb::ClientContext& context, const duckdb::CreateTableInfo& info,
                   DeclaredTable* declared) {
  iceberg::FieldId next_id = 1;
  for (const duckdb::ColumnDefinition& column : info.columns.Logical()) {
    if (column.Generated()) {
      return Refuse("A generated column", info);
    }
    iceberg::Field field{.id = next_id++, .name = FoldName(column.Name()), .type = {}};
    auto type = IcebergTypeOf(column.Type(), &next_id);
    if (!type.ok()) {
      return WithContext("Column " + column.Name() + ": ", type.status());
    }
    field.type = *std::move(type);
    if (column.HasDefaultValue()) {
      ARROW_ASSIGN_OR_RAISE(
          field.write_default,
          DefaultOfExpression(context, column.DefaultValue())(field.type));
    }
    declared->fields.push_back(std::move(field));
  }
  return Status::OK();
}

}  // namespace

Result<sql::PropertyValue> ValueOfOption(const std::string& key,
                                         const ParsedExpression& expression) {
  if (expression.GetExpressionClass() == duckdb::ExpressionClass::CONSTANT) {
    const duckdb::Value& value = expression.Cast<duckdb::ConstantExpression>().value;
    if (value.type().id() == LogicalTypeId::LIST) {
      std::vector<std::string> texts;
      for (const auto& child : duckdb::ListValue::GetChildren(value)) {
        texts.push_back(child.ToString());
      }
      return texts;
    }
  }
  if (expression.GetExpressionClass() ==
      duckdb::ExpressionClass::FUNCTION) {  // ARRAY['day(ts)']
    const auto& function = expression.Cast<duckdb::FunctionExpression>();
    if (function.function_name == "list_value" ||
        function.function_name == "array_value") {
      std::vector<std::string> texts;
      for (const auto& child : function.children) {
        ARROW_ASSIGN_OR_RAISE(auto text, TextOfOption(key, *child));
        texts.push_back(std::move(text));
      }
      return texts;
    }
  }
  ARROW_ASSIGN_OR_RAISE(auto text, TextOfOption(key, expression));
  return text;
}

Result<DeclaredTable> DeclarationOf(duckdb::ClientContext& context,
                                    const duckdb::CreateTableInfo& info,
                                    const iceberg::Namespace& ns) {
  DeclaredTable declared{.ident = {ns, FoldName(info.table)}, .fields = {}};
  for (const auto& constraint : info.constraints) {
    RETURN_NOT_OK(RefuseConstraint(*constraint, info));
  }
  RETURN_NOT_OK(ReadColumns(context, info, &declared));
  for (const auto& constraint : info.constraints) {
    const auto& not_null = constraint->Cast<duckdb::NotNullConstraint>();
    declared.fields[not_null.index.index].required = true;
  }
  RETURN_NOT_OK(ReadOptions(info, &declared));
  return declared;
}

namespace {

/// Where the statement says that files go; what the catalog chose is no question.
Status CheckDeclaredPlaces(IcebergTransaction& transaction, const DeclaredTable& declared,
                           const iceberg::TableMetadata& metadata) {
  const auto client = transaction.context.lock();
  if (client == nullptr) {
    return Status::OK();
  }
  for (const auto& [key, value] : declared.properties) {
    if (FoldName(key) == "location") {
      RETURN_NOT_OK(CheckPlace(*client, metadata.location));
    }
  }
  return CheckPlaces(*client, metadata.properties);
}

}  // namespace

Result<std::optional<NewTableWrite>> ResolveNewTable(
    IcebergTransaction& transaction, const DeclaredTable& declared,
    duckdb::OnCreateConflict on_conflict) {
  ARROW_ASSIGN_OR_RAISE(const auto existing,
                        transaction.view().Find(declared.ident.ns, declared.ident.name));
  if (!existing.has_value()) {
    ARROW_ASSIGN_OR_RAISE(auto metadata, MakeDeclaredTable(transaction.tarn(), declared));
    RETURN_NOT_OK(CheckDeclaredPlaces(transaction, declared, *metadata));
    return NewTableWrite{.ident = declared.ident, .metadata = std::move(metadata)};
  }
  if (on_conflict == duckdb::OnCreateConflict::IGNORE_ON_CONFLICT) {
    return std::optional<NewTableWrite>();
  }
  if (on_conflict != duckdb::OnCreateConflict::REPLACE_ON_CONFLICT ||
      existing->table == nullptr) {
    return MakeError(ErrorCode::kAlreadyExists,
                     (existing->table == nullptr ? "View already exists: "
                                                 : "Table already exists: ") +
                         existing->ident.ToString());
  }
  ARROW_ASSIGN_OR_RAISE(
      auto metadata, MakeReplacingTable(transaction.tarn(), declared, *existing->table));
  RETURN_NOT_OK(CheckDeclaredPlaces(transaction, declared, *metadata));
  return NewTableWrite{
      .ident = existing->ident, .metadata = std::move(metadata), .replaces = true};
}

LogicalType StoredTypeOf(const LogicalType& type) {
  return duckdb::TypeVisitor::VisitReplace(type, [](const LogicalType& part) {
    const bool huge =
        part.id() == LogicalTypeId::HUGEINT || part.id() == LogicalTypeId::UHUGEINT;
    return huge ? LogicalType::DECIMAL(38, 0) : part;
  });
}

}  // namespace tarn::engine
