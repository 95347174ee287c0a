// CREATE VIEW; Spark's ALTER VIEW … AS and TBLPROPERTIES of views.
#include <utility>

#include <duckdb/parser/parsed_data/create_view_info.hpp>
#include <duckdb/parser/statement/create_statement.hpp>
#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/engine/internal/create_table_text.h"
#include "tarn/engine/internal/trino/definitions.h"
#include "tarn/engine/internal/trino/statement.h"
#include "tarn/engine/internal/view_entry.h"
#include "tarn/sql/printer.h"
#include "tarn/sql/statement_parser.h"

namespace tarn::engine::trino {

namespace statement = sql::statement;
using duckdb::make_uniq;

namespace {

/// `query` with the names of Spark's column list: SELECT * FROM (query) AS columns (a,
/// b).
Result<sql::QueryPtr> Renamed(const statement::CreateView& create) {
  std::string names;
  for (const statement::ViewColumn& column : create.columns) {
    names += (names.empty() ? "" : ", ") + QuoteIdentifier(FoldName(column.name.text));
  }
  ARROW_ASSIGN_OR_RAISE(
      sql::TrinoStatement renamed,
      sql::ParseTrinoStatement(fmt::format("SELECT * FROM ({}) AS columns ({})",
                                           sql::PrintQuery(*create.query), names)));
  return std::get<sql::QueryPtr>(std::move(renamed.node));
}

/// A property's value as metadata keeps it.
Result<std::string> TextOf(const std::string& key, const sql::PropertyValue& value) {
  const auto* const text = std::get_if<std::string>(&value);
  return text != nullptr
             ? Result<std::string>(*text)
             : MakeError(ErrorCode::kInvalidArgument,
                         "View property must be a single value, not an ARRAY: " + key);
}

}  // namespace

Result<bool> Definitions::StartView(const statement::CreateView& create,
                                    const FoundObject& found) {
  if (!create.properties.empty()) {
    const statement::Property& first = create.properties.front();
    return ErrorAt(ErrorCode::kInvalidArgument, first.at, "INVALID_ARGUMENTS",
                   fmt::format("Catalog '{}' view property '{}' does not exist",
                               found.in.catalog, FoldName(first.name.text)));
  }
  if (found.in.entry == nullptr) {
    return Error(ErrorCode::kNoSuchNamespace, "",
                 "Schema '" + found.in.schema + "' does not exist");
  }
  if (create.is_alter && !found.is_view()) {
    return Error(ErrorCode::kNoSuchView, "TABLE_NOT_FOUND",
                 "View '" + found.Text() + "' does not exist");
  }
  if (found.is_view() && create.if_not_exists && !create.or_replace) {
    return false;
  }
  if (found.is_table() || (found.is_view() && !create.or_replace)) {
    return Error(ErrorCode::kAlreadyExists, "",
                 fmt::format("{} '{}' already exists",
                             found.is_table() ? "Table" : "View", found.Text()));
  }
  if (create.columns.empty()) {
    RETURN_NOT_OK(CheckColumnNames(*create.query));
  }
  return true;
}

Answer Definitions::Run(const statement::CreateView& create) {
  FoundObject found;
  bool is_made = true;
  RETURN_NOT_OK(host_.front_end().InTransaction([&]() -> Status {
    ARROW_ASSIGN_OR_RAISE(found, names_.Object(create.name));
    if (found.in.ours != nullptr) {
      ARROW_ASSIGN_OR_RAISE(is_made, StartView(create, found));
    }
    return Status::OK();
  }));
  if (found.in.ours == nullptr) {
    return host_.RunText(text_);
  }
  if (!is_made) {
    return EmptyResult("CREATE VIEW");
  }
  sql::QueryPtr query = create.query;
  if (!create.columns.empty()) {
    ARROW_ASSIGN_OR_RAISE(query, Renamed(create));
  }
  auto info = make_uniq<duckdb::CreateViewInfo>();
  info->catalog = found.in.catalog;
  info->schema = found.in.schema;
  info->view_name = found.name;
  info->on_conflict = create.or_replace ? duckdb::OnCreateConflict::REPLACE_ON_CONFLICT
                                        : duckdb::OnCreateConflict::ERROR_ON_CONFLICT;
  SessionFacts facts = facts_;
  facts.is_table = {};  // whoever reads the view looks no suffixes up
  ARROW_ASSIGN_OR_RAISE(info->query, TranslateQuery(*query, text_, facts));
  if (create.comment.has_value()) {
    info->comment = duckdb::Value(*create.comment);
  }
  const ResolvedSchema current = host_.front_end().CurrentPath();
  info->tags[kTrinoTextTag] = sql::PrintQuery(*query);
  info->tags[kViewCatalogTag] = current.catalog;
  info->tags[kViewSchemaTag] = current.schema;
  if (create.security != statement::ViewSecurity::kInvoker) {
    info->tags[kViewOwnerTag] = facts_.user;
  }
  for (const auto& [key, value] : create.table_properties) {
    ARROW_ASSIGN_OR_RAISE(info->tags[kViewPropertyTag + key], TextOf(key, value));
  }
  for (const statement::ViewColumn& column : create.columns) {
    if (column.comment.has_value()) {
      info->tags[kViewColumnTag + FoldName(column.name.text)] = *column.comment;
    }
  }
  auto statement = make_uniq<duckdb::CreateStatement>();
  statement->info = std::move(info);
  return host_.RunOnDuckDb(std::move(statement), text_);
}

Answer Definitions::SetViewProperties(const statement::SetProperties& set) {
  return Act("ALTER VIEW", "ALTER VIEW", [&]() -> Result<bool> {
    ARROW_ASSIGN_OR_RAISE(const FoundObject found, names_.Object(set.name));
    if (found.in.ours == nullptr) {
      return false;
    }
    if (!found.is_view()) {
      return Error(ErrorCode::kNoSuchView, "TABLE_NOT_FOUND",
                   "View '" + found.Text() + "' does not exist");
    }
    catalog::ViewCommit commit{.ident = found.object->ident, .updates = {}};
    commit.requirements.push_back({.uuid = found.object->view->view_uuid});
    std::map<std::string, std::string> texts;
    for (const auto& [key, value] : set.table_properties) {
      ARROW_ASSIGN_OR_RAISE(texts[key], TextOf(key, value));
    }
    if (!texts.empty()) {
      commit.updates.emplace_back(iceberg::update::SetProperties{std::move(texts)});
    }
    if (!set.unset.empty()) {
      commit.updates.emplace_back(iceberg::update::RemoveProperties{set.unset});
    }
    if (commit.updates.empty()) {
      return true;
    }
    RETURN_NOT_OK(
        names_.TransactionOf(found.in).tarn().catalog.CommitView(commit).status());
    return true;
  });
}

}  // namespace tarn::engine::trino
