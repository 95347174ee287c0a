// Joins the six maps of a data file's statistics into one row per column.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "tarn/iceberg/data_file.h"

namespace tarn::iceberg::internal {

/// Writers give all six maps the same keys in the same order, so the next key is nearly
/// always in the next row. Any other order works too, in O(n log n).
class ColumnStatsBuilder {
 public:
  explicit ColumnStatsBuilder(std::vector<ColumnStats>* rows) : rows_(*rows) {}

  /// Call before a map whose remaining bytes can hold `items` more items.
  void Expect(size_t items) {
    if (rows_.capacity() == 0) {
      rows_.reserve(items);
    }
  }

  /// The row of `id`, made if there is none; valid until the next call.
  ColumnStats& Row(FieldId id) {
    if (next_ < rows_.size() && rows_[next_].field_id == id) {
      return rows_[next_++];
    }
    bool at_sorted_end = next_ == rows_.size() && next_ == sorted_;
    if (!at_sorted_end || (next_ > 0 && rows_.back().field_id >= id)) {
      return Search(id);
    }
    ++next_;
    ++sorted_;
    return Append(id);
  }

  /// Ends a map: rows ascend by field id again, one per column.
  void EndMap() {
    next_ = 0;
    if (sorted_ == rows_.size()) {
      return;
    }
    std::stable_sort(rows_.begin(), rows_.end(),
                     [](const ColumnStats& a, const ColumnStats& b) {
                       return a.field_id < b.field_id;
                     });
    size_t kept = 0;
    for (size_t i = 1; i < rows_.size(); ++i) {
      if (rows_[i].field_id == rows_[kept].field_id) {
        Absorb(std::move(rows_[i]), &rows_[kept]);
      } else if (++kept != i) {
        rows_[kept] = std::move(rows_[i]);
      }
    }
    rows_.resize(kept + 1);
    sorted_ = rows_.size();
  }

 private:
  ColumnStats& Search(FieldId id) {
    auto sorted_end = rows_.begin() + static_cast<std::ptrdiff_t>(sorted_);
    auto it =
        std::lower_bound(rows_.begin(), sorted_end, id,
                         [](const ColumnStats& a, FieldId b) { return a.field_id < b; });
    if (it != sorted_end && it->field_id == id) {
      next_ = static_cast<size_t>(it - rows_.begin()) + 1;
      return *it;
    }
    if (it == sorted_end && sorted_ == rows_.size()) {
      ++sorted_;
    }
    next_ = rows_.size() + 1;
    return Append(id);
  }

  ColumnStats& Append(FieldId id) {
    ColumnStats& row = rows_.emplace_back();
    row.field_id = id;
    return row;
  }

  /// A key met twice: what came later wins.
  static void Absorb(ColumnStats&& from, ColumnStats* to) {
    if (from.column_size) {
      to->column_size = from.column_size;
    }
    if (from.value_count) {
      to->value_count = from.value_count;
    }
    if (from.null_count) {
      to->null_count = from.null_count;
    }
    if (from.nan_count) {
      to->nan_count = from.nan_count;
    }
    if (from.lower_bound) {
      to->lower_bound = std::move(from.lower_bound);
    }
    if (from.upper_bound) {
      to->upper_bound = std::move(from.upper_bound);
    }
  }

  std::vector<ColumnStats>& rows_;
  size_t sorted_ = 0;  // rows before this ascend; later ones are as they came
  size_t next_ = 0;
};

}  // namespace tarn::iceberg::internal
