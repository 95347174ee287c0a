// Sorting more rows than memory holds: sorted runs go to disk and are merged.
//
//   ARROW_ASSIGN_OR_RAISE(auto sorter, RowSorter::Make(schema, plan, options));
//   RETURN_NOT_OK(sorter->Append(batch));
//   RETURN_NOT_OK(sorter->Drain([&](const auto& rows) { return Write(*rows); }));
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <semaphore>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/storage/internal/row_key.h"
#include "tarn/storage/internal/sort_run.h"
#include "tarn/storage/internal/spill_file.h"
#include "tarn/storage/write_memory.h"

namespace tarn::storage {

struct RowSorterOptions {
  /// Rows that wait, and all that sorting and merging them takes.
  int64_t memory_bytes_max = int64_t{256} << 20;
  /// A budget shared with others, which may be less; unset: there are no others.
  std::shared_ptr<WriteMemory> memory = nullptr;
  int64_t batch_rows_max = 65'536;  // of sorted batches
  /// Makes the files of runs.
  std::function<Result<std::shared_ptr<SpillFile>>()> open_spill;
};

/// Stable. Rows stay in memory if half of it is enough for them; else runs of about three
/// quarters of it are spilled and merged, in several passes if there are too many runs
/// for one. Thread-compatible, but for TryShrink(), which is called from other writers'
/// threads. Works on Arrow's CPU pool, so it may not be called from that pool's threads.
class RowSorter : public WriteMemory::User {
 public:
  using Sink = std::function<Status(const std::shared_ptr<arrow::RecordBatch>&)>;

  /// `plan` is of batches of `schema`.
  static Result<std::unique_ptr<RowSorter>> Make(std::shared_ptr<arrow::Schema> schema,
                                                 std::shared_ptr<const KeyPlan> plan,
                                                 RowSorterOptions options);
  ~RowSorter() override;
  RowSorter(const RowSorter&) = delete;
  RowSorter& operator=(const RowSorter&) = delete;

  /// Keeps `batch`. Errors: those of SpillFile, kOutOfMemory; nothing but Clear() is
  /// allowed after one.
  Status Append(std::shared_ptr<arrow::RecordBatch> batch);
  /// Gives all rows to `sink` in their order, and has none afterwards. Errors: those of
  /// `sink` and of SpillFile.
  Status Drain(const Sink& sink);
  void Clear();

  bool empty() const { return num_rows_ == 0; }
  int64_t num_rows() const { return num_rows_; }
  /// Since the sorter was made.
  int64_t num_runs() const { return num_runs_; }
  int64_t num_merges() const { return num_merges_; }
  int64_t bytes_spilled() const { return bytes_spilled_; }

  bool TryShrink(int64_t bytes) override;

 private:
  using Batches = std::vector<std::shared_ptr<arrow::RecordBatch>>;
  using Runs = std::vector<std::shared_ptr<const SortRun>>;

  RowSorter(std::shared_ptr<arrow::Schema> schema, std::shared_ptr<const KeyPlan> plan,
            RowSorterOptions options);
  int64_t memory_allowed() const;
  int64_t block_bytes() const;
  int64_t bytes_held() const;
  void Account(int64_t bytes);
  /// Puts the many small batches at the end of those that wait into one.
  Status JoinSmall();
  /// The rows that wait become a run.
  Status Spill();
  Status DrainMemory(const Sink& sink);
  Status DrainRuns(const Sink& sink);
  /// Merges neighbouring runs until `runs_max` are left.
  Status ReduceRuns(size_t runs_max);
  Result<std::shared_ptr<const SortRun>> MergeRuns(const Runs& runs);
  size_t RunsAtOnce() const;
  int64_t RowsOfBytes(int64_t bytes) const;
  void Forget();

  const std::shared_ptr<arrow::Schema> schema_;
  const std::shared_ptr<const KeyPlan> plan_;
  const RowSorterOptions options_;
  std::binary_semaphore at_work_{1};  // guards what follows against TryShrink()
  Batches waiting_;
  size_t num_small_ = 0;  // batches at the end of waiting_
  int64_t waiting_rows_ = 0;
  int64_t waiting_bytes_ = 0;
  Runs runs_;
  Status shrink_failure_;  // of TryShrink(), for the next call
  int64_t num_rows_ = 0;
  int64_t total_bytes_ = 0;  // of num_rows_ in memory
  int64_t num_runs_ = 0;
  int64_t num_merges_ = 0;
  int64_t bytes_spilled_ = 0;
  std::unique_ptr<WriteMemory::Account> account_;
};

}  // namespace tarn::storage
