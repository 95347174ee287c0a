#include "tarn/table/maintenance/internal/group_rewriter.h"

#include <algorithm>
#include <utility>

#include <arrow/record_batch.h>
#include <arrow/util/byte_size.h>

#include "tarn/storage/data_file_reader.h"

namespace tarn::table::internal {
namespace {

using iceberg::TableMetadata;
using storage::RecordBatches;
using storage::TableWriter;

class GroupRewriter {
 public:
  GroupRewriter(const Context& context, storage::DeletedRows& deletions,
                const TableMetadata& table, const GroupRewriteOptions& options,
                TableWriter& writer)
      : context_(context),
        deletions_(deletions),
        table_(table),
        options_(options),
        writer_(writer) {}

  Status Run(const FileGroup& group) {
    for (const FileScanTask& task : group.tasks) {
      RETURN_NOT_OK(Read(task));
    }
    return WriteOrdered();
  }

 private:
  /// Rows that are sorted go straight to the writer, which does it.
  bool IsClustered() const { return !options_.order.cluster_columns.empty(); }

  Status Read(const FileScanTask& task) {
    ARROW_ASSIGN_OR_RAISE(auto deleted,
                          deletions_.Of(context_.io, table_, task.file, task.deletes));
    storage::DataFileReadOptions reading;
    reading.schema = table_.schema_ptr();
    reading.row_lineage = table_.format_version >= 3;
    ARROW_ASSIGN_OR_RAISE(const auto reader,
                          storage::DataFileReader::Open(
                              context_.io, table_, task.file, task.data_sequence_number,
                              std::move(deleted), std::move(reading)));
    while (true) {
      RETURN_NOT_OK(options_.control->Check());
      ARROW_ASSIGN_OR_RAISE(auto batch, reader->Next());
      if (batch == nullptr) {
        return Status::OK();
      }
      if (batch->num_rows() == 0) {
        continue;
      }
      if (!IsClustered()) {
        RETURN_NOT_OK(writer_.Append(*batch));
        continue;
      }
      gathered_bytes_ += arrow::util::TotalBufferSize(*batch);
      gathered_.push_back(std::move(batch));
      if (gathered_bytes_ >= options_.sort_bytes_max) {
        RETURN_NOT_OK(WriteOrdered());
      }
    }
  }

  Status WriteOrdered() {
    if (gathered_.empty()) {
      return Status::OK();
    }
    ARROW_ASSIGN_OR_RAISE(
        RecordBatches ordered,
        storage::ClusterRows(gathered_, table_.schema(), options_.order.cluster_columns,
                             options_.order.curve));
    gathered_.clear();
    gathered_bytes_ = 0;
    for (auto& batch : ordered) {
      RETURN_NOT_OK(options_.control->Check());
      RETURN_NOT_OK(writer_.Append(*batch));
      batch.reset();
    }
    return Status::OK();
  }

  const Context& context_;
  storage::DeletedRows& deletions_;
  const TableMetadata& table_;
  const GroupRewriteOptions& options_;
  TableWriter& writer_;
  RecordBatches gathered_;
  int64_t gathered_bytes_ = 0;
};

/// The id of the table's order that equals `order`; 0 if there is none.
iceberg::SortOrderId OrderIdOf(const TableMetadata& table,
                               const std::optional<iceberg::SortOrder>& order) {
  if (order) {
    for (const iceberg::SortOrder& known : table.sort_orders) {
      if (known.fields == order->fields) {
        return known.id;
      }
    }
  }
  return {};
}

Result<std::unique_ptr<TableWriter>> OpenWriter(
    const Context& context, const std::shared_ptr<const TableMetadata>& table,
    const FileGroup& group, const GroupRewriteOptions& options) {
  ARROW_ASSIGN_OR_RAISE(storage::TableWriterOptions writing,
                        WriterOptionsFor(context, *table));
  // Some room, so that files of about the same size do not leave a small one behind.
  const int64_t share = group.live_bytes / std::max<int64_t>(group.output_files, 1);
  writing.file_bytes_max =
      std::clamp(share + share / 10, options.sizes.target, options.sizes.max);
  writing.spec_id = options.spec_id;
  writing.sort_order_id = OrderIdOf(*table, options.order.sort_order);
  writing.sort_by = options.order.sort_order;
  writing.ordering =
      writing.sort_by ? storage::RowOrdering::kTable : storage::RowOrdering::kGiven;
  if (writing.sort_by && writing.memory == nullptr) {
    // As the caller says, but not less than a writer can work with.
    writing.memory_bytes_max =
        std::max(options.sort_bytes_max, storage::WriteMemory::kBytesMin);
  }
  writing.row_lineage = table->format_version >= 3;
  return TableWriter::Open(context.io, table, std::move(writing), context.clock,
                           context.random);
}

}  // namespace

Result<RewrittenGroup> RewriteGroup(const Context& context,
                                    storage::DeletedRows& deletions,
                                    const std::shared_ptr<const TableMetadata>& table,
                                    const FileGroup& group,
                                    const GroupRewriteOptions& options) {
  RewrittenGroup rewritten;
  ARROW_ASSIGN_OR_RAISE(rewritten.writer, OpenWriter(context, table, group, options));
  const Status status =
      GroupRewriter(context, deletions, *table, options, *rewritten.writer).Run(group);
  if (!status.ok()) {
    rewritten.writer->Abort();
    return status;
  }
  ARROW_ASSIGN_OR_RAISE(rewritten.files, rewritten.writer->Finish());
  return rewritten;
}

}  // namespace tarn::table::internal
