#include "tarn/storage/internal/partition_writer.h"

#include <algorithm>
#include <utility>

#include <arrow/record_batch.h>
#include <arrow/util/byte_size.h>

#include "tarn/storage/internal/journal_entry.h"

namespace tarn::storage {
namespace {

/// Finished row groups of this size are worth a file of their own; smaller ones may wait
/// in memory.
constexpr int64_t kBufferedBytesMax = int64_t{1} << 20;
/// Work on rows that are handled at once; also the most that are.
constexpr int64_t kStageBytesMin = int64_t{64} << 10;
constexpr int64_t kStageBytesMax = int64_t{16} << 20;
/// A file this near to its size is full, and its rows are cut to end it here.
constexpr double kFull = 0.975;
constexpr double kAim = 0.99;
/// Part of a file's size that may be a guess when it is closed.
constexpr int64_t kGuessedPart = 50;
constexpr int64_t kStatsBytes = 160;  // of a column of a closed file

int64_t BytesOf(const arrow::RecordBatch& batch) {
  const Result<int64_t> bytes = arrow::util::ReferencedBufferSize(batch);
  return bytes.ok() ? *bytes : arrow::util::TotalBufferSize(batch);
}

int64_t MemoryOf(const iceberg::DataFile& file) {
  return static_cast<int64_t>(sizeof(file) + file.file_path.capacity()) +
         static_cast<int64_t>(file.columns.size()) * kStatsBytes;
}

std::shared_ptr<WriteMemory> MemoryOf(const TableWriterOptions& options) {
  return options.memory != nullptr
             ? options.memory
             : std::make_shared<WriteMemory>(options.memory_bytes_max);
}

}  // namespace

PartitionWriter::PartitionWriter(io::FileIO& io,
                                 std::shared_ptr<const DataFileLayout> layout,
                                 const TableWriterOptions& options, Clock& clock,
                                 NameFile name_file)
    : io_(io),
      layout_(std::move(layout)),
      options_(options),
      clock_(clock),
      name_file_(std::move(name_file)),
      cuts_batches_(options.file_bytes_max < 32 * kStageBytesMax),
      slots_(layout_->num_leaves, options.parquet.page_index),
      sizes_(*layout_),
      account_(MemoryOf(options), this) {}

void PartitionWriter::AddPartition(iceberg::PartitionTuple tuple) {
  const std::lock_guard lock(mutex_);
  slots_.Add(std::move(tuple));
}

Status PartitionWriter::BeginPartition(int32_t partition,
                                       std::chrono::milliseconds since) {
  ARROW_RETURN_NOT_OK(shrink_failure_);
  PartitionSlot& slot = slots_.at(partition);
  const int32_t before = std::exchange(current_, partition);
  if (options_.fanout == Fanout::kClustered && before >= 0 && before != partition) {
    ARROW_RETURN_NOT_OK(WritePending());
    if (slots_.at(before).file != nullptr) {
      ARROW_RETURN_NOT_OK(CloseFile(slots_.at(before)));
    }
  }
  slots_.Age(slot, since);
  return Status::OK();
}

Status PartitionWriter::WriteThrough(int32_t partition, const arrow::RecordBatch& rows,
                                     std::optional<std::chrono::milliseconds> since) {
  const std::lock_guard lock(mutex_);
  if (rows.num_rows() == 0) {
    return Status::OK();
  }
  ARROW_RETURN_NOT_OK(BeginPartition(partition, since.value_or(clock_.Now())));
  PartitionSlot& slot = slots_.at(partition);
  ARROW_RETURN_NOT_OK(WriteSlotPending(slot));
  ARROW_RETURN_NOT_OK(WriteRows(slot, rows));
  return EnforceMemory();
}

Status PartitionWriter::Append(int32_t partition,
                               std::shared_ptr<arrow::RecordBatch> rows, int64_t bytes,
                               std::optional<std::chrono::milliseconds> since) {
  const std::lock_guard lock(mutex_);
  const std::chrono::milliseconds came = since.value_or(clock_.Now());
  ARROW_RETURN_NOT_OK(BeginPartition(partition, came));
  PartitionSlot& slot = slots_.at(partition);
  if (slot.pending.empty()) {
    slot.pending_since = came;
    waiting_.push_back(partition);
  }
  slot.pending.push_back(std::move(rows));
  pending_bytes_ += bytes;
  account_.Set(MemoryBytes());
  if (IsWithin(LimitsNow())) {
    return Status::OK();
  }
  AskOthers();
  if (pending_bytes_ > LimitsNow().pending) {
    ARROW_RETURN_NOT_OK(WritePending());
  }
  return EnforceMemory();
}

Status PartitionWriter::SetStaged(int64_t bytes) {
  const std::lock_guard lock(mutex_);
  staged_bytes_ = bytes;
  return EnforceMemory();
}

int64_t PartitionWriter::stage_bytes_max() const {
  const std::lock_guard lock(mutex_);
  return std::clamp(std::max(account_.allowed(), account_.share()) / 12, kStageBytesMin,
                    kStageBytesMax);
}

Status PartitionWriter::WritePending() {
  // All at once: the waiting rows of a batch share its memory, which goes with the last
  // of them.
  std::vector<int32_t> waiting = std::exchange(waiting_, {});
  std::sort(waiting.begin(), waiting.end());
  for (const int32_t number : waiting) {
    ARROW_RETURN_NOT_OK(WriteSlotPending(slots_.at(number)));
    ARROW_RETURN_NOT_OK(GiveUpRows(LimitsNow(waiting.size()).movable));
  }
  pending_bytes_ = 0;
  account_.Set(MemoryBytes());
  return Status::OK();
}

Status PartitionWriter::WriteSlotPending(PartitionSlot& slot) {
  const auto pending = std::exchange(slot.pending, {});
  for (const auto& rows : pending) {
    ARROW_RETURN_NOT_OK(WriteRows(slot, *rows));
  }
  return Status::OK();
}

Status PartitionWriter::WriteRows(PartitionSlot& slot, const arrow::RecordBatch& rows) {
  for (int64_t offset = 0; offset < rows.num_rows();) {
    if (!slot.since) {  // a file has just been filled by the rows before these
      slots_.Age(slot, clock_.Now());
    }
    if (slot.file == nullptr) {
      ARROW_ASSIGN_OR_RAISE(slot.file,
                            DataFileWriter::Open(io_, name_file_(slot.tuple), layout_));
      slot.input_bytes = 0;
    }
    if (!cuts_batches_) {
      ARROW_RETURN_NOT_OK(slot.file->Write(rows));
      return Rotate(slot);
    }
    const auto rest = offset == 0 ? nullptr : rows.Slice(offset);
    const int64_t count = RowsThatFit(slot, rest == nullptr ? rows : *rest);
    const auto fitting = count == rows.num_rows() ? nullptr : rows.Slice(offset, count);
    const arrow::RecordBatch& piece = fitting == nullptr ? rows : *fitting;
    ARROW_RETURN_NOT_OK(slot.file->Write(piece));
    slot.input_bytes += BytesOf(piece);
    offset += count;
    ARROW_RETURN_NOT_OK(Rotate(slot));
  }
  return Status::OK();
}

int64_t PartitionWriter::RowsThatFit(const PartitionSlot& slot,
                                     const arrow::RecordBatch& rows) const {
  const double room = kAim * static_cast<double>(options_.file_bytes_max) -
                      static_cast<double>(sizes_.Expect(*slot.file) + DoubtOf(slot));
  const auto more = static_cast<double>(
                        sizes_.ExpectMore(*slot.file, slot.input_bytes, BytesOf(rows))) *
                    (1 + sizes_.doubt());
  if (more <= room) {
    return rows.num_rows();
  }
  const double fitting = static_cast<double>(rows.num_rows()) * room / more;
  return std::clamp<int64_t>(static_cast<int64_t>(fitting), 1, rows.num_rows());
}

int64_t PartitionWriter::DoubtOf(const PartitionSlot& slot) const {
  const int64_t guessed = sizes_.Uncertain(*slot.file);
  return guessed > options_.file_bytes_max / kGuessedPart
             ? static_cast<int64_t>(sizes_.doubt() * static_cast<double>(guessed))
             : 0;
}

Status PartitionWriter::Rotate(PartitionSlot& slot) {
  const auto full =
      static_cast<int64_t>(kFull * static_cast<double>(options_.file_bytes_max));
  const int64_t doubt = DoubtOf(slot);
  if (sizes_.Expect(*slot.file) + doubt >= full) {
    if (doubt > 0) {  // the row group's end shows its size
      ARROW_RETURN_NOT_OK(EndRowGroup(slot));
    }
    if (sizes_.Expect(*slot.file) >= full) {
      return CloseFile(slot);
    }
  } else if (slot.file->encoder_bytes() >= options_.parquet.row_group_bytes_max) {
    ARROW_RETURN_NOT_OK(EndRowGroup(slot));
  }
  Count(slot);
  // Where that would close another file, it can wait until memory is short.
  const bool opens = slot.file->buffered_bytes() >= kBufferedBytesMax &&
                     slots_.num_open() < options_.open_files_max;
  return opens ? OpenFile(slot) : Status::OK();
}

Status PartitionWriter::EndRowGroup(PartitionSlot& slot) {
  const int64_t unsettled = slot.file->unsettled_bytes();
  const int64_t settled = slot.file->settled_bytes();
  ARROW_RETURN_NOT_OK(slot.file->EndRowGroup());
  sizes_.LearnRowGroup(unsettled, slot.file->settled_bytes() - settled);
  Count(slot);
  return Status::OK();
}

Status PartitionWriter::OpenFile(PartitionSlot& slot) {
  ARROW_RETURN_NOT_OK(slot.file->OpenFile());
  Count(slot);
  while (slots_.num_open() > options_.open_files_max) {
    ARROW_RETURN_NOT_OK(CloseFile(*slots_.least_recently_used()));
  }
  return Status::OK();
}

Status PartitionWriter::CloseFile(PartitionSlot& slot) {
  ARROW_RETURN_NOT_OK(EndRowGroup(slot));
  const int64_t rows_bytes = slot.file->settled_bytes();
  const int64_t before_footer = sizes_.BeforeFooter(*slot.file);
  const int64_t num_row_groups = slot.file->num_row_groups();
  ARROW_ASSIGN_OR_RAISE(iceberg::DataFile file, slot.file->Close());
  sizes_.LearnFooter(num_row_groups, file.file_size_bytes - before_footer);
  sizes_.LearnFile(slot.input_bytes, rows_bytes);
  slot.file.reset();
  slots_.ForgetAge(slot);
  Count(slot);
  if (!slot.pending.empty()) {
    slots_.Age(slot, slot.pending_since);
  }
  file.partition = slot.tuple;
  bytes_closed_ += file.file_size_bytes;
  files_bytes_ += MemoryOf(file);
  files_.push_back(std::move(file));
  return Status::OK();
}

void PartitionWriter::Count(PartitionSlot& slot) {
  slots_.Count(slot, slot.file == nullptr ? 0 : sizes_.Expect(*slot.file));
}

int64_t PartitionWriter::MemoryBytes() const {
  return staged_bytes_ + pending_bytes_ + slots_.movable_bytes() + slots_.fixed_bytes() +
         slots_.own_bytes() + files_bytes_;
}

PartitionWriter::Limits PartitionWriter::LimitsNow(size_t num_waiting) const {
  const int64_t allowed = account_.allowed();
  // Files are not closed only because others hold more than their share for a while.
  const int64_t fixed = std::max(allowed, account_.share()) / 3;
  const int64_t rows =
      std::max<int64_t>(0, allowed - std::min(fixed, slots_.fixed_bytes()) -
                               slots_.own_bytes() - files_bytes_);
  // With so many partitions that encoders cannot be kept until there is enough for them,
  // rows are what can: row groups become larger.
  const int64_t encoders =
      static_cast<int64_t>(num_waiting) * slots_.row_group_bytes_min();
  const bool is_crowded = encoders > rows / 8;
  return {.pending = is_crowded ? rows / 3 * 2 : rows / 3,
          .movable = is_crowded ? rows / 6 : rows / 2,
          .fixed = fixed};
}

bool PartitionWriter::IsWithin(const Limits& limits) const {
  return pending_bytes_ <= limits.pending && slots_.movable_bytes() <= limits.movable &&
         slots_.fixed_bytes() <= limits.fixed && MemoryBytes() <= account_.allowed();
}

void PartitionWriter::AskOthers() {
  if (account_.allowed() < account_.share()) {
    account_.ShrinkIdle();
  }
}

Status PartitionWriter::EnforceMemory() {
  account_.Set(MemoryBytes());
  if (IsWithin(LimitsNow())) {
    return Status::OK();
  }
  AskOthers();
  const Limits limits = LimitsNow();
  ARROW_RETURN_NOT_OK(GiveUpRows(limits.movable));
  ARROW_RETURN_NOT_OK(GiveUpFiles(limits.fixed));
  account_.Set(MemoryBytes());
  if (MemoryBytes() <= account_.allowed()) {
    return Status::OK();
  }
  ARROW_RETURN_NOT_OK(WritePending());
  const int64_t over = std::max<int64_t>(0, MemoryBytes() - account_.allowed());
  ARROW_RETURN_NOT_OK(GiveUpRows(std::max<int64_t>(0, slots_.movable_bytes() - over)));
  account_.Set(MemoryBytes());
  return MemoryBytes() <= account_.allowed() ? Status::OK() : account_.WaitForRoom();
}

Status PartitionWriter::GiveUpRows(int64_t movable_max) {
  if (slots_.movable_bytes() <= movable_max) {
    return Status::OK();
  }
  // A bit below the limit, or the next batch would bring us here again; not far below it,
  // or row groups would be smaller than they need to be.
  const int64_t target = movable_max - movable_max / 8;
  while (slots_.movable_bytes() > target) {
    PartitionSlot& slot = *slots_.largest_movable();
    if (slot.file->encoder_bytes() > 0) {
      // Encoders become encoded pages, a fraction of the size, and these go to their file
      // when it is their turn again.
      ARROW_RETURN_NOT_OK(EndRowGroup(slot));
      account_.CountEarlyFlush();
    } else {
      ARROW_RETURN_NOT_OK(OpenFile(slot));
    }
  }
  return Status::OK();
}

Status PartitionWriter::GiveUpFiles(int64_t fixed_max) {
  if (slots_.fixed_bytes() <= fixed_max) {
    return Status::OK();
  }
  const int64_t target = fixed_max - fixed_max / 8;
  while (slots_.fixed_bytes() > target) {
    ARROW_RETURN_NOT_OK(CloseFile(*slots_.largest_fixed()));
  }
  return Status::OK();
}

bool PartitionWriter::TryShrink(int64_t bytes) {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock.owns_lock()) {
    return false;
  }
  const auto shrink = [&]() -> Status {
    if (pending_bytes_ > 0 && MemoryBytes() > bytes) {
      ARROW_RETURN_NOT_OK(WritePending());
    }
    ARROW_RETURN_NOT_OK(
        GiveUpRows(std::max<int64_t>(0, slots_.movable_bytes() - MemoryBytes() + bytes)));
    return GiveUpFiles(
        std::max<int64_t>(0, slots_.fixed_bytes() - MemoryBytes() + bytes));
  };
  if (shrink_failure_.ok()) {
    shrink_failure_ = shrink();
    account_.Set(MemoryBytes());
  }
  return true;
}

