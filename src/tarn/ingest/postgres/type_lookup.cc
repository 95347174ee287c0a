#include "tarn/ingest/postgres/type_lookup.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace tarn::ingest::postgres {
namespace {

constexpr int kDepthMax = 16;  // of types in types
constexpr uint32_t kNumericOid = 1700;
constexpr uint32_t kMoneyOid = 790;

struct Known {
  uint32_t oid;
  Form form;
};

/// Oids of PostgreSQL's own types never change.
constexpr auto kKnown = std::to_array<Known>({
    {16, Form::kBool},        {17, Form::kBytes},     {19, Form::kText},
    {20, Form::kInt64},       {21, Form::kInt16},     {23, Form::kInt32},
    {25, Form::kText},        {26, Form::kOid},       {114, Form::kText},
    {700, Form::kFloat32},    {701, Form::kFloat64},  {1042, Form::kText},
    {1043, Form::kText},      {1082, Form::kDate},    {1083, Form::kTime},
    {1114, Form::kTimestamp}, {1184, Form::kInstant}, {2950, Form::kUuid},
    {3802, Form::kJsonb},
});

ReadAs AsText() { return {.type = {.form = Form::kText}, .cast = "::text"}; }

uint32_t OidOf(const std::optional<std::string>& text) {
  uint32_t oid = 0;
  if (text) {
    std::from_chars(text->data(), text->data() + text->size(), oid);
  }
  return oid;
}

int32_t NumberOf(const std::optional<std::string>& text) {
  int32_t number = -1;
  if (text) {
    std::from_chars(text->data(), text->data() + text->size(), number);
  }
  return number;
}

}  // namespace

/// A modifier holds precision and scale; the scale has 11 bits and a sign.
ReadAs TypeLookup::NumericOf(int32_t modifier) const {
  constexpr int32_t kHead = 4;
  constexpr int32_t kDigitsMax = 38;
  if (modifier < kHead) {
    switch (numeric_) {
      case AsNumeric::kDecimal:
        return {.type = {.form = Form::kNumeric}};
      case AsNumeric::kDouble:
        return {.type = {.form = Form::kFloat64}, .cast = "::float8"};
      case AsNumeric::kText:
        return AsText();
    }
  }
  const int32_t packed = modifier - kHead;
  const int32_t precision = (packed >> 16) & 0xFFFF;
  const int32_t scale = ((packed & 0x7FF) ^ 0x400) - 0x400;
  // numeric(3, -2) has five digits before the point, numeric(2, 5) five behind it.
  const int32_t digits = scale < 0 ? precision - scale : std::max(precision, scale);
  if (digits > kDigitsMax) {
    return AsText();
  }
  return {
      .type = {.form = Form::kNumeric, .precision = digits, .scale = std::max(scale, 0)}};
}

Result<ReadAs> TypeLookup::ArrayOf(uint32_t element, int32_t modifier, int depth) {
  ARROW_ASSIGN_OR_RAISE(ReadAs read, Find(element, modifier, depth + 1));
  const std::string cast = read.cast.empty() ? "" : read.cast + "[]";
  return ReadAs{
      .type = {.form = Form::kArray, .members = {{"element", std::move(read.type)}}},
      .cast = cast};
}

Result<ReadAs> TypeLookup::CompositeOf(uint32_t relation, int depth) {
  ARROW_ASSIGN_OR_RAISE(
      const auto rows,
      connection_.Query("SELECT attname, atttypid, atttypmod FROM pg_attribute "
                        "WHERE attrelid = $1::oid AND attnum > 0 AND NOT attisdropped "
                        "ORDER BY attnum",
                        {std::to_string(relation)}));
  ReadAs read{.type = {.form = Form::kComposite}};
  for (const TextRow& row : rows) {
    ARROW_ASSIGN_OR_RAISE(ReadAs member,
                          Find(OidOf(row[1]), NumberOf(row[2]), depth + 1));
    if (!member.cast.empty()) {
      return AsText();  // nothing can be cast inside of it
    }
    read.type.members.push_back({row[0].value_or(""), std::move(member.type)});
  }
  return rows.empty() ? AsText() : read;
}

Result<ReadAs> TypeLookup::Find(uint32_t oid, int32_t modifier, int depth) {
  if (oid == kNumericOid) {
    return NumericOf(modifier);
  }
  if (oid == kMoneyOid) {
    return ReadAs{.type = {.form = Form::kNumeric, .precision = 38, .scale = 2},
                  .cast = "::numeric(38, 2)"};
  }
  const auto known = std::ranges::find(kKnown, oid, &Known::oid);
  if (known != kKnown.end()) {
    return ReadAs{.type = {.form = known->form}};
  }
  if (depth >= kDepthMax) {
    return AsText();
  }
  ARROW_ASSIGN_OR_RAISE(
      const auto rows,
      connection_.Query("SELECT typtype, typcategory, typelem, typbasetype, typtypmod, "
                        "typrelid FROM pg_type WHERE oid = $1::oid",
                        {std::to_string(oid)}));
  if (rows.empty()) {
    return AsText();
  }
  const TextRow& row = rows.front();
  const std::string kind = row[0].value_or("");
  if (kind == "d") {
    const int32_t own = NumberOf(row[4]);
    return Find(OidOf(row[3]), own >= 0 ? own : modifier, depth + 1);
  }
  if (kind == "e") {
    return ReadAs{.type = {.form = Form::kText}};
  }
  if (kind == "c") {
    return CompositeOf(OidOf(row[5]), depth);
  }
  if (row[1] == "A" && OidOf(row[2]) != 0) {
    return ArrayOf(OidOf(row[2]), modifier, depth);
  }
  return AsText();
}

}  // namespace tarn::ingest::postgres
