#include "tarn/base/aes_gcm.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

#include "tarn/base/error.h"

namespace tarn {
namespace {

std::string FromHex(std::string_view hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(
        static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

struct Case {
  const char* name;
  const char* key;
  const char* nonce;
  const char* plain;
  const char* aad;
  const char* text;
  const char* tag;
};

// Of "The Galois/Counter Mode of Operation (GCM)", appendix B.
constexpr Case kCases[] = {
    {"test case 1: nothing", "00000000000000000000000000000000",
     "000000000000000000000000", "", "", "", "58e2fccefa7e3061367f1d57a4e7455a"},
    {"test case 2: one block", "00000000000000000000000000000000",
     "000000000000000000000000", "00000000000000000000000000000000", "",
     "0388dace60b6a392f328c2b971b2fe78", "ab6e47d42cec13bdf53a67b21257bddf"},
    {"test case 4: additional data", "feffe9928665731c6d6a8f9467308308",
     "cafebabefacedbaddecaf888",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
     "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
     "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091",
     "5bc94fbc3221a5db94fae95ae7121a47"},
    {"test case 8: 192 bits", "000000000000000000000000000000000000000000000000",
     "000000000000000000000000", "00000000000000000000000000000000", "",
     "98e7247c07f0fe411c267e4384b0f600", "2ff58d80033927ab8ef4d4587514f0fb"},
    {"test case 14: 256 bits",
     "0000000000000000000000000000000000000000000000000000000000000000",
     "000000000000000000000000", "00000000000000000000000000000000", "",
     "cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919"},
};

TEST(AesGcm, OpensTheReferenceVectors) {
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    std::string plain = "kept ";
    const Status status =
        AesGcmOpen(FromHex(c.key), FromHex(c.nonce) + FromHex(c.text) + FromHex(c.tag),
                   FromHex(c.aad), &plain);
    ASSERT_TRUE(status.ok()) << status;
    EXPECT_EQ(plain, "kept " + FromHex(c.plain));
  }
}

TEST(AesGcm, WhatIsSealedOpensAndNothingElseDoes) {
  for (const size_t key_bytes : {16U, 24U, 32U}) {
    SCOPED_TRACE(key_bytes);
    const std::string key = NewSecretBytes(key_bytes).ValueOrDie();
    const std::string text = "some rows of a table";
    std::string sealed;
    ASSERT_TRUE(AesGcmSeal(key, text, "file 1", &sealed).ok());
    EXPECT_EQ(sealed.size(), text.size() + kAesGcmOverheadBytes);
    EXPECT_EQ(sealed.find("rows"), std::string::npos);
    std::string plain;
    ASSERT_TRUE(AesGcmOpen(key, sealed, "file 1", &plain).ok());
    EXPECT_EQ(plain, text);

    const auto refused = [&](std::string_view k, std::string_view s, std::string_view a) {
      std::string out;
      const Status status = AesGcmOpen(k, s, a, &out);
      return !status.ok() && CodeOf(status) == ErrorCode::kInvalidData && out.empty();
    };
    EXPECT_TRUE(refused(key, sealed, "file 2"));
    EXPECT_TRUE(refused(NewSecretBytes(key_bytes).ValueOrDie(), sealed, "file 1"));
    for (size_t i = 0; i < sealed.size(); ++i) {
      std::string changed = sealed;
      changed[i] = static_cast<char>(changed[i] ^ 1);
      EXPECT_TRUE(refused(key, changed, "file 1")) << i;
      EXPECT_TRUE(refused(key, sealed.substr(0, i), "file 1")) << i;
    }
  }
}

TEST(AesGcm, KeysOfOtherLengthsAreRefused) {
  for (const size_t key_bytes : {0U, 15U, 17U, 33U}) {
    std::string out;
    const Status seal = AesGcmSeal(std::string(key_bytes, 'k'), "x", "", &out);
    ASSERT_FALSE(seal.ok());
    EXPECT_EQ(CodeOf(seal), ErrorCode::kInvalidArgument);
    EXPECT_FALSE(
        AesGcmOpen(std::string(key_bytes, 'k'), std::string(40, 'x'), "", &out).ok());
    EXPECT_TRUE(out.empty());
  }
}

TEST(AesGcm, NoncesAndKeysAreNeverTheSame) {
  std::set<std::string> seen;
  const std::string key(16, 'k');
  for (int i = 0; i < 100; ++i) {
    std::string sealed;
    ASSERT_TRUE(AesGcmSeal(key, "x", "", &sealed).ok());
    EXPECT_TRUE(seen.insert(sealed.substr(0, kAesGcmNonceBytes)).second);
    EXPECT_TRUE(seen.insert(NewSecretBytes(16).ValueOrDie()).second);
  }
}

}  // namespace
}  // namespace tarn
