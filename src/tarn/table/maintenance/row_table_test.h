// A fake table whose files hold real rows: written, deleted and read as a user would.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <arrow/array.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/record_batch.h>

#include "tarn/storage/arrow_schema.h"
#include "tarn/storage/data_file_reader.h"
#include "tarn/storage/delete_file_writer.h"
#include "tarn/storage/deleted_rows.h"
#include "tarn/storage/table_writer.h"
#include "tarn/table/maintenance/maintained_table_test.h"

namespace tarn::table {

struct RowTable : MaintainedTable {
  using Ids = std::vector<int64_t>;

  static Ids Range(int64_t begin, int64_t end) {
    Ids ids;
    for (int64_t id = begin; id < end; ++id) {
      ids.push_back(id);
    }
    return ids;
  }

  static Result<std::shared_ptr<arrow::RecordBatch>> Rows(const iceberg::Schema& schema,
                                                          const Ids& ids, int32_t day) {
    arrow::Int64Builder id_builder;
    arrow::Date32Builder day_builder;
    for (const int64_t id : ids) {
      RETURN_NOT_OK(id_builder.Append(id));
      RETURN_NOT_OK(day_builder.Append(day));
    }
    ARROW_ASSIGN_OR_RAISE(auto id_array, id_builder.Finish());
    ARROW_ASSIGN_OR_RAISE(auto day_array, day_builder.Finish());
    ARROW_ASSIGN_OR_RAISE(auto arrow_schema, storage::ArrowSchemaOf(schema));
    return arrow::RecordBatch::Make(std::move(arrow_schema),
                                    static_cast<int64_t>(ids.size()),
                                    {std::move(id_array), std::move(day_array)});
  }

  /// One commit with one file.
  Status AppendRows(const Ids& ids, int32_t day) {
    ARROW_ASSIGN_OR_RAISE(const auto table, catalog.LoadTable(ident));
    ARROW_ASSIGN_OR_RAISE(const auto batch, Rows(table.metadata->schema(), ids, day));
    ARROW_ASSIGN_OR_RAISE(const auto writing,
                          storage::TableWriterOptionsFor(*table.metadata));
    ARROW_ASSIGN_OR_RAISE(
        const auto writer,
        storage::TableWriter::Open(io, table.metadata, writing, clock, random));
    RETURN_NOT_OK(writer->Append(*batch));
    ARROW_ASSIGN_OR_RAISE(auto files, writer->Finish());
    return Write(context, Request(std::move(files))).status();
  }

  struct Row {
    int64_t id = 0;
    std::optional<int64_t> row_id = {};
    std::optional<int64_t> last_updated = {};
  };

  /// Live rows, with lineage in v3, and where they are.
  struct FileRows {
    FileScanTask task;
    std::shared_ptr<const iceberg::PositionSet> deleted;
    std::map<int64_t, Row> rows = {};  // by position
  };
  Result<std::vector<FileRows>> Scan(const iceberg::TableMetadata& metadata) {
    ScanRequest request;
    request.metadata = std::make_shared<const iceberg::TableMetadata>(metadata);
    ARROW_ASSIGN_OR_RAISE(ScanPlan plan, PlanScan(io, request));
    storage::DeletedRows deletions;
    std::vector<FileRows> result;
    for (FileScanTask& task : plan.tasks) {
      FileRows file{std::move(task), nullptr};
      ARROW_ASSIGN_OR_RAISE(
          file.deleted, deletions.Of(io, metadata, file.task.file, file.task.deletes));
      RETURN_NOT_OK(ReadFile(metadata, &file));
      result.push_back(std::move(file));
    }
    return result;
  }

  Status ReadFile(const iceberg::TableMetadata& metadata, FileRows* file) {
    storage::DataFileReadOptions reading;
    reading.schema = metadata.schema_ptr();
    reading.row_lineage = metadata.format_version >= 3;
    reading.positions = true;
    ARROW_ASSIGN_OR_RAISE(const auto reader,
                          storage::DataFileReader::Open(io, metadata, file->task.file,
                                                        file->task.data_sequence_number,
                                                        file->deleted, reading));
    while (true) {
      ARROW_ASSIGN_OR_RAISE(const auto batch, reader->Next());
      if (batch == nullptr) {
        return Status::OK();
      }
      const auto column = [&](int at) {
        return std::static_pointer_cast<arrow::Int64Array>(batch->column(at));
      };
      for (int64_t i = 0; i < batch->num_rows(); ++i) {
        Row row{column(0)->Value(i)};
        if (reading.row_lineage && column(2)->IsValid(i)) {
          row.row_id = column(2)->Value(i);
        }
        if (reading.row_lineage && column(3)->IsValid(i)) {
          row.last_updated = column(3)->Value(i);
        }
        file->rows[column(batch->num_columns() - 1)->Value(i)] = row;
      }
    }
  }

