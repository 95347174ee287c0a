// Connection strings as people write them: read without a fault, and none that is read
// differs once it is written again.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tarn/base/error.h"
#include "tarn/ingest/odbc/connection_string.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace odbc = tarn::ingest::odbc;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(odbc::ShownConnectionString(text));
  static_cast<void>(odbc::SecretsIn(text));
  const auto read = odbc::ParseConnectionString(text);
  if (!read.ok()) {
    return 0;
  }
  std::string written;
  for (const auto& [name, value] : *read) {
    written += odbc::AttributeText(name, value);
  }
  const auto again = odbc::ParseConnectionString(written);
  TARN_CHECK(again.ok() && *again == *read);
  return 0;
}
