#include "tarn/engine/internal/alter_table.h"

#include <utility>

#include <duckdb/parser/expression/cast_expression.hpp>
#include <duckdb/parser/expression/columnref_expression.hpp>
#include <duckdb/parser/parsed_data/alter_table_info.hpp>
#include <duckdb/parser/parsed_data/comment_on_column_info.hpp>

#include "tarn/base/clock.h"
#include "tarn/base/error.h"
#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/engine/internal/create_table.h"
#include "tarn/engine/internal/default_value.h"
#include "tarn/engine/internal/reach.h"
#include "tarn/engine/internal/schema_entry.h"
#include "tarn/engine/internal/type_conversion.h"
#include "tarn/table/alter.h"

namespace tarn::engine {
namespace {

using duckdb::AlterTableType;
using Steps = std::vector<AlterStep>;

std::string Joined(const duckdb::vector<std::string>& path) {
  std::string name;
  for (const std::string& part : path) {
    name += (name.empty() ? "" : ".") + part;
  }
  return name;
}

Status Refuse(const std::string& what, const std::string& table) {
  return MakeError(ErrorCode::kNotSupported,
                   what + " is not supported on Iceberg tables, in table " + table);
}

Result<iceberg::Type> TypeOf(const duckdb::LogicalType& type) {
  iceberg::FieldId next_id = 1;  // of nested fields; the table gives its own
  return IcebergTypeOf(type, &next_id);
}

Result<Steps> AddStep(duckdb::ClientContext& context, const std::string& parent,
                      const duckdb::ColumnDefinition& column, bool if_not_exists) {
  if (column.Generated()) {
    return Refuse("A generated column", column.Name());
  }
  iceberg::NewColumn added{.parent = parent, .name = column.Name(), .type = {}};
  ARROW_ASSIGN_OR_RAISE(added.type, TypeOf(column.Type()));
  DefaultOf default_of;
  if (column.HasDefaultValue()) {
    default_of = DefaultOfExpression(context, column.DefaultValue());
  }
  return Steps{AddColumn(std::move(added), default_of, if_not_exists)};
}

/// USING may say what the type says already: the column cast to it.
bool IsPlainCast(const duckdb::ChangeColumnTypeInfo& change) {
  if (change.expression == nullptr) {
    return true;
  }
  if (change.expression->GetExpressionClass() != duckdb::ExpressionClass::CAST) {
    return false;
  }
  const auto& cast = change.expression->Cast<duckdb::CastExpression>();
  return cast.child->GetExpressionClass() == duckdb::ExpressionClass::COLUMN_REF &&
         cast.child->Cast<duckdb::ColumnRefExpression>().GetColumnName() ==
             change.column_name;
}

Result<Steps> TypeStep(const duckdb::ChangeColumnTypeInfo& change) {
  if (!IsPlainCast(change)) {
    return Refuse("ALTER COLUMN … USING", change.name);
  }
  ARROW_ASSIGN_OR_RAISE(const iceberg::Type type, TypeOf(change.target_type));
  return Steps{SchemaEdit([name = change.column_name, type](auto& update) {
    return update.Promote(name, type);
  })};
}

Result<Steps> DefaultStep(duckdb::ClientContext& context,
                          const duckdb::SetDefaultInfo& change) {
  DefaultOf default_of;
  if (change.expression != nullptr) {
    default_of = DefaultOfExpression(context, *change.expression);
  }
  return Steps{SetColumnDefault(change.column_name, default_of)};
}

Result<Steps> OptionSteps(IcebergTransaction& transaction,
                          const duckdb::SetTableOptionsInfo& change) {
  sql::alter::SetProperties set;
  for (const auto& [key, expression] : change.table_options) {
    ARROW_ASSIGN_OR_RAISE(set.set[key], ValueOfOption(key, *expression));
  }
  return PropertySteps(set, NewUuid(transaction.tarn().random));
}

Result<Steps> TableSteps(duckdb::ClientContext& context, IcebergTransaction& transaction,
                         const duckdb::AlterTableInfo& info) {
  switch (info.alter_table_type) {
    case AlterTableType::ADD_COLUMN: {
      const auto& add = info.Cast<duckdb::AddColumnInfo>();
      return AddStep(context, "", add.new_column, add.if_column_not_exists);
    }
    case AlterTableType::ADD_FIELD: {
      const auto& add = info.Cast<duckdb::AddFieldInfo>();
      return AddStep(context, Joined(add.column_path), add.new_field,
                     add.if_field_not_exists);
    }
    case AlterTableType::REMOVE_COLUMN: {
      const auto& drop = info.Cast<duckdb::RemoveColumnInfo>();
      return Steps{DropColumn(drop.removed_column, drop.if_column_exists)};
    }
    case AlterTableType::REMOVE_FIELD: {
      const auto& drop = info.Cast<duckdb::RemoveFieldInfo>();
      return Steps{DropColumn(Joined(drop.column_path), drop.if_column_exists)};
    }
    case AlterTableType::RENAME_COLUMN: {
      const auto& rename = info.Cast<duckdb::RenameColumnInfo>();
      return Steps{RenameColumn(rename.old_name, rename.new_name, /*if_exists=*/false)};
    }
    case AlterTableType::RENAME_FIELD: {
      const auto& rename = info.Cast<duckdb::RenameFieldInfo>();
      return Steps{
          RenameColumn(Joined(rename.column_path), rename.new_name, /*if_exists=*/false)};
    }
    case AlterTableType::ALTER_COLUMN_TYPE:
      return TypeStep(info.Cast<duckdb::ChangeColumnTypeInfo>());
    case AlterTableType::SET_DEFAULT:
      return DefaultStep(context, info.Cast<duckdb::SetDefaultInfo>());
    case AlterTableType::SET_NOT_NULL:
      return Steps{SchemaEdit([name = info.Cast<duckdb::SetNotNullInfo>().column_name](
                                  auto& update) { return update.Require(name); })};
    case AlterTableType::DROP_NOT_NULL:
      return Steps{SchemaEdit([name = info.Cast<duckdb::DropNotNullInfo>().column_name](
                                  auto& update) { return update.MakeOptional(name); })};
    case AlterTableType::SET_PARTITIONED_BY: {
      std::vector<std::string> terms;
      for (const auto& key : info.Cast<duckdb::SetPartitionedByInfo>().partition_keys) {
        terms.push_back(key->ToString());
      }
      return Steps{ReplacePartitioning(terms)};
    }
    case AlterTableType::SET_SORTED_BY: {
      std::vector<std::string> terms;
      for (const auto& order : info.Cast<duckdb::SetSortedByInfo>().orders) {
        terms.push_back(order.ToString());
      }
      return Steps{SetSortOrder(terms)};
    }
    case AlterTableType::SET_TABLE_OPTIONS:
      return OptionSteps(transaction, info.Cast<duckdb::SetTableOptionsInfo>());
    case AlterTableType::RESET_TABLE_OPTIONS: {
      const auto& options = info.Cast<duckdb::ResetTableOptionsInfo>().table_options;
      return PropertySteps({.reset = {options.begin(), options.end()}}, "");
    }
    default:
      return Refuse("This form of ALTER TABLE", info.name);
  }
}

Steps CommentSteps(const duckdb::Value& comment) {
  if (comment.IsNull()) {
    return {SetTableProperties({}, {"comment"})};
  }
  return {SetTableProperties({{"comment", comment.ToString()}}, {})};
}

Steps ColumnCommentSteps(const duckdb::SetColumnCommentInfo& info) {
  std::optional<std::string> comment;
  if (!info.comment_value.IsNull()) {
    comment = info.comment_value.ToString();
  }
  return {SchemaEdit([name = info.column_name, comment](auto& update) {
    return update.SetDoc(name, comment);
  })};
}

Result<Steps> StepsOf(duckdb::ClientContext& context, IcebergTransaction& transaction,
                      const duckdb::AlterInfo& info) {
  switch (info.type) {
    case duckdb::AlterType::ALTER_TABLE:
      return TableSteps(context, transaction, info.Cast<duckdb::AlterTableInfo>());
    case duckdb::AlterType::SET_COMMENT:
      return CommentSteps(info.Cast<duckdb::SetCommentInfo>().comment_value);
    case duckdb::AlterType::SET_COLUMN_COMMENT:
      return ColumnCommentSteps(info.Cast<duckdb::SetColumnCommentInfo>());
    default:
      return Refuse("This form of ALTER", info.name);
  }
}

bool IsRename(const duckdb::AlterInfo& info) {
  return info.type == duckdb::AlterType::ALTER_TABLE &&
         info.Cast<duckdb::AlterTableInfo>().alter_table_type ==
             AlterTableType::RENAME_TABLE;
}

Status Run(duckdb::ClientContext& context, SchemaEntry& schema,
           const duckdb::AlterInfo& info) {
  IcebergTransaction& transaction = IcebergTransaction::Get(context, schema.catalog);
  ARROW_ASSIGN_OR_RAISE(const auto object,
                        transaction.view().Find(schema.ns(), info.name));
  if (!object.has_value()) {
    return MakeError(ErrorCode::kNoSuchTable,
                     "Table does not exist: " +
                         iceberg::TableIdent{schema.ns(), info.name}.ToString());
  }
  if (object->table == nullptr) {
    return MakeError(ErrorCode::kNotSupported,
                     "Views are replaced (CREATE OR REPLACE VIEW), not altered: " +
                         object->ident.ToString());
  }
  if (IsRename(info)) {
    const auto& rename = info.Cast<duckdb::RenameTableInfo>();
    return RenameTableTo(transaction, object->ident,
                         {schema.ns(), rename.new_table_name});
  }
  ARROW_ASSIGN_OR_RAISE(const Steps steps, StepsOf(context, transaction, info));
  RETURN_NOT_OK(CommitSteps(transaction, object->ident, steps));
  transaction.ForgetEntry(schema.name, info.name);
  return Status::OK();
}

/// Where files go from now on.
Status CheckNewPlaces(IcebergTransaction& transaction, const table::Alteration& made) {
  const auto client = transaction.context.lock();
  if (client == nullptr) {
    return Status::OK();
  }
  for (const iceberg::TableUpdate& change : made.updates) {
    if (const auto* place = std::get_if<iceberg::update::SetLocation>(&change)) {
      RETURN_NOT_OK(CheckPlace(*client, place->location));
    }
    if (const auto* set = std::get_if<iceberg::update::SetProperties>(&change)) {
      RETURN_NOT_OK(CheckPlaces(*client, set->updates));
    }
  }
  return Status::OK();
}

}  // namespace

void RunAlter(duckdb::ClientContext& context, SchemaEntry& schema,
              duckdb::AlterInfo& info) {
  RequireAutocommit(context, "ALTER and COMMENT ON");
  ThrowIfError(Run(context, schema, info));
}

Status CommitSteps(IcebergTransaction& transaction, const iceberg::TableIdent& ident,
                   const std::vector<AlterStep>& steps) {
  const table::Context& tarn = transaction.tarn();
  const auto alter =
      [&](const iceberg::TableMetadata& base) -> Result<table::Alteration> {
    ARROW_ASSIGN_OR_RAISE(auto made, MakeAlteration(base, steps, tarn.clock.Now()));
    RETURN_NOT_OK(CheckNewPlaces(transaction, made));
    return made;
  };
  return table::AlterTable(tarn, ident, alter).status();
}

Status RenameTableTo(IcebergTransaction& transaction, const iceberg::TableIdent& from,
                     const iceberg::TableIdent& to) {
  iceberg::TableIdent folded = to;
  folded.name = FoldName(to.name);
  if (folded == from) {
    return Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(const auto taken,
                        transaction.view().Find(folded.ns, folded.name));
  if (taken.has_value() && taken->ident != from) {
    return MakeError(
        ErrorCode::kAlreadyExists,
        "There is a table or view of this name already: " + taken->ident.ToString());
  }
  return transaction.tarn().catalog.RenameTable(from, folded);
}

}  // namespace tarn::engine
