#include "tarn/engine/internal/trino/definitions.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/engine/internal/alter_steps.h"
#include "tarn/engine/internal/alter_table.h"
#include "tarn/engine/internal/materialized_view.h"
#include "tarn/engine/internal/reach.h"
#include "tarn/table/snapshot_refs.h"

namespace tarn::engine::trino {

namespace statement = sql::statement;
using statement::ObjectKind;

Answer Definitions::Act(const char* statement_type, const char* refused_in,
                        const std::function<Result<bool>()>& act) {
  bool is_ours = true;
  RETURN_NOT_OK(host_.front_end().InTransaction([&]() -> Status {
    if (refused_in != nullptr) {
      RequireAutocommit(host_.context(), refused_in);
    }
    ARROW_ASSIGN_OR_RAISE(is_ours, act());
    return Status::OK();
  }));
  return is_ours ? EmptyResult(statement_type) : host_.RunText(text_);
}

// ---- Schemas

Answer Definitions::Run(const statement::CreateSchemaStatement& create) {
  return Act("CREATE SCHEMA", "CREATE SCHEMA", [&]() -> Result<bool> {
    ARROW_ASSIGN_OR_RAISE(const FoundSchema found, names_.Schema(create.name));
    if (found.ours == nullptr) {
      return false;
    }
    if (found.entry != nullptr) {
      if (create.schema.if_exists == sql::IfExists::kSkip) {
        return true;
      }
      return Error(ErrorCode::kAlreadyExists, "",
                   "Schema '" + found.Text() + "' already exists");
    }
    catalog::Properties properties;
    for (const statement::Property& property : create.properties) {
      const std::string key = FoldName(property.name.text);
      const auto value = create.schema.properties.find(property.name.text);
      const bool is_known = key == "location" || key == "comment" ||
                            key.find_first_of(".-") != std::string::npos;
      if (!is_known) {
        return ErrorAt(ErrorCode::kInvalidArgument, property.at,
                       "INVALID_SCHEMA_PROPERTY",
                       fmt::format("Catalog '{}' schema property '{}' does not exist",
                                   found.catalog, key));
      }
      const auto* text = value == create.schema.properties.end()
                             ? nullptr
                             : std::get_if<std::string>(&value->second);
      if (text == nullptr) {
        return ErrorAt(ErrorCode::kInvalidArgument, property.at,
                       "INVALID_SCHEMA_PROPERTY",
                       "Schema property must be a single constant: " + key);
      }
      properties[key] = *text;
    }
    RETURN_NOT_OK(CheckPlaces(host_.context(), properties));
    RETURN_NOT_OK(names_.TransactionOf(found).tarn().catalog.CreateNamespace(
        iceberg::NamespaceFromString(found.schema), properties));
    return true;
  });
}

Status Definitions::EmptySchema(const FoundSchema& found) {
  catalog::Catalog& store = names_.TransactionOf(found).tarn().catalog;
  const iceberg::Namespace& ns = found.entry->ns();
  ARROW_ASSIGN_OR_RAISE(const auto views, store.ListViews(ns));
  for (const iceberg::TableIdent& view : views) {
    RETURN_NOT_OK(store.DropView(view));
  }
  ARROW_ASSIGN_OR_RAISE(const auto tables, store.ListTables(ns));
  for (const iceberg::TableIdent& table : tables) {
    RETURN_NOT_OK(store.DropTable(table));
  }
  return Status::OK();
}

Result<bool> Definitions::DropSchema(const statement::Drop& drop) {
  ARROW_ASSIGN_OR_RAISE(const FoundSchema found, names_.Schema(drop.name));
  if (found.ours == nullptr) {
    return false;
  }
  if (found.entry == nullptr) {
    if (drop.if_exists) {
      return true;
    }
    return Error(ErrorCode::kNoSuchNamespace, "",
                 "Schema '" + found.Text() + "' does not exist");
  }
  catalog::Catalog& store = names_.TransactionOf(found).tarn().catalog;
  ARROW_ASSIGN_OR_RAISE(const auto inner, store.ListNamespaces(found.entry->ns()));
  if (drop.is_cascade && inner.empty()) {
    RETURN_NOT_OK(EmptySchema(found));
  }
  const Status dropped = store.DropNamespace(found.entry->ns());
  if (!dropped.ok() && CodeOf(dropped) == ErrorCode::kNamespaceNotEmpty) {
    return Error(ErrorCode::kNamespaceNotEmpty, "",
                 "Cannot drop non-empty schema '" + found.schema + "'");
  }
  RETURN_NOT_OK(dropped);
  return true;
}

// ---- DROP

Result<bool> Definitions::DropTable(const statement::Drop& drop) {
  ARROW_ASSIGN_OR_RAISE(const FoundObject found, names_.Object(drop.name));
  if (found.in.ours == nullptr) {
    return false;
  }
  if (found.is_view()) {
    return Error(ErrorCode::kNoSuchTable, "GENERIC_USER_ERROR",
                 fmt::format("Table '{0}' does not exist, but a view with that name "
                             "exists. Did you mean DROP VIEW {0}?",
                             found.Text()));
  }
  if (!found.is_table()) {
    return drop.if_exists ? Result<bool>(true) : names_.NoSuchTable(found);
  }
  RETURN_NOT_OK(
      names_.TransactionOf(found.in).tarn().catalog.DropTable(found.object->ident));
  return true;
}

Result<bool> Definitions::DropView(const statement::Drop& drop) {
  ARROW_ASSIGN_OR_RAISE(const FoundObject found, names_.Object(drop.name));
  if (found.in.ours == nullptr) {
    return false;
  }
  if (found.is_table()) {
    return Error(ErrorCode::kNoSuchView, "GENERIC_USER_ERROR",
                 fmt::format("View '{0}' does not exist, but a table with that name "
                             "exists. Did you mean DROP TABLE {0}?",
                             found.Text()));
  }
  if (!found.is_view()) {
    return drop.if_exists ? Result<bool>(true)
                          : Error(ErrorCode::kNoSuchView, "TABLE_NOT_FOUND",
                                  "View '" + found.Text() + "' does not exist");
  }
  if (found.object->view->properties.contains(kStorageProperty)) {
    return Error(ErrorCode::kNoSuchView, "GENERIC_USER_ERROR",
                 fmt::format("View '{0}' does not exist, but a materialized view with "
                             "that name exists. Did you mean DROP MATERIALIZED VIEW {0}?",
                             found.Text()));
  }
  RETURN_NOT_OK(
      names_.TransactionOf(found.in).tarn().catalog.DropView(found.object->ident));
  return true;
}

Result<bool> Definitions::DropBranch(const statement::Drop& drop) {
  ARROW_ASSIGN_OR_RAISE(const FoundObject found, names_.Table(*drop.in));
  if (found.in.ours == nullptr) {
    return Error(ErrorCode::kNotSupported, "", "This catalog does not support branches");
  }
  const std::string branch = FoldName(drop.name.parts.back().text);
  const auto existing = found.object->table->refs.find(branch);
  if (existing != found.object->table->refs.end() &&
      existing->second.type == iceberg::RefType::kTag) {
    return Error(ErrorCode::kInvalidArgument, "", branch + " is a tag, not a branch");
  }
  RETURN_NOT_OK(table::DropRef(names_.TransactionOf(found.in).tarn(), found.object->ident,
                               branch, drop.if_exists));
  return true;
}

Answer Definitions::Run(const statement::Drop& drop) {
  switch (drop.kind) {
    case ObjectKind::kSchema:
      return Act("DROP SCHEMA", "DROP SCHEMA", [&] { return DropSchema(drop); });
    case ObjectKind::kTable:
      return Act("DROP TABLE", "DROP TABLE", [&] { return DropTable(drop); });
    case ObjectKind::kView:
      return Act("DROP VIEW", "DROP VIEW", [&] { return DropView(drop); });
    case ObjectKind::kBranch:
      return Act("DROP BRANCH", "DROP BRANCH", [&] { return DropBranch(drop); });
    case ObjectKind::kRole:
      return Error(ErrorCode::kNotSupported, "", "DROP ROLE is not supported");
    default:
      return host_.RunText(text_);
  }
}

// ---- RENAME and SET PROPERTIES, but for tables

Answer Definitions::Run(const statement::Rename& rename) {
  if (rename.kind == ObjectKind::kSchema) {
    return Error(ErrorCode::kNotSupported, "",
                 "This connector does not support renaming schemas");
  }
  if (rename.kind != ObjectKind::kView) {
    return host_.RunText(text_);
  }
  return Act("RENAME VIEW", "ALTER VIEW", [&]() -> Result<bool> {
    ARROW_ASSIGN_OR_RAISE(const FoundObject from, names_.Object(rename.name));
    std::vector<std::string> parts = FoldedParts(rename.new_name);
    if (parts.size() == 1) {
      parts.insert(parts.begin(), {from.in.catalog, from.in.schema});
    }
    ARROW_ASSIGN_OR_RAISE(const FoundObject to, names_.Object(std::move(parts)));
    if (from.in.ours == nullptr) {
      return false;
    }
    if (!from.is_view()) {
      return Error(ErrorCode::kNoSuchView, "TABLE_NOT_FOUND",
                   "View '" + from.Text() + "' does not exist");
    }
    if (to.in.ours != from.in.ours) {
      return Error(ErrorCode::kNotSupported, "",
                   "View rename across catalogs is not supported");
    }
    if (to.in.entry == nullptr) {
      return Error(ErrorCode::kNoSuchNamespace, "",
                   "Schema '" + to.in.Text() + "' does not exist");
    }
    if (to.object.has_value()) {
      return Error(ErrorCode::kAlreadyExists, "TABLE_ALREADY_EXISTS",
                   "Target view '" + to.Text() + "' already exists");
    }
    RETURN_NOT_OK(names_.TransactionOf(from.in).tarn().catalog.RenameView(
        from.object->ident, {to.in.entry->ns(), to.name}));
    return true;
  });
}

Answer Definitions::Run(const statement::SetProperties& set) {
  if (set.kind == ObjectKind::kView && set.properties.empty()) {
    return SetViewProperties(set);
  }
  if (set.kind == ObjectKind::kView) {
    return Error(ErrorCode::kNotSupported, "",
                 "Views have no properties to set: " + set.name.parts.back().text);
  }
  return host_.RunText(text_);
}

// ---- COMMENT

Status Definitions::SetViewProperty(const FoundObject& found, const std::string& key,
                                    const std::optional<std::string>& value) {
  catalog::ViewCommit commit{.ident = found.object->ident, .updates = {}};
  commit.requirements.push_back({.uuid = found.object->view->view_uuid});
  if (value.has_value()) {
    commit.updates.emplace_back(iceberg::update::SetProperties{{{key, *value}}});
  } else {
    commit.updates.emplace_back(iceberg::update::RemoveProperties{{key}});
  }
  return names_.TransactionOf(found.in).tarn().catalog.CommitView(commit).status();
}

Status Definitions::CommentOnColumn(const FoundObject& found, const std::string& column,
                                    const std::optional<std::string>& text) {
  const SchemaEdit edit = [column, text](iceberg::SchemaUpdate& update) {
    return update.SetDoc(column, text);
  };
  return CommitSteps(names_.TransactionOf(found.in), found.object->ident, {edit});
}

/// Comments are in the view's schema: a new one, and a version of the same text with it.
Status Definitions::CommentOnViewColumn(const FoundObject& found,
                                        const std::string& column,
                                        const std::optional<std::string>& text) {
  const iceberg::ViewMetadata& view = *found.object->view;
  const auto& context = names_.TransactionOf(found.in).tarn();
  iceberg::ViewVersion version = view.current_version();
  const auto schema = view.FindSchema(version.schema_id);
  std::vector<iceberg::Field> fields =
      schema == nullptr ? std::vector<iceberg::Field>() : schema->fields();
  const auto commented = std::ranges::find_if(
      fields, [&](const auto& field) { return FoldName(field.name) == column; });
  if (commented == fields.end()) {
    return Error(ErrorCode::kNoSuchColumn, "", "Column does not exist: " + column);
  }
  commented->doc = text;
  iceberg::update::AddSchema add;
  ARROW_ASSIGN_OR_RAISE(add.schema,
                        iceberg::Schema::Make(iceberg::SchemaId{0}, fields,
                                              schema->identifier_field_ids()));
  version.schema_id.value = -1;  // the one that is added
  version.timestamp = context.clock.Now();
  catalog::ViewCommit commit{.ident = found.object->ident, .updates = {}};
  commit.requirements.push_back({.uuid = view.view_uuid});
  commit.updates.emplace_back(std::move(add));
  commit.updates.emplace_back(iceberg::update::AddViewVersion{std::move(version)});
  commit.updates.emplace_back(iceberg::update::SetCurrentViewVersion{});
  return context.catalog.CommitView(commit).status();
}

Answer Definitions::Run(const statement::Comment& comment) {
  return Act("COMMENT", "COMMENT", [&]() -> Result<bool> {
    std::vector<std::string> parts = FoldedParts(comment.name);
    std::string column;
    if (comment.kind == ObjectKind::kColumn) {
      if (parts.size() < 2) {
        return Error(ErrorCode::kInvalidArgument, "INVALID_ARGUMENTS",
                     "Table must be specified");
      }
      column = parts.back();
      parts.pop_back();
    }
    ARROW_ASSIGN_OR_RAISE(FoundObject found, names_.Object(parts));
    // COMMENT ON COLUMN t.point.x: a field of a row.
    while (!column.empty() && !found.object.has_value() && parts.size() > 1) {
      column = parts.back() + "." + column;
      parts.pop_back();
      ARROW_ASSIGN_OR_RAISE(found, names_.Object(parts));
    }
    if (found.in.ours == nullptr) {
      return false;
    }
    if (comment.kind == ObjectKind::kView ? !found.is_view()
                                          : !found.object.has_value()) {
      ARROW_ASSIGN_OR_RAISE(found, names_.Object(comment.name));
      return comment.kind == ObjectKind::kView
                 ? Error(ErrorCode::kNoSuchView, "TABLE_NOT_FOUND",
                         "View '" + found.Text() + "' does not exist")
                 : names_.NoSuchTable(found);
    }
    if (found.is_view()) {
      if (comment.kind == ObjectKind::kTable) {
        return Error(ErrorCode::kNoSuchTable, "TABLE_NOT_FOUND",
                     fmt::format("Table '{0}' does not exist, but a view with that name "
                                 "exists. Did you mean COMMENT ON VIEW {0} IS ...?",
                                 found.Text()));
      }
      if (!column.empty()) {
        if (found.object->view->properties.contains(kStorageProperty)) {
          return Error(ErrorCode::kNotSupported, "",
                       "Columns of materialized views have no comments: " + column);
        }
        RETURN_NOT_OK(CommentOnViewColumn(found, column, comment.text));
        return true;
      }
      RETURN_NOT_OK(SetViewProperty(found, "comment", comment.text));
      return true;
    }
    if (!column.empty()) {
      if (found.object->table->schema().FindByNameIgnoringCase(column) == nullptr) {
        return Error(ErrorCode::kNoSuchColumn, "", "Column does not exist: " + column);
      }
      RETURN_NOT_OK(CommentOnColumn(found, column, comment.text));
      return true;
    }
    using Set = std::map<std::string, std::string>;
    RETURN_NOT_OK(
        CommitSteps(names_.TransactionOf(found.in), found.object->ident,
                    {comment.text.has_value()
                         ? SetTableProperties(Set{{"comment", *comment.text}}, {})
                         : SetTableProperties({}, {"comment"})}));
    return true;
  });
}

// ---- Branches

Answer Definitions::Run(const statement::CreateBranch& create) {
  return Act("CREATE BRANCH", "CREATE BRANCH", [&]() -> Result<bool> {
    ARROW_ASSIGN_OR_RAISE(const FoundObject found, names_.Table(create.table));
    if (found.in.ours == nullptr) {
      return Error(ErrorCode::kNotSupported, "",
                   "This catalog does not support branches");
    }
    if (!create.properties.empty()) {
      const statement::Property& first = create.properties.front();
      return ErrorAt(ErrorCode::kInvalidArgument, first.at, "INVALID_ARGUMENTS",
                     fmt::format("Catalog '{}' branch property '{}' does not exist",
                                 found.in.catalog, FoldName(first.name.text)));
    }
    table::NewRef ref{.name = FoldName(create.branch.text)};
    if (create.if_exists == sql::IfExists::kSkip) {
      ref.if_exists = table::IfRefExists::kIgnore;
    } else if (create.if_exists == sql::IfExists::kReplace) {
      ref.if_exists = table::IfRefExists::kReplace;
    }
    if (create.from.has_value()) {
      ARROW_ASSIGN_OR_RAISE(
          ref.snapshot_id,
          table::SnapshotNamed(*found.object->table, FoldName(create.from->text)));
    }
    RETURN_NOT_OK(table::CreateRef(names_.TransactionOf(found.in).tarn(),
                                   found.object->ident, ref));
    return true;
  });
}

Answer Definitions::Run(const statement::FastForwardBranch& forward) {
  return Act("FAST FORWARD BRANCH", "FAST FORWARD", [&]() -> Result<bool> {
    ARROW_ASSIGN_OR_RAISE(const FoundObject found, names_.Table(forward.table));
    if (found.in.ours == nullptr) {
      return Error(ErrorCode::kNotSupported, "",
                   "This catalog does not support branches");
    }
    RETURN_NOT_OK(table::FastForward(names_.TransactionOf(found.in).tarn(),
                                     found.object->ident, FoldName(forward.branch.text),
                                     FoldName(forward.to.text)));
    return true;
  });
}

}  // namespace tarn::engine::trino
