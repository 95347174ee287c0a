// Casts from text, with the texts that Trino accepts and the messages that it has for
// others.
#include <limits>

#include <duckdb/common/types/date.hpp>
#include <duckdb/common/types/timestamp.hpp>
#include <fmt/format.h>

#include "tarn/engine/internal/trino_functions/function_library.h"
#include "tarn/engine/internal/trino_functions/rounded_moment.h"
#include "tarn/engine/internal/trino_functions/trino_error.h"
#include "tarn/engine/internal/trino_functions/typed_scalar.h"
#include "tarn/engine/internal/trino_functions/value_text.h"

namespace tarn::engine {
namespace {

[[noreturn]] void CannotCast(std::string_view text, std::string_view type) {
  ThrowTrino(kInvalidCast, fmt::format("Cannot cast '{}' to {}", text, type));
}

[[noreturn]] void CannotBe(std::string_view text, std::string_view type) {
  ThrowTrino(kInvalidCast, fmt::format("Value cannot be cast to {}: {}", type, text));
}

template <typename T>
T IntegerOf(std::string_view text, std::string_view type) {
  const auto value = ParseInteger(text);
  if (!value || *value < std::numeric_limits<T>::min() ||
      *value > std::numeric_limits<T>::max()) {
    CannotCast(text, type);
  }
  return static_cast<T>(*value);
}

int8_t ToTinyint(std::string_view text) { return IntegerOf<int8_t>(text, "TINYINT"); }
int16_t ToSmallint(std::string_view text) { return IntegerOf<int16_t>(text, "SMALLINT"); }
int32_t ToInteger(std::string_view text) { return IntegerOf<int32_t>(text, "INT"); }
int64_t ToBigint(std::string_view text) { return IntegerOf<int64_t>(text, "BIGINT"); }

double ToDouble(std::string_view text) {
  const auto value = ParseDouble(text);
  if (!value) {
    CannotCast(text, "DOUBLE");
  }
  return *value;
}

float ToReal(std::string_view text) {
  const auto value = ParseDouble(text);
  if (!value) {
    CannotCast(text, "REAL");
  }
  return static_cast<float>(*value);
}

bool ToBoolean(std::string_view text) {
  const auto value = ParseBoolean(text);
  if (!value) {
    CannotCast(text, "BOOLEAN");
  }
  return *value;
}

std::optional<duckdb::date_t> DateOf(const MomentText& moment) {
  duckdb::date_t date;
  if (!duckdb::Date::TryFromDate(moment.year, moment.month, moment.day, date)) {
    return {};
  }
  return date;
}

duckdb::date_t ToDate(std::string_view text) {
  const auto moment = ParseMoment(text);
  if (!moment || moment->has_time) {
    CannotBe(text, "date");
  }
  const auto date = DateOf(*moment);
  if (!date) {
    CannotBe(text, "date");
  }
  return *date;
}

duckdb::dtime_t ToTime(std::string_view text) {
  const auto micros = ParseTimeOfDay(text);
  if (!micros) {
    CannotBe(text, "time");
  }
  return duckdb::dtime_t(*micros);
}

/// The local date and time; its zone is left aside.
duckdb::timestamp_t ToTimestamp(std::string_view text, int64_t digits) {
  const auto moment = ParseMoment(text);
  const auto date = moment ? DateOf(*moment) : std::nullopt;
  duckdb::timestamp_t timestamp;
  if (!date ||
      !duckdb::Timestamp::TryFromDatetime(*date, duckdb::dtime_t(0), timestamp)) {
    CannotBe(text, "timestamp");
  }
  return duckdb::timestamp_t(RoundedMicros(timestamp.value + moment->micros, digits));
}

duckdb::timestamp_t RoundTimestamp(duckdb::timestamp_t timestamp, int64_t digits) {
  return duckdb::timestamp_t(RoundedMicros(timestamp.value, digits));
}

/// The zone of a text with one; unset without.
std::optional<std::string> ZoneIn(std::string_view text) {
  const auto moment = ParseMoment(text);
  if (!moment || moment->zone.empty()) {
    return {};
  }
  return moment->zone;
}

}  // namespace

void AddTextCasts(FunctionLibrary& library) {
  const auto internal = [&](duckdb::ScalarFunction function) {
    library.Add(std::move(function), Reach::kTranslatorOnly);
  };
  internal(Typed<&ToTinyint>("text_to_tinyint"));
  internal(Typed<&ToSmallint>("text_to_smallint"));
  internal(Typed<&ToInteger>("text_to_integer"));
  internal(Typed<&ToBigint>("text_to_bigint"));
  internal(Typed<&ToDouble>("text_to_double"));
  internal(Typed<&ToReal>("text_to_real"));
  internal(Typed<&ToBoolean>("text_to_boolean"));
  internal(Typed<&ToDate>("text_to_date"));
  internal(Typed<&ToTime>("text_to_time"));
  internal(Typed<&ToTimestamp>("text_to_timestamp"));
  internal(Typed<&RoundTimestamp>("round_timestamp"));
  internal(Typed<&ZoneIn>("zone_in_text"));
}

}  // namespace tarn::engine
