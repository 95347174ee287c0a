// Where a value sits in a batch: its row, the way to it, and whether it counts at all.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include <arrow/type_fwd.h>

namespace tarn::storage {

/// A column, or the values at one place inside of it. Made on the stack of a walk down
/// the types; what it points at outlives it. Values are numbered from 0 within the array
/// that the walk looks at.
struct Place {
  enum class Kind : uint8_t { kColumn, kField, kElement, kKey, kValue };

  Kind kind = Kind::kColumn;
  std::string_view name;                // of a column or a struct's field
  const Place* parent = nullptr;        // unset for a column
  const arrow::Array* above = nullptr;  // the structs, lists or maps that hold the values
  int64_t first = 0;  // of lists and maps: number of value 0 among all of theirs
};

/// The row of value `i`, from 0 in its batch.
int64_t RowOf(const Place& place, int64_t i);

/// False if something above the value is null, so that the value is not there.
bool Counts(const Place& place, int64_t i);

/// "address.lines[3]", "attributes['k'].x", "attributes.key[2]": elements and entries
/// from 1.
std::string PathTo(const Place& place, int64_t i);

/// Value `i` for a message: text in quotes, bytes in hexadecimal digits, both cut at 40
/// characters, "null" for null. Never fails.
std::string ValueText(const arrow::Array& array, int64_t i);

/// Why a row does not fit.
struct BadValue {
  std::string path;
  std::string problem;
};

/// Rows of a batch that do not fit, with the first reason found for each.
class BadRows {
 public:
  enum class Wanted : uint8_t { kFirst, kAll };
  explicit BadRows(Wanted wanted) : wanted_(wanted) {}

  /// Adds the row of value `i`, unless it is not wanted; `problem()` gives the text.
  template <typename Problem>
  void Add(const Place& place, int64_t i, const Problem& problem) {
    const int64_t row = RowOf(place, i);
    if (!Wants(row)) {
      return;
    }
    if (wanted_ == Wanted::kFirst) {
      rows_.clear();
    }
    rows_.emplace(row, BadValue{.path = PathTo(place, i), .problem = problem()});
  }

  const std::map<int64_t, BadValue>& rows() const { return rows_; }
  bool empty() const { return rows_.empty(); }

 private:
  bool Wants(int64_t row) const {
    if (wanted_ == Wanted::kAll) {
      return !rows_.contains(row);
    }
    return rows_.empty() || row < rows_.begin()->first;
  }

  Wanted wanted_;
  std::map<int64_t, BadValue> rows_;
};

}  // namespace tarn::storage
