#include "tarn/service/migration/table_migration.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <utility>

#include <arrow/type.h>

#include "tarn/catalog/find_table.h"
#include "tarn/engine/engine.h"
#include "tarn/service/migration/destination.h"
#include "tarn/service/migration/history_copy.h"
#include "tarn/service/migration/increment.h"
#include "tarn/table/scan.h"
#include "tarn/table/write.h"

namespace tarn::service {
namespace {

using catalog::LoadedTable;
using iceberg::Snapshot;
using iceberg::TableMetadata;
using std::chrono::steady_clock;

std::string QuotedName(const std::string& name) {
  std::string quoted = "\"";
  for (const char c : name) {
    quoted += c;
    if (c == '"') {
      quoted += c;
    }
  }
  return quoted + '"';
}

std::string IdText(const std::optional<iceberg::SnapshotId>& id) {
  return id ? std::to_string(id->value) : std::string();
}

Json IdJson(const std::optional<iceberg::SnapshotId>& id) {
  return id ? Json(id->value) : Json(nullptr);
}

class TableMigration {
 public:
  TableMigration(const MigrationRun& run, const TablePair& pair, TableReport* report)
      : run_(run), pair_(pair), report_(*report) {}

  Status Run() {
    ARROW_ASSIGN_OR_RAISE(from_, run_.places.Find(pair_.source.place));
    ARROW_ASSIGN_OR_RAISE(to_, run_.places.Find(pair_.destination.place));
    Step("reading metadata");
    ARROW_ASSIGN_OR_RAISE(source_, from_->catalog.LoadTable(pair_.source.ident));
    RETURN_NOT_OK(ChooseSnapshot());
    ARROW_ASSIGN_OR_RAISE(existing_,
                          catalog::FindTable(to_->catalog, pair_.destination.ident));
    if (IsDone()) {
      report_.status = "already_migrated";
      return Status::OK();
    }
    MadeNamespaces namespaces(to_->catalog);
    RETURN_NOT_OK(namespaces.MakeLike(from_->catalog, pair_.source.ident.ns,
                                      pair_.destination.ident.ns));
    const Status status = Move();
    if (status.ok() || IsOutcomeUnknown(status)) {
      namespaces.Keep();
    }
    return status;
  }

 private:
  void Step(const std::string& step) const {
    if (run_.step) {
      run_.step(pair_.destination.ToString() + ": " + step);
    }
  }

  const TableMetadata& metadata() const { return *source_.metadata; }
  const MigrationOptions& options() const { return pair_.options; }

  Status ChooseSnapshot() {
    snapshot_id_ = metadata().current_snapshot_id;
    schema_ = metadata().schema_ptr();
    if (options().snapshot_id) {
      const Snapshot* const snapshot = metadata().FindSnapshot(*options().snapshot_id);
      if (snapshot == nullptr) {
        return MakeError(ErrorCode::kNoSuchSnapshot, pair_.source.ToString() +
                                                         " has no snapshot " +
                                                         IdText(options().snapshot_id));
      }
      snapshot_id_ = snapshot->id;
      schema_ = metadata().SchemaOf(*snapshot);
    }
    report_.source_snapshot_id = snapshot_id_;
    return Status::OK();
  }

  /// This migration, or one before it that is as good, has made the destination.
  bool IsDone() {
    if (!existing_) {
      return false;
    }
    const TableMetadata& there = *existing_->metadata;
    const Snapshot* const own = FindSnapshotOf(there, run_.id, pair_.source.ToString());
    if (own != nullptr) {
      Take(own->summary, own->id);
      return true;
    }
    const std::map<std::string, std::string> origin = OriginOf(there);
    const auto says = [&](const char* key, const std::string& value) {
      const auto found = origin.find(key);
      return found != origin.end() && found->second == value;
    };
    const bool is_own =
        says(kMigrationIdKey, run_.id) && says(kSourceKey, pair_.source.ToString());
    const bool is_as_good = run_.takes_up && options().mode == MigrationMode::kFail &&
                            !options().incremental && options().transform.is_empty() &&
                            says(kSourceUuidKey, metadata().table_uuid) &&
                            says(kSourceSnapshotKey, IdText(snapshot_id_));
    if (is_own || is_as_good) {
      Take(origin, there.current_snapshot_id);
      return true;
    }
    return false;
  }

