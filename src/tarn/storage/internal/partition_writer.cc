#include "tarn/storage/internal/partition_writer.h"

#include <algorithm>
#include <utility>

#include <arrow/record_batch.h>

namespace tarn::storage {
namespace {

/// Finished row groups of this size are worth a file of their own; smaller ones may wait
/// in memory.
constexpr int64_t kBufferedBytesMax = int64_t{1} << 20;

}  // namespace

PartitionWriter::PartitionWriter(io::FileIO& io,
                                 std::shared_ptr<const DataFileLayout> layout,
                                 const TableWriterOptions& options, Clock& clock,
                                 NameFile name_file)
    : io_(io),
      layout_(std::move(layout)),
      options_(options),
      clock_(clock),
      name_file_(std::move(name_file)) {}

void PartitionWriter::AddPartition(iceberg::PartitionTuple tuple) {
  slots_.push_back(
      PartitionSlot{.tuple = std::move(tuple), .pending = {}, .file = nullptr});
}

Status PartitionWriter::WriteThrough(int32_t partition, const arrow::RecordBatch& rows) {
  PartitionSlot& slot = slots_[static_cast<size_t>(partition)];
  ARROW_RETURN_NOT_OK(WriteSlotPending(slot));
  ARROW_RETURN_NOT_OK(WriteRows(slot, rows));
  return EnforceMemory();
}

Status PartitionWriter::Append(int32_t partition,
                               std::shared_ptr<arrow::RecordBatch> rows, int64_t bytes) {
  PartitionSlot& slot = slots_[static_cast<size_t>(partition)];
  if (!slot.since) {
    slot.since = clock_.Now();
  }
  slot.pending_rows += rows->num_rows();
  slot.pending.push_back(std::move(rows));
  pending_bytes_ += bytes;
  return pending_bytes_ < options_.memory_bytes_max / 3 ? Status::OK() : WritePending();
}

Status PartitionWriter::WritePending() {
  // All at once: the waiting rows of a batch share its memory, which goes with the last
  // of them.
  for (PartitionSlot& slot : slots_) {
    if (slot.pending.empty()) {
      continue;
    }
    ARROW_RETURN_NOT_OK(WriteSlotPending(slot));
    ARROW_RETURN_NOT_OK(EnforceMemory());
  }
  pending_bytes_ = 0;
  return Status::OK();
}

Status PartitionWriter::WriteSlotPending(PartitionSlot& slot) {
  const auto pending = std::exchange(slot.pending, {});
  slot.pending_rows = 0;
  for (const auto& rows : pending) {
    ARROW_RETURN_NOT_OK(WriteRows(slot, *rows));
  }
  return Status::OK();
}

Status PartitionWriter::WriteRows(PartitionSlot& slot, const arrow::RecordBatch& rows) {
  if (slot.file == nullptr) {
    ARROW_ASSIGN_OR_RAISE(slot.file,
                          DataFileWriter::Open(io_, name_file_(slot.tuple), layout_));
  }
  if (!slot.since) {
    slot.since = clock_.Now();
  }
  slot.last_used = ++uses_;
  ARROW_RETURN_NOT_OK(slot.file->Write(rows));
  if (slot.file->file_bytes() >= options_.file_bytes_max) {
    return CloseFile(slot);
  }
  if (slot.file->encoder_bytes() >= options_.parquet.row_group_bytes_max) {
    ARROW_RETURN_NOT_OK(slot.file->EndRowGroup());
  }
  Count(slot);
  if (slot.file->buffered_bytes() >= kBufferedBytesMax) {
    return OpenFile(slot);
  }
  return Status::OK();
}

Status PartitionWriter::OpenFile(PartitionSlot& slot) {
  if (slot.file->is_file_open()) {
    return Status::OK();
  }
  ARROW_RETURN_NOT_OK(slot.file->OpenFile());
  ++num_open_;
  Count(slot);
  return EnforceOpenFiles();
}

Status PartitionWriter::EnforceOpenFiles() {
  while (num_open_ > options_.open_files_max) {
    PartitionSlot* oldest = nullptr;
    for (PartitionSlot& slot : slots_) {
      if (slot.file == nullptr || !slot.file->is_file_open()) {
        continue;
      }
      if (oldest == nullptr || slot.last_used < oldest->last_used) {
        oldest = &slot;
      }
    }
    if (oldest == nullptr) {
      return Status::OK();
    }
    ARROW_RETURN_NOT_OK(CloseFile(*oldest));
  }
  return Status::OK();
}

void PartitionWriter::Count(PartitionSlot& slot) {
  const bool open = slot.file != nullptr;
  const int64_t memory =
      open ? slot.file->encoder_bytes() + slot.file->buffered_bytes() : 0;
  const int64_t bytes = open ? slot.file->file_bytes() : 0;
  memory_bytes_ += memory - std::exchange(slot.memory_bytes, memory);
  file_bytes_ += bytes - std::exchange(slot.file_bytes, bytes);
}

std::vector<PartitionSlot*> PartitionWriter::LargestFirst() {
  std::vector<PartitionSlot*> slots;
  for (PartitionSlot& slot : slots_) {
    if (slot.file != nullptr) {
      slots.push_back(&slot);
    }
  }
  std::sort(slots.begin(), slots.end(),
            [](const PartitionSlot* a, const PartitionSlot* b) {
              return a->memory_bytes > b->memory_bytes;
            });
  return slots;
}

Status PartitionWriter::EnforceMemory() {
  if (memory_bytes_ <= options_.memory_bytes_max / 2) {
    return Status::OK();
  }
  // Well below the limit, or the next batch would bring us here again.
  const int64_t target = options_.memory_bytes_max / 4;
  // Encoders become encoded pages, a fraction of the size, and these go to their files if
  // still needed.
  for (PartitionSlot* slot : LargestFirst()) {
    if (memory_bytes_ <= target) {
      return Status::OK();
    }
    ARROW_RETURN_NOT_OK(slot->file->EndRowGroup());
    Count(*slot);
  }
  for (PartitionSlot* slot : LargestFirst()) {
    if (memory_bytes_ <= target) {
      return Status::OK();
    }
    // Making room for this one's stream may have closed it before its turn.
    if (slot->file != nullptr) {
      ARROW_RETURN_NOT_OK(OpenFile(*slot));
    }
  }
  return Status::OK();
}

Status PartitionWriter::CloseFile(PartitionSlot& slot) {
  if (slot.file->is_file_open()) {
    --num_open_;
  }
  ARROW_ASSIGN_OR_RAISE(iceberg::DataFile file, slot.file->Close());
  slot.file.reset();
  slot.since.reset();
  Count(slot);
  file.partition = slot.tuple;
  bytes_closed_ += file.file_size_bytes;
  files_.push_back(std::move(file));
  return Status::OK();
}

Status PartitionWriter::Close() {
  return CloseOpenedBy(std::chrono::milliseconds::max());
}

Status PartitionWriter::CloseOpenedBy(std::chrono::milliseconds when) {
  const std::optional<std::chrono::milliseconds> first = oldest();
  if (!first || *first > when) {
    return Status::OK();
  }
  ARROW_RETURN_NOT_OK(WritePending());
  for (PartitionSlot& slot : slots_) {
    if (slot.file != nullptr && slot.since <= when) {
      ARROW_RETURN_NOT_OK(CloseFile(slot));
    }
  }
  return Status::OK();
}

std::optional<std::chrono::milliseconds> PartitionWriter::oldest() const {
  std::optional<std::chrono::milliseconds> oldest;
  for (const PartitionSlot& slot : slots_) {
    if (slot.since && (!oldest || *slot.since < *oldest)) {
      oldest = slot.since;
    }
  }
  return oldest;
}

std::vector<OpenFileInfo> PartitionWriter::open_files() const {
  std::vector<OpenFileInfo> files;
  for (const PartitionSlot& slot : slots_) {
    if (slot.file != nullptr) {
      files.push_back({.location = slot.file->location(),
                       .bytes = slot.file->file_bytes(),
                       .rows = slot.file->num_rows(),
                       .opened = slot.since.value_or(std::chrono::milliseconds(0))});
    }
  }
  return files;
}

void PartitionWriter::Abort() {
  for (PartitionSlot& slot : slots_) {
    if (slot.file != nullptr) {
      slot.file->Abort();
    }
    slot.file.reset();
    slot.pending.clear();
  }
  for (const iceberg::DataFile& file : files_) {
    static_cast<void>(io_.Delete(file.file_path));
  }
  files_.clear();
}

}  // namespace tarn::storage
