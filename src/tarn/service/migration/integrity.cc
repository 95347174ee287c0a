#include "tarn/service/migration/integrity.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <map>
#include <mutex>
#include <utility>

#include "tarn/service/migration/bulk_migration.h"
#include "tarn/service/migration/destination.h"
#include "tarn/service/migration/increment.h"
#include "tarn/service/migration/run_parallel.h"
#include "tarn/service/migration/view_migration.h"
#include "tarn/storage/arrow_schema.h"
#include "tarn/storage/parquet_row_reader.h"
#include "tarn/table/incremental_scan.h"
#include "tarn/table/live_files.h"
#include "tarn/table/scan.h"

namespace tarn::service {
namespace {

using iceberg::DataFile;
using iceberg::Snapshot;
using iceberg::TableMetadata;

constexpr size_t kProblemsMax = 100;
constexpr size_t kStatThreads = 8;
constexpr size_t kTablesAtOnce = 4;

/// A file that metadata names, and what it says of it.
struct NamedFile {
  std::string location;
  std::optional<int64_t> size_bytes = {};
  std::optional<int64_t> record_count = {};  // of Parquet that we can open
};

class TableCheck {
 public:
  TableCheck(const MigrationRun& run, const table::Context& context,
             TableIntegrity* result)
      : run_(run), context_(context), result_(*result) {}

  Status Run(const iceberg::TableIdent& ident, IntegrityDepth depth) {
    const Result<catalog::LoadedTable> loaded = context_.catalog.LoadTable(ident);
    if (!loaded.ok()) {
      Add(ident.ToString(), loaded.status().message());
      return Status::OK();
    }
    table_ = loaded->metadata;
    NameMetadata(*loaded);
    for (const Snapshot& snapshot : table_->snapshots) {
      RETURN_NOT_OK(CheckCancelled());
      NameFilesOf(snapshot);
    }
    RETURN_NOT_OK(CheckFiles());
    if (depth == IntegrityDepth::kRows && table_->current_snapshot() != nullptr) {
      ReadRows();
    }
    return CheckCancelled();
  }

 private:
  Status CheckCancelled() const {
    return run_.cancelled && run_.cancelled()
               ? MakeError(ErrorCode::kCancelled, "The validation was cancelled")
               : Status::OK();
  }

  void Add(const std::string& file, const std::string& problem) {
    const std::lock_guard lock(mutex_);
    ++result_.problem_count;
    if (result_.problems.size() < kProblemsMax) {
      result_.problems.push_back({file, problem});
    }
  }

  void Name(NamedFile file) { files_.try_emplace(file.location, file); }

  /// Not the metadata log: its files may go.
  void NameMetadata(const catalog::LoadedTable& loaded) {
    Name({loaded.metadata_location});
    for (const iceberg::StatisticsFile& file : table_->statistics) {
      Name({file.path});
    }
    for (const iceberg::PartitionStatisticsFile& file : table_->partition_statistics) {
      Name({file.path});
    }
    result_.snapshots = static_cast<int64_t>(table_->snapshots.size());
  }

  void NameFilesOf(const Snapshot& snapshot) {
    const std::string name = "snapshot " + std::to_string(snapshot.id.value);
    if (!snapshot.manifest_list.empty()) {
      Name({snapshot.manifest_list});
    }
    const auto manifests = table::LoadManifests(context_.io, *table_, snapshot);
    if (!manifests.ok()) {
      Add(name, "its manifest list cannot be read: " + manifests.status().message());
      return;
    }
    for (const iceberg::ManifestFile& manifest : *manifests) {
      Name({manifest.path, manifest.length_bytes > 0
                               ? std::optional(manifest.length_bytes)
                               : std::nullopt});
    }
    int64_t rows = 0;
    const Status visited = table::VisitLiveFiles(
        context_, *table_, snapshot, [&](const table::LiveFile& live) {
          NameLiveFile(live);
          rows += live.content() == iceberg::FileContent::kData ? live.record_count() : 0;
          return table::Visit::kGoOn;
        });
    if (!visited.ok()) {
      Add(name, "a manifest of it cannot be read: " + visited.message());
      return;
    }
    const auto total = snapshot.summary.find("total-records");
    const bool is_known = total != snapshot.summary.end();
    if (is_known && std::strtoll(total->second.c_str(), nullptr, 10) != rows) {
      Add(name, "its summary says " + total->second + " records, its manifests " +
                    std::to_string(rows));
    }
  }

