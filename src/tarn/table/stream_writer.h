// Rows that never end: they are committed by size and by time, also when no further batch
// comes.
//
//   ARROW_ASSIGN_OR_RAISE(auto writer, StreamWriter::Open(context, ident, {}));
//   RETURN_NOT_OK(writer->Append(*batch));   // any thread
//   RotationTimer timer(context.clock);      // one for all writers of the process
//   timer.Add(writer);
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/iceberg/snapshot.h"
#include "tarn/storage/table_writer.h"
#include "tarn/table/context.h"

namespace tarn::table {

struct StreamWriterOptions {
  /// Files are closed by size and age as these say, and committed when they are;
  /// overridden by the table's properties. Memory and journal are the context's if unset.
  storage::TableWriterOptions writing = {};
  /// Names the stream over all its writers: one that is opened under the same name goes
  /// on counting rows where the table's branch says that the last commit ended, so that
  /// a producer that begins at rows_committed() loses nothing and repeats nothing. One
  /// writer of a stream at a time. Random, and counted from 0, if empty.
  std::string stream_id = {};
  std::string branch = "main";
  std::map<std::string, std::string> summary = {};  // of every snapshot
  /// Told of every commit, in their order, under the writer's lock: rows of Append()
  /// calls up to `rows` (as rows_committed() counts) are in the table now.
  std::function<void(const iceberg::Snapshot& snapshot, int64_t rows)> committed =
      nullptr;
};

/// Thread-safe: calls take turns. A commit holds all rows that were appended before it:
/// the files of all partitions are closed for it, so that what is in the table is always
/// a prefix of what came. After an error of Append() or Tick() the writer is failed: what
/// was committed stays, what was not is aborted, but files of an unknown commit are kept.
/// Rows are written with the schema and spec that the table had at Open: a producer that
/// wants others opens a new writer. Snapshots say "tarn.stream-id" and
/// "tarn.stream-rows".
class StreamWriter {
 public:
  /// Errors: those of Catalog::LoadTable and TableWriter::Open; kInvalidData for a
  /// snapshot of the stream that does not say how many rows it had.
  static Result<std::shared_ptr<StreamWriter>> Open(const Context& context,
                                                    const iceberg::TableIdent& ident,
                                                    StreamWriterOptions options);
  virtual ~StreamWriter() = default;  // aborts what is not committed

  virtual Status Append(const arrow::RecordBatch& batch) = 0;
  /// Commits if a file has become due or full. Called by the timer, and by Append().
  virtual Status Tick() = 0;
  /// When Tick() has something to do next; unset while no rows wait. Never blocks.
  virtual std::optional<std::chrono::milliseconds> next_due() const = 0;
  /// Commits what there is now. nullopt if there was nothing.
  virtual Result<std::optional<iceberg::SnapshotId>> Flush() = 0;
  /// Flush(), and no Append() any more.
  virtual Status Close() = 0;

  /// Both over all writers of the stream.
  virtual int64_t rows_appended() const = 0;
  virtual int64_t rows_committed() const = 0;
  virtual std::vector<storage::OpenFileInfo> open_files() const = 0;
};

/// One thread that ticks writers within a tenth of a second of their being due, one after
/// the other, for a server. A writer that goes away elsewhere is forgotten. Errors of
/// Tick() are logged and stay with the writer, which gives them to its next caller.
class RotationTimer {
 public:
  explicit RotationTimer(Clock& clock);
  ~RotationTimer();  // stops; no Tick() is running afterwards
  RotationTimer(const RotationTimer&) = delete;
  RotationTimer& operator=(const RotationTimer&) = delete;

  void Add(std::weak_ptr<StreamWriter> writer);

 private:
  void Run();
  static void Tick(StreamWriter& writer);

  Clock& clock_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::weak_ptr<StreamWriter>> writers_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace tarn::table
