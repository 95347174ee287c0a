#include "tarn/table/stream_writer.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <iterator>
#include <utility>

#include <arrow/record_batch.h>

#include "tarn/base/error.h"
#include "tarn/base/logging.h"
#include "tarn/table/write.h"

namespace tarn::table {
namespace {

using iceberg::Snapshot;
using iceberg::SnapshotId;
using iceberg::TableMetadata;
using std::chrono::milliseconds;

constexpr char kStreamId[] = "tarn.stream-id";
constexpr char kStreamRows[] = "tarn.stream-rows";
constexpr int64_t kNotDue = -1;

/// The last snapshot of the stream on `branch`; nullptr if there is none.
const Snapshot* LastOfStream(const TableMetadata& table, const std::string& branch,
                             const std::string& stream_id) {
  const auto ref = table.refs.find(branch);
  const Snapshot* snapshot = ref != table.refs.end()
                                 ? table.FindSnapshot(ref->second.snapshot_id)
                                 : table.current_snapshot();
  size_t steps = table.snapshots.size();  // damaged metadata may hold a circle
  while (snapshot != nullptr && steps-- > 0) {
    const auto id = snapshot->summary.find(kStreamId);
    if (id != snapshot->summary.end() && id->second == stream_id) {
      return snapshot;
    }
    snapshot = snapshot->parent_id ? table.FindSnapshot(*snapshot->parent_id) : nullptr;
  }
  return nullptr;
}

/// Rows of the stream up to `snapshot`; 0 for nullptr.
Result<int64_t> StreamRowsOf(const Snapshot* snapshot) {
  if (snapshot == nullptr) {
    return 0;
  }
  const auto text = snapshot->summary.find(kStreamRows);
  int64_t rows = -1;
  if (text != snapshot->summary.end()) {
    std::from_chars(text->second.data(), text->second.data() + text->second.size(), rows);
  }
  if (rows < 0) {
    return MakeError(ErrorCode::kInvalidData,
                     "Snapshot " + std::to_string(snapshot->id.value) +
                         " names a stream, but not its rows in " + kStreamRows);
  }
  return rows;
}

class TableStreamWriter final : public StreamWriter {
 public:
  TableStreamWriter(const Context& context, iceberg::TableIdent ident,
                    StreamWriterOptions options,
                    std::shared_ptr<const TableMetadata> table, int64_t rows)
      : context_(context),
        ident_(std::move(ident)),
        options_(std::move(options)),
        table_(std::move(table)),
        rows_appended_(rows),
        rows_committed_(rows) {}

  ~TableStreamWriter() override {
    if (failure_.ok()) {
      Discard();
    }
  }

  Status Append(const arrow::RecordBatch& batch) override {
    const std::lock_guard lock(mutex_);
    RETURN_NOT_OK(CheckUsable());
    if (batch.num_rows() == 0) {
      return Status::OK();
    }
    if (const Status status = Take(batch); !status.ok()) {
      return Fail(status);
    }
    return IsDue() || is_full_ ? Commit().status() : Status::OK();
  }

  Status Tick() override {
    const std::lock_guard lock(mutex_);
    RETURN_NOT_OK(failure_);
    return IsDue() ? Commit().status() : Status::OK();
  }

  std::optional<milliseconds> next_due() const override {
    const int64_t due = due_.load();
    return due == kNotDue ? std::nullopt : std::optional(milliseconds(due));
  }

  Result<std::optional<SnapshotId>> Flush() override {
    const std::lock_guard lock(mutex_);
    RETURN_NOT_OK(CheckUsable());
    return Commit();
  }

  Status Close() override {
    const std::lock_guard lock(mutex_);
    RETURN_NOT_OK(failure_);
    if (is_closed_) {
      return Status::OK();
    }
    RETURN_NOT_OK(Commit());
    is_closed_ = true;
    return Status::OK();
  }

  const storage::TableWriterOptions& writing() const { return options_.writing; }
  int64_t rows_appended() const override { return rows_appended_.load(); }
  int64_t rows_committed() const override { return rows_committed_.load(); }

  std::vector<storage::OpenFileInfo> open_files() const override {
    const std::lock_guard lock(mutex_);
    return writer_ == nullptr ? std::vector<storage::OpenFileInfo>()
                              : writer_->open_files();
  }

 private:
  Status CheckUsable() const {
    RETURN_NOT_OK(failure_);
    return is_closed_ ? MakeError(ErrorCode::kInternal,
                                  "The stream into " + ident_.ToString() + " is closed")
                      : Status::OK();
  }

  bool IsDue() const {
    const int64_t due = due_.load();
    return due != kNotDue && context_.clock.Now().count() >= due;
  }

  Status Take(const arrow::RecordBatch& batch) {
    if (writer_ == nullptr) {
      // One for each commit: it forgets the partitions that no row comes for any more.
      ARROW_ASSIGN_OR_RAISE(
          writer_, storage::TableWriter::Open(context_.io, table_, options_.writing,
                                              context_.clock, context_.random));
    }
    if (due_.load() == kNotDue) {
      due_ = (context_.clock.Now() + options_.writing.file_age_max).count();
    }
    RETURN_NOT_OK(writer_->Append(batch));
    rows_appended_ += batch.num_rows();
    TakeClosed();
    return Status::OK();
  }

  /// A file may also be closed long before it is full, because there are too many: it
  /// waits for its commit then.
  void TakeClosed() {
    std::vector<iceberg::DataFile> closed = writer_->TakeClosed();
    for (iceberg::DataFile& file : closed) {
      is_full_ = is_full_ || file.file_size_bytes >= options_.writing.file_bytes_max / 2;
      files_.push_back(std::move(file));
    }
  }

