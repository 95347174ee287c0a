#include "tarn/table/maintenance/compute_table_stats.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>
#include <utility>

#include <arrow/record_batch.h>

#include "tarn/base/error.h"
#include "tarn/iceberg/puffin.h"
#include "tarn/storage/data_file_reader.h"
#include "tarn/storage/deleted_rows.h"
#include "tarn/table/internal/parallel.h"
#include "tarn/table/maintenance/internal/column_sketch.h"
#include "tarn/table/maintenance/internal/statistics_commit.h"
#include "tarn/table/scan.h"

namespace tarn::table {
namespace {

using catalog::LoadedTable;
using iceberg::FieldId;
using iceberg::Schema;
using iceberg::Snapshot;
using iceberg::StatisticsFile;
using internal::ColumnSketch;

constexpr char kCreatedBy[] = "Tarn";

struct Column {
  std::string name;
  FieldId id = 0;
  iceberg::Type type;
  std::vector<int> path = {};  // in the batches that are read
};

/// The columns to count and a schema with just the top-level fields that hold them.
struct Columns {
  std::vector<Column> columns;
  std::shared_ptr<const Schema> schema;
};

bool FindPath(const std::vector<iceberg::Field>& fields, FieldId id,
              std::vector<int>* path) {
  for (size_t i = 0; i < fields.size(); ++i) {
    path->push_back(static_cast<int>(i));
    const bool is_struct = fields[i].type.id() == iceberg::TypeId::kStruct;
    if (fields[i].id == id ||
        (is_struct && FindPath(fields[i].type.fields(), id, path))) {
      return true;
    }
    path->pop_back();
  }
  return false;
}

Result<Columns> ChooseColumns(const Schema& schema,
                              const std::vector<std::string>& names) {
  Columns chosen;
  if (names.empty()) {
    for (const iceberg::Field& field : schema.fields()) {
      if (internal::CanSketch(field.type)) {
        chosen.columns.push_back({field.name, field.id, field.type});
      }
    }
  }
  for (const std::string& name : names) {
    const iceberg::Field* field = schema.FindByNameIgnoringCase(name);
    if (field == nullptr) {
      return MakeError(ErrorCode::kNoSuchColumn,
                       "Cannot count values of a column that the table lacks: " + name);
    }
    if (!internal::CanSketch(field->type) || !schema.IsReachableByStructs(field->id)) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "Distinct values are counted of primitive columns only: " + name);
    }
    chosen.columns.push_back({schema.NameOf(field->id), field->id, field->type});
  }
  std::vector<iceberg::Field> fields;
  for (const iceberg::Field& field : schema.fields()) {
    std::vector<int> path;
    const bool is_needed = std::ranges::any_of(chosen.columns, [&](const Column& column) {
      path.clear();
      return FindPath({field}, column.id, &path);
    });
    if (is_needed) {
      fields.push_back(field);
    }
  }
  for (Column& column : chosen.columns) {
    FindPath(fields, column.id, &column.path);
  }
  ARROW_ASSIGN_OR_RAISE(chosen.schema, Schema::Make(schema.id(), std::move(fields)));
  return chosen;
}

class StatsComputation {
 public:
  StatsComputation(const Context& context, const LoadedTable& table,
                   const Snapshot& snapshot, const ComputeTableStatsOptions& options)
      : context_(context),
        table_(table),
        metadata_(*table.metadata),
        snapshot_(snapshot),
        options_(options),
        deletions_(context.deletions != nullptr ? *context.deletions : own_deletions_) {}

  Result<ComputeTableStatsResult> Run() {
    ARROW_ASSIGN_OR_RAISE(
        columns_, ChooseColumns(*metadata_.SchemaOf(snapshot_), options_.columns));
    ScanRequest request;
    request.metadata = table_.metadata;
    request.snapshot_id = snapshot_.id;
    ARROW_ASSIGN_OR_RAISE(plan_, PlanScan(context_, std::move(request)));
    result_.files_count = static_cast<int64_t>(plan_.tasks.size());
    if (options_.dry_run == DryRun::kYes) {
      return result_;
    }
    ARROW_ASSIGN_OR_RAISE(const std::vector<ColumnSketch> sketches, Count());
    RETURN_NOT_OK(Publish(sketches));
    return result_;
  }

