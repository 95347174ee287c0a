// Whether two tables hold the same rows: a checksum that does not depend on their order,
// on the files they are in, or on the order of columns.
//
//   RowChecksum checksum;
//   RETURN_NOT_OK(checksum.Add(*batch));       // of all batches, in any order
//   if (checksum.Text() == other.Text()) …
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"

namespace tarn::ingest {

/// The sum, modulo 2^256, of the SHA-256 of each row, hashed with the number of rows. A
/// row's bytes are those of its columns in the order of their names: integers of all
/// widths alike, so that a column that was widened keeps its sum, floats as doubles,
/// decimals with their scale, times to the nanosecond, maps in the order of their keys.
/// Thread-compatible: each thread has its own, and they are merged.
class RowChecksum {
 public:
  /// Told of each row: its number in the batch and its SHA-256, 32 bytes.
  using RowVisitor = std::function<void(int64_t row, const std::string& digest)>;

  /// Errors: kNotSupported for types that have no bytes of their own.
  Status Add(const arrow::RecordBatch& rows, const RowVisitor& visit = {});
  void Merge(const RowChecksum& other);

  int64_t num_rows() const { return num_rows_; }
  /// 64 hexadecimal digits.
  std::string Text() const;

 private:
  void AddDigest(const std::string& digest);

  std::array<uint64_t, 4> sum_ = {};  // the least significant first
  int64_t num_rows_ = 0;
};

}  // namespace tarn::ingest
