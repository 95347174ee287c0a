// Unscaled decimals of up to 38 digits.
#pragma once

#include <optional>
#include <string_view>

#include "tarn/iceberg/type.h"

namespace tarn::iceberg::internal {

/// 10^exponent for 0 <= exponent <= 38.
int128_t PowerOfTen(int32_t exponent);

/// True if `unscaled` has at most `precision` digits.
bool FitsPrecision(int128_t unscaled, int32_t precision);

/// `unscaled` of `from_scale` at `to_scale`; nullopt if that loses digits or overflows 38
/// of them.
std::optional<int128_t> Rescale(int128_t unscaled, int32_t from_scale, int32_t to_scale);

/// The unscaled value of "-1.50", ".5", "12" or "1.5e3" at `scale`; nullopt if it is not
/// a number or not exact at that scale or longer than 38 digits.
std::optional<int128_t> DecimalFromText(std::string_view text, int32_t scale);

}  // namespace tarn::iceberg::internal
