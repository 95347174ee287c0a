#include "tarn/base/digest.h"

#include <array>
#include <climits>
#include <memory>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/sha.h>

#include "tarn/base/error.h"

namespace tarn {
namespace {

const unsigned char* In(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

unsigned char* Out(std::string* bytes) {
  return reinterpret_cast<unsigned char*>(bytes->data());
}

constexpr char kBase64[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr char kBase64Url[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Three bytes as four characters; the last ones as two or three.
std::string Encode(std::string_view bytes, const char* alphabet) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  unsigned int bits = 0;
  int num_bits = 0;
  for (const char c : bytes) {
    bits = (bits << 8) | static_cast<unsigned char>(c);
    num_bits += 8;
    while (num_bits >= 6) {
      num_bits -= 6;
      text += alphabet[(bits >> num_bits) & 63];
    }
    bits &= (1U << num_bits) - 1;
  }
  if (num_bits > 0) {
    text += alphabet[(bits << (6 - num_bits)) & 63];
  }
  return text;
}

const EVP_MD* AlgorithmOf(DigestKind kind) {
  switch (kind) {
    case DigestKind::kMd5:
      return EVP_md5();
    case DigestKind::kSha1:
      return EVP_sha1();
    case DigestKind::kSha512:
      return EVP_sha512();
    default:
      return EVP_sha256();
  }
}

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct FreeDigest {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

/// Keys behind a pass phrase are not for a program to open; OpenSSL would ask the
/// terminal.
int NoPassPhrase(char* /*buffer*/, int /*size*/, int /*is_writing*/, void* /*data*/) {
  return -1;
}

}  // namespace

std::string Sha256(std::string_view bytes) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(In(bytes), bytes.size(), Out(&digest));
  return digest;
}

std::string DigestOf(DigestKind kind, std::string_view bytes) {
  std::string digest(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  TARN_CHECK(EVP_Digest(bytes.data(), bytes.size(), Out(&digest), &size,
                        AlgorithmOf(kind), nullptr) == 1);
  digest.resize(size);
  return digest;
}

std::string HmacOf(DigestKind kind, std::string_view key, std::string_view bytes) {
  std::string digest(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  TARN_CHECK(HMAC(AlgorithmOf(kind), key.empty() ? "" : key.data(),
                  static_cast<int>(key.size()), In(bytes), bytes.size(), Out(&digest),
                  &size) != nullptr);
  digest.resize(size);
  return digest;
}

std::string HmacSha256(std::string_view key, std::string_view bytes) {
  TARN_CHECK(key.size() <= INT_MAX);
  std::string code(SHA256_DIGEST_LENGTH, '\0');
  unsigned int size = 0;
  // A null key would mean the one of the call before.
  const unsigned char* const key_bytes = key.empty() ? In("") : In(key);
  const unsigned char* const made =
      HMAC(EVP_sha256(), key_bytes, static_cast<int>(key.size()), In(bytes), bytes.size(),
           Out(&code), &size);
  TARN_CHECK(made != nullptr && size == code.size());
  return code;
}

Result<std::string> SignRsaSha256(std::string_view private_key_pem,
                                  std::string_view bytes) {
  const Status refused = MakeError(
      ErrorCode::kInvalidArgument,
      "The private key is not an RSA key in PEM without a pass phrase; its text is kept "
      "out of this message");
  if (private_key_pem.size() > INT_MAX) {
    return refused;
  }
  const std::unique_ptr<BIO, FreeBio> bio(
      BIO_new_mem_buf(private_key_pem.data(), static_cast<int>(private_key_pem.size())));
  TARN_CHECK(bio != nullptr);
  const std::unique_ptr<EVP_PKEY, FreeKey> key(
      PEM_read_bio_PrivateKey(bio.get(), nullptr, &NoPassPhrase, nullptr));
  if (key == nullptr || EVP_PKEY_base_id(key.get()) != EVP_PKEY_RSA) {
    return refused;
  }
  const std::unique_ptr<EVP_MD_CTX, FreeDigest> context(EVP_MD_CTX_new());
  TARN_CHECK(context != nullptr);
  size_t size = 0;
  if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, In(bytes), bytes.size()) != 1) {
    return refused;
  }
  std::string signature(size, '\0');
  if (EVP_DigestSign(context.get(), Out(&signature), &size, In(bytes), bytes.size()) !=
      1) {
    return refused;
  }
  signature.resize(size);
  return signature;
}

std::string HexOf(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::string Base64Encode(std::string_view bytes) {
  std::string text = Encode(bytes, kBase64);
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

std::string Base64UrlEncode(std::string_view bytes) { return Encode(bytes, kBase64Url); }

Result<std::string> Base64Decode(std::string_view text) {
  const Status refused =
      MakeError(ErrorCode::kInvalidArgument, "Text that should be base64 is not");
  if (text.size() % 4 != 0) {
    return refused;
  }
  const size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  const std::string_view alphabet(kBase64);
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  unsigned int bits = 0;
  int num_bits = 0;
  for (const char c : text.substr(0, text.size() - padding)) {
    const size_t value = alphabet.find(c);
    if (value == std::string_view::npos) {
      return refused;
    }
    bits = (bits << 6) | static_cast<unsigned int>(value);
    num_bits += 6;
    if (num_bits >= 8) {
      num_bits -= 8;
      bytes += static_cast<char>((bits >> num_bits) & 255);
    }
    bits &= (1U << num_bits) - 1;
  }
  if (bits != 0) {
    return refused;  // bits that no byte has: another text would mean the same
  }
  return bytes;
}

}  // namespace tarn