  void NameLiveFile(const table::LiveFile& live) {
    const iceberg::ManifestColumns& manifest = live.manifest;
    NamedFile file{std::string(manifest.file_path(live.row)), live.file_size_bytes()};
    const bool is_parquet = manifest.format(live.row) == iceberg::FileFormat::kParquet;
    const bool is_encrypted = table_->properties.contains("encryption.key-id");
    if (is_parquet && !is_encrypted) {
      file.record_count = live.record_count();
    }
    Name(std::move(file));
  }

  Status CheckFiles() {
    std::vector<const NamedFile*> files;
    for (const auto& [location, file] : files_) {
      files.push_back(&file);
    }
    result_.files = static_cast<int64_t>(files.size());
    return ForEach(files.size(), kStatThreads, [&](size_t i) -> Status {
      RETURN_NOT_OK(CheckCancelled());
      CheckFile(*files[i]);
      return Status::OK();
    });
  }

  void CheckFile(const NamedFile& file) {
    const Result<io::FileInfo> info = context_.io.Stat(file.location);
    if (!info.ok()) {
      Add(file.location, CodeOf(info.status()) == ErrorCode::kNoSuchFile
                             ? "the file does not exist"
                             : info.status().message());
      return;
    }
    {
      const std::lock_guard lock(mutex_);
      result_.bytes += info->size_bytes;
    }
    if (file.size_bytes && *file.size_bytes != info->size_bytes) {
      Add(file.location, "the file has " + std::to_string(info->size_bytes) +
                             " bytes, metadata says " + std::to_string(*file.size_bytes));
      return;
    }
    if (!file.record_count) {
      return;
    }
    const auto reader = storage::ParquetRowReader::Open(context_.io, file.location);
    if (!reader.ok()) {
      Add(file.location, "the footer cannot be read: " + reader.status().message());
    } else if ((*reader)->num_rows() != *file.record_count) {
      Add(file.location, "the footer says " + std::to_string((*reader)->num_rows()) +
                             " rows, metadata says " +
                             std::to_string(*file.record_count));
    }
  }

  /// All rows of the current snapshot; of those that a migration wrote the checksum too.
  void ReadRows() {
    const Snapshot& head = *table_->current_snapshot();
    table::ScanRequest request;
    request.metadata = table_;
    Result<table::ScanPlan> plan = table::PlanScan(context_, request);
    if (!plan.ok()) {
      Add("snapshot " + std::to_string(head.id.value), plan.status().message());
      return;
    }
    const std::optional<RowTally> all = Tally(std::move(plan->tasks));
    if (!all) {
      return;
    }
    result_.rows = all->num_rows();
    result_.checksum = all->checksum();
    const auto recorded = head.summary.find(kChecksumKey);
    if (recorded == head.summary.end()) {
      return;
    }
    result_.recorded_checksum = recorded->second;
    std::string found = result_.checksum;
    if (head.operation == "append" && head.parent_id) {
      const auto added =
          table::PlanAppends(context_.io, {.metadata = table_,
                                           .from = head.id,
                                           .start = table::StartOfRange::kInclusive,
                                           .manifests = context_.manifests});
      const std::optional<RowTally> tally =
          added.ok() ? Tally(added->tasks) : std::nullopt;
      found = tally ? tally->checksum() : std::string();
    }
    if (found != recorded->second) {
      Add("snapshot " + std::to_string(head.id.value),
          "its rows have the checksum " + found + ", the migration that wrote them had " +
              recorded->second);
    }
  }

  /// Each file by itself, so that all that cannot be read are found.
  std::optional<RowTally> Tally(std::vector<table::FileScanTask> tasks) {
    RowTally whole;
    bool is_whole = true;
    const Status status = ForEach(tasks.size(), run_.threads, [&](size_t i) -> Status {
      RETURN_NOT_OK(CheckCancelled());
      const Result<RowTally> tally = TallyTask(tasks[i]);
      if (!tally.ok()) {
        Add(tasks[i].file.file_path, tally.status().message());
      }
      const std::lock_guard lock(mutex_);
      if (tally.ok()) {
        whole.Merge(*tally);
      }
      is_whole = is_whole && tally.ok();
      return Status::OK();
    });
    return status.ok() && is_whole ? std::optional(whole) : std::nullopt;
  }

  Result<RowTally> TallyTask(const table::FileScanTask& task) {
    ARROW_ASSIGN_OR_RAISE(
        const auto rows,
        ReadFiles(context_, table_, {task}, table_->schema_ptr(), run_.cancelled));
    return TallyOf(*rows, 1, RowTally());
  }

