#include "tarn/service/work/sql_work.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/engine/commit_watch.h"
#include "tarn/engine/engine.h"
#include "tarn/service/work/job_snapshot.h"
#include "tarn/service/work/row_json.h"
#include "tarn/service/work/sql_progress.h"

namespace tarn::service {
namespace {

constexpr size_t kStatementsMax = 100;
constexpr size_t kTextBytesMax = 1 << 20;
constexpr int64_t kResultBytesMax = 256 << 10;

/// A statement that an attempt before has done.
Json DoneBefore() { return {{"type", nullptr}, {"done_before", true}}; }

Json SqlResult(Json statements, int64_t rows_changed, int64_t rows_max) {
  const bool is_truncated = std::ranges::any_of(
      statements, [](const Json& one) { return one.value("truncated", false); });
  return {{"statements", std::move(statements)},
          {"rows_changed", rows_changed},
          {"rows_max", rows_max},
          {"truncated", is_truncated}};
}

/// Says in `done` which rows it does not have, and where they are to be had.
void NoteTruncation(int64_t num_rows, int64_t rows_max, Json* done) {
  const bool is_by_rows = num_rows >= rows_max;
  (*done)["truncated_by"] = is_by_rows ? "rows_max" : "bytes";
  (*done)["note"] = fmt::format(
      "These are the first {} rows: {}. POST /api/v1/sql with Accept: "
      "application/x-ndjson sends all rows of a query",
      num_rows,
      is_by_rows ? fmt::format("rows_max is {}, and at most {}", rows_max, kSqlRowsMax)
                 : fmt::format("results keep at most {} kB", kResultBytesMax >> 10));
}

/// Writes down what a statement is about to commit, and marks its snapshots.
class JobCommits : public engine::CommitWatch {
 public:
  explicit JobCommits(JobContext& context) : context_(context) {}

  /// The statement that runs now, and the rows that those before have changed.
  Status Begin(size_t statement, int64_t rows_changed) {
    memory_ = {.statement = statement, .rows_changed = rows_changed};
    return context_.Remember(SqlMemoryToJson(memory_));
  }
  Result<std::map<std::string, std::string>> BeforeCommit(
      const std::vector<engine::TableToCommit>& tables) override {
    memory_.tables = tables;
    RETURN_NOT_OK(context_.Remember(SqlMemoryToJson(memory_)));
    return std::map<std::string, std::string>{
        {kJobIdProperty, context_.job().id},
        {kJobStatementProperty, std::to_string(memory_.statement + 1)}};
  }

 private:
  JobContext& context_;
  SqlMemory memory_;
};

/// One job's statements in one session, from the first one that is still to be done.
class SqlRun {
 public:
  SqlRun(const SqlOrder& order, std::vector<std::string> statements,
         engine::Session& session, JobContext& context)
      : order_(order),
        statements_(std::move(statements)),
        session_(session),
        context_(context),
        commits_(std::make_shared<JobCommits>(context)) {
    engine::WatchCommits(session, commits_);
  }

  Result<Json> Run(size_t first) {
    if (!order_.schema.empty()) {
      RETURN_NOT_OK(session_.Execute("USE iceberg." + order_.schema).status());
    }
    Json done = Json::array();
    RETURN_NOT_OK(TakeUp(first, &done));
    for (size_t i = first; i < statements_.size(); ++i) {
      if (context_.cancelled()) {
        return MakeError(ErrorCode::kCancelled, "The job was cancelled");
      }
      context_.Report(
          {.rows = rows_changed_,
           .part = static_cast<double>(i) / static_cast<double>(statements_.size()),
           .step = fmt::format("statement {} of {}", i + 1, statements_.size())});
      RETURN_NOT_OK(commits_->Begin(i, rows_changed_));
      Result<Json> one = RunOne(statements_[i]);
      if (!one.ok()) {
        const bool is_one = statements_.size() == 1;
        return WithContext(
            is_one ? "" : fmt::format("Statement {} of {}: ", i + 1, statements_.size()),
            one.status());
      }
      done.push_back(*std::move(one));
    }
    context_.Report({.rows = rows_changed_, .part = 1, .step = "done"});
    return SqlResult(std::move(done), rows_changed_, order_.rows_max);
  }

 private:
  /// What an attempt before has done is done; its session is gone.
  Status TakeUp(size_t first, Json* done) {
    if (first == 0) {
      return Status::OK();
    }
    ARROW_ASSIGN_OR_RAISE(const SqlMemory memory,
                          SqlMemoryFromJson(context_.job().memory));
    rows_changed_ = memory.rows_changed;
    for (size_t i = 0; i < first; ++i) {
      if (NatureOf(statements_[i]) == StatementNature::kSession) {
        RETURN_NOT_OK(session_.Execute(statements_[i]).status());
      }
      done->push_back(DoneBefore());
    }
    return Status::OK();
  }

  Result<Json> RunOne(const std::string& statement) {
    ARROW_ASSIGN_OR_RAISE(const auto stream, session_.Execute(statement));
    RowJson rows(order_.rows_max, kResultBytesMax - bytes_);
    bool is_whole = true;
    for (;;) {
      ARROW_ASSIGN_OR_RAISE(const auto batch, stream->Next());
      if (batch == nullptr) {
        break;
      }
      ARROW_ASSIGN_OR_RAISE(is_whole, rows.Add(*batch));
      if (!is_whole) {
        break;
      }
    }
    bytes_ += rows.bytes();
    Json done = {{"type", stream->statement_type()}};
    if (const auto changed = stream->rows_changed()) {
      rows_changed_ += *changed;
      done["rows_changed"] = *changed;
      return done;
    }
    Json columns = Json::array();
    for (const auto& field : stream->schema()->fields()) {
      columns.push_back({{"name", field->name()}, {"type", field->type()->ToString()}});
    }
    done["columns"] = std::move(columns);
    done["rows"] = rows.Take();
    done["truncated"] = !is_whole;
    if (!is_whole) {
      NoteTruncation(std::ssize(done["rows"]), order_.rows_max, &done);
    }
    return done;
  }