 private:
  std::vector<ColumnSketch> EmptySketches() const {
    std::vector<ColumnSketch> sketches;
    for (const Column& column : columns_.columns) {
      sketches.emplace_back(column.type, column.path);
    }
    return sketches;
  }

  /// A few workers take file after file, each with sketches of its own.
  Result<std::vector<ColumnSketch>> Count() {
    const auto workers = std::clamp<size_t>(
        plan_.tasks.size(), 1, static_cast<size_t>(std::max(options_.threads_max, 1)));
    std::vector<std::vector<ColumnSketch>> sketches(workers, EmptySketches());
    std::atomic<size_t> next{0};
    RETURN_NOT_OK(internal::ForEachParallel(
        workers, static_cast<int32_t>(workers), [&](size_t worker) -> Status {
          for (size_t i = next++; i < plan_.tasks.size(); i = next++) {
            RETURN_NOT_OK(CountFile(plan_.tasks[i], &sketches[worker]));
          }
          return Status::OK();
        }));
    for (size_t worker = 1; worker < workers; ++worker) {
      for (size_t i = 0; i < columns_.columns.size(); ++i) {
        sketches[0][i].Union(sketches[worker][i]);
      }
    }
    return std::move(sketches[0]);
  }

  Status CountFile(const FileScanTask& task, std::vector<ColumnSketch>* sketches) {
    ARROW_ASSIGN_OR_RAISE(auto deleted,
                          deletions_.Of(context_.io, metadata_, task.file, task.deletes));
    storage::DataFileReadOptions reading;
    reading.schema = columns_.schema;
    ARROW_ASSIGN_OR_RAISE(const auto reader, storage::DataFileReader::Open(
                                                 context_.io, metadata_, task.file,
                                                 task.data_sequence_number,
                                                 std::move(deleted), std::move(reading)));
    int64_t rows = 0;
    while (true) {
      RETURN_NOT_OK(options_.control.Check());
      ARROW_ASSIGN_OR_RAISE(const auto batch, reader->Next());
      if (batch == nullptr) {
        break;
      }
      rows += batch->num_rows();
      for (ColumnSketch& sketch : *sketches) {
        RETURN_NOT_OK(sketch.Update(*batch));
      }
    }
    const std::lock_guard lock(mutex_);
    result_.rows_count += rows;
    options_.control.Report("count distinct values", ++files_done_, result_.files_count);
    return Status::OK();
  }

  Status Publish(const std::vector<ColumnSketch>& sketches) {
    StatisticsFile file;
    file.snapshot_id = snapshot_.id;
    iceberg::PuffinWriter writer;
    for (size_t i = 0; i < sketches.size(); ++i) {
      const Column& column = columns_.columns[i];
      const auto ndv = static_cast<int64_t>(sketches[i].sketch().Estimate());
      result_.distinct_values[column.name] = ndv;
      iceberg::PuffinBlob blob;
      blob.type = iceberg::kThetaSketchBlob;
      blob.fields = {column.id};
      blob.snapshot_id = snapshot_.id;
      blob.sequence_number = snapshot_.sequence_number;
      blob.compression_codec = "zstd";
      blob.properties = {{"ndv", std::to_string(ndv)}};
      RETURN_NOT_OK(Add(blob, sketches[i].sketch().Serialize(), &writer, &file));
    }
    RETURN_NOT_OK(CarryOtherBlobs(&writer, &file));
    const std::string bytes = writer.Finish(kCreatedBy);
    file.path = internal::StatisticsLocation(metadata_, "", snapshot_.id, ".stats",
                                             context_.random);
    file.file_size_bytes = static_cast<int64_t>(bytes.size());
    ARROW_ASSIGN_OR_RAISE(file.footer_size_bytes,
                          iceberg::PuffinFooterLength(bytes, file.file_size_bytes));
    const Status written = context_.io.WriteNew(file.path, bytes);
    if (!written.ok()) {
      [[maybe_unused]] const Status best_effort = context_.io.Delete(file.path);
      return written;
    }
    RETURN_NOT_OK(internal::CommitStatistics(
        context_, table_, snapshot_.id, iceberg::update::SetStatistics{file}, file.path,
        [&](const iceberg::TableMetadata& table) {
          const StatisticsFile* set = table.FindStatistics(snapshot_.id);
          return set != nullptr && set->path == file.path;
        },
        options_.control));
    result_.statistics_file = std::move(file);
    return Status::OK();
  }

