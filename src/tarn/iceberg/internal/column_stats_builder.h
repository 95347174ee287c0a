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
  explicit ColumnStatsBuilder(std::vector<ColumnStats>* rows) : rows_(rows) { Refresh(); }

  /// Call before a map whose remaining bytes can hold `items` more items.
  void Expect(size_t items) {
    if (rows_->capacity() == 0) {
      rows_->reserve(items);
    }
    Refresh();
  }

  /// The row of `id`, made if there is none; valid until the next call.
  ColumnStats& Row(FieldId id) {
    if (next_ != end_ && next_->field_id == id) {
      return *next_++;
    }
    return Search(id);
  }

  /// Ends a map: rows ascend by field id again, one per column.
  void EndMap() {
    if (sorted_ != rows_->size()) {
      Sort();
    }
    Refresh();
  }

 private:
  /// Starts over at the first row.
  void Refresh() {
    next_ = rows_->data();
    end_ = next_ + rows_->size();
  }

  ColumnStats& Append(FieldId id) {
    ColumnStats& row = rows_->emplace_back();
    row.field_id = id;
    next_ = end_ = rows_->data() + rows_->size();
    return row;
  }

  ColumnStats& Search(FieldId id) {
    bool all_sorted = sorted_ == rows_->size();
    if (all_sorted && (rows_->empty() || rows_->back().field_id < id)) {
      ++sorted_;
      return Append(id);
    }
    ColumnStats* sorted_end = rows_->data() + sorted_;
    ColumnStats* found =
        std::lower_bound(rows_->data(), sorted_end, id,
                         [](const ColumnStats& a, FieldId b) { return a.field_id < b; });
    if (found == sorted_end || found->field_id != id) {
      return Append(id);
    }
    next_ = found + 1;
    return *found;
  }

  void Sort() {
    std::stable_sort(rows_->begin(), rows_->end(),
                     [](const ColumnStats& a, const ColumnStats& b) {
                       return a.field_id < b.field_id;
                     });
    size_t kept = 0;
    for (size_t i = 1; i < rows_->size(); ++i) {
      if ((*rows_)[i].field_id == (*rows_)[kept].field_id) {
        Absorb(std::move((*rows_)[i]), &(*rows_)[kept]);
      } else if (++kept != i) {
        (*rows_)[kept] = std::move((*rows_)[i]);
      }
    }
    rows_->resize(kept + 1);
    sorted_ = rows_->size();
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

  std::vector<ColumnStats>* rows_;
  size_t sorted_ = 0;            // rows before this ascend; later ones are as they came
  ColumnStats* next_ = nullptr;  // where the next key most likely is
  ColumnStats* end_ = nullptr;
};

}  // namespace tarn::iceberg::internal
