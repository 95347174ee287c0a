// A set of rows of a few columns, made for asking which of a million other rows are in
// it: the keys of equality deletes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/iceberg/data_file.h"
#include "tarn/iceberg/type.h"

namespace tarn::storage {

/// Null equals null; strings and binaries are equal by their bytes, all else by value.
/// Asking is thread-safe once nobody adds.
class KeySet {
 public:
  /// Types of the columns: primitive, but neither float nor double.
  explicit KeySet(std::vector<iceberg::Type> types);

  /// Adds the rows of `columns`, arrays of equal length of the types' ArrowTypeOf.
  /// Errors: kResourceLimit (more keys than 2^31).
  Status Add(const arrow::ArrayVector& columns);
  /// Adds the keys of a set of the same types.
  Status Add(const KeySet& other);

  /// Appends the numbers of the rows of `columns` that are in the set to `rows`,
  /// ascending.
  void Find(const arrow::ArrayVector& columns, std::vector<uint32_t>* rows) const;

  /// False only if no row of a file or row group with these statistics is in the set;
  /// `field_ids` are those of the set's columns.
  bool MayHoldAny(const std::vector<iceberg::FieldId>& field_ids,
                  const std::vector<iceberg::ColumnStats>& stats) const;

  int64_t size() const { return num_keys_; }
  int64_t memory_bytes() const;

 private:
  struct Slot {
    uint64_t hash = 0;    // 0: free
    uint64_t offset = 0;  // of the key in bytes_
  };
  /// What the values of one column span.
  struct Span {
    bool has_null = false;
    iceberg::Value min;
    iceberg::Value max;
    std::vector<iceberg::Value> values;  // all of them, sorted, unless there are many
    bool many = false;
  };

  Status Insert(uint64_t hash, std::string_view key);
  std::string_view KeyAt(uint64_t offset) const;
  void Grow();
  void AddValue(size_t column, iceberg::Value value);
  void SortValues(size_t column);
  bool SpanMeets(size_t column, const iceberg::ColumnStats& stats) const;

  std::vector<iceberg::Type> types_;
  std::vector<Span> spans_;
  std::vector<Slot> slots_;  // a power of two; open addressing
  std::string bytes_;        // keys, each with its length before it
  int64_t num_keys_ = 0;
};

}  // namespace tarn::storage
