#include "tarn/governance/json_web_key.h"

#include <algorithm>
#include <utility>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include "tarn/base/error.h"
#include "tarn/governance/access_token.h"

namespace tarn::governance {
namespace {

constexpr size_t kTokenBytesMax = 16 << 10;
constexpr size_t kKeysMax = 100;
constexpr int kRsaBitsMin = 2'048;
constexpr int kRsaBitsMax = 16'384;

struct Algorithm {
  std::string_view name;
  std::string_view type;  // of its keys
  const EVP_MD* (*digest)();
  bool is_pss = false;
};
constexpr Algorithm kAlgorithms[] = {
    {"RS256", "RSA", EVP_sha256},       {"RS384", "RSA", EVP_sha384},
    {"RS512", "RSA", EVP_sha512},       {"PS256", "RSA", EVP_sha256, true},
    {"PS384", "RSA", EVP_sha384, true}, {"PS512", "RSA", EVP_sha512, true},
    {"ES256", "P-256", EVP_sha256},     {"ES384", "P-384", EVP_sha384},
    {"ES512", "P-521", EVP_sha512},
};

struct Curve {
  std::string_view name;
  const char* group;
  size_t bytes;  // of a coordinate
};
constexpr Curve kCurves[] = {
    {"P-256", "prime256v1", 32}, {"P-384", "secp384r1", 48}, {"P-521", "secp521r1", 66}};

template <auto Free>
struct Deleter {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Number = std::unique_ptr<BIGNUM, Deleter<BN_free>>;
using Parameters = std::unique_ptr<OSSL_PARAM, Deleter<OSSL_PARAM_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Deleter<OSSL_PARAM_BLD_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Deleter<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Deleter<EVP_MD_CTX_free>>;
using CurveSignature = std::unique_ptr<ECDSA_SIG, Deleter<ECDSA_SIG_free>>;

Status NoToken() {
  return MakeError(ErrorCode::kUnauthenticated, "The token is no signed JWT");
}

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string TextIn(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

std::optional<Json> DecodedObject(std::string_view part) {
  const auto text = Base64UrlDecode(part);
  if (!text) {
    return std::nullopt;
  }
  Result<Json> json = ParseJson(*text, "token");
  return json.ok() && json->is_object() ? std::optional(*std::move(json)) : std::nullopt;
}

std::shared_ptr<EVP_PKEY> KeyFrom(const char* type, OSSL_PARAM_BLD* builder) {
  const Parameters parameters(OSSL_PARAM_BLD_to_param(builder));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (parameters == nullptr || context == nullptr ||
      EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) !=
          1) {
    return nullptr;
  }
  return {key, EVP_PKEY_free};
}

Number NumberOf(std::string_view bytes) {
  return bytes.empty() || bytes.size() > kRsaBitsMax / 8
             ? nullptr
             : Number(BN_bin2bn(Bytes(bytes), static_cast<int>(bytes.size()), nullptr));
}

std::shared_ptr<EVP_PKEY> RsaKeyOf(const Json& json) {
  const auto modulus = Base64UrlDecode(TextIn(json, "n"));
  const auto exponent = Base64UrlDecode(TextIn(json, "e"));
  const Number n = NumberOf(modulus.value_or(""));
  const Number e = NumberOf(exponent.value_or(""));
  const Builder builder(OSSL_PARAM_BLD_new());
  if (n == nullptr || e == nullptr || builder == nullptr ||
      BN_num_bits(n.get()) < kRsaBitsMin ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
    return nullptr;
  }
  return KeyFrom("RSA", builder.get());
}

std::shared_ptr<EVP_PKEY> CurveKeyOf(const Json& json, const Curve& curve) {
  const auto x = Base64UrlDecode(TextIn(json, "x"));
  const auto y = Base64UrlDecode(TextIn(json, "y"));
  const Builder builder(OSSL_PARAM_BLD_new());
  if (!x || !y || x->size() != curve.bytes || y->size() != curve.bytes ||
      builder == nullptr) {
    return nullptr;
  }
  const std::string point = '\x04' + *x + *y;  // not compressed
  if (OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME,
                                      curve.group, 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY,
                                       point.data(), point.size()) != 1) {
    return nullptr;
  }
  return KeyFrom("EC", builder.get());
}

/// JWS has both numbers side by side, OpenSSL takes DER; empty: it is none.
std::string DerOf(std::string_view signature, size_t coordinate_bytes) {
  if (signature.size() != 2 * coordinate_bytes) {
    return {};
  }
  const CurveSignature pair(ECDSA_SIG_new());
  Number r = NumberOf(signature.substr(0, coordinate_bytes));
  Number s = NumberOf(signature.substr(coordinate_bytes));
  if (pair == nullptr || r == nullptr || s == nullptr ||
      ECDSA_SIG_set0(pair.get(), r.get(), s.get()) != 1) {
    return {};
  }
  static_cast<void>(r.release());  // the pair's now
  static_cast<void>(s.release());
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(pair.get(), &der);
  if (size <= 0) {
    return {};
  }
  std::string text(reinterpret_cast<const char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return text;
}

}  // namespace

Result<WebToken> ParseWebToken(std::string_view token) {
  const size_t first = token.find('.');
  const size_t second =
      first == std::string_view::npos ? first : token.find('.', first + 1);
  if (token.size() > kTokenBytesMax || second == std::string_view::npos) {
    return NoToken();
  }
  const auto header = DecodedObject(token.substr(0, first));
  auto claims = DecodedObject(token.substr(first + 1, second - first - 1));
  const auto signature = Base64UrlDecode(token.substr(second + 1));
  // Extensions that must be understood are not (RFC 7515 4.1.11).
  if (!header || !claims || !signature || header->contains("crit")) {
    return NoToken();
  }
  return WebToken{.algorithm = TextIn(*header, "alg"),
                  .key_id = TextIn(*header, "kid"),
                  .claims = *std::move(claims),
                  .signed_text = std::string(token.substr(0, second)),
                  .signature = *signature};
}

bool JsonWebKey::HasSigned(const WebToken& token) const {
  const auto* const algorithm =
      std::ranges::find(kAlgorithms, token.algorithm, &Algorithm::name);
  const bool is_ours = algorithm != std::end(kAlgorithms) && algorithm->type == type_ &&
                       (algorithm_.empty() || algorithm_ == token.algorithm);
  if (!is_ours) {
    return false;
  }
  std::string signature = token.signature;
  const auto* const curve = std::ranges::find(kCurves, type_, &Curve::name);
  if (curve != std::end(kCurves)) {
    signature = DerOf(signature, curve->bytes);
  }
  const DigestContext context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* options = nullptr;
  if (context == nullptr ||
      EVP_DigestVerifyInit(context.get(), &options, algorithm->digest(), nullptr,
                           key_.get()) != 1) {
    return false;
  }
  if (algorithm->is_pss &&
      (EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) != 1 ||
       EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) != 1)) {
    return false;
  }
  return EVP_DigestVerify(context.get(), Bytes(signature), signature.size(),
                          Bytes(token.signed_text), token.signed_text.size()) == 1;
}

