#include "tarn/io/key_file.h"

#include <string>

#include <gtest/gtest.h>

#include "tarn/base/aes_gcm.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::io {
namespace {

constexpr char kFile[] = R"(
# keys of the sales tables
sales     000102030405060708090a0b0c0d0e0f
  audit	000102030405060708090A0B0C0D0E0F1011121314151617
#old  00
long 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f)";

TEST(KeyFile, KeysWrapAndUnwrapById) {
  ASSERT_OK_AND_ASSIGN(auto keys, ParseKeyFile(kFile, "keys"));
  for (const char* id : {"sales", "audit", "long"}) {
    SCOPED_TRACE(id);
    ASSERT_OK_AND_ASSIGN(const std::string wrapped, keys->Wrap("a table's key", id));
    EXPECT_EQ(wrapped.find("key"), std::string::npos);
    ASSERT_OK_AND_ASSIGN(const std::string key, keys->Unwrap(wrapped, id));
    EXPECT_EQ(key, "a table's key");
  }
  ASSERT_OK_AND_ASSIGN(const std::string wrapped, keys->Wrap("k", "sales"));
  std::string key;
  ASSERT_OK(AesGcmOpen(std::string("\0\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17", 16),
                       wrapped, "", &key));
  EXPECT_EQ(key, "k");
  EXPECT_ERROR(keys->Unwrap(wrapped, "audit"), ErrorCode::kInvalidData, "Key audit");
  EXPECT_ERROR(keys->Unwrap("", "sales"), ErrorCode::kInvalidData, "");
  EXPECT_ERROR(keys->Wrap("k", "#old"), ErrorCode::kForbidden, "key file keys");
  EXPECT_ERROR(keys->Unwrap(wrapped, "hr"), ErrorCode::kForbidden, "Key hr");
}

TEST(KeyFile, WrongLinesAreNamedAndKeysAreNot) {
  struct Case {
    const char* name;
    const char* text;
    const char* error;
  };
  const Case cases[] = {
      {"no key", "a\n", "line 1"},
      {"a short key", "\na 0001020304050607\n", "line 2"},
      {"no hex", "a 00010203040506070809secret0c0d0e\n", "line 1"},
      {"more words", "a 000102030405060708090a0b0c0d0e0f x\n", "more than"},
      {"an id twice",
       "a 000102030405060708090a0b0c0d0e0f\na 000102030405060708090a0b0c0d0e0f", "twice"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const auto keys = ParseKeyFile(c.text, "k");
    EXPECT_ERROR(keys, ErrorCode::kInvalidData, c.error);
    EXPECT_EQ(keys.status().message().find("0001"), std::string::npos);
  }
  EXPECT_OK(ParseKeyFile("", "k"));
  EXPECT_ERROR(OpenKeyFile("/no/such/key-file"), ErrorCode::kNoSuchFile, "key file");
}

}  // namespace
}  // namespace tarn::io
