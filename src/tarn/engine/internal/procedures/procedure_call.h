// A procedure at work: its arguments, the table it is about, and the rows it answers.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <duckdb/common/types/value.hpp>
#include <duckdb/main/attached_database.hpp>

#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
#include "tarn/engine/internal/attached_catalog.h"
#include "tarn/engine/internal/procedures/bind_arguments.h"
#include "tarn/engine/internal/procedures/procedure.h"
#include "tarn/engine/internal/result_stream.h"
#include "tarn/iceberg/expression.h"
#include "tarn/iceberg/snapshot.h"
#include "tarn/iceberg/table_ident.h"
#include "tarn/sql/expression.h"
#include "tarn/table/context.h"
#include "tarn/table/maintenance/action.h"

namespace tarn::engine::procedures {

/// What a call needs of its session.
struct CallerSession {
  std::shared_ptr<SessionConnection> connection;
  std::string schema;   // the current one, of `catalog`; empty: none was chosen
  std::string catalog;  // the current one
};

using Row = std::vector<duckdb::Value>;

/// Used by one thread; `control` is called from those of the actions.
class ProcedureCall {
 public:
  ProcedureCall(CallerSession session,
                duckdb::shared_ptr<duckdb::AttachedDatabase> database,
                const table::Context& tarn, sql::Position at);

  // ---- Arguments, by the names of the declaration

  void SetArguments(BoundCall bound) { bound_ = std::move(bound); }
  /// The table and the rest of ALTER TABLE t EXECUTE.
  void SetStatement(iceberg::TableIdent table, iceberg::Expression where) {
    table_ = std::move(table);
    where_ = std::move(where);
  }
  bool Has(std::string_view name) const { return Find(name) != nullptr; }
  std::optional<std::string> Text(std::string_view name) const {
    return Get<std::string>(name);
  }
  std::optional<int64_t> Number(std::string_view name) const {
    return Get<int64_t>(name);
  }
  std::optional<bool> Boolean(std::string_view name) const { return Get<bool>(name); }
  std::optional<std::chrono::milliseconds> Millis(std::string_view name) const;
  std::optional<iceberg::SnapshotId> Snapshot(std::string_view name) const;
  std::vector<std::string> Texts(std::string_view name) const {
    return Get<std::vector<std::string>>(name).value_or(std::vector<std::string>());
  }
  std::vector<int64_t> Numbers(std::string_view name) const {
    return Get<std::vector<int64_t>>(name).value_or(std::vector<int64_t>());
  }
  TextMap Map(std::string_view name) const {
    return Get<TextMap>(name).value_or(TextMap());
  }
  /// What WHERE says; always true if there is none.
  const iceberg::Expression& where() const { return where_; }

  // ---- What it works on

  const table::Context& tarn() const { return tarn_; }
  duckdb::ClientContext& context() const { return *session_.connection->duckdb.context; }
  const CallerSession& session() const { return session_; }
  std::string catalog_name() const { return database_->GetName(); }
  std::chrono::milliseconds now() const { return tarn_.clock.Now(); }

  /// The table that the statement, or the argument `name`, names. Errors: kNoSuchTable,
  /// kNoSuchNamespace, kNoSuchView (it is one: not a table).
  Result<iceberg::TableIdent> Table(std::string_view name = "table");
  /// A name that may be free, in a namespace that is there.
  Result<iceberg::TableIdent> NewTable(std::string_view name = "table");
  /// The table of two arguments, as Trino's procedures name it.
  Result<iceberg::TableIdent> Table(std::string_view schema, std::string_view name);
  Result<iceberg::TableIdent> NewTable(std::string_view schema, std::string_view name);
  /// By name as SQL looks names up: `parts` without the catalog.
  Result<iceberg::TableIdent> FindTable(std::vector<std::string> parts);
  Result<iceberg::TableIdent> NewTableNamed(std::vector<std::string> parts);
  /// The parts of "catalog.schema.table" after the catalog, which must be this one.
  Result<std::vector<std::string>> PartsOf(const std::string& name) const;

  /// Ends the action when the session is interrupted, and counts for its progress.
  table::ActionControl control() const;
  /// The setting of the session, or the default of the server.
  std::string Setting(const std::string& name) const;

  // ---- What it answers

  void Answer(Row row) { rows_.push_back(std::move(row)); }
  std::vector<Row>& rows() { return rows_; }

  /// INVALID_PROCEDURE_ARGUMENT at the place of the call.
  Status BadArgument(const std::string& message) const {
    return CallError("INVALID_PROCEDURE_ARGUMENT", at_, message);
  }

 private:
  const ArgumentValue* Find(std::string_view name) const;
  template <typename T>
  std::optional<T> Get(std::string_view name) const {
    const ArgumentValue* const value = Find(name);
    return value == nullptr ? std::nullopt : std::optional<T>(std::get<T>(*value));
  }
  Result<iceberg::TableIdent> Resolve(const std::vector<std::string>& parts,
                                      bool must_exist);

  CallerSession session_;
  duckdb::shared_ptr<duckdb::AttachedDatabase> database_;  // is not detached meanwhile
  table::Context tarn_;
  sql::Position at_;
  BoundCall bound_{};
  std::optional<iceberg::TableIdent> table_;
  iceberg::Expression where_ = iceberg::AlwaysTrue();
  std::vector<Row> rows_;
};

/// The parts of a name, quoted ("a"."b", `a`.`b`) or not.
std::vector<std::string> SplitName(const std::string& name);

inline duckdb::Value Count(int64_t count) { return duckdb::Value::BIGINT(count); }
inline duckdb::Value ShortCount(int64_t count) {
  return duckdb::Value::INTEGER(static_cast<int32_t>(count));
}
duckdb::Value IdValue(const std::optional<iceberg::SnapshotId>& id);

}  // namespace tarn::engine::procedures
