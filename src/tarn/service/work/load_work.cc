#include "tarn/service/work/load_work.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "tarn/base/error.h"
#include "tarn/base/logging.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/ingest/chosen_columns_json.h"
#include "tarn/ingest/cursor_rows.h"
#include "tarn/ingest/lineage_columns.h"
#include "tarn/ingest/load.h"
#include "tarn/service/work/job_snapshot.h"
#include "tarn/service/work/load_cursor.h"
#include "tarn/service/work/load_source.h"
#include "tarn/service/work/register_files.h"
#include "tarn/service/work/reject_table.h"

namespace tarn::service {
namespace {

using ingest::LoadMode;
using std::chrono::milliseconds;

constexpr char kModeProperty[] = "tarn.load-mode";

/// What became of a load, for who asked.
struct LoadOutcome {
  std::string mode;
  std::string format;
  int64_t rows = 0;
  int64_t rows_rejected = 0;
  int64_t files = 0;
  int64_t bytes = 0;
  std::optional<iceberg::SnapshotId> snapshot_id = {};
  std::shared_ptr<const iceberg::Schema> schema;
  milliseconds duration{0};
};

Json ResultOf(const LoadOrder& order, const LakeWarehouse& warehouse,
              const std::string& job_id, const LoadOutcome& outcome) {
  const std::vector<std::string> ours =
      ingest::ColumnsOf(ingest::LineageOf(ShownSource(order), job_id, milliseconds(0)));
  const bool adds_lineage = order.lineage.value_or(true) && !order.registers;
  Json columns = Json::array();
  Json lineage = Json::array();
  for (const iceberg::Field& field : outcome.schema->fields()) {
    const bool is_ours =
        adds_lineage && std::ranges::find(ours, field.name) != ours.end();
    (is_ours ? lineage : columns).push_back(field.name);
  }
  Json result = {
      {"table", order.into.ToString()},
      {"warehouse", warehouse.name},
      {"source", ShownSource(order)},
      {"format", outcome.format},
      {"mode", outcome.mode},
      {"rows", outcome.rows},
      {"rows_loaded", outcome.rows},
      {"rows_read", outcome.rows + outcome.rows_rejected},
      {"rows_rejected", outcome.rows_rejected},
      {"columns", std::move(columns)},
      {"lineage_columns", std::move(lineage)},
      {"files_written", outcome.files},
      {"bytes_written", outcome.bytes},
      {"duration_seconds", static_cast<double>(outcome.duration.count()) / 1e3},
      {"snapshot_id", nullptr}};
  if (outcome.snapshot_id) {
    result["snapshot_id"] = outcome.snapshot_id->value;
  }
  if (outcome.rows_rejected > 0) {
    result["rejects_table"] = RejectTableOf(order.into).ToString();
  }
  return result;
}

/// What the summary of a job's snapshot tells.
LoadOutcome OutcomeOf(const JobSnapshot& done) {
  const auto text = [&](const char* name) {
    const auto found = done.snapshot.summary.find(name);
    return found == done.snapshot.summary.end() ? std::string() : found->second;
  };
  return {.mode = text(kModeProperty),
          .format = text("tarn.source-format"),
          .rows = SummaryNumber(done.snapshot, "added-records"),
          .rows_rejected = SummaryNumber(done.snapshot, ingest::kRowsRejectedProperty),
          .files = SummaryNumber(done.snapshot, "added-data-files"),
          .bytes = SummaryNumber(done.snapshot, "added-files-size"),
          .snapshot_id = done.snapshot.id,
          .schema = done.table.metadata->SchemaOf(done.snapshot)};
}

/// The rows are there; without it their cursor is in their snapshot only.
void KeepCursorOrSay(const table::Context& context, const LoadOrder& order,
                     const std::string& job_id) {
  const Status kept = KeepCursor(context, order);
  if (!kept.ok()) {
    LogWarn("A load's cursor is in its snapshot only",
            {{"job", job_id}, {"reason", kept.message()}});
  }
}

/// One attempt of one job.
class LoadRun {
 public:
  LoadRun(const Lake& lake, const LakeWarehouse& warehouse, JoinedOrder joined,
          JobContext& context)
      : lake_(lake),
        warehouse_(warehouse),
        joined_(std::move(joined)),
        order_(joined_.order),
        job_(context),
        began_at_(lake.clock.Now()) {}

  Result<Json> Run() {
    if (order_.registers) {
      return Register();
    }
    if (order_.mode) {
      return Load(*order_.mode);
    }
    ARROW_ASSIGN_OR_RAISE(const bool exists,
                          warehouse_.context.catalog.TableExists(order_.into));
    if (exists) {
      return Load(LoadMode::kAppend);
    }
    Result<Json> created = Load(LoadMode::kCreate);
    const bool was_overtaken =  // another load made the table meanwhile
        !created.ok() && CodeOf(created.status()) == ErrorCode::kAlreadyExists;
    return was_overtaken ? Load(LoadMode::kAppend) : std::move(created);
  }

