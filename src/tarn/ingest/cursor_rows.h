// The rows of a load that takes only what is new, at the two ends of its span: rows with
// the last load's greatest value, which were taken already or came since, and rows with
// this one's, which the next load must know again.
//
//   auto rows = std::make_unique<CursorRows>(std::move(source), options);
//   …                                     // read to the end
//   rows->AtEnd();                        // kept, and `taken` of the next load
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/ingest/source.h"

namespace tarn::ingest {

/// The two last columns of the source: 1 for rows at the beginning and at the end of the
/// span, else 0 or null.
inline constexpr char kAtBeginColumn[] = "tarn_cursor_at_begin";
inline constexpr char kAtEndColumn[] = "tarn_cursor_at_end";

struct CursorRowsOptions {
  std::vector<std::string> key = {};  // columns that tell rows apart; empty: all
  /// Of rows at the beginning that were taken: as AtEnd() gave them.
  std::multiset<std::string> taken = {};
  size_t at_end_max = 0;  // more of them fail the load
};

/// `source` without those two columns and without the rows that were taken.
/// Thread-compatible.
class CursorRows final : public Source {
 public:
  /// Errors: kNoSuchColumn for a column of the key.
  static Result<std::unique_ptr<CursorRows>> Make(std::unique_ptr<Source> source,
                                                  CursorRowsOptions options);

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }
  Format format() const override { return source_->format(); }
  /// Errors: kCommitConflict when more than `at_end_max` rows are at the end.
  Result<std::shared_ptr<arrow::RecordBatch>> Next() override;
  Result<std::vector<engine::RejectedRow>> Rejects() override {
    return source_->Rejects();
  }
  std::optional<double> progress() const override { return source_->progress(); }
  std::string note() const override { return source_->note(); }

  /// Eight characters for each row at the end, those that were taken before too.
  const std::vector<std::string>& AtEnd() const { return at_end_; }

 private:
  CursorRows(std::unique_ptr<Source> source, CursorRowsOptions options)
      : source_(std::move(source)), options_(std::move(options)) {}
  Result<std::vector<std::string>> MarksOf(const arrow::RecordBatch& rows) const;

  const std::unique_ptr<Source> source_;
  CursorRowsOptions options_;
  std::shared_ptr<arrow::Schema> schema_;
  std::vector<int> key_;  // columns
  std::vector<std::string> at_end_;
};

}  // namespace tarn::ingest
