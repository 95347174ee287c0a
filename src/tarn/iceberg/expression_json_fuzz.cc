// Filters from outside: nothing of them may crash, and what is read back from what was
// read must mean the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "tarn/base/json_fields.h"
#include "tarn/iceberg/client_filter.h"
#include "tarn/iceberg/expression_json.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using tarn::iceberg::Type;
  static const auto schema =
      tarn::iceberg::Schema::Make(tarn::iceberg::SchemaId{{0}},
                                  {{.id = 1, .name = "id", .type = Type::Long()},
                                   {.id = 2, .name = "name", .type = Type::String()},
                                   {.id = 3, .name = "day", .type = Type::Date()},
                                   {.id = 4, .name = "at", .type = Type::TimestampTz()},
                                   {.id = 5, .name = "p", .type = Type::Decimal(9, 2)},
                                   {.id = 6, .name = "x", .type = Type::Double()}})
          .ValueOrDie();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto json = tarn::ParseJson(text, "filter");
  if (!json.ok()) {
    return 0;
  }
  const auto read = tarn::iceberg::ClientFilterFromJson(
      *json, *schema, tarn::iceberg::NameCase::kInsensitive);
  if (!read.ok()) {
    return 0;
  }
  const std::string written = tarn::iceberg::ExpressionToJson(read->filter, *schema);
  const auto again = tarn::iceberg::ClientFilterFromJson(
      *tarn::ParseJson(written, "filter"), *schema, tarn::iceberg::NameCase::kSensitive);
  const bool is_same = again.ok() && again->is_exact &&
                       tarn::iceberg::ExpressionToJson(again->filter, *schema) == written;
  if (!is_same) {
    std::abort();
  }
  return 0;
}
