// Which rows of a changelog cancel each other.
#include <algorithm>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "tarn/table/incremental_scan.h"

namespace tarn::table {
namespace {

/// Rows of one group cancel in pairs of a delete and an insert, each with the last one
/// before it that is left.
template <typename Key, typename KeyOf>
std::vector<size_t> Cancel(std::span<const ChangedRow> rows, KeyOf key_of) {
  std::vector<size_t> order(rows.size());
  for (size_t i = 0; i < order.size(); ++i) {
    order[i] = i;
  }
  std::ranges::stable_sort(order, {}, [&](size_t i) { return rows[i].ordinal; });
  std::map<Key, std::vector<size_t>> left;  // all of one operation
  for (const size_t i : order) {
    std::vector<size_t>& group = left[key_of(rows[i])];
    if (!group.empty() && rows[group.back()].operation != rows[i].operation) {
      group.pop_back();
    } else {
      group.push_back(i);
    }
  }
  std::vector<size_t> result;
  for (const auto& [key, group] : left) {
    result.insert(result.end(), group.begin(), group.end());
  }
  std::ranges::sort(result);
  return result;
}

}  // namespace

std::vector<size_t> RemoveCarryOvers(std::span<const ChangedRow> rows) {
  using Key = std::pair<int32_t, std::string_view>;
  return Cancel<Key>(rows,
                     [](const ChangedRow& row) { return Key(row.ordinal, row.row); });
}

std::vector<size_t> NetChanges(std::span<const ChangedRow> rows) {
  return Cancel<std::string_view>(rows, [](const ChangedRow& row) { return row.row; });
}

}  // namespace tarn::table
