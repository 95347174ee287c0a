// Many batches as one list of rows that can be put into any order.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"

namespace tarn::storage {

/// Rows of equal columns, numbered through from 0. Immutable.
class RowList {
 public:
  using Batches = std::vector<std::shared_ptr<arrow::RecordBatch>>;

  /// Small batches are put together: `run_bytes_max` of data at most, since the offsets
  /// of text columns have 32 bits.
  static Result<RowList> Make(const Batches& batches,
                              int64_t run_bytes_max = int64_t{256} << 20);

  int64_t num_rows() const { return num_rows_; }
  const Batches& runs() const { return runs_; }

  /// The rows `order[0]`, `order[1]`, … in batches of at most `batch_rows_max`.
  Result<Batches> Gather(const std::vector<uint64_t>& order,
                         int64_t batch_rows_max) const;

 private:
  Result<std::shared_ptr<arrow::RecordBatch>> GatherBatch(const uint64_t* rows,
                                                          int64_t count) const;

  Batches runs_;
  std::vector<int64_t> starts_;  // number of each run's first row
  int64_t num_rows_ = 0;
};

/// Keys of rows, one after the other.
class RowKeys {
 public:
  void Add(std::string_view key) {
    ends_.push_back(bytes_.size() + key.size());
    bytes_.append(key);
  }
  size_t size() const { return ends_.size(); }
  std::string_view operator[](size_t row) const {
    const size_t begin = row == 0 ? 0 : ends_[row - 1];
    return std::string_view(bytes_).substr(begin, ends_[row] - begin);
  }
  /// Row numbers in the order of the keys' bytes; equal keys keep their order.
  std::vector<uint64_t> Order() const;

 private:
  std::string bytes_;
  std::vector<size_t> ends_;
};

}  // namespace tarn::storage
