#include "tarn/service/work/migrate_work.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "tarn/base/clock.h"
#include "tarn/base/error.h"
#include "tarn/service/migration/bulk_migration.h"
#include "tarn/service/migration/copy_journal.h"
#include "tarn/service/migration/integrity.h"
#include "tarn/service/migration/view_migration.h"

namespace tarn::service {
namespace {

/// What a piece of work is done for: a job, or a command.
struct Asked {
  const Lake& lake;
  catalog::DocumentStore* records;  // nullptr: it makes none
  std::string id;
  std::string job_id;
  std::string owner;
  Json request;
  Json secrets;
  std::function<bool()> cancelled;
  std::function<void(const JobProgress&)> report;
};

/// Adds up what several threads have done. Thread-safe.
class ProgressSum {
 public:
  explicit ProgressSum(const Asked& asked) : asked_(asked) {}

  void Add(int64_t rows, int64_t bytes) {
    rows_ += rows;
    bytes_ += bytes;
    Tell();
  }
  void Step(const std::string& step) {
    {
      const std::lock_guard lock(mutex_);
      step_ = step;
    }
    Tell();
  }
  void Part(double part) {
    {
      const std::lock_guard lock(mutex_);
      part_ = part;
    }
    Tell();
  }

 private:
  void Tell() {
    if (!asked_.report) {
      return;
    }
    const std::lock_guard lock(mutex_);
    asked_.report({.rows = rows_, .bytes = bytes_, .part = part_, .step = step_});
  }

