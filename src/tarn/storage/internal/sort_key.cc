#include "tarn/storage/internal/sort_key.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "tarn/base/overload.h"

namespace tarn::storage {
namespace {

using iceberg::TypeId;

template <typename Unsigned>
void AppendBigEndian(Unsigned bits, std::string* key) {
  for (size_t shift = sizeof(Unsigned) * 8; shift > 0; shift -= 8) {
    key->push_back(static_cast<char>(static_cast<uint8_t>(bits >> (shift - 8))));
  }
}

/// Two's complement with the sign turned around orders as unsigned numbers do.
template <typename Unsigned>
Unsigned FlipSign(Unsigned bits) {
  return bits ^ (Unsigned{1} << (sizeof(Unsigned) * 8 - 1));
}

template <typename Unsigned, typename Float>
Unsigned FloatBits(Float value) {
  if (std::isnan(value)) {
    value = std::numeric_limits<Float>::quiet_NaN();  // with a positive sign
  }
  const auto bits = std::bit_cast<Unsigned>(value);
  const bool negative = (bits >> (sizeof(Unsigned) * 8 - 1)) != 0;
  return negative ? ~bits : FlipSign(bits);
}

/// A zero byte becomes two bytes and two zero bytes end the text: shorter ones come
/// first.
void AppendText(const std::string& text, std::string* key) {
  for (const char c : text) {
    key->push_back(c);
    if (c == '\0') {
      key->push_back('\xff');
    }
  }
  key->append(2, '\0');
}

}  // namespace

void AppendSortKey(const iceberg::Type& type, const iceberg::Value& value,
                   iceberg::SortDirection direction, iceberg::NullOrder nulls,
                   std::string* key) {
  if (iceberg::IsNull(value)) {
    key->push_back(nulls == iceberg::NullOrder::kNullsFirst ? '\0' : '\2');
    return;
  }
  key->push_back('\1');
  const size_t begin = key->size();
  const bool fixed = type.id() == TypeId::kUuid || type.id() == TypeId::kFixed;
  std::visit(
      Overload{[](std::monostate) {},
               [&](bool flag) { key->push_back(flag ? '\1' : '\0'); },
               [&](int32_t number) {
                 AppendBigEndian(FlipSign(static_cast<uint32_t>(number)), key);
               },
               [&](int64_t number) {
                 AppendBigEndian(FlipSign(static_cast<uint64_t>(number)), key);
               },
               [&](float number) { AppendBigEndian(FloatBits<uint32_t>(number), key); },
               [&](double number) { AppendBigEndian(FloatBits<uint64_t>(number), key); },
               [&](iceberg::int128_t number) {
                 AppendBigEndian(FlipSign(static_cast<unsigned __int128>(number)), key);
               },
               [&](const std::string& text) {
                 fixed ? static_cast<void>(key->append(text)) : AppendText(text, key);
               }},
      value);
  if (direction == iceberg::SortDirection::kDescending) {
    for (size_t i = begin; i < key->size(); ++i) {
      (*key)[i] = static_cast<char>(~(*key)[i]);
    }
  }
}

}  // namespace tarn::storage