  static Status Add(const iceberg::PuffinBlob& blob, const std::string& bytes,
                    iceberg::PuffinWriter* writer, StatisticsFile* file) {
    RETURN_NOT_OK(writer->Add(blob, bytes).status());
    file->blobs.push_back({blob.type, blob.snapshot_id, blob.sequence_number, blob.fields,
                           blob.properties});
    return Status::OK();
  }

  bool IsComputed(const iceberg::PuffinBlob& blob) const {
    return blob.type == iceberg::kThetaSketchBlob && blob.fields.size() == 1 &&
           std::ranges::count(columns_.columns, blob.fields.front(), &Column::id) > 0;
  }

  /// Statistics of other columns and kinds that the snapshot has stay with it. A file
  /// that cannot be read has nothing to carry.
  Status CarryOtherBlobs(iceberg::PuffinWriter* writer, StatisticsFile* file) {
    const StatisticsFile* before = metadata_.FindStatistics(snapshot_.id);
    if (before == nullptr) {
      return Status::OK();
    }
    const Result<std::string> bytes = context_.io.ReadAll(before->path);
    if (!bytes.ok()) {
      return Status::OK();
    }
    const Result<iceberg::PuffinFooter> footer =
        iceberg::ReadPuffinFooter(*bytes, static_cast<int64_t>(bytes->size()));
    if (!footer.ok()) {
      return Status::OK();
    }
    for (const iceberg::PuffinBlob& blob : footer->blobs) {
      const auto stored = std::string_view(*bytes).substr(
          static_cast<size_t>(blob.offset), static_cast<size_t>(blob.length_bytes));
      const Result<std::string> content = iceberg::DecodePuffinBlob(blob, stored);
      if (!IsComputed(blob) && content.ok()) {
        RETURN_NOT_OK(Add(blob, *content, writer, file));
      }
    }
    return Status::OK();
  }

  const Context& context_;
  const LoadedTable& table_;
  const iceberg::TableMetadata& metadata_;
  const Snapshot& snapshot_;
  const ComputeTableStatsOptions& options_;
  storage::DeletedRows own_deletions_;
  storage::DeletedRows& deletions_;
  Columns columns_;
  ScanPlan plan_;
  std::mutex mutex_;  // guards what follows while files are counted
  int64_t files_done_ = 0;
  ComputeTableStatsResult result_;
};

}  // namespace

Result<ComputeTableStatsResult> ComputeTableStats(
    const Context& context, const iceberg::TableIdent& ident,
    const ComputeTableStatsOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const LoadedTable table, context.catalog.LoadTable(ident));
  RETURN_NOT_OK(internal::CheckMayHaveStatistics(ident, *table.metadata));
  const Snapshot* snapshot = options.snapshot_id
                                 ? table.metadata->FindSnapshot(*options.snapshot_id)
                                 : table.metadata->current_snapshot();
  if (snapshot == nullptr && options.snapshot_id) {
    return MakeError(ErrorCode::kNoSuchSnapshot,
                     "Table " + ident.ToString() + " has no snapshot " +
                         std::to_string(options.snapshot_id->value));
  }
  if (snapshot == nullptr) {
    return ComputeTableStatsResult{};
  }
  return StatsComputation(context, table, *snapshot, options).Run();
}

}  // namespace tarn::table
