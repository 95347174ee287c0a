#include "tarn/table/maintenance/internal/path_rewriter.h"

#include <optional>
#include <utility>
#include <vector>

#include <arrow/array.h>
#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/io/interfaces.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>

#include "tarn/base/error.h"
#include "tarn/iceberg/position_set.h"
#include "tarn/iceberg/puffin.h"
#include "tarn/storage/data_file_reader.h"
#include "tarn/storage/deleted_rows.h"
#include "tarn/storage/parquet_stream.h"
#include "tarn/table/internal/manifest_files.h"
#include "tarn/table/internal/summary.h"
#include "tarn/table/maintenance/file_location.h"

namespace tarn::table::internal {
namespace {

using iceberg::DataFile;
using iceberg::FileContent;
using iceberg::ManifestEntry;
using iceberg::ManifestFile;
using iceberg::TableMetadata;

constexpr char kReferencedDataFile[] = "referenced-data-file";

/// Bounds of the file_path column, if both are long enough to hold the whole prefix. What
/// lies between two texts that begin alike begins so too, and keeps its order when that
/// is exchanged; where spellings are mixed no bound would be true of the new paths.
void RewriteBounds(const PathMapping& mapping, iceberg::ColumnStats* column) {
  if (!column->lower_bound || !column->upper_bound) {
    column->lower_bound.reset();
    column->upper_bound.reset();
    return;
  }
  const auto lower = PathBelow(*column->lower_bound, mapping.source_prefix);
  const auto upper = PathBelow(*column->upper_bound, mapping.source_prefix);
  const auto spelled = [](const std::string& bound, std::string_view below) {
    return std::string_view(bound).substr(0, bound.size() - below.size());
  };
  const bool are_alike =
      lower && upper &&
      spelled(*column->lower_bound, *lower) == spelled(*column->upper_bound, *upper);
  if (!are_alike) {
    column->lower_bound.reset();
    column->upper_bound.reset();
    return;
  }
  column->lower_bound = mapping.target_prefix + std::string(*lower);
  column->upper_bound = mapping.target_prefix + std::string(*upper);
}

/// Sets of positions by the target's paths: a file that was spelled in two ways has one.
Result<std::map<std::string, iceberg::PositionSet>> ByTarget(
    const PathMapping& mapping,
    const std::map<std::string, std::shared_ptr<const iceberg::PositionSet>>& deleted) {
  std::map<std::string, iceberg::PositionSet> by_target;
  for (const auto& [path, positions] : deleted) {
    ARROW_ASSIGN_OR_RAISE(const std::string target, mapping.Target(path));
    by_target[target].Union(*positions);
  }
  return by_target;
}

std::shared_ptr<arrow::Schema> PositionDeleteSchema() {
  const auto field = [](const char* name, std::shared_ptr<arrow::DataType> type,
                        iceberg::FieldId id) {
    return arrow::field(
        name, std::move(type), /*nullable=*/false,
        arrow::key_value_metadata({"PARQUET:field_id"}, {std::to_string(id)}));
  };
  return arrow::schema({field("file_path", arrow::utf8(), storage::kFilePathField),
                        field("pos", arrow::int64(), storage::kPositionField)});
}

}  // namespace

Result<std::string> PathMapping::Target(const std::string& path) const {
  const auto below = PathBelow(path, source_prefix);
  if (!below) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Path does not begin with " + source_prefix + ": " + path);
  }
  return target_prefix + std::string(*below);
}

Result<std::string> PathMapping::Staged(const std::string& path) const {
  ARROW_ASSIGN_OR_RAISE(const std::string target, Target(path));
  return staging + target.substr(target_prefix.size());
}