  const Asked& asked_;
  std::atomic<int64_t> rows_ = 0;
  std::atomic<int64_t> bytes_ = 0;
  std::mutex mutex_;  // guards what follows
  std::optional<double> part_;
  std::string step_;
};

MigrationRun RunOf(const Asked& asked, Places& places, ProgressSum& sum) {
  MigrationRun run{.lake = asked.lake, .places = places, .id = asked.id};
  run.job_id = asked.job_id;
  run.reaches_server = asked.request.value("reaches_server", false);
  run.cancelled = asked.cancelled;
  run.progress = [&sum](int64_t rows, int64_t bytes) { sum.Add(rows, bytes); };
  run.step = [&sum](const std::string& step) { sum.Step(step); };
  run.threads = std::max(2U, std::thread::hardware_concurrency());
  return run;
}

Result<Json> MigrateOne(const Asked& asked) {
  ARROW_ASSIGN_OR_RAISE(const TablePair pair, TablePairFromJson(asked.request));
  Places places(asked.lake, NamedServerFrom(asked.request, asked.secrets));
  ProgressSum sum(asked);
  MigrationRun run = RunOf(asked, places, sum);
  CopyJournal copies(*asked.records, asked.lake.clock, asked.lake.random);
  RETURN_NOT_OK(copies.RemoveLeftovers(asked.id, places));
  run.copies = &copies;
  MigrationRecords records(*asked.records);
  Status failure;
  ARROW_ASSIGN_OR_RAISE(const Json record,
                        MigrateTables(run, {.tables = {pair}, .parallel = 1}, {pair},
                                      {asked.owner, asked.request}, records,
                                      [&](const TableReport& report, size_t, size_t) {
                                        failure = report.failure.value_or(Status::OK());
                                      }));
  RETURN_NOT_OK(failure);
  return SingleAnswer(record);
}

Result<Json> MigrateSeveral(const Asked& asked) {
  ARROW_ASSIGN_OR_RAISE(const BulkRequest request, BulkRequestFromJson(asked.request));
  Places places(asked.lake, NamedServerFrom(asked.request, asked.secrets));
  ProgressSum sum(asked);
  sum.Step("listing tables");
  ARROW_ASSIGN_OR_RAISE(const std::vector<TablePair> tables, TablesOf(places, request));
  MigrationRun run = RunOf(asked, places, sum);
  run.takes_up = true;
  CopyJournal copies(*asked.records, asked.lake.clock, asked.lake.random);
  RETURN_NOT_OK(copies.RemoveLeftovers(asked.id, places));
  run.copies = &copies;
  MigrationRecords records(*asked.records);
  ARROW_ASSIGN_OR_RAISE(
      Json record,
      MigrateTables(run, request, tables, {asked.owner, asked.request}, records,
                    [&](const TableReport&, size_t done, size_t all) {
                      sum.Part(static_cast<double>(done) / static_cast<double>(all));
                    }));
  record.erase("request");
  record.erase("owner");
  return record;
}

/// Members that only a comparison of two tables has.
bool NamesDestination(const Json& request) {
  return std::ranges::any_of(
      std::initializer_list<const char*>{"dest_table", "destination_table",
                                         "destination"},
      [&](const char* name) { return request.contains(name); });
}

/// What of a request says which tables are checked.
struct IntegrityRequest {
  TableScope scope;
  std::vector<PlacedTable> tables;
  IntegrityDepth depth = IntegrityDepth::kFiles;
};

Result<IntegrityRequest> IntegrityRequestFrom(const Json& request) {
  IntegrityRequest asked;
  const auto text = [&](const char* name) -> Result<std::string> {
    const auto found = request.find(name);
    if (found == request.end() || found->is_null()) {
      return std::string();
    }
    if (!found->is_string()) {
      return MakeError(ErrorCode::kInvalidArgument,
                       std::string("Member ") + name + " of the validation must be text");
    }
    return found->get<std::string>();
  };
  ARROW_ASSIGN_OR_RAISE(asked.scope.place, text("warehouse"));
  ARROW_ASSIGN_OR_RAISE(const std::string ns, text("namespace"));
  ARROW_ASSIGN_OR_RAISE(const std::string table, text("table"));
  if (!table.empty()) {
    ARROW_ASSIGN_OR_RAISE(auto ident, TableIdentOf(ns, table));
    asked.tables.push_back({asked.scope.place, std::move(ident)});
  } else if (!ns.empty()) {
    asked.scope.ns = iceberg::NamespaceFromString(ns);
  }
  const auto checksum = request.find("checksum");
  if (checksum != request.end() && !checksum->is_boolean()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Member checksum of the validation must be true or false");
  }
  if (checksum != request.end() && checksum->get<bool>()) {
    asked.depth = IntegrityDepth::kRows;
  }
  return asked;
}

Result<TablePair> ComparisonRequestFrom(const Json& request) {
  ARROW_ASSIGN_OR_RAISE(TablePair pair, TablePairFromJson(request));
  if (pair.options.validation == ValidationLevel::kNone) {
    pair.options.validation = ValidationLevel::kFull;
  }
  return pair;
}

Result<Json> Check(const Asked& asked) {
  Places places(asked.lake, NamedServerFrom(asked.request, asked.secrets));
  ProgressSum sum(asked);
  const MigrationRun run = RunOf(asked, places, sum);
  if (NamesDestination(asked.request)) {
    ARROW_ASSIGN_OR_RAISE(const TablePair pair, ComparisonRequestFrom(asked.request));
    return IsView(places, pair.source) ? CompareViews(run, pair)
                                       : CompareTables(run, pair);
  }
  ARROW_ASSIGN_OR_RAISE(const IntegrityRequest request,
                        IntegrityRequestFrom(asked.request));
  return CheckIntegrity(run, request.scope, request.tables, request.depth);
}

using Work = Result<Json> (*)(const Asked&);

JobKind KindOf(const Lake& lake, catalog::DocumentStore* records, Work work) {
  JobKind kind;
  kind.run = [&lake, records, work](JobContext& context) {
    const JobRecord& job = context.job();
    const Asked asked{
        .lake = lake,
        .records = records,
        .id = job.id,
        .job_id = job.id,
        .owner = job.owner,
        .request = job.request,
        .secrets = context.secrets(),
        .cancelled = [&context] { return context.cancelled(); },
        .report = [&context](const JobProgress& progress) { context.Report(progress); }};
    return work(asked);
  };
  // What an attempt has committed is found by the next one, table by table; what it has
  // left goes also if there is no next one.
  kind.find_done = [&lake, records](const JobRecord& job) -> Result<std::optional<Json>> {
    if (records != nullptr) {
      Places places(lake, {});
      RETURN_NOT_OK(
          CopyJournal(*records, lake.clock, lake.random).RemoveLeftovers(job.id, places));
    }
    return std::optional<Json>();
  };
  return kind;
}

Work WorkOf(const std::string& kind) {
  return kind == kValidateJob ? &Check
                              : (kind == kMigrateJob ? &MigrateOne : &MigrateSeveral);
}

}  // namespace

JobKind MakeMigrateKind(const Lake& lake, catalog::DocumentStore& records) {
  return KindOf(lake, &records, &MigrateOne);
}

JobKind MakeMigrateBulkKind(const Lake& lake, catalog::DocumentStore& records) {
  return KindOf(lake, &records, &MigrateSeveral);
}

JobKind MakeValidateKind(const Lake& lake) { return KindOf(lake, nullptr, &Check); }

Status CheckMigrationRequest(const Json& request, const std::string& kind) {
  if (kind == kMigrateJob) {
    return TablePairFromJson(request).status();
  }
  if (kind == kMigrateBulkJob) {
    return BulkRequestFromJson(request).status();
  }
  return NamesDestination(request) ? ComparisonRequestFrom(request).status()
                                   : IntegrityRequestFrom(request).status();
}

Result<Json> RunMigrationCommand(const MigrationCommand& command, const std::string& kind,
                                 const Json& request, const Json& secrets) {
  return WorkOf(kind)({.lake = command.lake,
                       .records = &command.records,
                       .id = NewUlid(command.lake.clock.Now(), command.lake.random),
                       .job_id = "",
                       .owner = command.owner,
                       .request = request,
                       .secrets = secrets,
                       .cancelled = command.cancelled,
                       .report = command.progress});
}

}  // namespace tarn::service
