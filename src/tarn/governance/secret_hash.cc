#include "tarn/governance/secret_hash.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "tarn/base/digest.h"
#include "tarn/base/error.h"

namespace tarn::governance {
namespace {

constexpr std::string_view kSecretPrefix = "tarn_";
constexpr std::string_view kHashPrefix = "$scrypt$";
constexpr size_t kSaltBytes = 16;
constexpr size_t kHashBytes = 32;

/// scrypt's parameters: N = 2^log2_n.
struct Cost {
  uint32_t log2_n = 14;
  uint32_t r = 8;
  uint32_t p = 1;
};
constexpr Cost kCost;
/// What a hash from the store may ask for: 256 MiB.
constexpr Cost kCostMax{.log2_n = 18, .r = 8, .p = 4};

std::string RandomBytes(Random& random, size_t count) {
  std::string bytes(count, '\0');
  for (size_t at = 0; at < count; at += sizeof(uint64_t)) {
    const uint64_t bits = random.Next();
    std::memcpy(bytes.data() + at, &bits, std::min(sizeof(bits), count - at));
  }
  return bytes;
}

Result<std::string> Scrypt(std::string_view secret, std::string_view salt, Cost cost) {
  const uint64_t n = uint64_t{1} << cost.log2_n;
  // What the algorithm needs (RFC 7914 2), and some for its block buffers.
  const uint64_t memory_bytes = 128 * n * cost.r + 128 * uint64_t{cost.r} * cost.p;
  std::string hash(kHashBytes, '\0');
  const int done = EVP_PBE_scrypt(
      secret.data(), secret.size(), reinterpret_cast<const unsigned char*>(salt.data()),
      salt.size(), n, cost.r, cost.p, memory_bytes + (1 << 20),
      reinterpret_cast<unsigned char*>(hash.data()), hash.size());
  if (done != 1) {
    return MakeError(ErrorCode::kOutOfMemory,
                     "There is not enough memory to check a secret");
  }
  return hash;
}

struct ParsedHash {
  Cost cost;
  std::string salt;
  std::string hash;
};

/// Takes "ln=14" from the front of `text`.
std::optional<uint32_t> TakeNumber(std::string_view name, char end,
                                   std::string_view* text) {
  if (!text->starts_with(name)) {
    return std::nullopt;
  }
  text->remove_prefix(name.size());
  uint32_t number = 0;
  const auto parsed = std::from_chars(text->data(), text->data() + text->size(), number);
  const auto used = static_cast<size_t>(parsed.ptr - text->data());
  if (parsed.ec != std::errc() || used >= text->size() || (*text)[used] != end) {
    return std::nullopt;
  }
  text->remove_prefix(used + 1);
  return number;
}

std::optional<ParsedHash> ParseHash(std::string_view text) {
  if (!text.starts_with(kHashPrefix)) {
    return std::nullopt;
  }
  text.remove_prefix(kHashPrefix.size());
  const auto log2_n = TakeNumber("ln=", ',', &text);
  const auto r = log2_n ? TakeNumber("r=", ',', &text) : std::nullopt;
  const auto p = r ? TakeNumber("p=", '$', &text) : std::nullopt;
  const size_t dollar = text.find('$');
  if (!p || dollar == std::string_view::npos) {
    return std::nullopt;
  }
  const Cost cost{.log2_n = *log2_n, .r = *r, .p = *p};
  const auto salt = Base64Decode(text.substr(0, dollar));
  const auto hash = Base64Decode(text.substr(dollar + 1));
  if (!salt.ok() || !hash.ok() || salt->empty() || hash->size() != kHashBytes ||
      cost.log2_n == 0 || cost.log2_n > kCostMax.log2_n || cost.r == 0 ||
      cost.r > kCostMax.r || cost.p == 0 || cost.p > kCostMax.p) {
    return std::nullopt;
  }
  return ParsedHash{.cost = cost, .salt = *salt, .hash = *hash};
}

}  // namespace

std::string NewSecret(Random& random) {
  return std::string(kSecretPrefix) + Base64UrlEncode(RandomBytes(random, 32));
}

Result<std::string> HashSecret(std::string_view secret, Random& random) {
  const std::string salt = RandomBytes(random, kSaltBytes);
  ARROW_ASSIGN_OR_RAISE(const std::string hash, Scrypt(secret, salt, kCost));
  return fmt::format("{}ln={},r={},p={}${}${}", kHashPrefix, kCost.log2_n, kCost.r,
                     kCost.p, Base64Encode(salt), Base64Encode(hash));
}

Result<bool> SecretMatches(std::string_view secret, std::string_view hash) {
  const std::optional<ParsedHash> parsed = ParseHash(hash);
  if (!parsed) {
    return MakeError(ErrorCode::kInvalidData,
                     "The store holds a hash of a secret that is not one of Tarn's; "
                     "rotate the principal's secret");
  }
  ARROW_ASSIGN_OR_RAISE(const std::string found,
                        Scrypt(secret, parsed->salt, parsed->cost));
  return EqualInConstantTime(found, parsed->hash);
}

bool EqualInConstantTime(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace tarn::governance
