// A key management service in one local file, for a machine that has no other:
//
//   # id      key, 32, 48 or 64 hexadecimal digits
//   sales     000102030405060708090a0b0c0d0e0f
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "tarn/base/key_management.h"
#include "tarn/base/result.h"

namespace tarn::io {

/// Keys by id; they wrap with AES-GCM without additional data, as the reference
/// implementation's test service does. Errors: kInvalidData, with the line and never with
/// a key.
Result<std::unique_ptr<KeyManagement>> ParseKeyFile(std::string_view text,
                                                    const std::string& path);
/// Reads the file. Errors: kInvalidData, kNoSuchFile, kForbidden, kIoFailed.
Result<std::unique_ptr<KeyManagement>> OpenKeyFile(const std::string& path);

}  // namespace tarn::io