Status PartitionWriter::Close() {
  return CloseOpenedBy(std::chrono::milliseconds::max());
}

Status PartitionWriter::CloseOpenedBy(std::chrono::milliseconds when) {
  const std::lock_guard lock(mutex_);
  ARROW_RETURN_NOT_OK(shrink_failure_);
  const std::vector<int32_t> due = slots_.AgedBy(when);
  if (due.empty()) {
    return Status::OK();
  }
  ARROW_RETURN_NOT_OK(WritePending());
  for (const int32_t number : due) {
    PartitionSlot& slot = slots_.at(number);
    // A file that was full meanwhile may have been followed by a young one.
    if (slot.file != nullptr && slot.since && *slot.since <= when) {
      ARROW_RETURN_NOT_OK(CloseFile(slot));
    }
  }
  account_.Set(MemoryBytes());
  return Status::OK();
}

std::optional<std::chrono::milliseconds> PartitionWriter::oldest() const {
  const std::lock_guard lock(mutex_);
  return slots_.oldest();
}

std::vector<iceberg::DataFile> PartitionWriter::files() const {
  const std::lock_guard lock(mutex_);
  return files_;
}

std::vector<iceberg::DataFile> PartitionWriter::TakeFiles() {
  const std::lock_guard lock(mutex_);
  files_bytes_ = 0;
  account_.Set(MemoryBytes());
  return std::exchange(files_, {});
}