Result<TableMetadata> PathRewriter::Rewrite(
    TableMetadata metadata,
    const std::map<std::string, bool>& exists_by_log_entry) const {
  ARROW_ASSIGN_OR_RAISE(metadata.location, mapping_.Target(metadata.location));
  std::erase_if(metadata.metadata_log, [&](const iceberg::MetadataLogEntry& entry) {
    const auto found = exists_by_log_entry.find(entry.metadata_file);
    return found == exists_by_log_entry.end() || !found->second;
  });
  for (iceberg::MetadataLogEntry& entry : metadata.metadata_log) {
    ARROW_ASSIGN_OR_RAISE(entry.metadata_file, mapping_.Target(entry.metadata_file));
  }
  for (iceberg::Snapshot& snapshot : metadata.snapshots) {
    if (!snapshot.manifest_list.empty()) {
      ARROW_ASSIGN_OR_RAISE(snapshot.manifest_list,
                            mapping_.Target(snapshot.manifest_list));
    }
    for (std::string& manifest : snapshot.v1_manifests) {
      ARROW_ASSIGN_OR_RAISE(manifest, mapping_.Target(manifest));
    }
  }
  for (iceberg::StatisticsFile& file : metadata.statistics) {
    ARROW_ASSIGN_OR_RAISE(file.path, mapping_.Target(file.path));
  }
  for (iceberg::PartitionStatisticsFile& file : metadata.partition_statistics) {
    ARROW_ASSIGN_OR_RAISE(file.path, mapping_.Target(file.path));
  }
  for (const char* key : {"write.data.path", "write.metadata.path",
                          "write.object-storage.path", "write.folder-storage.path"}) {
    const auto property = metadata.properties.find(key);
    if (property != metadata.properties.end()) {
      ARROW_ASSIGN_OR_RAISE(property->second, mapping_.Target(property->second));
    }
  }
  return metadata;
}

Status PathRewriter::Stage(const std::string& path, const std::string& bytes) {
  ARROW_ASSIGN_OR_RAISE(const std::string staged, mapping_.Staged(path));
  RETURN_NOT_OK(io_.WriteNew(staged, bytes));
  return Record(path, staged);
}

Status PathRewriter::Record(const std::string& path, const std::string& from) {
  ARROW_ASSIGN_OR_RAISE(std::string target, mapping_.Target(path));
  const std::lock_guard lock(mutex_);
  copies_.insert_or_assign(std::move(target), from);
  return Status::OK();
}

Status PathRewriter::CopyAsIs(const std::string& path) { return Record(path, path); }

Status PathRewriter::StageManifest(ManifestFile* manifest) {
  if (manifest->key_metadata) {
    return MakeError(ErrorCode::kNotSupported,
                     "Cannot rewrite the paths of an encrypted table: " + manifest->path);
  }
  ARROW_ASSIGN_OR_RAISE(iceberg::Manifest loaded, LoadManifest(io_, *manifest));
  iceberg::PartitionSpec spec = loaded.header.spec;
  spec.id = manifest->spec_id;
  iceberg::ManifestWriter::Options options;
  options.format_version = loaded.header.format_version;
  options.content = manifest->content;
  options.snapshot_id = manifest->added_snapshot_id;
  iceberg::ManifestWriter writer(options, loaded.header.schema, spec);
  for (ManifestEntry& entry : loaded.entries) {
    RETURN_NOT_OK(RewriteEntry(&entry));
    if (entry.status == iceberg::EntryStatus::kAdded) {
      // Inherited again from the list, where it says the same.
      entry.file_sequence_number.reset();
      if (entry.sequence_number == manifest->sequence_number) {
        entry.sequence_number.reset();
      }
    }
    RETURN_NOT_OK(writer.Add(entry));
  }
  ARROW_ASSIGN_OR_RAISE(const iceberg::ManifestWriter::Finished finished,
                        writer.Finish());
  RETURN_NOT_OK(Stage(manifest->path, finished.avro));
  manifest->length_bytes = static_cast<int64_t>(finished.avro.size());
  ARROW_ASSIGN_OR_RAISE(manifest->path, mapping_.Target(manifest->path));
  return Status::OK();
}

Status PathRewriter::RewriteEntry(ManifestEntry* entry) {
  DataFile& file = entry->file;
  if (file.key_metadata) {
    return MakeError(ErrorCode::kNotSupported,
                     "Cannot rewrite the paths of an encrypted table: " + file.file_path);
  }
  if (file.content == FileContent::kPositionDeletes) {
    if (entry->is_live()) {
      RETURN_NOT_OK(RewriteDeleteFile(&file));
    }
    for (iceberg::ColumnStats& column : file.columns) {
      if (column.field_id == storage::kFilePathField) {
        RewriteBounds(mapping_, &column);
      }
    }
  } else if (entry->is_live()) {
    RETURN_NOT_OK(CopyAsIs(file.file_path));
  }
  if (file.referenced_data_file) {
    ARROW_ASSIGN_OR_RAISE(file.referenced_data_file,
                          mapping_.Target(*file.referenced_data_file));
  }
  ARROW_ASSIGN_OR_RAISE(file.file_path, mapping_.Target(file.file_path));
  return Status::OK();
}

