// Values of procedures' arguments: what a parameter takes, however it is spelled.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <duckdb/common/types/value.hpp>

#include "tarn/base/result.h"

namespace duckdb {
class ClientContext;
}  // namespace duckdb

namespace tarn::engine::procedures {

enum class Kind : uint8_t {
  kText,
  kTable,     // a name, "schema.table", with its catalog or without
  kLong,      // texts of digits too
  kInteger,   // 32 bits
  kBoolean,   // 'true' and 'false' too
  kInstant,   // milliseconds since the Unix epoch
  kLongs,     // a list, or one
  kTexts,     // a list, or one
  kTextMap,   // values as texts
  kDuration,  // '7d': milliseconds
  kSize,      // '128MB', or a number: bytes
};

/// "varchar", "array(bigint)": as Trino writes the type of such an argument.
std::string TypeTextOf(Kind kind);

using TextMap = std::map<std::string, std::string>;
using ArgumentValue = std::variant<bool, int64_t, std::string, std::vector<int64_t>,
                                   std::vector<std::string>, TextMap>;

/// A number this small is an age in milliseconds where an instant is asked for, a larger
/// one milliseconds since the Unix epoch: 100 billion are 3 years, or March 1973.
inline constexpr int64_t kAgeMax = 100'000'000'000;

/// `value`, which is not null, as `kind` holds it. An instant is a timestamp (without a
/// zone: in the session's), a date, such a text, a number (see kAgeMax) or an age such as
/// '7d' before `now`. Errors: kInvalidArgument, which says what was expected. May throw
/// DuckDB's exceptions.
Result<ArgumentValue> ConvertArgument(duckdb::ClientContext& context, Kind kind,
                                      const duckdb::Value& value,
                                      std::chrono::milliseconds now);

/// Bytes of a number or of a text such as "128MB", whose units are powers of 1024, as
/// Trino's are. Errors: kInvalidArgument.
Result<int64_t> ParseDataSize(std::string_view text);

/// "7.00d", "1.50h": as Trino shows durations.
std::string DurationText(std::chrono::milliseconds duration);

}  // namespace tarn::engine::procedures