std::vector<OpenFileInfo> PartitionWriter::open_files() const {
  const std::lock_guard lock(mutex_);
  std::vector<OpenFileInfo> files;
  for (const PartitionSlot& slot : slots_.all()) {
    if (slot.file != nullptr) {
      files.push_back({.location = slot.file->location(),
                       .bytes = slot.file_bytes,
                       .rows = slot.file->num_rows(),
                       .opened = slot.since.value_or(std::chrono::milliseconds(0))});
    }
  }
  return files;
}

int64_t PartitionWriter::bytes_written() const {
  const std::lock_guard lock(mutex_);
  return bytes_closed_ + slots_.file_bytes();
}

int64_t PartitionWriter::memory_bytes() const {
  const std::lock_guard lock(mutex_);
  return MemoryBytes();
}

void PartitionWriter::Abort() {
  const std::lock_guard lock(mutex_);
  for (int32_t number = 0; number < slots_.size(); ++number) {
    PartitionSlot& slot = slots_.at(number);
    if (slot.file != nullptr) {
      slot.file->Abort();
      slot.file.reset();
      Count(slot);
    }
    slot.pending.clear();
    slots_.ForgetAge(slot);
  }
  for (const iceberg::DataFile& file : files_) {
    if (io_.Delete(file.file_path).ok()) {
      NoteFileState(options_.journal.get(), file.file_path, FileState::kAborted);
    }
  }
  files_.clear();
  waiting_.clear();
  pending_bytes_ = 0;
  staged_bytes_ = 0;
  files_bytes_ = 0;
  account_.Set(MemoryBytes());
}

}  // namespace tarn::storage
