// Any path (the first row) on any JSON (the rest): rows or one of Trino's errors, and
// never more. The first row as a plan, too.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>

#include "tarn/engine/internal/trino_functions/json_table_rows.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using tarn::engine::JsonTablePlan;
  using tarn::engine::JsonTableStep;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t end = text.find('\n');
  const std::string_view path = text.substr(0, end);
  const std::string_view json =
      end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  if (const auto plan = tarn::engine::ReadJsonTablePlan(path)) {
    const std::string written = tarn::engine::WriteJsonTablePlan(*plan);
    const auto again = tarn::engine::ReadJsonTablePlan(written);
    if (!again || tarn::engine::WriteJsonTablePlan(*again) != written) {
      std::abort();
    }
  }
  JsonTableStep inner{.path = std::string(path),
                      .number = 1,
                      .columns = {0},
                      .column_paths = {std::string(path)}};
  JsonTableStep root{.path = "lax $", .parts = {std::move(inner)}};
  try {
    tarn::engine::JsonTableReader reader(
        {.num_paths = 2, .num_columns = 1, .root = std::move(root)});
    reader.Read(json, "{\"m\":1}", [](const tarn::engine::JsonTableRow&) {});
  } catch (const std::exception&) {
    return 0;  // what Trino calls its errors
  }
  return 0;
}
