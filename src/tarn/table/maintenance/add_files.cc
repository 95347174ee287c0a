#include "tarn/table/maintenance/add_files.h"

#include <algorithm>
#include <set>
#include <utility>

#include <arrow/type.h>

#include "tarn/base/error.h"
#include "tarn/iceberg/name_mapping.h"
#include "tarn/iceberg/value.h"
#include "tarn/storage/arrow_schema.h"
#include "tarn/storage/data_file_reader.h"
#include "tarn/storage/parquet_row_reader.h"
#include "tarn/table/alter.h"
#include "tarn/table/live_files.h"
#include "tarn/table/maintenance/file_location.h"
#include "tarn/table/maintenance/internal/partition_directories.h"
#include "tarn/table/write.h"

namespace tarn::table {
namespace {

using iceberg::DataFile;
using iceberg::TableMetadata;
using internal::FoundFile;
using internal::Partition;

constexpr char kNameMapping[] = "schema.name-mapping.default";

/// `metadata` as it is once the table has a name mapping.
Result<std::shared_ptr<const TableMetadata>> WithNameMapping(
    const Context& context, const iceberg::TableIdent& ident) {
  ARROW_ASSIGN_OR_RAISE(
      const auto altered,
      AlterTable(context, ident, [](const TableMetadata& base) -> Result<Alteration> {
        if (!base.Property(kNameMapping, "").empty()) {
          return Alteration{};
        }
        const std::string mapping =
            iceberg::NameMappingToJson(iceberg::NameMappingOf(base.schema()));
        return Alteration{{},
                          {iceberg::update::SetProperties{{{kNameMapping, mapping}}}}};
      }));
  return altered.metadata;
}

/// The file's values in the table's default spec.
Result<iceberg::PartitionTuple> TupleOf(const TableMetadata& metadata,
                                        const FoundFile& file) {
  iceberg::PartitionTuple tuple;
  const auto types = iceberg::PartitionTypes(metadata.spec(), metadata.schema());
  const auto& fields = metadata.spec().fields;
  for (size_t i = 0; i < fields.size(); ++i) {
    if (std::holds_alternative<iceberg::Void>(fields[i].transform)) {
      tuple.emplace_back();
      continue;
    }
    if (!std::holds_alternative<iceberg::Identity>(fields[i].transform)) {
      return MakeError(ErrorCode::kNotSupported,
                       "Files cannot be added to a table that is partitioned by more "
                       "than columns as they are: " +
                           fields[i].name);
    }
    const auto found =
        std::ranges::find(file.partitions, fields[i].name, &Partition::name);
    if (found == file.partitions.end()) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "The path does not tell the value of partition column " +
                           fields[i].name + ": " + file.location);
    }
    if (!found->value.has_value()) {
      tuple.emplace_back();
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(iceberg::Value value,
                          iceberg::ValueFromString(types[i], *found->value));
    tuple.push_back(std::move(value));
  }
  return tuple;
}

class FilesAddition {
 public:
  FilesAddition(const Context& context, const iceberg::TableIdent& ident,
                const AddFilesOptions& options)
      : context_(context), ident_(ident), options_(options) {}

  Result<AddFilesResult> Run() {
    options_.control.Report("list files", 0, 0);
    ARROW_ASSIGN_OR_RAISE(const std::vector<FoundFile> found,
                          internal::FindPartitionedFiles(context_.io, options_));
    ARROW_ASSIGN_OR_RAISE(const auto loaded, context_.catalog.LoadTable(ident_));
    metadata_ = loaded.metadata;
    for (const FoundFile& file : found) {
      RETURN_NOT_OK(TupleOf(*metadata_, file).status());  // before anything changes
    }
    if (options_.check_duplicate_files) {
      RETURN_NOT_OK(CheckDuplicates(found));
    }
    ARROW_ASSIGN_OR_RAISE(metadata_, WithNameMapping(context_, ident_));
    WriteRequest request;
    request.ident = ident_;
    request.schema_id = metadata_->current_schema_id;
    request.summary = options_.summary;
    RETURN_NOT_OK(Describe(found, &request.files));
    ARROW_ASSIGN_OR_RAISE(const auto written, Write(context_, request));
    AddFilesResult result;
    result.added_files_count = static_cast<int64_t>(request.files.size());
    std::set<std::string> partitions;
    for (const DataFile& file : request.files) {
      partitions.insert(
          iceberg::PartitionPath(metadata_->spec(), metadata_->schema(), file.partition));
    }
    result.changed_partition_count = static_cast<int64_t>(partitions.size());
    result.snapshot_id = written.metadata->current_snapshot_id;
    return result;
  }

