// AES-GCM, the cipher of encrypted tables: secret and tamper-proof.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "tarn/base/result.h"

namespace tarn {

inline constexpr size_t kAesGcmNonceBytes = 12;
inline constexpr size_t kAesGcmTagBytes = 16;
/// What a sealed text is longer than its plain text.
inline constexpr size_t kAesGcmOverheadBytes = kAesGcmNonceBytes + kAesGcmTagBytes;

/// Appends nonce, ciphertext and tag of `plain` to `*sealed`. The nonce is random; `aad`
/// is not stored, and Open must be given the same. `key` has 16, 24 or 32 bytes. Errors:
/// kInvalidArgument (a key of another length), kInternal.
Status AesGcmSeal(std::string_view key, std::string_view plain, std::string_view aad,
                  std::string* sealed);
/// Appends the plain text of `sealed` to `*plain`; nothing after an error. Errors:
/// kInvalidArgument (a key of another length), kInvalidData (changed, cut, or sealed with
/// another key or aad: the cipher cannot tell which), kInternal.
Status AesGcmOpen(std::string_view key, std::string_view sealed, std::string_view aad,
                  std::string* plain);

/// Bytes for keys: from the system's secure source always, so that no test's choice can
/// make keys that can be guessed. Errors: kInternal.
Result<std::string> NewSecretBytes(size_t count);

}  // namespace tarn