 private:
  const std::string& job_id() const { return job_.job().id; }
  std::function<bool()> Cancelled() const {
    return [this] { return job_.cancelled(); };
  }
  milliseconds Elapsed() const { return lake_.clock.Now() - began_at_; }

  Result<Json> Register() {
    job_.Report({.step = "registering files"});
    RETURN_NOT_OK(RegisterFiles(lake_, warehouse_, order_, job_id(), Cancelled()));
    ARROW_ASSIGN_OR_RAISE(const auto done, FindJobSnapshot(warehouse_.context.catalog,
                                                           order_.into, job_id()));
    if (!done) {
      return MakeError(ErrorCode::kNoSuchFile,
                       "There are no Parquet files to register: " + order_.location);
    }
    LoadOutcome outcome = OutcomeOf(*done);
    outcome.mode = LoadModeText(order_.mode);
    outcome.duration = Elapsed();
    return ResultOf(order_, warehouse_, job_id(), outcome);
  }

  Result<Json> Load(LoadMode mode) {
    return order_.database && order_.database->cursor ? LoadNew(mode)
                                                      : LoadFrom(mode, joined_, nullptr);
  }

  /// What is new by the cursor; again from its beginning if somebody else added rows
  /// meanwhile, which may be the same.
  Result<Json> LoadNew(LoadMode mode) {
    constexpr int kTriesMax = 5;
    for (int i = 1;; ++i) {
      job_.Report({.step = "asking for what is new"});
      ARROW_ASSIGN_OR_RAISE(const CursorSpan span,
                            FindCursorSpan(lake_, warehouse_.context.catalog, joined_));
      if (span.has_table && mode == LoadMode::kCreate) {
        mode = LoadMode::kAppend;
      }
      if (span.has_table && span.is_empty) {
        return NothingNew(span);
      }
      JoinedOrder joined = joined_;
      joined.order.database->table.clear();
      joined.order.database->query = span.query;
      Result<Json> loaded = LoadFrom(mode, joined, &span);
      if (loaded.ok()) {
        (*loaded)["cursor"] = CursorJson(span);
        KeepCursorOrSay(warehouse_.context, order_, job_id());
        return loaded;
      }
      const ErrorCode code = CodeOf(loaded.status());
      const bool was_overtaken =
          code == ErrorCode::kCommitConflict || code == ErrorCode::kAlreadyExists;
      if (!was_overtaken || i == kTriesMax) {
        return loaded;
      }
    }
  }

  static Json CursorJson(const CursorSpan& span) {
    const auto text = [](const std::optional<std::string>& value) {
      return value ? Json(*value) : Json(nullptr);
    };
    Json json = {{"column", span.column},
                 {"after", text(span.after)},
                 {"up_to", text(span.up_to ? span.up_to : span.after)}};
    if (span.held_back > 0) {
      json["held_back"] = span.held_back;
    }
    return json;
  }

  Result<Json> NothingNew(const CursorSpan& span) const {
    ARROW_ASSIGN_OR_RAISE(const auto table,
                          warehouse_.context.catalog.LoadTable(order_.into));
    Json result =
        ResultOf(order_, warehouse_, job_id(),
                 {.mode = LoadModeText(order_.mode.value_or(LoadMode::kAppend)),
                  .format = std::string(ingest::DatabaseScheme(order_.database->kind)),
                  .schema = table.metadata->schema_ptr(),
                  .duration = Elapsed()});
    result["cursor"] = CursorJson(span);
    return result;
  }

  /// `span`: what of the source it is; nullptr: all.
  Result<Json> LoadFrom(LoadMode mode, const JoinedOrder& joined,
                        const CursorSpan* span) {
    job_.Report({.step = "opening the source"});
    ARROW_ASSIGN_OR_RAISE(
        const auto opened,
        LoadSource::Open(lake_, warehouse_, joined, job_.job().owner, Cancelled()));
    std::unique_ptr<ingest::Source> source = opened->Take();
    const ingest::CursorRows* cursor_rows = nullptr;
    if (span != nullptr) {
      ARROW_ASSIGN_OR_RAISE(
          auto rows, ingest::CursorRows::Make(
                         std::move(source),
                         {.key = span->key,
                          .taken = span->taken.value_or(std::multiset<std::string>()),
                          .at_end_max = static_cast<size_t>(kCursorRowsMax)}));
      cursor_rows = rows.get();
      source = std::move(rows);
    }
    if (order_.lineage.value_or(true)) {
      ARROW_ASSIGN_OR_RAISE(source, AddLineage(mode, std::move(source)));
    }
    ingest::LoadRequest request = RequestFor(mode, *opened);
    if (span != nullptr) {
      request.summary_at_end = [span, cursor_rows] {
        return CursorSummary(*span, cursor_rows->AtEnd());
      };
      request.checks = {.isolation = table::Isolation::kSerializable, .base = span->base};
    }
    const Result<ingest::LoadResult> loaded =
        ingest::Load(warehouse_.context, *source, request);
    if (!loaded.ok()) {
      return opened->Shown(loaded.status());
    }
    return ResultOf(order_, warehouse_, job_id(),
                    {.mode = LoadModeText(mode),
                     .format = std::string(ingest::FormatName(opened->format())),
                     .rows = loaded->rows_loaded,
                     .rows_rejected = loaded->rows_rejected,
                     .files = loaded->files_written,
                     .bytes = loaded->bytes_written,
                     .snapshot_id = loaded->snapshot_id,
                     .schema = loaded->schema,
                     .duration = Elapsed()});
  }

