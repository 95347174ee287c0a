// Checked access to the alternative of a Value that its type promises.
#pragma once

#include <variant>

#include "tarn/base/error.h"
#include "tarn/iceberg/type.h"

namespace tarn::iceberg::internal {

/// A value whose alternative does not follow from its type is a bug of the caller.
template <typename T>
const T& Get(const Value& value) {
  const T* held = std::get_if<T>(&value);
  TARN_CHECK(held != nullptr);
  return *held;
}

/// The value of an int, long, date, time or timestamp in 64 bits.
inline int64_t GetInteger(const Value& value) {
  const auto* narrow = std::get_if<int32_t>(&value);
  return narrow != nullptr ? *narrow : Get<int64_t>(value);
}

}  // namespace tarn::iceberg::internal
