// Texts that are parts of keys: strings, binaries and long fixed values, as their
// transforms leave them.
#pragma once

#include <cstdint>
#include <string_view>

#include <arrow/type_fwd.h>

#include "tarn/storage/internal/row_key.h"

namespace tarn::storage {

/// The value at `row`, which is not null, of a text part's source column. Valid as long
/// as the column is.
std::string_view KeyTextAt(const KeyPart& part, const arrow::Array& column, int64_t row);

/// True if the text of a key whose bytes of `part` begin at `bytes` goes on in the
/// column.
inline bool IsCut(const KeyPart& part, const uint8_t* bytes) {
  const uint8_t length = bytes[KeyPart::kTextBytes + 1];
  const bool descending = part.direction == iceberg::SortDirection::kDescending;
  constexpr uint8_t kLonger = KeyPart::kTextBytes + 1;
  return bytes[0] == 1 &&
         length == (descending ? static_cast<uint8_t>(~kLonger) : kLonger);
}

}  // namespace tarn::storage
