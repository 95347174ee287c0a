// Any text: the parsers return a value or a syntax error, and never more.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tarn/sql/filter.h"
#include "tarn/sql/parser.h"
#include "tarn/sql/type_name.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(tarn::sql::ParseStatement(text));
  static_cast<void>(tarn::sql::ParseFilter(text));
  static_cast<void>(tarn::sql::ParseTypeName(text));
  return 0;
}