  void Take(const std::map<std::string, std::string>& origin,
            const std::optional<iceberg::SnapshotId>& id) {
    report_.snapshot_id = id;
    const auto rows = origin.find(kSourceRowsKey);
    if (rows != origin.end()) {
      report_.rows_migrated = std::strtoll(rows->second.c_str(), nullptr, 10);
    }
    const auto checksum = origin.find(kChecksumKey);
    if (checksum != origin.end()) {  // it was compared before the commit
      report_.comparison.level = ValidationLevel::kFull;
      report_.comparison.source_rows = report_.rows_migrated;
      report_.comparison.destination_rows = report_.rows_migrated;
      report_.comparison.source_checksum = checksum->second;
      report_.comparison.destination_checksum = checksum->second;
    }
  }

  Status Move() {
    switch (options().history) {
      case HistoryMode::kCopy:
        return MoveHistory();
      case HistoryMode::kRegister:
        return RegisterInPlace();
      case HistoryMode::kNone:
        break;
    }
    mode_ = options().mode;
    RETURN_NOT_OK(options().incremental ? PlanNewRows() : PlanAllRows());
    if (report_.status == "up_to_date") {
      return Status::OK();
    }
    return MoveRows();
  }

  Status PlanAllRows() {
    if (!options().transform.is_empty()) {
      return QueryRows();
    }
    if (snapshot_id_) {
      table::ScanRequest request;
      request.metadata = source_.metadata;
      request.snapshot_id = snapshot_id_;
      request.schema = schema_;
      ARROW_ASSIGN_OR_RAISE(table::ScanPlan plan, table::PlanScan(*from_, request));
      return ReadTasks(std::move(plan.tasks));
    }
    return ReadTasks({});
  }

  Status PlanNewRows() {
    ARROW_ASSIGN_OR_RAISE(Increment increment,
                          PlanIncrement(*from_, source_.metadata, existing_));
    switch (increment.kind) {
      case Increment::Kind::kNothing:
        report_.status = "up_to_date";
        report_.mode = "append";
        report_.snapshot_id = existing_->metadata->current_snapshot_id;
        return Status::OK();
      case Increment::Kind::kAppends:
        mode_ = MigrationMode::kAppend;
        return ReadTasks(std::move(increment.tasks));
      case Increment::Kind::kAll:
        break;
    }
    report_.note = "all rows were taken: " + increment.reason;
    if (existing_) {
      mode_ = HasSameColumns() ? MigrationMode::kOverwrite : MigrationMode::kReplace;
    }
    return PlanAllRows();
  }

  bool HasSameColumns() const {
    const auto& theirs = existing_->metadata->schema().fields();
    return std::ranges::equal(theirs, schema_->fields(),
                              [](const auto& left, const auto& right) {
                                return left.name == right.name &&
                                       (left.type.is_nested() || left.type == right.type);
                              });
  }

  Status ReadTasks(std::vector<table::FileScanTask> tasks) {
    threads_ = std::clamp<size_t>(tasks.size(), 1, run_.threads);
    ARROW_ASSIGN_OR_RAISE(rows_, ReadFiles(*from_, source_.metadata, std::move(tasks),
                                           schema_, run_.cancelled));
    shape_ = ShapeOf(metadata(), *schema_);
    return Status::OK();
  }

  Status QueryRows() {
    const std::string place = run_.places.SqlNameOf(pair_.source.place);
    if (place.empty()) {
      return MakeError(ErrorCode::kNotSupported,
                       "A transform needs a source that SQL knows: the first warehouse, "
                       "or a catalog of the settings, not " +
                           pair_.source.place);
    }
    const std::string at =
        snapshot_id_ ? " AT (VERSION => " + IdText(snapshot_id_) + ")" : "";
    const std::string sql = "WITH source AS (SELECT * FROM " + QuotedName(place) + "." +
                            QuotedName(pair_.source.ident.ns.ToString()) + "." +
                            QuotedName(pair_.source.ident.name) + at +
                            ") SELECT * FROM (" + options().transform.Sql() + "\n)";
    ARROW_ASSIGN_OR_RAISE(engine::Engine * engine, run_.lake.engine());
    ARROW_ASSIGN_OR_RAISE(rows_,
                          ReadQuery(*engine, sql, run_.reaches_server, run_.cancelled));
    ARROW_ASSIGN_OR_RAISE(shape_, ShapeOfRows(*rows_->schema(), metadata(), *schema_));
    return Status::OK();
  }

