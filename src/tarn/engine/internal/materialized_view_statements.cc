#include "tarn/engine/internal/materialized_view_statements.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <duckdb/parser/parsed_data/create_view_info.hpp>
#include <duckdb/parser/statement/create_statement.hpp>
#include <fmt/format.h>

#include "tarn/base/clock.h"
#include "tarn/base/error.h"
#include "tarn/engine/internal/alter_steps.h"
#include "tarn/engine/internal/alter_table.h"
#include "tarn/engine/internal/create_table_text.h"
#include "tarn/engine/internal/trino/run_statement.h"
#include "tarn/engine/internal/trino/statement.h"
#include "tarn/engine/internal/view_entry.h"
#include "tarn/sql/printer.h"
#include "tarn/sql/statement_parser.h"

namespace tarn::engine {

namespace statement = sql::statement;
using trino::Answer;
using trino::FoundObject;

namespace {

/// Milliseconds of INTERVAL '1' HOUR. Errors: NOT_SUPPORTED.
Result<int64_t> GraceMillis(const sql::Expression& grace) {
  const auto* const interval = std::get_if<sql::node::Interval>(&grace.node);
  using Unit = std::pair<std::string_view, int64_t>;
  constexpr Unit kUnits[] = {
      {"second", 1'000}, {"minute", 60'000}, {"hour", 3'600'000}, {"day", 86'400'000}};
  const auto* const unit =
      interval == nullptr || interval->to.has_value()
          ? std::end(kUnits)
          : std::ranges::find(kUnits, std::string_view(interval->from), &Unit::first);
  int64_t count = 0;
  const bool is_plain =
      unit != std::end(kUnits) && !interval->is_negative &&
      std::from_chars(interval->value.data(),
                      interval->value.data() + interval->value.size(), count)
              .ptr == interval->value.data() + interval->value.size();
  if (!is_plain || count < 0 || count > 100'000'000) {
    return trino::ErrorAt(ErrorCode::kNotSupported, grace.at, "",
                          "GRACE PERIOD takes an interval like INTERVAL '1' HOUR");
  }
  return count * unit->second;
}

/// WITH (…) as written, without the word.
std::string WithText(const std::vector<statement::Property>& properties) {
  std::string text;
  for (const statement::Property& property : properties) {
    if (property.value != nullptr) {
      text += (text.empty() ? "" : ", ") + property.name.text + " = " +
              sql::PrintExpression(*property.value);
    }
  }
  return text;
}

/// WITH (…) after SET PROPERTIES; `with` is what WithText gave.
Result<std::string> WithChanged(const std::string& with,
                                const std::vector<statement::Property>& changes) {
  std::vector<statement::Property> properties;
  if (!with.empty()) {
    ARROW_ASSIGN_OR_RAISE(
        const auto parsed,
        sql::ParseTrinoStatement("CREATE TABLE t (c bigint) WITH (" + with + ")"));
    const auto* const create = std::get_if<statement::CreateTableStatement>(&parsed.node);
    if (create != nullptr) {
      properties = create->properties;
    }
  }
  for (const statement::Property& change : changes) {
    std::erase_if(properties, [&](const statement::Property& property) {
      return trino::Folded(property.name.text) == trino::Folded(change.name.text);
    });
    properties.push_back(change);  // of DEFAULT nothing is written
  }
  return WithText(properties);
}

std::string FullName(const FoundObject& found, const std::string& name) {
  return QuoteIdentifier(found.in.catalog) + "." + QuoteIdentifier(found.in.schema) +
         "." + QuoteIdentifier(name);
}

}  // namespace

Status MaterializedViewStatements::RequireAutocommit(const char* what) {
  if (host_.context().transaction.IsAutoCommit()) {
    return Status::OK();
  }
  return Error(ErrorCode::kNotSupported, "",
               std::string(what) + " cannot be part of a transaction");
}

Result<MaterializedViewStatements::Found> MaterializedViewStatements::Find(
    const statement::ObjectName& name, bool must_exist) {
  Found found;
  ARROW_ASSIGN_OR_RAISE(found.object, names_.Object(name));
  if (found.object.in.ours == nullptr) {
    return Error(ErrorCode::kNotSupported, "",
                 "Materialized views are made in Iceberg catalogs, not in '" +
                     found.object.in.catalog + "'");
  }
  if (found.object.is_view()) {
    ARROW_ASSIGN_OR_RAISE(found.view, MaterializedViewOf(found.object.object->ident,
                                                         *found.object.object->view));
  }
  if (must_exist && !found.view.has_value()) {
    const char* const other =
        found.object.is_table()  ? ", but a table with that name exists"
        : found.object.is_view() ? ", but a view with that name exists"
                                 : "";
    return Error(ErrorCode::kNoSuchView, *other != '\0' ? "GENERIC_USER_ERROR" : "",
                 fmt::format("Materialized view '{}' does not exist{}",
                             found.object.Text(), other));
  }
  return found;
}

// ---- CREATE

Answer MaterializedViewStatements::Run(const statement::CreateMaterializedView& create) {
  RETURN_NOT_OK(RequireAutocommit("CREATE MATERIALIZED VIEW"));
  Found found;
  bool is_skipped = false;
  RETURN_NOT_OK(host_.front_end().InTransaction([&]() -> Status {
    ARROW_ASSIGN_OR_RAISE(found, Find(create.name, false));
    if (found.object.in.entry == nullptr) {
      return Error(ErrorCode::kNoSuchNamespace, "",
                   "Schema '" + found.object.in.schema + "' does not exist");
    }
    is_skipped = found.view.has_value() && create.if_exists == sql::IfExists::kSkip;
    const bool is_replaced =
        found.view.has_value() && create.if_exists == sql::IfExists::kReplace;
    const bool exists = found.object.is_table() || found.object.is_view();
    if (exists && !is_skipped && !is_replaced) {
      return Error(ErrorCode::kAlreadyExists, "",
                   fmt::format("{} '{}' already exists",
                               found.object.is_table()  ? "Table"
                               : found.view.has_value() ? "Materialized view"
                                                        : "View",
                               found.object.Text()));
    }
    return Status::OK();
  }));
  if (is_skipped) {
    return EmptyResult("CREATE MATERIALIZED VIEW");
  }
  table::Context tarn = found.object.in.ours->tarn();
  const std::string storage =
      StoragePrefix(found.object.name) + NewUuid(tarn.random).substr(0, 8);
  RETURN_NOT_OK(CreateStorage(create, found.object, storage));
  const Status created = CreateView(create, found.object, storage);
  if (!created.ok()) {
    const Status dropped =
        DropStorage(found.object.in, {found.object.in.entry->ns(), storage});
    static_cast<void>(dropped);  // the first error is the one to tell
    return created;
  }
  if (found.view.has_value()) {
    RETURN_NOT_OK(DropStorage(found.object.in, found.view->storage));
  }
  return EmptyResult("CREATE MATERIALIZED VIEW");
}

Status MaterializedViewStatements::CreateStorage(
    const statement::CreateMaterializedView& create, const FoundObject& found,
    const std::string& storage) {
  const std::string with = WithText(create.properties);
  const std::string text = "CREATE TABLE " + FullName(found, storage) +
                           (with.empty() ? "" : " WITH (" + with + ")") + " AS " +
                           sql::PrintQuery(*create.query) + " WITH NO DATA";
  ARROW_ASSIGN_OR_RAISE(const auto parsed, sql::ParseTrinoStatement(text));
  return trino::RunStatement(parsed, text, {}, host_).status();
}

Status MaterializedViewStatements::CreateView(
    const statement::CreateMaterializedView& create, const FoundObject& found,
    const std::string& storage) {
  auto info = duckdb::make_uniq<duckdb::CreateViewInfo>();
  info->catalog = found.in.catalog;
  info->schema = found.in.schema;
  info->view_name = found.name;
  info->on_conflict = create.if_exists == sql::IfExists::kReplace
                          ? duckdb::OnCreateConflict::REPLACE_ON_CONFLICT
                          : duckdb::OnCreateConflict::ERROR_ON_CONFLICT;
  ARROW_ASSIGN_OR_RAISE(info->query,
                        trino::TranslateQuery(*create.query, text_, host_.facts()));
  if (create.comment.has_value()) {
    info->comment = duckdb::Value(*create.comment);
  }
  const ResolvedSchema current = host_.front_end().CurrentPath();
  info->tags[kTrinoTextTag] = sql::PrintQuery(*create.query);
  info->tags[kViewCatalogTag] = current.catalog;
  info->tags[kViewSchemaTag] = current.schema;
  const auto set = [&](const char* key, std::string value) {
    info->tags[std::string(kViewPropertyTag) + key] = std::move(value);
  };
  set(kStorageProperty, storage);
  set(kWithProperty, WithText(create.properties));
  set(kWhenStaleProperty,
      create.when_stale == statement::WhenStale::kFail ? "fail" : "inline");
  std::string grace;
  if (create.grace_period != nullptr) {
    ARROW_ASSIGN_OR_RAISE(const int64_t millis, GraceMillis(*create.grace_period));
    grace = std::to_string(millis);
  }
  set(kGraceProperty, grace);  // empty: for ever; also in place of a replaced view's
  auto statement = duckdb::make_uniq<duckdb::CreateStatement>();
  statement->info = std::move(info);
  return host_.RunOnDuckDb(std::move(statement), text_).status();
}

Status MaterializedViewStatements::DropStorage(const trino::FoundSchema& in,
                                               const iceberg::TableIdent& storage) {
  table::Context tarn = in.ours->tarn();
  const Status dropped = tarn.catalog.DropTable(storage);
  return dropped.ok() || CodeOf(dropped) == ErrorCode::kNoSuchTable ? Status::OK()
                                                                    : dropped;
}

// ---- DROP, ALTER, SHOW

Answer MaterializedViewStatements::Run(const statement::Drop& drop) {
  RETURN_NOT_OK(RequireAutocommit("DROP MATERIALIZED VIEW"));
  RETURN_NOT_OK(host_.front_end().InTransaction([&]() -> Status {
    ARROW_ASSIGN_OR_RAISE(const Found found, Find(drop.name, !drop.if_exists));
    if (!found.view.has_value()) {
      return Status::OK();
    }
    table::Context tarn = found.object.in.ours->tarn();
    RETURN_NOT_OK(tarn.catalog.DropView(found.object.object->ident));
    return DropStorage(found.object.in, found.view->storage);
  }));
  return EmptyResult("DROP MATERIALIZED VIEW");
}

Answer MaterializedViewStatements::Run(const statement::Rename& rename) {
  RETURN_NOT_OK(RequireAutocommit("ALTER MATERIALIZED VIEW"));
  RETURN_NOT_OK(host_.front_end().InTransaction([&]() -> Status {
    ARROW_ASSIGN_OR_RAISE(const Found found, Find(rename.name, !rename.if_exists));
    if (!found.view.has_value()) {
      return Status::OK();
    }
    statement::ObjectName name = rename.new_name;
    if (name.parts.size() == 1) {
      name.parts.insert(name.parts.begin(), {.text = found.object.in.schema});
    }
    ARROW_ASSIGN_OR_RAISE(const FoundObject to, names_.Object(name));
    if (to.in.ours != found.object.in.ours || to.in.entry != found.object.in.entry) {
      return Error(ErrorCode::kNotSupported, "",
                   "A materialized view stays in its schema when it is renamed");
    }
    if (to.object.has_value()) {
      return Error(ErrorCode::kAlreadyExists, "",
                   "Target materialized view '" + to.Text() + "' already exists");
    }
    // First: a name that no view has is passed over, and the old one is found by its own.
    RETURN_NOT_OK(CommitSteps(
        names_.TransactionOf(found.object.in), found.view->storage,
        {SetTableProperties(std::map<std::string, std::string>{{kViewProperty, to.name}},
                            {})}));
    table::Context tarn = found.object.in.ours->tarn();
    return tarn.catalog.RenameView(found.object.object->ident,
                                   {to.in.entry->ns(), to.name});
  }));
  return EmptyResult("RENAME MATERIALIZED VIEW");
}

Status MaterializedViewStatements::SetViewProperty(const Found& found, const char* key,
                                                   const std::string& value) {
  catalog::ViewCommit commit{.ident = found.object.object->ident, .updates = {}};
  commit.requirements.push_back({.uuid = found.object.object->view->view_uuid});
  commit.updates.emplace_back(iceberg::update::SetProperties{{{key, value}}});
  table::Context tarn = found.object.in.ours->tarn();
  return tarn.catalog.CommitView(commit).status();
}

Answer MaterializedViewStatements::Run(const statement::SetProperties& set) {
  RETURN_NOT_OK(RequireAutocommit("ALTER MATERIALIZED VIEW"));
  Found found;
  std::string with;
  RETURN_NOT_OK(host_.front_end().InTransaction([&]() -> Status {
    ARROW_ASSIGN_OR_RAISE(found, Find(set.name, true));
    const auto& properties = found.object.object->view->properties;
    const auto written = properties.find(kWithProperty);
    ARROW_ASSIGN_OR_RAISE(
        with,
        WithChanged(written == properties.end() ? "" : written->second, set.properties));
    return Status::OK();
  }));
  std::string assignments;
  for (const statement::Property& property : set.properties) {
    assignments +=
        (assignments.empty() ? "" : ", ") + property.name.text + " = " +
        (property.value == nullptr ? "DEFAULT" : sql::PrintExpression(*property.value));
  }
  const std::string text = "ALTER TABLE " +
                           FullName(found.object, found.view->storage.name) +
                           " SET PROPERTIES " + assignments;
  ARROW_ASSIGN_OR_RAISE(const auto parsed, sql::ParseTrinoStatement(text));
  RETURN_NOT_OK(trino::RunStatement(parsed, text, {}, host_).status());
  RETURN_NOT_OK(SetViewProperty(found, kWithProperty, with));
  return EmptyResult("SET PROPERTIES");
}

Answer MaterializedViewStatements::ShowCreate(const statement::ObjectName& name) {
  std::string text;
  RETURN_NOT_OK(host_.front_end().InTransaction([&]() -> Status {
    ARROW_ASSIGN_OR_RAISE(const Found found, Find(name, true));
    const auto& properties = found.object.object->view->properties;
    const auto property = [&](const char* key) {
      const auto set = properties.find(key);
      return set == properties.end() ? std::string() : set->second;
    };
    text = "CREATE MATERIALIZED VIEW " + found.object.Text() + "\n";
    if (found.view->grace_period.has_value()) {
      text += fmt::format("GRACE PERIOD INTERVAL '{}' SECOND\n",
                          found.view->grace_period->count() / 1000);
    }
    text += found.view->fails_when_stale ? "WHEN STALE FAIL\n" : "";
    if (!property("comment").empty()) {
      std::string quoted;
      for (const char c : property("comment")) {
        quoted.append(c == '\'' ? 2 : 1, c);
      }
      text += "COMMENT '" + quoted + "'\n";
    }
    text += property(kWithProperty).empty()
                ? ""
                : "WITH (\n   " + property(kWithProperty) + "\n)\n";
    const auto* const query = found.object.object->view->FindRepresentation(
        {"trino", std::string(kViewDialect)});
    text += "AS " + (query == nullptr ? "" : query->sql);
    text.resize(text.find_last_not_of('\n') + 1);
    return Status::OK();
  }));
  return TextResult("SHOW", {"Create Materialized View"}, {{text}});
}

}  // namespace tarn::engine
