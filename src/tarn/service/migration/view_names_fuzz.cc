// Any text as a view's: what moves stays text, and moving never fails.
#include <cstddef>
#include <cstdint>
#include <string>

#include "tarn/base/error.h"
#include "tarn/service/migration/view_names.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using tarn::iceberg::Namespace;
  if (size == 0) {
    return 0;
  }
  constexpr const char* kDialects[] = {"trino", "spark", "duckdb"};
  const std::string sql(reinterpret_cast<const char*>(data) + 1, size - 1);
  const tarn::service::MovedNames names =
      tarn::service::MovedNames::OfScope(Namespace{{"a"}}, Namespace{{"b", "c"}});
  const tarn::service::MovedText moved =
      tarn::service::MoveNames({.sql = sql, .dialect = kDialects[data[0] % 3]},
                               {.names = names,
                                .source_catalogs = {"w"},
                                .destination_catalog = "v",
                                .default_namespace = {{"a"}},
                                .new_default_namespace = {{"b", "c"}}});
  TARN_CHECK(moved.names_rewritten > 0 || moved.sql == sql);
  return 0;
}