  Result<std::optional<SnapshotId>> Commit() {
    if (writer_ == nullptr) {
      return std::nullopt;
    }
    if (const Status status = writer_->CloseAll(); !status.ok()) {
      return Fail(status);
    }
    TakeClosed();
    const int64_t rows = rows_appended_.load();
    if (files_.empty()) {  // every row was rejected
      Begin(rows);
      return std::nullopt;
    }
    WriteRequest request{.ident = ident_, .files = files_, .summary = options_.summary};
    request.summary[kStreamId] = options_.stream_id;
    request.summary[kStreamRows] = std::to_string(rows);
    request.branch = options_.branch;
    const Result<catalog::LoadedTable> written = Write(context_, request);
    if (!written.ok()) {
      return IsOutcomeUnknown(written.status()) ? Abandon(written.status())
                                                : Fail(written.status());
    }
    Begin(rows);
    const Snapshot* snapshot =
        LastOfStream(*written->metadata, options_.branch, options_.stream_id);
    if (snapshot == nullptr) {  // others have expired it already
      return std::nullopt;
    }
    if (options_.committed) {
      options_.committed(*snapshot, rows);
    }
    return std::optional(snapshot->id);
  }

  /// Everything up to `rows` is committed.
  void Begin(int64_t rows) {
    writer_.reset();
    files_.clear();
    is_full_ = false;
    rows_committed_ = rows;
    due_ = kNotDue;
  }

  Status Fail(const Status& status) {
    Discard();
    return Abandon(status);
  }

  /// Files stay: a snapshot may refer to them.
  Status Abandon(const Status& status) {
    failure_ = status;
    files_.clear();
    due_ = kNotDue;
    return status;
  }

  void Discard() {
    writer_.reset();
    storage::WriteJournal* journal = options_.writing.journal.get();
    for (const iceberg::DataFile& file : files_) {
      if (context_.io.Delete(file.file_path).ok()) {
        storage::NoteFileState(journal, file.file_path, storage::FileState::kAborted);
      }
    }
    files_.clear();
  }

  const Context context_;
  const iceberg::TableIdent ident_;
  const StreamWriterOptions options_;
  const std::shared_ptr<const TableMetadata> table_;
  std::atomic<int64_t> rows_appended_;
  std::atomic<int64_t> rows_committed_;
  std::atomic<int64_t> due_{kNotDue};  // of the oldest row that waits
  mutable std::mutex mutex_;
  // Guarded by mutex_:
  std::unique_ptr<storage::TableWriter> writer_;  // nullptr while no rows wait
  std::vector<iceberg::DataFile> files_;          // closed and not committed
  bool is_full_ = false;
  bool is_closed_ = false;
  Status failure_;
};

}  // namespace

Result<std::shared_ptr<StreamWriter>> StreamWriter::Open(const Context& context,
                                                         const iceberg::TableIdent& ident,
                                                         StreamWriterOptions options) {
  ARROW_ASSIGN_OR_RAISE(const catalog::LoadedTable table,
                        context.catalog.LoadTable(ident));
  storage::TableWriterOptions& writing = options.writing;
  if (context.writing != nullptr) {
    writing.journal = writing.journal ? writing.journal : context.writing->journal;
    writing.memory = writing.memory ? writing.memory : context.writing->memory;
  }
  ARROW_ASSIGN_OR_RAISE(writing,
                        storage::TableWriterOptionsFor(*table.metadata, writing));
  ARROW_ASSIGN_OR_RAISE(writing.ordering, storage::RowOrderingFor(*table.metadata));
  if (options.stream_id.empty()) {
    options.stream_id = NewUuid(context.random);
  }
  ARROW_ASSIGN_OR_RAISE(
      const int64_t rows,
      StreamRowsOf(LastOfStream(*table.metadata, options.branch, options.stream_id)));
  auto writer = std::make_shared<TableStreamWriter>(context, ident, std::move(options),
                                                    table.metadata, rows);
  // Refuses what no row could be written with before the first one comes.
  RETURN_NOT_OK(storage::TableWriter::Open(context.io, table.metadata, writer->writing(),
                                           context.clock, context.random));
  return writer;
}

RotationTimer::RotationTimer(Clock& clock) : clock_(clock), thread_([this] { Run(); }) {}

RotationTimer::~RotationTimer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void RotationTimer::Add(std::weak_ptr<StreamWriter> writer) {
  {
    const std::lock_guard lock(mutex_);
    writers_.push_back(std::move(writer));
  }
  changed_.notify_all();
}

void RotationTimer::Run() {
  // A writer becomes due without telling: it is looked at this often.
  constexpr milliseconds kLookEvery{100};
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    std::erase_if(writers_, [](const auto& writer) { return writer.expired(); });
    const std::vector<std::weak_ptr<StreamWriter>> writers = writers_;
    lock.unlock();
    milliseconds wait = kLookEvery;
    for (const std::weak_ptr<StreamWriter>& weak : writers) {
      const std::shared_ptr<StreamWriter> writer = weak.lock();
      const auto due = writer == nullptr ? std::nullopt : writer->next_due();
      const milliseconds now = clock_.Now();
      if (due && *due > now) {
        wait = std::min(wait, *due - now);
      } else if (due) {
        Tick(*writer);
      }
    }
    lock.lock();
    if (!stopping_) {
      changed_.wait_for(lock, wait);
    }
  }
}

void RotationTimer::Tick(StreamWriter& writer) {
  if (const Status status = writer.Tick(); !status.ok()) {
    LogError("Rows of a stream could not be committed", {{"error", status.message()}});
  }
}

}  // namespace tarn::table
