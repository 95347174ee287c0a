// position_deletes: every deleted position that the live delete files of a snapshot hold,
// read from the files themselves.
#include <string>
#include <utility>

#include <arrow/type.h>

#include "tarn/storage/arrow_schema.h"
#include "tarn/storage/deleted_rows.h"
#include "tarn/table/internal/manifest_files.h"
#include "tarn/table/internal/metadata_tables.h"

namespace tarn::table::internal {
namespace {

using iceberg::DataFile;

constexpr int32_t kVersionOfVectors = 3;

/// A deleted position and the delete file that says so.
struct PositionRow {
  const std::string* data_file = nullptr;
  int64_t position = 0;
  FileRow delete_file;
};

template <typename Get>
Column<PositionRow> OfDeleteFile(const std::string& name, Get get) {
  return MakeColumn<PositionRow>(
      name, [get](const PositionRow& row) { return get(row.delete_file.entry->file); });
}

/// The deleted row itself: the format allowed writers to add it, hardly one did, and its
/// third version dropped it. Always null here.
Column<PositionRow> DeletedRowColumn(arrow::FieldVector fields) {
  return {arrow::field("row", arrow::struct_(std::move(fields))),
          [](const PositionRow&, arrow::ArrayBuilder& builder) {
            return builder.AppendNull();
          }};
}

std::vector<Column<PositionRow>> PositionColumns(const InspectRequest& request) {
  using Row = PositionRow;
  const iceberg::TableMetadata& metadata = *request.table.metadata;
  std::vector<Column<Row>> columns = {
      MakeColumn<Row>("file_path", [](const Row& row) { return *row.data_file; }),
      MakeColumn<Row>("pos", [](const Row& row) { return row.position; }),
  };
  arrow::FieldVector fields;
  for (const iceberg::Field& field : metadata.schema().fields()) {
    const auto type = storage::ArrowTypeOf(field.type);
    fields.push_back(arrow::field(field.name, type.ok() ? *type : arrow::binary()));
  }
  columns.push_back(DeletedRowColumn(std::move(fields)));
  for (auto& column : PartitionColumn(std::make_shared<const PartitionUnion>(metadata))) {
    columns.push_back(
        {column.field, [column](const Row& row, arrow::ArrayBuilder& builder) {
           return column.append(row.delete_file, builder);
         }});
  }
  columns.push_back(MakeColumn<Row>(
      "spec_id", [](const Row& row) { return row.delete_file.spec_id.value; }));
  columns.push_back(OfDeleteFile("delete_file_path",
                                 [](const DataFile& file) { return file.file_path; }));
  if (metadata.format_version >= kVersionOfVectors) {
    columns.push_back(OfDeleteFile(
        "content_offset", [](const DataFile& file) { return file.content_offset; }));
    columns.push_back(OfDeleteFile("content_size_in_bytes", [](const DataFile& file) {
      return file.content_size_bytes;
    }));
  }
  return columns;
}

/// The live position delete files of a snapshot, one with each call.
class DeleteFileWalk {
 public:
  DeleteFileWalk(const Context& context, InspectRequest request)
      : context_(context), request_(std::move(request)) {}

  Result<bool> operator()(RowSink<PositionRow>& sink) {
    if (!manifests_.has_value()) {
      RETURN_NOT_OK(LoadList());
    }
    while (manifest_ == nullptr || next_row_ == manifest_->size()) {
      if (next_manifest_ == manifests_->size()) {
        return false;
      }
      ARROW_ASSIGN_OR_RAISE(manifest_,
                            ManifestFor(context_, (*manifests_)[next_manifest_++]));
      next_row_ = 0;
    }
    const size_t row = next_row_++;
    if (manifest_->is_live(row) &&
        manifest_->content(row) == iceberg::FileContent::kPositionDeletes) {
      RETURN_NOT_OK(AppendPositions(manifest_->EntryAt(row), sink));
    }
    return true;
  }

 private:
  Status LoadList() {
    ARROW_ASSIGN_OR_RAISE(manifests_, ManifestsOf(context_, request_));
    std::erase_if(*manifests_, [](const iceberg::ManifestFile& manifest) {
      return manifest.content != iceberg::ManifestContent::kDeletes ||
             HasNoLiveEntries(manifest);
    });
    return Status::OK();
  }

  Status AppendPositions(const iceberg::ManifestEntry& entry,
                         RowSink<PositionRow>& sink) {
    const iceberg::SpecId spec_id = (*manifests_)[next_manifest_ - 1].spec_id;
    ARROW_ASSIGN_OR_RAISE(const auto by_path,
                          storage::ReadDeletedPositions(context_.io, entry.file));
    for (const auto& [data_file, positions] : by_path) {
      Status status;
      positions->ForEach([&, &path = data_file](int64_t position) {
        if (status.ok()) {
          status = sink.Append({&path, position, {&entry, spec_id}});
        }
      });
      RETURN_NOT_OK(status);
    }
    return Status::OK();
  }

  Context context_;
  InspectRequest request_;
  std::optional<std::vector<iceberg::ManifestFile>> manifests_;
  size_t next_manifest_ = 0;
  std::shared_ptr<const iceberg::ManifestColumns> manifest_;
  size_t next_row_ = 0;
};

}  // namespace

Result<Reader> ReadPositionDeletes(const Context* context,
                                   const InspectRequest& request) {
  RowSource<PositionRow> source;
  if (context != nullptr) {
    source = DeleteFileWalk(*context, request);
  }
  return MakeReader<PositionRow>(PositionColumns(request), request.columns,
                                 std::move(source));
}

}  // namespace tarn::table::internal
