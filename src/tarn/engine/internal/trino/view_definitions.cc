// CREATE VIEW.
#include <utility>

#include <duckdb/parser/parsed_data/create_view_info.hpp>
#include <duckdb/parser/statement/create_statement.hpp>
#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/engine/internal/trino/definitions.h"
#include "tarn/engine/internal/trino/statement.h"
#include "tarn/engine/internal/view_entry.h"
#include "tarn/sql/printer.h"

namespace tarn::engine::trino {

namespace statement = sql::statement;
using duckdb::make_uniq;

Answer Definitions::Run(const statement::CreateView& create) {
  FoundObject found;
  RETURN_NOT_OK(host_.front_end().InTransaction([&]() -> Status {
    ARROW_ASSIGN_OR_RAISE(found, names_.Object(create.name));
    if (found.in.ours == nullptr) {
      return Status::OK();
    }
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
    if (found.is_table() || (found.is_view() && !create.or_replace)) {
      return Error(ErrorCode::kAlreadyExists, "",
                   fmt::format("{} '{}' already exists",
                               found.is_table() ? "Table" : "View", found.Text()));
    }
    return CheckColumnNames(*create.query);
  }));
  if (found.in.ours == nullptr) {
    return host_.RunText(text_);
  }
  auto info = make_uniq<duckdb::CreateViewInfo>();
  info->catalog = found.in.catalog;
  info->schema = found.in.schema;
  info->view_name = found.name;
  info->on_conflict = create.or_replace ? duckdb::OnCreateConflict::REPLACE_ON_CONFLICT
                                        : duckdb::OnCreateConflict::ERROR_ON_CONFLICT;
  SessionFacts facts = facts_;
  facts.is_table = {};  // whoever reads the view looks no suffixes up
  ARROW_ASSIGN_OR_RAISE(info->query, TranslateQuery(*create.query, text_, facts));
  if (create.comment.has_value()) {
    info->comment = duckdb::Value(*create.comment);
  }
  const ResolvedSchema current = host_.front_end().CurrentPath();
  info->tags[kTrinoTextTag] = sql::PrintQuery(*create.query);
  info->tags[kViewCatalogTag] = current.catalog;
  info->tags[kViewSchemaTag] = current.schema;
  if (create.security != statement::ViewSecurity::kInvoker) {
    info->tags[kViewOwnerTag] = facts_.user;
  }
  auto statement = make_uniq<duckdb::CreateStatement>();
  statement->info = std::move(info);
  return host_.RunOnDuckDb(std::move(statement), text_);
}

}  // namespace tarn::engine::trino
