// Rows as a scrape gathers them, page after page, before anybody knows their types.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tarn/base/result.h"

namespace tarn::ingest::web {

struct Cell {
  enum class Kind : uint8_t {
    kNull,
    kText,    // of a page: may be a number
    kString,  // of JSON: is none
    kNumber,  // of JSON
    kBool,    // of JSON: "true", "false"
    kNested,  // of JSON: an object or array, as JSON text
  };
  Kind kind = Kind::kNull;
  std::string text = {};
};

/// Thread-compatible.
class RowSet {
 public:
  explicit RowSet(int64_t bytes_max) : bytes_max_(bytes_max) {}

  /// The column called `name`, as the page has it; made if it is new.
  size_t ColumnOf(std::string_view name);
  /// A row of cells by columns; columns that are not named are null. Errors:
  /// kResourceLimit.
  Status Add(std::vector<std::pair<size_t, Cell>> cells);

  const std::vector<std::string>& names() const { return names_; }
  int64_t num_rows() const { return num_rows_; }
  /// The cells of one column; may be fewer than rows: the rest is null.
  const std::vector<Cell>& column(size_t index) const { return columns_[index]; }

 private:
  int64_t bytes_max_;
  int64_t bytes_ = 0;
  int64_t num_rows_ = 0;
  std::vector<std::string> names_;
  std::map<std::string, size_t, std::less<>> index_;
  std::vector<std::vector<Cell>> columns_;
};

/// Columns of one row set; more are refused.
inline constexpr size_t kColumnsMax = 2'000;

}  // namespace tarn::ingest::web