  const MigrationRun& run_;
  const table::Context& context_;
  TableIntegrity& result_;
  std::shared_ptr<const TableMetadata> table_;
  std::map<std::string, NamedFile> files_;
  std::mutex mutex_;  // guards result_ while files are checked
};

Json IntegrityToJson(const TableIntegrity& table) {
  Json problems = Json::array();
  for (const FileProblem& problem : table.problems) {
    problems.push_back({{"file", problem.file}, {"problem", problem.problem}});
  }
  Json json = {{"table", table.table},
               {"status", table.problem_count == 0 ? "success" : "damaged"},
               {"snapshots", table.snapshots},
               {"files", table.files},
               {"bytes", table.bytes},
               {"rows", table.rows},
               {"problem_count", table.problem_count},
               {"problems", std::move(problems)}};
  if (!table.checksum.empty()) {
    json["checksum"] = table.checksum;
    json["checksum_match"] =
        table.recorded_checksum.empty() ? Json(nullptr) : Json(table.problem_count == 0);
  }
  return json;
}

/// The tables and views of `scope`, or those that are `named`.
Result<std::vector<TablePair>> ObjectsIn(Places& places, const TableScope& scope,
                                         const std::vector<PlacedTable>& named) {
  if (named.empty()) {
    BulkRequest request;
    request.source = scope;
    request.destination.place = "-";
    return TablesOf(places, request);
  }
  std::vector<TablePair> objects;
  for (const PlacedTable& one : named) {
    objects.push_back({.source = one, .destination = {}, .is_view = IsView(places, one)});
  }
  return objects;
}

/// A view is whole if its metadata can be read.
Result<TableIntegrity> CheckView(const MigrationRun& run, const PlacedTable& view) {
  TableIntegrity integrity;
  integrity.table = view.ToString();
  ARROW_ASSIGN_OR_RAISE(const table::Context* context, run.places.Find(view.place));
  const auto loaded = context->catalog.LoadView(view.ident);
  integrity.files = 1;
  if (!loaded.ok()) {
    integrity.problem_count = 1;
    integrity.problems.push_back({view.ToString(), loaded.status().message()});
  }
  return integrity;
}

Json ViewIntegrityToJson(const TableIntegrity& view) {
  Json json = IntegrityToJson(view);
  return {{"view", view.table},
          {"status", json["status"]},
          {"problem_count", json["problem_count"]},
          {"problems", json["problems"]}};
}

double SecondsSince(std::chrono::milliseconds begin, std::chrono::milliseconds end) {
  return std::chrono::duration<double>(end - begin).count();
}

struct HeadRows {
  catalog::LoadedTable table;
  std::vector<table::FileScanTask> tasks;
};

Result<HeadRows> PlanHead(const table::Context& context,
                          const iceberg::TableIdent& ident) {
  HeadRows head;
  ARROW_ASSIGN_OR_RAISE(head.table, context.catalog.LoadTable(ident));
  if (head.table.metadata->current_snapshot() != nullptr) {
    table::ScanRequest request;
    request.metadata = head.table.metadata;
    ARROW_ASSIGN_OR_RAISE(table::ScanPlan plan, table::PlanScan(context, request));
    head.tasks = std::move(plan.tasks);
  }
  return head;
}

/// Both tables' rows in the source's columns.
Result<Comparison> CompareHeads(const MigrationRun& run, const TablePair& pair,
                                const table::Context& from, const table::Context& to,
                                const HeadRows& source, const HeadRows& destination) {
  const ValidationLevel level = pair.options.validation;
  const iceberg::Schema& schema = destination.table.metadata->schema();
  ARROW_ASSIGN_OR_RAISE(const auto rows,
                        ReadFiles(from, source.table.metadata, source.tasks,
                                  source.table.metadata->schema_ptr(), run.cancelled));
  ARROW_ASSIGN_OR_RAISE(const RowFit fit, RowFit::Make(*rows->schema(), schema));
  const bool is_sample = level == ValidationLevel::kSample;
  const std::vector<std::string> columns =
      is_sample ? SampleColumns(*destination.table.metadata, fit.columns())
                : fit.columns();
  ARROW_ASSIGN_OR_RAISE(const auto projected, ProjectColumns(schema, columns));
  ARROW_ASSIGN_OR_RAISE(const auto there,
                        ReadFiles(to, destination.table.metadata, destination.tasks,
                                  projected, run.cancelled));
  const std::unique_ptr<RowSource> here = FittedRows(*rows, fit);
  const RowTally empty =
      EmptyTally(level, is_sample ? columns : std::vector<std::string>());
  ARROW_ASSIGN_OR_RAISE(const RowTally before, TallyOf(*here, run.threads, empty));
  ARROW_ASSIGN_OR_RAISE(const RowTally after, TallyOf(*there, run.threads, empty));
  Comparison comparison = Compare(level, before, after);
  comparison.columns = is_sample ? columns : std::vector<std::string>();
  if (!comparison.is_same()) {
    ARROW_ASSIGN_OR_RAISE(auto found, FindDifferences(*here, *there, columns));
    if (!found.empty()) {
      comparison.differences = std::move(found);
    }
  }
  return comparison;
}

}  // namespace

Result<TableIntegrity> CheckTable(const MigrationRun& run, const PlacedTable& table,
                                  IntegrityDepth depth) {
  TableIntegrity integrity;
  integrity.table = table.ToString();
  ARROW_ASSIGN_OR_RAISE(const table::Context* context, run.places.Find(table.place));
  RETURN_NOT_OK(TableCheck(run, *context, &integrity).Run(table.ident, depth));
  return integrity;
}

Result<Json> CheckIntegrity(const MigrationRun& run, const TableScope& scope,
                            const std::vector<PlacedTable>& named, IntegrityDepth depth) {
  const std::chrono::milliseconds begin = run.lake.clock.Now();
  ARROW_ASSIGN_OR_RAISE(const std::vector<TablePair> objects,
                        ObjectsIn(run.places, scope, named));
  std::vector<TableIntegrity> checked(objects.size());
  RETURN_NOT_OK(ForEach(objects.size(), kTablesAtOnce, [&](size_t i) -> Status {
    ARROW_ASSIGN_OR_RAISE(checked[i], objects[i].is_view
                                          ? CheckView(run, objects[i].source)
                                          : CheckTable(run, objects[i].source, depth));
    if (run.progress) {
      run.progress(checked[i].rows, checked[i].bytes);
    }
    return Status::OK();
  }));
  Json tables = Json::array();
  Json views = Json::array();
  int64_t problems = 0;
  int64_t files = 0;
  for (size_t i = 0; i < checked.size(); ++i) {
    if (objects[i].is_view) {
      views.push_back(ViewIntegrityToJson(checked[i]));
    } else {
      tables.push_back(IntegrityToJson(checked[i]));
    }
    problems += checked[i].problem_count;
    files += checked[i].files;
  }
  const std::chrono::milliseconds end = run.lake.clock.Now();
  return Json{{"status", problems == 0 ? "success" : "damaged"},
              {"valid", problems == 0},
              {"scope", scope.ToString()},
              {"tables_checked", tables.size()},
              {"views_checked", views.size()},
              {"files_checked", files},
              {"problem_count", problems},
              {"started_at", begin.count()},
              {"ended_at", end.count()},
              {"duration_seconds", SecondsSince(begin, end)},
              {"tables", std::move(tables)},
              {"views", std::move(views)}};
}

Result<Json> CompareTables(const MigrationRun& run, const TablePair& pair) {
  const std::chrono::milliseconds begin = run.lake.clock.Now();
  ARROW_ASSIGN_OR_RAISE(const table::Context* from, run.places.Find(pair.source.place));
  ARROW_ASSIGN_OR_RAISE(const table::Context* to,
                        run.places.Find(pair.destination.place));
  ARROW_ASSIGN_OR_RAISE(const HeadRows source, PlanHead(*from, pair.source.ident));
  ARROW_ASSIGN_OR_RAISE(const HeadRows destination,
                        PlanHead(*to, pair.destination.ident));
  TableReport report;
  report.source = pair.source.ToString();
  report.destination = pair.destination.ToString();
  report.mode = "compare";
  report.source_snapshot_id = source.table.metadata->current_snapshot_id;
  report.snapshot_id = destination.table.metadata->current_snapshot_id;
  ARROW_ASSIGN_OR_RAISE(report.comparison,
                        CompareHeads(run, pair, *from, *to, source, destination));
  const bool is_same = report.comparison.is_same();
  report.status = is_same ? "success" : "mismatch";
  const std::chrono::milliseconds end = run.lake.clock.Now();
  report.duration_seconds = SecondsSince(begin, end);
  Json json = TableReportToJson(report);
  json.erase("rows_migrated");
  json["valid"] = is_same;
  json["started_at"] = begin.count();
  json["ended_at"] = end.count();
  json["tables"] = Json::array({json});
  return json;
}

}  // namespace tarn::service