 private:
  Status Describe(const std::vector<FoundFile>& found, std::vector<DataFile>* files) {
    for (const FoundFile& file : found) {
      RETURN_NOT_OK(options_.control.Check());
      ARROW_ASSIGN_OR_RAISE(auto tuple, TupleOf(*metadata_, file));
      ARROW_ASSIGN_OR_RAISE(DataFile described,
                            storage::DescribeDataFile(context_.io, *metadata_,
                                                      file.location, std::move(tuple)));
      files->push_back(std::move(described));
      options_.control.Report("read footers", static_cast<int64_t>(files->size()),
                              static_cast<int64_t>(found.size()));
    }
    return Status::OK();
  }

  Status CheckDuplicates(const std::vector<FoundFile>& found) const {
    const iceberg::Snapshot* const head =
        metadata_->current_snapshot_id
            ? metadata_->FindSnapshot(*metadata_->current_snapshot_id)
            : nullptr;
    if (head == nullptr) {
      return Status::OK();
    }
    std::set<std::string> added;
    for (const FoundFile& file : found) {
      added.insert(LocationKey(file.location));
    }
    std::string duplicate;
    RETURN_NOT_OK(VisitLiveFiles(context_, *metadata_, *head, [&](const LiveFile& live) {
      const std::string path(live.manifest.file_path(live.row));
      if (!added.contains(LocationKey(path))) {
        return Visit::kGoOn;
      }
      duplicate = path;
      return Visit::kStop;
    }));
    return duplicate.empty()
               ? Status::OK()
               : MakeError(ErrorCode::kAlreadyExists,
                           "File is part of table " + ident_.ToString() +
                               " already, adding it would double its rows: " + duplicate);
  }

  const Context& context_;
  const iceberg::TableIdent& ident_;
  const AddFilesOptions& options_;
  std::shared_ptr<const TableMetadata> metadata_;
};

/// The narrowest of long, date and string that all values have.
iceberg::Type TypeOfValues(const std::vector<FoundFile>& files, size_t column) {
  for (const iceberg::Type& type : {iceberg::Type::Long(), iceberg::Type::Date()}) {
    const bool all = std::ranges::all_of(files, [&](const FoundFile& file) {
      const auto& value = file.partitions[column].value;
      return !value.has_value() || iceberg::ValueFromString(type, *value).ok();
    });
    if (all) {
      return type;
    }
  }
  return iceberg::Type::String();
}

}  // namespace

Result<AddFilesResult> AddFiles(const Context& context, const iceberg::TableIdent& ident,
                                const AddFilesOptions& options) {
  return FilesAddition(context, ident, options).Run();
}

Result<DiscoveredTable> DiscoverTable(const Context& context,
                                      const AddFilesOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const std::vector<FoundFile> files,
                        internal::FindPartitionedFiles(context.io, options));
  ARROW_ASSIGN_OR_RAISE(const auto reader, storage::ParquetRowReader::Open(
                                               context.io, files.front().location));
  DiscoveredTable table;
  ARROW_ASSIGN_OR_RAISE(table.fields, storage::FieldsFromArrow(*reader->schema()));
  const auto& partitions = files.front().partitions;
  for (const FoundFile& file : files) {
    if (!std::ranges::equal(file.partitions, partitions, {}, &Partition::name,
                            &Partition::name)) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "Files lie in partitions of different columns: " +
                           files.front().location + ", " + file.location);
    }
  }
  // Ids are given anew when the table is made; here they must only differ.
  iceberg::FieldId next_id = 1'000'000;
  for (size_t i = 0; i < partitions.size(); ++i) {
    const std::string& name = partitions[i].name;
    table.partition_columns.push_back(name);
    if (std::ranges::find(table.fields, name, &iceberg::Field::name) ==
        table.fields.end()) {
      table.fields.push_back(
          {.id = next_id++, .name = name, .type = TypeOfValues(files, i)});
    }
  }
  return table;
}

}  // namespace tarn::table
