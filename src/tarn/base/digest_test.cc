#include "tarn/base/digest.h"

#include <gtest/gtest.h>

#include "tarn/base/error.h"

namespace tarn {
namespace {

TEST(Digest, HasTheValuesOfTheStandards) {
  // FIPS 180-4 and RFC 4231, test cases 1, 2 and 6.
  EXPECT_EQ(HexOf(Sha256("")),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(HexOf(Sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(HexOf(HmacSha256(std::string(20, '\x0b'), "Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(HexOf(HmacSha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(HexOf(HmacSha256(std::string(131, '\xaa'),
                             "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_EQ(HexOf(HmacSha256("", "")),
            "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(Base64, HasTheValuesOfTheStandard) {
  struct Case {
    std::string bytes;
    const char* text;
    const char* url_text;
  };
  const Case kCases[] = {{"", "", ""},
                         {"f", "Zg==", "Zg"},
                         {"fo", "Zm8=", "Zm8"},
                         {"foo", "Zm9v", "Zm9v"},
                         {"foob", "Zm9vYg==", "Zm9vYg"},
                         {"fooba", "Zm9vYmE=", "Zm9vYmE"},
                         {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
                         {"\xfb\xef\xff", "++//", "--__"},
                         {std::string("\0\0", 2), "AAA=", "AAA"}};
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.text);
    EXPECT_EQ(Base64Encode(c.bytes), c.text);
    EXPECT_EQ(Base64UrlEncode(c.bytes), c.url_text);
    const auto decoded = Base64Decode(c.text);
    ASSERT_TRUE(decoded.ok());
    EXPECT_EQ(*decoded, c.bytes);
  }
}

TEST(Base64, RefusesOtherText) {
  for (const char* text :
       {"Zg", "Zg=", "Z===", "Zh==", "Zg==Zg==", "Zm9v\n", "-_8=", "===="}) {
    SCOPED_TRACE(text);
    const auto decoded = Base64Decode(text);
    ASSERT_FALSE(decoded.ok());
    EXPECT_EQ(CodeOf(decoded.status()), ErrorCode::kInvalidArgument);
    EXPECT_EQ(decoded.status().message().find(text), std::string::npos);
  }
}

TEST(RsaSignature, RefusesWhatIsNoKeyWithoutShowingIt) {
  const auto signature = SignRsaSha256("-----BEGIN NOTHING-----\nsecret\n", "text");
  ASSERT_FALSE(signature.ok());
  EXPECT_EQ(CodeOf(signature.status()), ErrorCode::kInvalidArgument);
  EXPECT_EQ(signature.status().message().find("secret"), std::string::npos);
}

}  // namespace
}  // namespace tarn
