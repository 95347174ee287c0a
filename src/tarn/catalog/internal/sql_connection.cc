#include "tarn/catalog/internal/sql_connection.h"

#include <charconv>

namespace tarn::catalog::internal {

int64_t SqlRow::Int64(std::string_view column) const {
  const std::optional<std::string> text = Text(column);
  int64_t number = 0;
  if (text) {
    std::from_chars(text->data(), text->data() + text->size(), number);
  }
  return number;
}

}  // namespace tarn::catalog::internal
