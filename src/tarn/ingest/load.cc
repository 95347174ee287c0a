#include "tarn/ingest/load.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <thread>
#include <utility>

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "tarn/base/error.h"
#include "tarn/catalog/find_table.h"
#include "tarn/ingest/internal/column_mapping.h"
#include "tarn/ingest/internal/new_table.h"
#include "tarn/ingest/internal/rejects.h"
#include "tarn/ingest/internal/upsert.h"
#include "tarn/ingest/internal/write_pipeline.h"
#include "tarn/storage/arrow_schema.h"
#include "tarn/storage/table_writer.h"

namespace tarn::ingest {
namespace {

using internal::Upsert;
using internal::WritePipeline;

/// Bytes that all writers of one load may buffer together.
constexpr int64_t kWriterMemoryBytes = int64_t{256} << 20;
/// Of each writer: larger row groups make files little smaller and the process larger.
constexpr int64_t kRowGroupBytes = int64_t{80} << 20;

/// Namespaces that this load made; dropped again unless kept.
class MadeNamespaces {
 public:
  explicit MadeNamespaces(catalog::Catalog& catalog) : catalog_(catalog) {}
  ~MadeNamespaces() {
    for (auto ns = made_.rbegin(); ns != made_.rend(); ++ns) {
      // Another process may have put a table there meanwhile: then it is not empty, and
      // stays.
      const Status ignored = catalog_.DropNamespace(*ns);
    }
  }
  MadeNamespaces(const MadeNamespaces&) = delete;
  MadeNamespaces& operator=(const MadeNamespaces&) = delete;

  Status Make(const iceberg::Namespace& ns) {
    iceberg::Namespace prefix;
    for (const std::string& level : ns.levels) {
      prefix.levels.push_back(level);
      const Status status = catalog_.CreateNamespace(prefix, {});
      if (status.ok()) {
        made_.push_back(prefix);
      } else if (CodeOf(status) != ErrorCode::kAlreadyExists) {
        return status;
      }
    }
    return Status::OK();
  }
  void Keep() { made_.clear(); }

 private:
  catalog::Catalog& catalog_;
  std::vector<iceberg::Namespace> made_;
};

/// What the load writes to: the table as it is, or as the commit will make it.
struct Target {
  std::shared_ptr<const iceberg::TableMetadata> metadata;
  bool creates = false;
  bool replaces = false;
};

Status CheckMode(const LoadRequest& request, bool exists) {
  const std::string name = request.into.ToString();
  if (exists && request.mode == LoadMode::kCreate) {
    return MakeError(
        ErrorCode::kAlreadyExists,
        "Table exists already; append, overwrite, replace and upsert are the modes for "
        "it: " +
            name);
  }
  const bool needs_table = request.mode == LoadMode::kAppend ||
                           request.mode == LoadMode::kOverwrite ||
                           request.mode == LoadMode::kUpsert;
  if (!request.keys.empty() && request.mode != LoadMode::kUpsert) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Keys are for mode upsert; leave them out, or choose it: " + name);
  }
  if (!exists && needs_table) {
    return MakeError(ErrorCode::kNoSuchTable,
                     "Table does not exist; mode create makes it: " + name);
  }
  if (needs_table && !request.partition_by.empty()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Partitions are chosen when a table is created or replaced; it "
                     "keeps those it has: " +
                         name);
  }
  return Status::OK();
}

Result<Target> ChooseTarget(const table::Context& context, Source& source,
                            const LoadRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const auto existing,
                        catalog::FindTable(context.catalog, request.into));
  RETURN_NOT_OK(CheckMode(request, existing.has_value()));
  Target target;
  if (!existing) {
    target.creates = true;
    ARROW_ASSIGN_OR_RAISE(target.metadata,
                          internal::ProposeTable(context, *source.schema(), request));
  } else if (request.mode == LoadMode::kReplace) {
    target.replaces = true;
    ARROW_ASSIGN_OR_RAISE(
        target.metadata,
        internal::ReplacedTable(context, *existing, *source.schema(), request));
  } else {
    target.metadata = existing->metadata;
  }
  return target;
}