  Status MoveRows() {
    ARROW_ASSIGN_OR_RAISE(Destination destination,
                          ChooseDestination(*to_, pair_.destination.ident, existing_,
                                            shape_, metadata(), mode_));
    report_.mode = destination.creates ? "create" : std::string(NameOf(mode_));
    ARROW_ASSIGN_OR_RAISE(const RowFit fit,
                          RowFit::Make(*rows_->schema(), destination.metadata->schema()));
    const std::vector<std::string> columns =
        SampleColumns(*destination.metadata, fit.columns());
    CopyOptions copying;
    copying.threads = threads_;
    copying.empty = EmptyTally(options().validation, columns);
    copying.progress = run_.progress;
    Step("copying rows");
    ARROW_ASSIGN_OR_RAISE(WrittenRows written,
                          CopyRows(*rows_, fit, *to_, destination.metadata, copying));
    report_.files_written = static_cast<int64_t>(written.files().size());
    report_.bytes_written = written.bytes();
    RETURN_NOT_OK(Validate(written, fit, destination, columns));
    Step("committing");
    const Result<LoadedTable> committed = Commit(destination, written);
    if (committed.ok() || IsOutcomeUnknown(committed.status())) {
      written.Release();
    }
    RETURN_NOT_OK(committed.status());
    report_.rows_migrated = written.tally().num_rows();
    return CheckCommitted(*committed->metadata, written.files().empty());
  }

  /// Reads back what was written.
  Status Validate(const WrittenRows& written, const RowFit& fit,
                  const Destination& destination,
                  const std::vector<std::string>& sample_columns) {
    const ValidationLevel level = options().validation;
    Comparison& comparison = report_.comparison;
    comparison.level = level;
    if (level == ValidationLevel::kNone) {
      return Status::OK();
    }
    Step("reading back");
    const bool is_sample = level == ValidationLevel::kSample;
    const std::vector<std::string>& columns = is_sample ? sample_columns : fit.columns();
    ARROW_ASSIGN_OR_RAISE(const auto schema,
                          ProjectColumns(destination.metadata->schema(), columns));
    ARROW_ASSIGN_OR_RAISE(const auto back,
                          ReadFiles(*to_, destination.metadata, TasksOf(written.files()),
                                    schema, run_.cancelled));
    if (level == ValidationLevel::kCount) {
      comparison.source_rows = written.tally().num_rows();
      for (const iceberg::DataFile& file : written.files()) {
        comparison.destination_rows += file.record_count;
      }
    } else {
      ARROW_ASSIGN_OR_RAISE(
          const RowTally tally,
          TallyOf(*back, threads_,
                  EmptyTally(level, is_sample ? columns : std::vector<std::string>())));
      comparison = Compare(level, written.tally(), tally);
      comparison.columns = is_sample ? columns : std::vector<std::string>();
    }
    if (comparison.is_same()) {
      return Status::OK();
    }
    const std::unique_ptr<RowSource> fitted = FittedRows(*rows_, fit);
    ARROW_ASSIGN_OR_RAISE(auto found, FindDifferences(*fitted, *back, columns));
    if (!found.empty()) {
      comparison.differences = std::move(found);
    }
    return MakeError(ErrorCode::kInvalidData,
                     "What was written to " + pair_.destination.ToString() +
                         " reads back otherwise than what was read from " +
                         pair_.source.ToString() + "; nothing was committed");
  }

  std::map<std::string, std::string> Origin() const {
    std::map<std::string, std::string> origin = {
        {kMigrationIdKey, run_.id},
        {kSourceKey, pair_.source.ToString()},
        {kSourceUuidKey, metadata().table_uuid},
        {kSourceSnapshotKey, IdText(snapshot_id_)}};
    if (!run_.job_id.empty()) {
      origin[kJobIdKey] = run_.job_id;
    }
    return origin;
  }