Status PathRewriter::RewriteDeleteFile(DataFile* file) {
  const std::lock_guard lock(delete_mutex_);
  auto staged = staged_bytes_.find(file->file_path);
  if (staged == staged_bytes_.end()) {
    ARROW_ASSIGN_OR_RAISE(const int64_t bytes, IsDeletionVector(*file)
                                                   ? StageDeletionVectors(file->file_path)
                                                   : StagePositionDeletes(*file));
    staged = staged_bytes_.emplace(file->file_path, bytes).first;
    ++num_delete_files_;
  }
  file->file_size_bytes = staged->second;
  file->split_offsets.clear();  // of the file as it was
  return Status::OK();
}

/// Blobs stay where they are, only the footer names other data files.
Result<int64_t> PathRewriter::StageDeletionVectors(const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(const std::string bytes, io_.ReadAll(path));
  ARROW_ASSIGN_OR_RAISE(
      const iceberg::PuffinFooter footer,
      iceberg::ReadPuffinFooter(bytes, static_cast<int64_t>(bytes.size())));
  iceberg::PuffinWriter writer;
  for (iceberg::PuffinBlob blob : footer.blobs) {
    const int64_t offset = blob.offset;
    const auto content = std::string_view(bytes).substr(
        static_cast<size_t>(offset), static_cast<size_t>(blob.length_bytes));
    const auto referenced = blob.properties.find(kReferencedDataFile);
    if (referenced != blob.properties.end()) {
      ARROW_ASSIGN_OR_RAISE(referenced->second, mapping_.Target(referenced->second));
    }
    ARROW_ASSIGN_OR_RAISE(const iceberg::PuffinBlob written, writer.Add(blob, content));
    if (written.offset != offset || blob.compression_codec) {
      return MakeError(ErrorCode::kNotSupported,
                       "Cannot rewrite the paths of a Puffin file with gaps or "
                       "compressed deletion vectors: " +
                           path);
    }
  }
  const auto created_by = footer.properties.find("created-by");
  const std::string rewritten =
      writer.Finish(created_by == footer.properties.end() ? "Tarn" : created_by->second);
  RETURN_NOT_OK(Stage(path, rewritten));
  return static_cast<int64_t>(rewritten.size());
}

/// A copy of the deleted row, which nothing reads, is left out.
Result<int64_t> PathRewriter::StagePositionDeletes(const DataFile& file) {
  ARROW_ASSIGN_OR_RAISE(const auto deleted, storage::AllPositionsIn(io_, file));
  ARROW_ASSIGN_OR_RAISE(const std::string staged, mapping_.Staged(file.file_path));
  ARROW_ASSIGN_OR_RAISE(auto output, io_.OpenOutput(staged));
  const std::shared_ptr<arrow::Schema> schema = PositionDeleteSchema();
  ARROW_ASSIGN_OR_RAISE(const auto stream,
                        storage::OpenParquetStream(std::move(output), schema));
  ARROW_ASSIGN_OR_RAISE(const auto by_target, ByTarget(mapping_, deleted));
  for (const auto& [target, positions] : by_target) {
    arrow::StringBuilder paths;
    arrow::Int64Builder places;
    Status appended;
    positions.ForEach([&](int64_t position) {
      appended &= paths.Append(target);
      appended &= places.Append(position);
    });
    RETURN_NOT_OK(appended);
    ARROW_ASSIGN_OR_RAISE(auto path_column, paths.Finish());
    ARROW_ASSIGN_OR_RAISE(auto place_column, places.Finish());
    RETURN_NOT_OK(stream->Append(*arrow::RecordBatch::Make(
        schema, positions.size(), {std::move(path_column), std::move(place_column)})));
  }
  RETURN_NOT_OK(stream->Close());
  RETURN_NOT_OK(Record(file.file_path, staged));
  ARROW_ASSIGN_OR_RAISE(const io::FileInfo info, io_.Stat(staged));
  return info.size_bytes;
}

Status PathRewriter::StageManifestList(const iceberg::Snapshot& snapshot,
                                       const std::vector<ManifestFile>& manifests,
                                       int32_t format_version) {
  iceberg::ManifestListOptions options;
  options.format_version = format_version;
  options.snapshot_id = snapshot.id;
  options.parent_snapshot_id = snapshot.parent_id;
  options.sequence_number = snapshot.sequence_number;
  if (format_version >= 3) {
    options.first_row_id = snapshot.first_row_id.value_or(0);
  }
  ARROW_ASSIGN_OR_RAISE(const iceberg::ManifestListBytes list,
                        iceberg::WriteManifestList(options, manifests));
  return Stage(snapshot.manifest_list, list.avro);
}

}  // namespace tarn::table::internal