std::optional<JsonWebKey> KeyOf(const Json& json) {
  const std::string use = json.is_object() ? TextIn(json, "use") : "none";
  if (!use.empty() && use != "sig") {
    return std::nullopt;
  }
  JsonWebKey key;
  key.id_ = TextIn(json, "kid");
  key.algorithm_ = TextIn(json, "alg");
  const std::string type = TextIn(json, "kty");
  if (type == "RSA") {
    key.type_ = type;
    key.key_ = RsaKeyOf(json);
  } else if (type == "EC") {
    key.type_ = TextIn(json, "crv");
    const auto* const curve = std::ranges::find(kCurves, key.type_, &Curve::name);
    key.key_ = curve == std::end(kCurves) ? nullptr : CurveKeyOf(json, *curve);
  }
  return key.key_ == nullptr ? std::nullopt : std::optional(std::move(key));
}

Result<std::vector<JsonWebKey>> ParseJsonWebKeys(std::string_view json) {
  ARROW_ASSIGN_OR_RAISE(const Json document, ParseJson(json, "key set"));
  ARROW_ASSIGN_OR_RAISE(const JsonFields fields, JsonFields::Make(document, "key set"));
  ARROW_ASSIGN_OR_RAISE(const Json* const items, fields.Array("keys"));
  std::vector<JsonWebKey> keys;
  for (const Json& item : *items) {
    auto key = KeyOf(item);
    if (key && keys.size() < kKeysMax) {
      keys.push_back(*std::move(key));
    }
  }
  return keys;
}

}  // namespace tarn::governance
