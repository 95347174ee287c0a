#include "tarn/base/aes_gcm.h"

#include <algorithm>
#include <climits>
#include <memory>

#include <openssl/evp.h>
#include <openssl/rand.h>

#include "tarn/base/error.h"

namespace tarn {
namespace {

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

/// Larger than any block or key that is sealed at once; OpenSSL counts in int.
constexpr size_t kTextBytesMax = size_t{1} << 30;

enum class Direction : int { kOpen = 0, kSeal = 1 };

const unsigned char* In(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

unsigned char* Out(char* bytes) { return reinterpret_cast<unsigned char*>(bytes); }

Status Failed() {
  return MakeError(ErrorCode::kInternal, "OpenSSL refused to encrypt or decrypt");
}

const EVP_CIPHER* CipherOf(std::string_view key) {
  switch (key.size()) {
    case 16:
      return EVP_aes_128_gcm();
    case 24:
      return EVP_aes_192_gcm();
    case 32:
      return EVP_aes_256_gcm();
    default:
      return nullptr;
  }
}

/// A cipher that has been told key, nonce and aad.
Result<Context> Start(Direction direction, std::string_view key, std::string_view nonce,
                      std::string_view aad) {
  const EVP_CIPHER* cipher = CipherOf(key);
  if (cipher == nullptr) {
    return MakeError(
        ErrorCode::kInvalidArgument,
        "An AES key has 16, 24 or 32 bytes, not " + std::to_string(key.size()));
  }
  Context context(EVP_CIPHER_CTX_new());
  int ignored = 0;
  if (context == nullptr ||
      EVP_CipherInit_ex(context.get(), cipher, nullptr, In(key), In(nonce),
                        static_cast<int>(direction)) != 1 ||
      (!aad.empty() && EVP_CipherUpdate(context.get(), nullptr, &ignored, In(aad),
                                        static_cast<int>(aad.size())) != 1)) {
    return Failed();
  }
  return context;
}

/// GCM gives as many bytes as it takes.
Status Transform(EVP_CIPHER_CTX* context, std::string_view in, char* out) {
  int written = 0;
  if (!in.empty() && EVP_CipherUpdate(context, Out(out), &written, In(in),
                                      static_cast<int>(in.size())) != 1) {
    return Failed();
  }
  return Status::OK();
}

}  // namespace

Status AesGcmSeal(std::string_view key, std::string_view plain, std::string_view aad,
                  std::string* sealed) {
  if (plain.size() > kTextBytesMax || aad.size() > kTextBytesMax) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Too large to encrypt at once: " + std::to_string(plain.size()));
  }
  ARROW_ASSIGN_OR_RAISE(const std::string nonce, NewSecretBytes(kAesGcmNonceBytes));
  ARROW_ASSIGN_OR_RAISE(const Context context, Start(Direction::kSeal, key, nonce, aad));
  const size_t begin = sealed->size();
  *sealed += nonce;
  const size_t text = sealed->size();
  sealed->resize(text + plain.size() + kAesGcmTagBytes);
  Status status = Transform(context.get(), plain, sealed->data() + text);
  int written = 0;
  char* tag = sealed->data() + text + plain.size();
  if (status.ok() && (EVP_CipherFinal_ex(context.get(), Out(tag), &written) != 1 ||
                      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG,
                                          static_cast<int>(kAesGcmTagBytes), tag) != 1)) {
    status = Failed();
  }
  if (!status.ok()) {
    sealed->resize(begin);
  }
  return status;
}

Status AesGcmOpen(std::string_view key, std::string_view sealed, std::string_view aad,
                  std::string* plain) {
  if (sealed.size() < kAesGcmOverheadBytes || sealed.size() > kTextBytesMax ||
      aad.size() > kTextBytesMax) {
    return MakeError(
        ErrorCode::kInvalidData,
        "Not an encrypted text: it has " + std::to_string(sealed.size()) + " bytes");
  }
  const std::string_view nonce = sealed.substr(0, kAesGcmNonceBytes);
  const std::string_view text =
      sealed.substr(kAesGcmNonceBytes, sealed.size() - kAesGcmOverheadBytes);
  // OpenSSL's interface is not const-correct; it does not write to the tag.
  std::string tag(sealed.substr(sealed.size() - kAesGcmTagBytes));
  ARROW_ASSIGN_OR_RAISE(const Context context, Start(Direction::kOpen, key, nonce, aad));
  const size_t begin = plain->size();
  plain->resize(begin + text.size());
  Status status = Transform(context.get(), text, plain->data() + begin);
  unsigned char rest[kAesGcmTagBytes];
  int written = 0;
  if (status.ok() &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG,
                          static_cast<int>(kAesGcmTagBytes), tag.data()) != 1) {
    status = Failed();
  }
  if (status.ok() && EVP_CipherFinal_ex(context.get(), rest, &written) != 1) {
    status =
        MakeError(ErrorCode::kInvalidData,
                  "Cannot decrypt: the key is another one, or the bytes were changed");
  }
  if (!status.ok()) {
    // What is not authentic must not be seen.
    std::fill(plain->begin() + static_cast<std::ptrdiff_t>(begin), plain->end(), '\0');
    plain->resize(begin);
  }
  return status;
}

Result<std::string> NewSecretBytes(size_t count) {
  std::string bytes(count, '\0');
  if (count > INT_MAX || RAND_bytes(Out(bytes.data()), static_cast<int>(count)) != 1) {
    return MakeError(ErrorCode::kInternal, "The system has no secure random bytes");
  }
  return bytes;
}

}  // namespace tarn