Result<internal::ColumnMapping> MapColumns(Source& source, const Target& target,
                                           const LoadRequest& request) {
  ARROW_ASSIGN_OR_RAISE(auto arrow_schema,
                        storage::ArrowSchemaOf(target.metadata->schema()));
  if (!target.creates && !target.replaces) {
    RETURN_NOT_OK(source.ReadAs(*arrow_schema));
  }
  return internal::ColumnMapping::Make(*source.schema(), target.metadata->schema(),
                                       std::move(arrow_schema), request.into.ToString());
}

Result<std::unique_ptr<WritePipeline>> StartPipeline(const table::Context& context,
                                                     const Target& target,
                                                     internal::ColumnMapping mapping,
                                                     const LoadRequest& request,
                                                     const Upsert* upsert) {
  ARROW_ASSIGN_OR_RAISE(storage::TableWriterOptions writer_options,
                        table::WriterOptionsFor(context, *target.metadata));
  const auto metadata = upsert == nullptr ? target.metadata : upsert->staged();
  if (upsert != nullptr) {
    writer_options = upsert->WriterOptions();
  }
  internal::WritePipelineOptions options;
  // Two writers would double the files of every partition, and sort each for itself.
  if (metadata->spec().is_unpartitioned() &&
      writer_options.ordering == storage::RowOrdering::kGiven) {
    const auto cores =
        static_cast<int32_t>(std::max(1U, std::thread::hardware_concurrency()));
    options.writers_max = std::max(1, std::min(cores, request.writers_max));
    writer_options.columns_in_parallel = options.writers_max < cores;
  }
  writer_options.memory_bytes_max =
      std::min(writer_options.memory_bytes_max, kWriterMemoryBytes / options.writers_max);
  if (!metadata->properties.contains("write.parquet.row-group-size-bytes")) {
    writer_options.parquet.row_group_bytes_max =
        std::min(writer_options.parquet.row_group_bytes_max, kRowGroupBytes);
  }
  return WritePipeline::Start(
      [&context, metadata, writer_options] {
        return storage::TableWriter::Open(context.io, metadata, writer_options,
                                          context.clock, context.random);
      },
      [mapping = std::move(mapping)](const arrow::RecordBatch& batch) {
        return mapping.Apply(batch);
      },
      options);
}

/// Rows that do not fit the table are the source's: says of which one.
Status NameSource(const LoadRequest& request, const Status& status) {
  if (status.ok() || request.source.empty()) {
    return status;
  }
  const ErrorCode code = CodeOf(status);
  const bool is_about_rows =
      code == ErrorCode::kConstraintViolated || code == ErrorCode::kTypeMismatch;
  return is_about_rows ? WithContext(request.source + ": ", status) : status;
}

Status Pump(Source& source, WritePipeline& pipeline, const LoadRequest& request) {
  while (true) {
    if (request.cancelled && request.cancelled()) {
      return MakeError(ErrorCode::kCancelled, "Load cancelled; nothing was loaded into " +
                                                  request.into.ToString());
    }
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::RecordBatch> batch, source.Next());
    if (batch == nullptr) {
      return Status::OK();
    }
    RETURN_NOT_OK(pipeline.Push(std::move(batch)));
    if (request.on_progress) {
      request.on_progress(pipeline.rows_pushed(), pipeline.bytes_written(),
                          source.progress());
    }
  }
}

/// Removes a file of ours when the load fails after it was written.
class RejectsFile {
 public:
  ~RejectsFile() {
    std::error_code ignored;
    if (!path_.empty()) {
      std::filesystem::remove(path_, ignored);
    }
  }
  Status Write(const std::string& path, const std::vector<engine::RejectedRow>& rows) {
    path_ = path;
    return internal::WriteRejects(path, rows);
  }
  void Keep() { path_.clear(); }

 private:
  std::string path_;
};

Result<catalog::LoadedTable> Commit(const table::Context& context, const Target& target,
                                    const LoadRequest& request,
                                    const std::vector<iceberg::DataFile>& files,
                                    size_t num_rejects, Upsert* upsert) {
  table::WriteRequest write;
  write.ident = request.into;
  write.files = files;
  write.summary = request.summary;
  if (request.summary_at_end) {
    write.summary.merge(request.summary_at_end());
  }
  if (num_rejects > 0) {
    write.summary[kRowsRejectedProperty] = std::to_string(num_rejects);
  }
  if (upsert != nullptr) {
    return upsert->Commit(files, std::move(write.summary));
  }
  if (target.creates) {
    write.create = target.metadata;
  } else if (target.replaces) {
    write.mode = table::WriteMode::kOverwrite;
    write.replace = target.metadata;
  } else {
    if (request.mode == LoadMode::kOverwrite) {
      write.mode = table::WriteMode::kOverwrite;
    }
    write.schema_id = target.metadata->current_schema_id;
    write.checks = request.checks;
  }
  return table::Write(context, write);
}

