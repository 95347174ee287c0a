// What is known of a set of rows after one pass over it: how many they are, their
// checksum, and a sample that two equal sets have in common.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/ingest/row_checksum.h"

namespace tarn::service {

/// Thread-compatible: each thread has its own, and they are merged.
class RowTally {
 public:
  static constexpr size_t kSampleRows = 20;

  enum class Depth { kCount, kChecksum };
  /// `columns`: those that are looked at, by name; empty: all.
  explicit RowTally(Depth depth = Depth::kChecksum, std::vector<std::string> columns = {})
      : depth_(depth), columns_(std::move(columns)) {}

  /// Errors: kNotSupported for types without a checksum; kNoSuchColumn.
  Status Add(const arrow::RecordBatch& rows);
  void Merge(const RowTally& other);

  int64_t num_rows() const { return num_rows_; }
  /// Empty if rows are only counted.
  std::string checksum() const;
  /// The rows of the smallest digests, as JSON text by digest.
  const std::map<std::string, std::string>& sample() const { return sample_; }

 private:
  void Keep(const std::string& digest, const arrow::RecordBatch& rows, int64_t row);

  Depth depth_;
  std::vector<std::string> columns_;
  int64_t num_rows_ = 0;
  ingest::RowChecksum checksum_;
  std::map<std::string, std::string> sample_;
};

/// The columns of this name of `rows`. Errors: kNoSuchColumn.
Result<std::shared_ptr<arrow::RecordBatch>> SelectColumns(
    const arrow::RecordBatch& rows, const std::vector<std::string>& columns);

/// A row as JSON, long values cut off: for people.
std::string RowText(const arrow::RecordBatch& rows, int64_t row);

}  // namespace tarn::service
