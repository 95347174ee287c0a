// REFRESH MATERIALIZED VIEW: one transaction, one snapshot of the storage table.
#include <algorithm>
#include <utility>

#include <arrow/array/builder_primitive.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <duckdb/parser/parser.hpp>
#include <duckdb/parser/statement/insert_statement.hpp>
#include <duckdb/parser/statement/transaction_statement.hpp>

#include "tarn/base/error.h"
#include "tarn/engine/internal/cached_query.h"
#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/engine/internal/create_table_text.h"
#include "tarn/engine/internal/materialized_view_delta.h"
#include "tarn/engine/internal/materialized_view_statements.h"
#include "tarn/engine/internal/transaction.h"
#include "tarn/engine/internal/view_entry.h"

namespace tarn::engine {

namespace statement = sql::statement;
using trino::Answer;

namespace {

/// The rows that a refresh wrote, as INSERT tells them.
class WrittenRows final : public ResultStream {
 public:
  explicit WrittenRows(int64_t rows) : rows_(rows) {}
  std::shared_ptr<arrow::Schema> schema() const override {
    return arrow::schema({arrow::field("rows", arrow::int64())});
  }
  Result<std::shared_ptr<arrow::RecordBatch>> Next() override {
    if (std::exchange(is_told_, true)) {
      return nullptr;
    }
    arrow::Int64Builder builder;
    RETURN_NOT_OK(builder.Append(rows_));
    ARROW_ASSIGN_OR_RAISE(auto array, builder.Finish());
    return arrow::RecordBatch::Make(schema(), 1, {std::move(array)});
  }
  std::optional<int64_t> rows_changed() const override { return rows_; }
  const std::string& statement_type() const override { return type_; }