  const SqlOrder& order_;
  const std::vector<std::string> statements_;
  engine::Session& session_;
  JobContext& context_;
  const std::shared_ptr<JobCommits> commits_;
  int64_t rows_changed_ = 0;
  int64_t bytes_ = 0;
};

Result<Json> RunSql(const Lake& lake, const OwnerFinder& find_owner,
                    JobContext& context) {
  const JobRecord& job = context.job();
  ARROW_ASSIGN_OR_RAISE(const SqlOrder order, SqlOrderFromJson(job.request));
  ARROW_ASSIGN_OR_RAISE(const JobOwner owner, find_owner(job.owner));
  if (!owner.may_run_sql) {
    return MakeError(
        ErrorCode::kForbidden,
        "The job's owner may not run SQL (sql.users): " + owner.principal.name);
  }
  auto statements = engine::SplitStatements(order.statements);
  // Of the attempts before: of servers that died, or that were stopped.
  ARROW_ASSIGN_OR_RAISE(const size_t first,
                        FirstStatementToDo(lake, job.id, statements, job.memory));
  ARROW_ASSIGN_OR_RAISE(engine::Engine* const engine, lake.engine());
  ARROW_ASSIGN_OR_RAISE(const auto session,
                        engine->Connect({.user = owner.principal.name,
                                         .dialect = order.dialect,
                                         .reaches_server = owner.reaches_server}));
  context.OnCancel([&session] { session->Interrupt(); });
  Result<Json> result =
      SqlRun(order, std::move(statements), *session, context).Run(first);
  context.OnCancel({});  // the session goes
  return result;
}

/// The result of a job that was done when its server died.
Result<std::optional<Json>> FindDoneSql(const Lake& lake, const JobRecord& job) {
  ARROW_ASSIGN_OR_RAISE(const SqlOrder order, SqlOrderFromJson(job.request));
  const auto statements = engine::SplitStatements(order.statements);
  ARROW_ASSIGN_OR_RAISE(const size_t first,
                        FirstStatementToDo(lake, job.id, statements, job.memory));
  if (first < statements.size()) {
    return std::optional<Json>();
  }
  ARROW_ASSIGN_OR_RAISE(const SqlMemory memory, SqlMemoryFromJson(job.memory));
  Json done = Json::array();
  for (size_t i = 0; i < first; ++i) {
    done.push_back(DoneBefore());
  }
  return std::optional(SqlResult(std::move(done), memory.rows_changed, order.rows_max));
}

}  // namespace

Json SqlOrderToJson(const SqlOrder& order) {
  return {{"statements", order.statements},
          {"dialect", order.dialect},
          {"schema", order.schema},
          {"rows_max", order.rows_max}};
}

Result<SqlOrder> SqlOrderFromJson(const Json& json) {
  const auto wrong = [](const std::string& message) {
    return MakeError(ErrorCode::kInvalidArgument, message);
  };
  ARROW_ASSIGN_OR_RAISE(const auto fields, JsonFields::Make(json, "SQL job"));
  SqlOrder order;
  for (const char* name : {"statements", "statement", "sql", "query"}) {
    ARROW_ASSIGN_OR_RAISE(const auto text, fields.OptionalString(name));
    if (text) {
      order.statements = *text;
      break;
    }
  }
  ARROW_ASSIGN_OR_RAISE(const auto dialect, fields.OptionalString("dialect"));
  order.dialect = dialect.value_or(order.dialect);
  if (order.dialect != "trino" && order.dialect != "duckdb") {
    return wrong("dialect is trino or duckdb, not " + order.dialect);
  }
  ARROW_ASSIGN_OR_RAISE(const auto schema, fields.OptionalString("schema"));
  order.schema = schema.value_or("");
  constexpr char kNameLetters[] =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
  if (order.schema.find_first_not_of(kNameLetters) != std::string::npos) {
    return wrong("schema is the name of a namespace, like sales: " + order.schema);
  }
  for (const char* name : {"max_rows", "rows_max"}) {
    ARROW_ASSIGN_OR_RAISE(const auto rows_max, fields.OptionalInt64(name));
    order.rows_max = rows_max.value_or(order.rows_max);
  }
  if (order.rows_max < 0 || order.rows_max > kSqlRowsMax) {
    return wrong(fmt::format("rows_max is 0 to {}", kSqlRowsMax));
  }
  if (order.statements.size() > kTextBytesMax) {
    return wrong("The statements are longer than 1 MiB");
  }
  const size_t count = engine::SplitStatements(order.statements).size();
  if (count == 0 || count > kStatementsMax) {
    return wrong(fmt::format(
        "statements holds 1 to {} SQL statements, parted by semicolons; it holds {}",
        kStatementsMax, count));
  }
  return order;
}

JobKind MakeSqlKind(const Lake& lake, OwnerFinder find_owner) {
  return {.run = [&lake, find_owner = std::move(find_owner)](
                     JobContext& context) { return RunSql(lake, find_owner, context); },
          .find_done = [&lake](const JobRecord& job) { return FindDoneSql(lake, job); }};
}

}  // namespace tarn::service