  /// Ids of the live rows of the head, sorted.
  Ids LiveIds() {
    std::multiset<int64_t> ids;
    for (const FileRows& file : Scan(*Metadata()).ValueOrDie()) {
      for (const auto& [position, row] : file.rows) {
        ids.insert(row.id);
      }
    }
    return {ids.begin(), ids.end()};
  }

  /// Row id and sequence number of the last update by id.
  std::map<int64_t, std::pair<std::optional<int64_t>, std::optional<int64_t>>> Lineage() {
    std::map<int64_t, std::pair<std::optional<int64_t>, std::optional<int64_t>>> lineage;
    for (const FileRows& file : Scan(*Metadata()).ValueOrDie()) {
      for (const auto& [position, row] : file.rows) {
        lineage[row.id] = {row.row_id, row.last_updated};
      }
    }
    return lineage;
  }

  /// Deletes rows by position delete files (v2) or deletion vectors (v3), on the head as
  /// it is; kCommitConflict if another was first. Returns which rows it deleted.
  Result<Ids> TryDelete(const std::set<int64_t>& ids) {
    ARROW_ASSIGN_OR_RAISE(const auto table, catalog.LoadTable(ident));
    const iceberg::TableMetadata& metadata = *table.metadata;
    ARROW_ASSIGN_OR_RAISE(const std::vector<FileRows> files, Scan(metadata));
    WriteRequest request = Request({}, WriteMode::kRowDelta);
    request.checks.isolation = Isolation::kSnapshot;
    request.checks.base = metadata.current_snapshot_id;
    std::vector<storage::FileDeletes> deletes;
    Ids deleted;
    for (const FileRows& file : files) {
      storage::FileDeletes part{&file.task.file, {}};
      for (const auto& [position, row] : file.rows) {
        if (ids.contains(row.id)) {
          part.positions.Add(position);
          deleted.push_back(row.id);
        }
      }
      if (part.positions.empty()) {
        continue;
      }
      if (metadata.format_version >= 3) {
        ReplaceDeletes(file, &part, &request);
      }
      deletes.push_back(std::move(part));
    }
    if (deletes.empty()) {
      return deleted;
    }
    ARROW_ASSIGN_OR_RAISE(
        request.delete_files,
        storage::WritePositionDeletes(io, metadata, deletes, clock, random));
    RETURN_NOT_OK(Write(context, request).status());
    return deleted;
  }

  /// Deletes all rows of `day` with these ids by one equality delete file.
  Status DeleteByEquality(const Ids& ids, int32_t day) {
    ARROW_ASSIGN_OR_RAISE(const auto table, catalog.LoadTable(ident));
    ARROW_ASSIGN_OR_RAISE(const auto batch, Rows(table.metadata->schema(), ids, day));
    ARROW_ASSIGN_OR_RAISE(const auto writing,
                          storage::TableWriterOptionsFor(*table.metadata));
    ARROW_ASSIGN_OR_RAISE(const auto writer,
                          storage::EqualityDeleteWriter::Open(io, table.metadata, {1},
                                                              writing, clock, random));
    RETURN_NOT_OK(writer->Append(*batch));
    WriteRequest request = Request({}, WriteMode::kRowDelta);
    ARROW_ASSIGN_OR_RAISE(request.delete_files, writer->Finish());
    return Write(context, request).status();
  }

  int64_t NumDataFiles() {
    return static_cast<int64_t>(Plan().ValueOrDie().tasks.size());
  }
  int64_t NumDeleteFiles() { return Plan().ValueOrDie().delete_files; }

 private:
  /// A new deletion vector holds what the one before it held, which goes.
  static void ReplaceDeletes(const FileRows& file, storage::FileDeletes* part,
                             WriteRequest* request) {
    if (file.deleted != nullptr) {
      part->positions.Union(*file.deleted);
    }
    for (const auto& entry : file.task.deletes) {
      if (entry->file.content == iceberg::FileContent::kPositionDeletes) {
        request->removed_files.push_back(entry->file);
      }
    }
  }
};

}  // namespace tarn::table
