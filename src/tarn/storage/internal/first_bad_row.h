// Finding the row that an error is about, after a vectorised check has failed.
#pragma once

#include <cstdint>

namespace tarn::storage {

/// The first row that makes `prefix_is_fine(n)` (are rows 0…n-1 fine?) false, given that
/// it is false for all `num_rows`. Asks log2(num_rows) times.
template <typename PrefixIsFine>
int64_t FirstBadRow(int64_t num_rows, const PrefixIsFine& prefix_is_fine) {
  int64_t fine = 0;
  int64_t bad = num_rows;
  while (bad - fine > 1) {
    const int64_t middle = fine + (bad - fine) / 2;
    (prefix_is_fine(middle) ? fine : bad) = middle;
  }
  return fine;
}

}  // namespace tarn::storage
