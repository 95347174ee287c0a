// What another implementation signs (botocore 1.44), and the examples that AWS publishes.
#include "tarn/net/aws_signature.h"

#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kAugust2015(1'440'938'160'000);  // 2015-08-30T12:36:00Z
constexpr milliseconds kMay2013(1'369'353'600'000);     // 2013-05-24T00:00:00Z

// The keys of AWS's documentation.
const AwsCredentials kKeys = {
    .access_key_id = "AKIDEXAMPLE",
    .secret_access_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"};
const AwsCredentials kS3Keys = {
    .access_key_id = std::string("AKIA") + "IOSFODNN7EXAMPLE",
    .secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"};

struct Case {
  const char* name;
  AwsRequest request;
  std::string token;
  AwsScope scope;
  const char* signed_headers;
  const char* signature;
};

HttpHeaders Headers(std::vector<std::pair<std::string, std::string>> all) {
  HttpHeaders headers;
  for (auto& [name, value] : all) {
    headers.Add(name, value);
  }
  return headers;
}

const Case kCases[] = {
    {"vanilla",
     {.url = "https://example.amazonaws.com/"},
     "",
     {"service", "us-east-1"},
     "host;x-amz-date",
     "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
    {"query out of order",
     {.url = "https://example.amazonaws.com/"
             "?Param2=value2&Param1=value1&Param1=a%20b&empty"},
     "",
     {"service", "us-east-1"},
     "host;x-amz-date",
     "72da481c270bb9094a79e0d1fa0a50c7d57976b6f8da269bc2146c593f512595"},
    {"dot segments and slashes",
     {.url = "https://example.amazonaws.com//a/./b/../c//d/"},
     "",
     {"service", "us-east-1"},
     "host;x-amz-date",
     "07fc47830311f547240f25f97c1565bd7a705059e39e5d0c3e0c5287c2c4bcfc"},
    {"encoded twice",
     {.url = "https://example.amazonaws.com/a%20b/x%3Ay"},
     "",
     {"glue", "us-east-1"},
     "host;x-amz-date",
     "0b4d7404fc7ad4454c5ca94846ad834e4c3a98817d2c3e045cfb098fb112a525"},
    {"UTF-8 in the path",
     {.url = "https://example.amazonaws.com/%E1%88%B4"},
     "",
     {"service", "us-east-1"},
     "host;x-amz-date",
     "697b34846207a3f72246f99d74ae1ee4fe54f44bb06730c58a0d339eb079596d"},
    {"blanks in headers",
     {.url = "https://example.amazonaws.com/",
      .headers = Headers({{"My-Header1", "  value1   a   b  "}, {"My-Header2", "x"}})},
     "",
     {"service", "us-east-1"},
     "host;my-header1;my-header2;x-amz-date",
     "ef38afff17fad4f8f5b707843738793141c5784d3c70a01f7a462d78fc95d197"},
    {"body and session token",
     {.method = "POST",
      .url = "https://sts.eu-west-1.amazonaws.com/",
      .headers = Headers({{"Content-Type", "application/x-www-form-urlencoded"}}),
      .payload = "Action=AssumeRole&Version=2011-06-15"},
     "session/token+x==",
     {"sts", "eu-west-1"},
     "content-type;host;x-amz-date;x-amz-security-token",
     "37d8417832374934631261a09768c6f4990a168a113dc7936f5757d4350daad3"},
    {"port of its own",
     {.url = "http://127.0.0.1:9000/x"},
     "",
     {"service", "us-east-1"},
     "host;x-amz-date",
     "b5cd87d0ce35cf4afefec28e0e5e208be5fc140dd438d4cfc0c285db1350ec01"},
    {"S3: nothing is normalized",
     {.url = "https://b.s3.amazonaws.com//a/./b/../c//d/"},
     "",
     {"s3", "us-east-1"},
     "host;x-amz-content-sha256;x-amz-date",
     "f58a2a0e30dac9cae37e0e903fc62d96c695ca284cd2266af7033ed7439eec43"},
    {"S3: encoded once",
     {.method = "PUT",
      .url = "http://127.0.0.1:9000/b/a%20b/x%3Dy%2Bz",
      .headers = Headers({{"Content-Type", "text/plain"}}),
      .payload = "bytes"},
     "",
     {"s3", "us-east-1"},
     "content-type;host;x-amz-content-sha256;x-amz-date",
     "df3ce6f57ed8400c294051372ef287fb5e18d175169f9b2f9688653823b79b38"},
    {"S3: the same, written otherwise",
     {.method = "PUT",
      .url = "http://127.0.0.1:9000/b/%61%20b/x=y%2bz",
      .headers = Headers({{"content-type", "text/plain"}}),
      .payload = "bytes"},
     "",
     {"s3", "us-east-1"},
     "content-type;host;x-amz-content-sha256;x-amz-date",
     "df3ce6f57ed8400c294051372ef287fb5e18d175169f9b2f9688653823b79b38"},
    {"S3: sub-resource",
     {.url = "https://b.s3.amazonaws.com/?acl"},
     "",
     {"s3", "us-east-1"},
     "host;x-amz-content-sha256;x-amz-date",
     "d50c03810f3e053c74698fa2a844aeed26a0ed985e5e93abf15b2785a25d41d4"},
    {"S3: list",
     {.url = "https://b.s3.amazonaws.com/"
             "?list-type=2&prefix=a%2Fb%20c%2B&delimiter=%2F"},
     "token",
     {"s3", "us-east-1"},
     "host;x-amz-content-sha256;x-amz-date;x-amz-security-token",
     "b576c3fa1e8af8afc329fdec16b0af0c83ec916042fcf2297e74634fd61d8875"},
    {"S3: payload unsigned",
     {.method = "PUT",
      .url = "https://b.s3.amazonaws.com/k",
      .headers = Headers({{"X-Amz-Content-SHA256", "UNSIGNED-PAYLOAD"}}),
      .payload = "bytes"},
     "",
     {"s3", "eu-central-1"},
     "host;x-amz-content-sha256;x-amz-date",
     "368ebe5b0f5a0cf4d59e2616df22c0f6da7edf3146ab5a5a6ec5df9e7a1e8031"},
    {"S3: chunks with a trailer",
     {.method = "PUT",
      .url = "https://b.s3.amazonaws.com/k",
      .headers = Headers({{"X-Amz-Content-SHA256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"},
                          {"X-Amz-Trailer", "x-amz-checksum-crc32"},
                          {"Content-Encoding", "aws-chunked"},
                          {"X-Amz-Decoded-Content-Length", "5"}})},
     "",
     {"s3", "us-east-1"},
     "content-encoding;host;x-amz-content-sha256;x-amz-date;"
     "x-amz-decoded-content-length;x-amz-trailer",
     "c1470db715233c6018c10affb752fab56b3216fbf6511778804c34ffe8e3c60f"},
};

TEST(AwsSignature, SignsAsOthersDo) {
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    AwsCredentials keys = kKeys;
    keys.session_token = c.token;
    ASSERT_OK_AND_ASSIGN(const HttpHeaders headers,
                         SignAws(c.request, keys, c.scope, kAugust2015));
    ASSERT_NE(headers.Find("Authorization"), nullptr);
    EXPECT_EQ(*headers.Find("Authorization"),
              "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/" + c.scope.region + "/" +
                  c.scope.service + "/aws4_request, SignedHeaders=" + c.signed_headers +
                  ", Signature=" + c.signature);
    EXPECT_EQ(*headers.Find("X-Amz-Date"), "20150830T123600Z");
  }
}

TEST(AwsSignature, SignsTheExamplesOfS3) {
  struct Example {
    const char* url;
    const char* signature;
  };
  constexpr Example kExamples[] = {
      {"https://examplebucket.s3.amazonaws.com/?lifecycle",
       "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"},
      {"https://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J",
       "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"},
  };
  for (const Example& e : kExamples) {
    SCOPED_TRACE(e.url);
    ASSERT_OK_AND_ASSIGN(const HttpHeaders headers,
                         SignAws({.url = e.url}, kS3Keys, {"s3", "us-east-1"}, kMay2013));
    EXPECT_TRUE(headers.Find("Authorization")->ends_with(e.signature));
  }
  ASSERT_OK_AND_ASSIGN(
      const std::string url,
      PresignAws({.url = "https://examplebucket.s3.amazonaws.com/test.txt"}, kS3Keys,
                 {"s3", "us-east-1"}, kMay2013, seconds(86400)));
  EXPECT_TRUE(url.starts_with("https://examplebucket.s3.amazonaws.com/test.txt?")) << url;
  EXPECT_TRUE(
      url.ends_with("&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4"
                    "c265957d157751f604d404"))
      << url;
}

TEST(AwsSignature, PresignsAsOthersDo) {
  struct Presigned {
    AwsRequest request;
    std::string token;
    std::string service;
    const char* signature;
  };
  const Presigned kPresigned[] = {
      {{.url = "http://127.0.0.1:9000/b/a%20b//c"},
       "",
       "s3",
       "d6681e59185d4ae9352eb96ecbc15c1c3a1ab8c2b2dc11f097cde86581d8a74f"},
      {{.method = "PUT",
        .url = "https://b.s3.amazonaws.com/k?uploadId=x%2Fy&partNumber=2"},
       "tok/en+=",
       "s3",
       "126d79cf28be130457ebd10afcff86c5a4d491d2c06a96c08a8cf89e477aacfe"},
      {{.url = "https://sts.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15"},
       "",
       "sts",
       "e8d7e61248a0d11a99b5981a6802d73250938b6d2c6f32f9a6b8a331d25ef4b1"},
  };
  for (const Presigned& p : kPresigned) {
    SCOPED_TRACE(p.request.url);
    AwsCredentials keys = kKeys;
    keys.session_token = p.token;
    ASSERT_OK_AND_ASSIGN(
        const std::string url,
        PresignAws(p.request, keys, {p.service, "us-east-1"}, kAugust2015, seconds(900)));
    EXPECT_TRUE(url.ends_with(std::string("&X-Amz-Signature=") + p.signature)) << url;
  }
}

TEST(AwsSignature, LeavesOutWhatProxiesChange) {
  const AwsRequest plain{.url = "https://b.s3.amazonaws.com/k"};
  AwsRequest changed = plain;
  changed.headers = Headers({{"User-Agent", "x"},
                             {"Range", "bytes=0-9"},
                             {"Connection", "close"},
                             {"amz-sdk-invocation-id", "1"},
                             {"Authorization", "old"}});
  ASSERT_OK_AND_ASSIGN(const HttpHeaders a,
                       SignAws(plain, kKeys, {"s3", "us-east-1"}, kAugust2015));
  ASSERT_OK_AND_ASSIGN(const HttpHeaders b,
                       SignAws(changed, kKeys, {"s3", "us-east-1"}, kAugust2015));
  EXPECT_EQ(*a.Find("Authorization"), *b.Find("Authorization"));
  EXPECT_EQ(*b.Find("Range"), "bytes=0-9");
}

TEST(AwsSignature, RefusesWhatCannotBeSent) {
  const AwsScope s3 = {"s3", "us-east-1"};
  const AwsRequest good{.url = "https://h/k"};
  struct Refused {
    const char* name;
    AwsRequest request;
    AwsScope scope;
  };
  const Refused kRefused[] = {
      {"no URL", {.url = ""}, s3},
      {"another scheme", {.url = "ftp://h/k"}, s3},
      {"user name in the URL", {.url = "https://u:p@h/k"}, s3},
      {"fragment", {.url = "https://h/k#x"}, s3},
      {"line feed in the URL", {.url = "https://h/k\n"}, s3},
      {"broken escape", {.url = "https://h/k%2"}, s3},
      {"NUL in the key", {.url = "https://h/k%00"}, s3},
      {"header that ends early",
       {.url = "https://h/k", .headers = Headers({{"a", "b\r\nc: d"}})},
       s3},
      {"header without a name",
       {.url = "https://h/k", .headers = Headers({{"", "b"}})},
       s3},
      {"no method", {.method = "", .url = "https://h/k"}, s3},
      {"no region", good, {"s3", ""}},
      {"region of two lines", good, {"s3", "a\nb"}},
      {"region with a slash", good, {"s3", "us/east"}},
  };
  for (const Refused& r : kRefused) {
    SCOPED_TRACE(r.name);
    const auto headers = SignAws(r.request, kKeys, r.scope, kAugust2015);
    ASSERT_FALSE(headers.ok());
    EXPECT_EQ(CodeOf(headers.status()), ErrorCode::kInvalidArgument);
    EXPECT_EQ(headers.status().message().find(kKeys.secret_access_key),
              std::string::npos);
    EXPECT_FALSE(PresignAws(r.request, kKeys, r.scope, kAugust2015, seconds(60)).ok());
  }
  EXPECT_FALSE(PresignAws(good, kKeys, s3, kAugust2015, seconds(0)).ok());
  EXPECT_FALSE(PresignAws(good, kKeys, s3, kAugust2015, seconds(604'801)).ok());
}

}  // namespace
}  // namespace tarn::net