 private:
  const int64_t rows_;
  const std::string type_ = "REFRESH MATERIALIZED VIEW";
  bool is_told_ = false;
};

duckdb::unique_ptr<duckdb::SQLStatement> Parsed(const std::string& text) {
  duckdb::Parser parser;
  parser.ParseQuery(text);
  return std::move(parser.statements.at(0));
}

duckdb::unique_ptr<duckdb::SQLStatement> InsertInto(
    const std::string& table, duckdb::unique_ptr<duckdb::SelectStatement> rows) {
  auto insert = Parsed("INSERT INTO " + table + " SELECT 1");
  insert->Cast<duckdb::InsertStatement>().select_statement = std::move(rows);
  return insert;
}

}  // namespace

Status MaterializedViewStatements::RunTransaction(duckdb::TransactionType type) {
  return host_
      .RunOnDuckDb(duckdb::make_uniq<duckdb::TransactionStatement>(
                       duckdb::make_uniq<duckdb::TransactionInfo>(type)),
                   text_)
      .status();
}

Result<int64_t> MaterializedViewStatements::Write(
    duckdb::unique_ptr<duckdb::SQLStatement> statement) {
  ARROW_ASSIGN_OR_RAISE(const auto written,
                        host_.RunOnDuckDb(std::move(statement), text_));
  return written->rows_changed().value_or(0);
}

Answer MaterializedViewStatements::Run(
    const statement::RefreshMaterializedView& refresh) {
  RETURN_NOT_OK(RequireAutocommit("REFRESH MATERIALIZED VIEW"));
  RETURN_NOT_OK(RunTransaction(duckdb::TransactionType::BEGIN_TRANSACTION));
  auto rows = CatchDuckDb(text_, [&] { return RefreshInTransaction(refresh); });
  if (!rows.ok()) {
    const Status ended = RunTransaction(duckdb::TransactionType::ROLLBACK);
    static_cast<void>(ended);  // the first error is the one to tell
    return rows.status();
  }
  RETURN_NOT_OK(RunTransaction(duckdb::TransactionType::COMMIT));
  return std::make_unique<WrittenRows>(*rows);
}

Result<int64_t> MaterializedViewStatements::RefreshInTransaction(
    const statement::RefreshMaterializedView& refresh) {
  Found found;
  ViewFreshness before;
  duckdb::unique_ptr<duckdb::SelectStatement> query;
  std::optional<DeltaRefresh> delta;
  RefreshState state;
  RETURN_NOT_OK(host_.front_end().InTransaction([&]() -> Status {
    ARROW_ASSIGN_OR_RAISE(found, Find(refresh.name, true));
    const iceberg::ViewMetadata& view = *found.object.object->view;
    auto& transaction = names_.TransactionOf(found.object.in);
    ARROW_ASSIGN_OR_RAISE(before,
                          FreshnessOf(host_.context(), transaction, view, *found.view));
    if (before.storage == nullptr) {
      return Error(ErrorCode::kInvalidData, "",
                   "The storage table of materialized view '" + found.object.Text() +
                       "' is gone; CREATE OR REPLACE it");
    }
    ARROW_ASSIGN_OR_RAISE(
        query, QueryOfView(found.object.in.catalog, found.object.object->ident, view));
    state = {.view_uuid = view.view_uuid,
             .version_id = view.current_version_id,
             .reads_others = ReadsOthers(host_.context(), *query)};
    const bool changes_by_itself =
        std::ranges::any_of(view.current_version().representations,
                            [](const auto& text) { return NamesWhatChanges(text.sql); });
    if (before.state.has_value() && !changes_by_itself) {
      ARROW_ASSIGN_OR_RAISE(
          delta, PlanDelta(host_.context(), *query, *before.state, *before.storage,
                           {.catalog = found.object.in.catalog,
                            .schema = found.object.in.schema,
                            .table = found.view->storage.name}));
    }
    return Status::OK();
  }));
  if (before.freshness == Freshness::kFresh) {
    return 0;
  }
  const std::string table = QuoteIdentifier(found.object.in.catalog) + "." +
                            QuoteIdentifier(found.object.in.schema) + "." +
                            QuoteIdentifier(found.view->storage.name);
  const bool is_added = delta.has_value() && delta->kind != RefreshKind::kMerge;
  if (!is_added && before.storage->current_snapshot_id.has_value()) {
    RETURN_NOT_OK(Write(Parsed("DELETE FROM " + table)));
  }
  int64_t rows = 0;
  if (!delta.has_value() || delta->kind != RefreshKind::kNothing) {
    auto made = delta.has_value() ? std::move(delta->rows) : std::move(query);
    ARROW_ASSIGN_OR_RAISE(rows, Write(InsertInto(table, std::move(made))));
  }
  RETURN_NOT_OK(NoteState(found, before, std::move(state)));
  return rows;
}

/// In the snapshot of this very refresh; where it wrote none, in the table's properties.
Status MaterializedViewStatements::NoteState(const Found& found,
                                             const ViewFreshness& before,
                                             RefreshState state) {
  return host_.front_end().InTransaction([&]() -> Status {
    const iceberg::TableIdent& storage = found.view->storage;
    state.sources = SourcesRead(host_.context(), found.object.object->ident, storage);
    const std::string text = RefreshStateToJson(state);
    auto& transaction = names_.TransactionOf(found.object.in);
    if (transaction.writes().Changes(storage)) {
      transaction.writes().Seal(storage, {{kRefreshState, text}});
      return Status::OK();
    }
    const auto head = before.storage->current_snapshot_id;
    table::Context tarn = transaction.tarn();
    return tarn.catalog
        .Commit({{.ident = storage,
                  .requirements =
                      {iceberg::require::AssertTableUuid{before.storage->table_uuid},
                       iceberg::require::AssertRefSnapshotId{iceberg::kMainBranch, head}},
                  .updates = {iceberg::update::SetProperties{
                      {{kRefreshState, text},
                       {kRefreshSnapshot,
                        head.has_value() ? std::to_string(head->value) : "none"}}}},
                  .rebase = catalog::Rebase::kNever}})
        .status();
  });
}

}  // namespace tarn::engine
