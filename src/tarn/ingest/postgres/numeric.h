// PostgreSQL's numeric in binary form, as an exact decimal.
#pragma once

#include <cstdint>
#include <string_view>

#include <arrow/util/decimal.h>

#include "tarn/base/result.h"

namespace tarn::ingest::postgres {

enum class NumericKind : uint8_t { kFinite, kNotANumber, kInfinite };

struct Numeric {
  NumericKind kind = NumericKind::kFinite;
  arrow::Decimal128 unscaled;  // times 10^-scale
};

/// `bytes` of one value as a decimal of this precision (up to 38) and scale. Errors:
/// kInvalidData for other bytes than PostgreSQL's; kTypeMismatch for a number that has
/// more digits, before the point or behind it.
Result<Numeric> DecodeNumeric(std::string_view bytes, int32_t precision, int32_t scale);

}  // namespace tarn::ingest::postgres
