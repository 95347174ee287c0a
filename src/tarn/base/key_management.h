// Keys that encrypt the keys of tables: kept elsewhere, known here by their ids.
#pragma once

#include <string>
#include <string_view>

#include "tarn/base/result.h"

namespace tarn {

/// Thread-safe. Errors of both: kForbidden (no such key here), kInvalidData, those of the
/// place where the keys are.
class KeyManagement {
 public:
  virtual ~KeyManagement() = default;
  /// `key` encrypted with the key called `wrapping_key_id`.
  virtual Result<std::string> Wrap(std::string_view key,
                                   const std::string& wrapping_key_id) = 0;
  virtual Result<std::string> Unwrap(std::string_view wrapped,
                                     const std::string& wrapping_key_id) = 0;
};

}  // namespace tarn