  Result<LoadedTable> Commit(const Destination& destination, const WrittenRows& written) {
    table::WriteRequest write;
    write.ident = pair_.destination.ident;
    write.files = written.files();
    write.summary = Origin();
    write.summary[kSourceRowsKey] = std::to_string(written.tally().num_rows());
    if (options().validation == ValidationLevel::kFull) {
      write.summary[kChecksumKey] = written.tally().checksum();
    }
    if (destination.creates) {
      write.create = destination.metadata;
      if (written.files().empty()) {  // there will be no snapshot to say it
        auto named = std::make_shared<TableMetadata>(*destination.metadata);
        named->properties.merge(Origin());
        write.create = std::move(named);
      }
      return table::Write(*to_, write);
    }
    if (mode_ == MigrationMode::kAppend) {
      write.schema_id = destination.metadata->current_schema_id;
      return table::Write(*to_, write);
    }
    write.mode = table::WriteMode::kOverwrite;
    write.checks = {.isolation = table::Isolation::kSerializable,
                    .base = destination.head};
    if (destination.replaces) {
      write.replace = destination.metadata;
    } else {
      write.schema_id = destination.metadata->current_schema_id;
    }
    return table::Write(*to_, write);
  }

  /// What the catalog answers must name what was written.
  Status CheckCommitted(const TableMetadata& committed, bool is_empty) {
    const Snapshot* const own =
        FindSnapshotOf(committed, run_.id, pair_.source.ToString());
    if (own == nullptr) {
      return is_empty ? Status::OK()
                      : MakeError(ErrorCode::kCommitStateUnknown,
                                  "The catalog took the commit of " +
                                      pair_.destination.ToString() +
                                      ", and its answer does not have the snapshot");
    }
    report_.snapshot_id = own->id;
    const auto added = own->summary.find("added-records");
    const int64_t rows = added == own->summary.end()
                             ? 0
                             : std::strtoll(added->second.c_str(), nullptr, 10);
    if (rows != report_.rows_migrated) {
      return MakeError(ErrorCode::kInvalidData,
                       "The snapshot of " + pair_.destination.ToString() + " adds " +
                           std::to_string(rows) + " rows, not " +
                           std::to_string(report_.rows_migrated));
    }
    return Status::OK();
  }

  Status RefuseExisting() const {
    return existing_ ? MakeError(ErrorCode::kAlreadyExists,
                                 "History goes to a table that does not exist: " +
                                     pair_.destination.ToString())
                     : Status::OK();
  }

  Status MoveHistory() {
    RETURN_NOT_OK(RefuseExisting());
    report_.mode = "copy";
    Step("copying files");
    ARROW_ASSIGN_OR_RAISE(const auto copy,
                          HistoryCopy::Make(run_, pair_, source_, *from_, *to_));
    report_.files_written = copy->num_files();
    report_.bytes_written = copy->bytes();
    RETURN_NOT_OK(CompareHeads(*copy));
    Step("registering");
    RETURN_NOT_OK(copy->BeginToRegister());
    const auto registered =
        to_->catalog.RegisterTable(pair_.destination.ident, copy->metadata_location());
    if (registered.ok() || IsOutcomeUnknown(registered.status())) {
      copy->Release();
    }
    RETURN_NOT_OK(registered.status());
    return ReportRegistered(*registered->metadata);
  }

  Status CompareHeads(const HistoryCopy& copy) {
    const ValidationLevel level = options().validation;
    report_.comparison.level = level;
    if (level == ValidationLevel::kNone || !snapshot_id_) {
      return Status::OK();
    }
    Step("reading back");
    std::vector<std::string> names;
    for (const iceberg::Field& field : schema_->fields()) {
      names.push_back(field.name);
    }
    const bool is_sample = level == ValidationLevel::kSample;
    std::vector<std::string> columns = SampleColumns(metadata(), names);
    if (!is_sample) {
      columns.clear();
    }
    ARROW_ASSIGN_OR_RAISE(const RowTally before,
                          TallyHead(*from_, source_.metadata, level, columns));
    ARROW_ASSIGN_OR_RAISE(const RowTally after,
                          TallyHead(*to_, copy.metadata(), level, columns));
    report_.comparison = Compare(level, before, after);
    report_.comparison.columns = columns;
    if (report_.comparison.is_same()) {
      return Status::OK();
    }
    return MakeError(ErrorCode::kInvalidData,
                     "The copy of " + pair_.source.ToString() +
                         " reads otherwise than the source; nothing was registered");
  }

