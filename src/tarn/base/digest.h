// Digests and the text forms of bytes: what signatures are made of.
#pragma once

#include <string>
#include <string_view>

#include "tarn/base/result.h"

namespace tarn {

/// 32 bytes.
std::string Sha256(std::string_view bytes);
/// 32 bytes; any key, also none.
std::string HmacSha256(std::string_view key, std::string_view bytes);

/// The digests that SQL knows; MD5 and SHA-1 for fingerprints, never for signatures.
enum class DigestKind { kMd5, kSha1, kSha256, kSha512 };
std::string DigestOf(DigestKind kind, std::string_view bytes);
std::string HmacOf(DigestKind kind, std::string_view key, std::string_view bytes);

/// RS256 (RFC 7518 3.3) with a private key in PEM (PKCS #1 or #8). Errors:
/// kInvalidArgument for text that holds no such key.
Result<std::string> SignRsaSha256(std::string_view private_key_pem,
                                  std::string_view bytes);

/// Lower case.
std::string HexOf(std::string_view bytes);

/// RFC 4648 4, with padding.
std::string Base64Encode(std::string_view bytes);
/// RFC 4648 5, without padding: for JWTs.
std::string Base64UrlEncode(std::string_view bytes);
/// Errors: kInvalidArgument for what is not RFC 4648 4 with padding; the text, which may
/// be a key, is not in the message.
Result<std::string> Base64Decode(std::string_view text);

}  // namespace tarn