LoadResult ResultOf(const catalog::LoadedTable& table, const WritePipeline& pipeline,
                    const std::vector<iceberg::DataFile>& files, size_t num_rejects,
                    const Upsert* upsert) {
  LoadResult result;
  result.rows_loaded = pipeline.rows_pushed();
  result.rows_rejected = static_cast<int64_t>(num_rejects);
  result.schema = table.metadata->schema_ptr();
  if (upsert != nullptr) {
    const internal::UpsertSnapshot made = upsert->snapshot();
    result.files_written = made.files;
    result.bytes_written = made.bytes;
    result.snapshot_id = made.id;
    return result;
  }
  result.files_written = static_cast<int64_t>(files.size());
  for (const iceberg::DataFile& file : files) {
    result.bytes_written += file.file_size_bytes;
  }
  result.snapshot_id = table.metadata->current_snapshot_id;
  return result;
}

}  // namespace

Result<LoadMode> LoadModeFromName(std::string_view name) {
  if (name == "create") {
    return LoadMode::kCreate;
  }
  if (name == "append") {
    return LoadMode::kAppend;
  }
  if (name == "overwrite") {
    return LoadMode::kOverwrite;
  }
  if (name == "replace") {
    return LoadMode::kReplace;
  }
  if (name == "upsert") {
    return LoadMode::kUpsert;
  }
  return MakeError(
      ErrorCode::kInvalidArgument,
      "Unknown load mode (one of create, append, overwrite, replace, upsert): " +
          std::string(name));
}

Result<LoadResult> Load(const table::Context& context, Source& source,
                        const LoadRequest& request) {
  MadeNamespaces namespaces(context.catalog);
  RejectsFile rejects_file;
  if (request.mode == LoadMode::kCreate || request.mode == LoadMode::kReplace) {
    RETURN_NOT_OK(namespaces.Make(request.into.ns));
  }
  ARROW_ASSIGN_OR_RAISE(const Target target, ChooseTarget(context, source, request));
  ARROW_ASSIGN_OR_RAISE(internal::ColumnMapping mapping,
                        MapColumns(source, target, request));
  if (request.on_schema) {
    request.on_schema(target.metadata->schema());
  }

  std::unique_ptr<Upsert> upsert;
  if (request.mode == LoadMode::kUpsert) {
    ARROW_ASSIGN_OR_RAISE(upsert, Upsert::Open(context, target.metadata, request));
  }
  ARROW_ASSIGN_OR_RAISE(
      const auto pipeline,
      StartPipeline(context, target, std::move(mapping), request, upsert.get()));
  RETURN_NOT_OK(NameSource(request, Pump(source, *pipeline, request)));
  ARROW_ASSIGN_OR_RAISE(const std::vector<engine::RejectedRow> rejects, source.Rejects());
  if (!request.reject_to && !request.on_rejects && !rejects.empty()) {
    return internal::RejectsError(rejects, request.reject_advice);
  }
  if (request.reject_to) {
    RETURN_NOT_OK(rejects_file.Write(*request.reject_to, rejects));
  }
  Result<std::vector<iceberg::DataFile>> files = pipeline->Finish();
  RETURN_NOT_OK(NameSource(request, files.status()));
  if (request.on_rejects && !rejects.empty()) {
    RETURN_NOT_OK(request.on_rejects(rejects));
  }

  const Result<catalog::LoadedTable> committed =
      Commit(context, target, request, *files, rejects.size(), upsert.get());
  if (!committed.ok()) {
    if (IsOutcomeUnknown(committed.status())) {
      pipeline->Release();
      namespaces.Keep();
      rejects_file.Keep();
    }
    return committed.status();
  }
  pipeline->Release();
  namespaces.Keep();
  rejects_file.Keep();

  return ResultOf(*committed, *pipeline, *files, rejects.size(), upsert.get());
}

}  // namespace tarn::ingest