  Result<RowTally> TallyHead(const table::Context& context,
                             const std::shared_ptr<const TableMetadata>& table,
                             ValidationLevel level,
                             const std::vector<std::string>& columns) const {
    table::ScanRequest request;
    request.metadata = table;
    ARROW_ASSIGN_OR_RAISE(table::ScanPlan plan, table::PlanScan(context, request));
    std::shared_ptr<const iceberg::Schema> schema = table->schema_ptr();
    if (!columns.empty()) {
      ARROW_ASSIGN_OR_RAISE(schema, ProjectColumns(*schema, columns));
    }
    ARROW_ASSIGN_OR_RAISE(
        const auto rows,
        ReadFiles(context, table, std::move(plan.tasks), schema, run_.cancelled));
    return TallyOf(*rows, run_.threads, EmptyTally(level, columns));
  }

  Status RegisterInPlace() {
    RETURN_NOT_OK(RefuseExisting());
    if (run_.places.AreSame(pair_.source.place, pair_.destination.place)) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "Two tables of one catalog must not share their files; history "
                       "copy makes files of its own: " +
                           pair_.destination.ToString());
    }
    report_.mode = "register";
    Step("registering");
    ARROW_ASSIGN_OR_RAISE(
        const LoadedTable registered,
        to_->catalog.RegisterTable(pair_.destination.ident, source_.metadata_location));
    report_.note =
        "both catalogs name the same files: drop the source without purge, and write to "
        "one of them only";
    return ReportRegistered(*registered.metadata);
  }

  Status ReportRegistered(const TableMetadata& table) {
    report_.snapshot_id = table.current_snapshot_id;
    report_.snapshots = static_cast<int64_t>(table.snapshots.size());
    if (const Snapshot* const head = table.current_snapshot()) {
      const auto total = head->summary.find("total-records");
      report_.rows_migrated = report_.comparison.destination_rows;
      if (report_.rows_migrated == 0 && total != head->summary.end()) {
        report_.rows_migrated = std::strtoll(total->second.c_str(), nullptr, 10);
      }
    }
    return Status::OK();
  }

  const MigrationRun& run_;
  const TablePair& pair_;
  TableReport& report_;
  const table::Context* from_ = nullptr;
  const table::Context* to_ = nullptr;
  LoadedTable source_;
  std::optional<LoadedTable> existing_;  // the destination, before
  std::optional<iceberg::SnapshotId> snapshot_id_;
  std::shared_ptr<const iceberg::Schema> schema_;
  MigrationMode mode_ = MigrationMode::kFail;
  std::unique_ptr<RowSource> rows_;
  TableShape shape_;
  size_t threads_ = 1;
};

Json TableMembers(const TableReport& report) {
  Json json = ComparisonToJson(report.comparison);
  json["table"] = report.destination;
  json["rows_migrated"] = report.rows_migrated;
  json["files_written"] = report.files_written;
  json["bytes_written"] = report.bytes_written;
  json["source_snapshot_id"] = IdJson(report.source_snapshot_id);
  json["snapshot_id"] = IdJson(report.snapshot_id);
  json["snapshots"] = report.snapshots;
  return json;
}

Json ViewMembers(const TableReport& report) {
  const MigratedView& view = *report.view;
  return {{"view", report.destination},
          {"dialects", view.dialects},
          {"names_rewritten", view.names_rewritten},
          {"columns", view.columns},
          {"definition_match",
           view.definition_match ? Json(*view.definition_match) : Json(nullptr)}};
}

}  // namespace

Json TableReportToJson(const TableReport& report) {
  Json json = report.view ? ViewMembers(report) : TableMembers(report);
  json["status"] = report.status;
  json["source"] = report.source;
  json["destination"] = report.destination;
  json["mode"] = report.mode;
  json["duration_seconds"] = report.duration_seconds;
  if (!report.note.empty()) {
    json["note"] = report.note;
  }
  if (report.failure) {
    json["error"] = {{"code", std::string(InfoOf(CodeOf(*report.failure)).name)},
                     {"message", report.failure->message()}};
  }
  return json;
}

TableReport MigrateTable(const MigrationRun& run, const TablePair& pair) {
  TableReport report;
  report.source = pair.source.ToString();
  report.destination = pair.destination.ToString();
  const auto begin = steady_clock::now();
  const Status status = TableMigration(run, pair, &report).Run();
  report.duration_seconds =
      std::chrono::duration<double>(steady_clock::now() - begin).count();
  if (!status.ok()) {
    report.status = "error";
    report.failure = status;
  }
  return report;
}

}  // namespace tarn::service
