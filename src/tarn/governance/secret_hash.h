// Client secrets: how they are made, and what is kept of them.
#pragma once

#include <string>
#include <string_view>

#include "tarn/base/clock.h"
#include "tarn/base/result.h"

namespace tarn::governance {

/// "tarn_" and 256 random bits in 43 characters; the word lets scanners for leaked
/// secrets find it.
std::string NewSecret(Random& random);

/// "$scrypt$ln=14,r=8,p=1$<salt>$<hash>": scrypt (RFC 7914), some 50 ms and 16 MiB. For
/// secrets of any origin, also ones that people chose. Errors: kOutOfMemory.
Result<std::string> HashSecret(std::string_view secret, Random& random);

/// Whether `secret` is the one that gave `hash`; as slow as HashSecret, and not faster
/// for a near miss. Errors: kInvalidData for a hash that is none or would cost too much,
/// kOutOfMemory.
Result<bool> SecretMatches(std::string_view secret, std::string_view hash);

/// Whether two texts are the same, in a time that depends on their lengths only.
bool EqualInConstantTime(std::string_view a, std::string_view b);

}  // namespace tarn::governance