  Result<std::unique_ptr<ingest::Source>> AddLineage(
      LoadMode mode, std::unique_ptr<ingest::Source> source) const {
    const ingest::Lineage lineage =
        ingest::LineageOf(ShownSource(order_), job_id(), lake_.clock.Now());
    const bool keeps_schema = mode == LoadMode::kAppend || mode == LoadMode::kOverwrite ||
                              mode == LoadMode::kUpsert;
    if (!keeps_schema || order_.lineage.has_value()) {
      return ingest::WithLineage(std::move(source), lineage, nullptr);
    }
    // A table without a place for them takes the rows alone.
    ARROW_ASSIGN_OR_RAISE(const auto table,
                          warehouse_.context.catalog.LoadTable(order_.into));
    return ingest::WithLineage(std::move(source), lineage, &table.metadata->schema());
  }

  ingest::LoadRequest RequestFor(LoadMode mode, const LoadSource& opened) {
    ingest::LoadRequest request;
    request.into = order_.into;
    request.source = ShownSource(order_);
    request.mode = mode;
    request.keys = order_.keys;
    request.partition_by = order_.partition_by;
    request.properties = order_.properties;
    request.comments = ingest::CommentsOf(order_.columns);
    if (mode == LoadMode::kAppend && !order_.mode) {
      request.partition_by.clear();  // it was for the table's making
    }
    request.summary = {{kJobIdProperty, job_id()},
                       {kModeProperty, LoadModeText(mode)},
                       {"tarn.source", ShownSource(order_)},
                       {"tarn.source-format", std::string(FormatName(opened.format()))}};
    request.reject_advice = "\"rejects\": \"table\" loads the other rows";
    if (order_.rejects == RejectsTo::kTable) {
      request.on_rejects = [this, &opened](std::vector<engine::RejectedRow> rows) {
        return Keep(std::move(rows), opened);
      };
    }
    request.cancelled = Cancelled();
    request.on_progress = [this](int64_t rows, int64_t bytes,
                                 std::optional<double> part) {
      job_.Report({.rows = rows, .bytes = bytes, .part = part, .step = "loading"});
    };
    return request;
  }

  Status Keep(std::vector<engine::RejectedRow> rows, const LoadSource& opened) {
    for (engine::RejectedRow& row : rows) {
      row.file = opened.Shown(std::move(row.file));
      row.message = opened.Shown(std::move(row.message));
    }
    return KeepRejects(warehouse_.context, order_.into,
                       {.load_id = job_id(), .at = began_at_, .rows = std::move(rows)});
  }

  const Lake& lake_;
  const LakeWarehouse& warehouse_;
  const JoinedOrder joined_;
  const LoadOrder& order_;
  JobContext& job_;
  const milliseconds began_at_;
};

Result<Json> RunLoad(const Lake& lake, const ConnectionGiver& connections,
                     JobContext& context) {
  ARROW_ASSIGN_OR_RAISE(LoadOrder order, LoadOrderFromJson(context.job().request));
  ARROW_ASSIGN_OR_RAISE(const LakeWarehouse* const warehouse, lake.Find(order.warehouse));
  ARROW_ASSIGN_OR_RAISE(JoinedOrder joined,
                        JoinConnection(std::move(order), context.secrets(), connections,
                                       context.job().owner));
  return LoadRun(lake, *warehouse, std::move(joined), context).Run();
}

Result<std::optional<Json>> FindLoad(const Lake& lake, const JobRecord& job) {
  ARROW_ASSIGN_OR_RAISE(const LoadOrder order, LoadOrderFromJson(job.request));
  ARROW_ASSIGN_OR_RAISE(const LakeWarehouse* const warehouse, lake.Find(order.warehouse));
  ARROW_ASSIGN_OR_RAISE(const auto done,
                        FindJobSnapshot(warehouse->context.catalog, order.into, job.id));
  if (!done) {
    return std::optional<Json>();
  }
  if (order.database && order.database->cursor) {
    KeepCursorOrSay(warehouse->context, order, job.id);
  }
  LoadOutcome outcome = OutcomeOf(*done);
  if (outcome.mode.empty()) {
    outcome.mode = LoadModeText(order.mode);
  }
  outcome.duration =
      std::max(milliseconds(0),
               done->snapshot.timestamp - job.started_at.value_or(job.created_at));
  return std::optional(ResultOf(order, *warehouse, job.id, outcome));
}

}  // namespace

JobKind MakeLoadKind(const Lake& lake, ConnectionGiver connections) {
  return {.run = [&lake, connections = std::move(connections)](
                     JobContext& context) { return RunLoad(lake, connections, context); },
          .find_done = [&lake](const JobRecord& job) { return FindLoad(lake, job); }};
}

}  // namespace tarn::service
