#include "tarn/testing/lake.h"

#include <cstdlib>
#include <filesystem>
#include <utility>

#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <unistd.h>

#include "tarn/base/error.h"
#include "tarn/catalog/sqlite_catalog.h"
#include "tarn/iceberg/encryption.h"
#include "tarn/storage/arrow_schema.h"
#include "tarn/storage/table_writer.h"
#include "tarn/table/scan.h"
#include "tarn/testing/memory_file_io.h"

namespace tarn::testing {
namespace {

using iceberg::TableMetadata;

Status Broken(std::string what) {
  return MakeError(ErrorCode::kInternal, std::move(what));
}

Result<std::shared_ptr<arrow::RecordBatch>> MakeRows(const iceberg::Schema& schema,
                                                     int64_t rows) {
  arrow::Int64Builder ids;
  arrow::StringBuilder names;
  for (int64_t i = 0; i < rows; ++i) {
    RETURN_NOT_OK(ids.Append(i));
    RETURN_NOT_OK(names.Append("row " + std::to_string(i)));
  }
  ARROW_ASSIGN_OR_RAISE(auto id_array, ids.Finish());
  ARROW_ASSIGN_OR_RAISE(auto name_array, names.Finish());
  ARROW_ASSIGN_OR_RAISE(auto arrow_schema, storage::ArrowSchemaOf(schema));
  return arrow::RecordBatch::Make(std::move(arrow_schema), rows,
                                  {std::move(id_array), std::move(name_array)});
}

Status CheckTotal(const iceberg::Snapshot& snapshot, const std::string& key,
                  int64_t found) {
  const auto said = snapshot.summary.find(key);
  if (said == snapshot.summary.end() || said->second == std::to_string(found)) {
    return Status::OK();
  }
  return Broken("Snapshot " + std::to_string(snapshot.id.value) + " says " + key + " = " +
                said->second + " but its manifests say " + std::to_string(found));
}

/// Memory where there is some to write to: a lake's many fsyncs cost a disk seconds.
std::filesystem::path ScratchDirectory() {
  constexpr char kMemory[] = "/dev/shm";
  if (::access(kMemory, W_OK | X_OK) == 0) {
    return kMemory;
  }
  return std::filesystem::temp_directory_path();
}

}  // namespace

Lake::Lake(LakeOptions options)
    : options_(std::move(options)), ident_{{{"ns"}}, "t"}, random_(options_.seed) {
  if (options_.files == LakeFiles::kMemory) {
    files_ = std::make_unique<MemoryFileIO>(clock_);
  } else {
    files_ = io::MakeFileIO({.keys = options_.keys});
  }
  faulty_ = std::make_unique<FaultyFileIO>(*files_);
}

Lake::~Lake() {
  catalog_.reset();
  std::error_code ignored;
  if (!directory_.empty()) {
    std::filesystem::remove_all(directory_, ignored);
  }
}

Result<std::unique_ptr<Lake>> Lake::Make(LakeOptions options) {
  std::unique_ptr<Lake> lake(new Lake(std::move(options)));  // the constructor is private
  std::string pattern = (ScratchDirectory() / "tarn-lake-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) {
    return MakeError(ErrorCode::kIoFailed, "Cannot create a directory: " + pattern);
  }
  lake->directory_ = pattern;
  RETURN_NOT_OK(lake->OpenCatalog());
  RETURN_NOT_OK(lake->catalog_->CreateNamespace(lake->ident_.ns, {}));
  return lake;
}

Status Lake::OpenCatalog() {
  catalog_.reset();
  catalog::SqliteCatalogOptions options;
  options.path = directory_ + "/catalog.db";
  options.warehouse = directory_ + "/warehouse";
  options.undrop_retention = options_.undrop_retention;
  ARROW_ASSIGN_OR_RAISE(catalog_,
                        catalog::OpenSqliteCatalog(options, *faulty_, clock_, random_));
  return Status::OK();
}

Status Lake::Create(int64_t rows) {
  iceberg::NewTable table;
  table.fields = {
      {.id = 1, .name = "id", .type = iceberg::Type::Long(), .required = true},
      {.id = 2, .name = "name", .type = iceberg::Type::String()}};
  table.spec.fields = {{.source_ids = {1},
                        .field_id = iceberg::kFirstPartitionFieldId,
                        .name = "id_bucket",
                        .transform = iceberg::Bucket{2}}};
  ARROW_ASSIGN_OR_RAISE(table.location, catalog_->NewTableLocation(ident_));
  table.properties = options_.properties;
  table.table_uuid = NewUuid(random_);
  table.now = clock_.Now();
  ARROW_ASSIGN_OR_RAISE(const auto metadata, iceberg::MakeTableMetadata(table));
  table::WriteRequest request;
  request.create = metadata;
  return WriteRows(metadata, rows, std::move(request));
}

Status Lake::Append(int64_t rows) {
  ARROW_ASSIGN_OR_RAISE(const catalog::LoadedTable loaded, catalog_->LoadTable(ident_));
  return WriteRows(loaded.metadata, rows, {});
}

Status Lake::Overwrite(int64_t rows) {
  ARROW_ASSIGN_OR_RAISE(const catalog::LoadedTable loaded, catalog_->LoadTable(ident_));
  table::WriteRequest request;
  request.mode = table::WriteMode::kOverwrite;
  return WriteRows(loaded.metadata, rows, std::move(request));
}

Status Lake::WriteRows(const std::shared_ptr<const TableMetadata>& metadata, int64_t rows,
                       table::WriteRequest request) {
  ARROW_ASSIGN_OR_RAISE(const auto batch, MakeRows(metadata->schema(), rows));
  ARROW_ASSIGN_OR_RAISE(const storage::TableWriterOptions options,
                        storage::TableWriterOptionsFor(*metadata));
  ARROW_ASSIGN_OR_RAISE(auto writer, storage::TableWriter::Open(
                                         *faulty_, metadata, options, clock_, random_));
  RETURN_NOT_OK(writer->Append(*batch));
  ARROW_ASSIGN_OR_RAISE(request.files, writer->Finish());
  request.ident = ident_;
  const table::Context context{*catalog_, *faulty_, clock_, random_};
  const Status status = table::Write(context, request).status();
  if (!status.ok() && !IsOutcomeUnknown(status)) {
    writer->Abort();
  }
  return status;
}

Status Lake::Reopen() {
  faulty_->FailOperation(-1);
  return OpenCatalog();
}

Result<int64_t> Lake::num_rows() {
  ARROW_ASSIGN_OR_RAISE(const bool exists, catalog_->TableExists(ident_));
  if (!exists) {
    return 0;
  }
  ARROW_ASSIGN_OR_RAISE(const catalog::LoadedTable loaded, catalog_->LoadTable(ident_));
  table::ScanRequest request;
  request.metadata = loaded.metadata;
  ARROW_ASSIGN_OR_RAISE(const table::ScanPlan plan, table::PlanScan(*faulty_, request));
  int64_t rows = 0;
  for (const table::FileScanTask& task : plan.tasks) {
    rows += task.file.record_count;
  }
  return rows;
}

Status Lake::CheckInvariants() {
  ARROW_ASSIGN_OR_RAISE(const bool exists, catalog_->TableExists(ident_));
  if (!exists) {
    return Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(const catalog::LoadedTable loaded, catalog_->LoadTable(ident_));
  const TableMetadata& metadata = *loaded.metadata;
  for (const iceberg::Snapshot& snapshot : metadata.snapshots) {
    RETURN_NOT_OK(CheckSnapshot(metadata, snapshot));
  }
  for (const auto& [name, ref] : metadata.refs) {
    if (metadata.FindSnapshot(ref.snapshot_id) == nullptr) {
      return Broken("Reference " + name +
                    " dangles: " + std::to_string(ref.snapshot_id.value));
    }
  }
  return Status::OK();
}

Status Lake::CheckSnapshot(const TableMetadata& metadata,
                           const iceberg::Snapshot& snapshot) {
  if (snapshot.sequence_number > metadata.last_sequence_number) {
    return Broken("Snapshot " + std::to_string(snapshot.id.value) +
                  " is beyond the table's last sequence number");
  }
  ARROW_ASSIGN_OR_RAISE(const auto manifests,
                        table::LoadManifests(*faulty_, metadata, snapshot));
  int64_t files = 0;
  int64_t rows = 0;
  for (const iceberg::ManifestFile& described : manifests) {
    ARROW_ASSIGN_OR_RAISE(std::string stored, faulty_->ReadAll(described.path));
    ARROW_ASSIGN_OR_RAISE(
        const std::string avro,
        iceberg::OpenStoredFile(std::move(stored), described.key_metadata));
    ARROW_ASSIGN_OR_RAISE(const iceberg::Manifest manifest,
                          iceberg::ReadManifest(avro, described));
    for (const iceberg::ManifestEntry& entry : manifest.entries) {
      if (!entry.is_live()) {
        continue;
      }
      const bool is_data = entry.file.content == iceberg::FileContent::kData;
      files += is_data ? 1 : 0;
      rows += is_data ? entry.file.record_count : 0;
      ARROW_ASSIGN_OR_RAISE(const io::FileInfo info, faulty_->Stat(entry.file.file_path));
      if (info.size_bytes != entry.file.file_size_bytes) {
        return Broken("File is not of the size that its manifest says: " +
                      entry.file.file_path);
      }
    }
  }
  RETURN_NOT_OK(CheckTotal(snapshot, "total-data-files", files));
  return CheckTotal(snapshot, "total-records", rows);
}

}  // namespace tarn::testing
