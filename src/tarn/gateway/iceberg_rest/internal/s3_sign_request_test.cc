// What may be signed and what not: each trap by its name.
#include "tarn/gateway/iceberg_rest/internal/s3_sign_request.h"

#include <gtest/gtest.h>

#include "tarn/base/digest.h"
#include "tarn/base/error.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::gateway {
namespace {

constexpr char kStore[] = "http://127.0.0.1:9000";

using Headers = std::vector<std::pair<std::string, std::vector<std::string>>>;

SignRules Rules(TableAccess access = TableAccess::kReadWrite) {
  return {.roots = {ParseStoreRoot("s3://lake/wh/t"), ParseStoreRoot("s3://lake/data//t"),
                    ParseStoreRoot("s3://other/meta")},
          .access = access,
          .endpoints = {kStore}};
}

SignRequest Request(std::string method, const std::string& target, Headers headers = {},
                    std::optional<std::string> body = {}) {
  const bool is_whole = target.find("://") != std::string::npos;
  return {.region = "us-east-1",
          .uri = is_whole ? target : kStore + target,
          .method = std::move(method),
          .headers = std::move(headers),
          .properties = {},
          .body = std::move(body)};
}

/// OK, or the code of the refusal.
std::optional<ErrorCode> Refusal(const SignRequest& request,
                                 const SignRules& rules = Rules()) {
  const auto allowed = CheckSignRequest(request, rules);
  return allowed.ok() ? std::optional<ErrorCode>() : CodeOf(allowed.status());
}

void ExpectSigned(const SignRequest& request, const SignRules& rules = Rules()) {
  EXPECT_OK(CheckSignRequest(request, rules).status())
      << request.method << ' ' << request.uri;
}

void ExpectForbidden(const SignRequest& request, const SignRules& rules = Rules()) {
  EXPECT_EQ(Refusal(request, rules), ErrorCode::kForbidden)
      << request.method << ' ' << request.uri;
}

void ExpectBad(const SignRequest& request, const SignRules& rules = Rules()) {
  EXPECT_EQ(Refusal(request, rules), ErrorCode::kInvalidArgument)
      << request.method << ' ' << request.uri;
}

TEST(S3Signing, AllowsWhatClientsDo) {
  ExpectSigned(Request("GET", "/lake/wh/t/data/f.parquet"));
  ExpectSigned(Request("GET", "/lake/wh/t/data/f.parquet?x-id=GetObject"));
  ExpectSigned(Request("GET", "/lake/wh/t/f?versionId=7&partNumber=2"));
  ExpectSigned(Request("HEAD", "/lake/wh/t/data/f.parquet"));
  ExpectSigned(Request("PUT", "/lake/wh/t/data/d%3D1/f%20g.parquet?x-id=PutObject"));
  ExpectSigned(Request("PUT", "/lake/wh/t/f?partNumber=1&uploadId=u%2Fv"));
  ExpectSigned(Request("POST", "/lake/wh/t/f?uploads"));
  ExpectSigned(Request("POST", "/lake/wh/t/f?uploads="));
  ExpectSigned(Request("POST", "/lake/wh/t/f?uploadId=u"));
  ExpectSigned(Request("GET", "/lake/wh/t/f?uploadId=u&max-parts=10"));
  ExpectSigned(Request("DELETE", "/lake/wh/t/f"));
  ExpectSigned(Request("DELETE", "/lake/wh/t/f?uploadId=u"));
  ExpectSigned(Request("GET", "/lake?list-type=2&prefix=wh%2Ft%2F&delimiter=%2F"));
  ExpectSigned(Request("GET", "/lake/?list-type=2&prefix=wh/t/data&max-keys=1"));
  ExpectSigned(Request("GET", "/other/meta/v1.json"));
  ExpectSigned(Request("GET", "HTTP://127.0.0.1:9000/lake/wh/t/f"));
}

TEST(S3Signing, RefusesWhatIsOutsideOfTheTable) {
  for (const char* key : {"/lake/wh/t", "/lake/wh/t2/f", "/lake/wh", "/lake/wh/other/f",
                          "/lake/x", "/lake/T/f", "/another/wh/t/f", "/other/wh/t/f",
                          "/lake/meta/f", "/LAKE/wh/t/f"}) {
    for (const char* method : {"GET", "HEAD", "PUT", "DELETE"}) {
      ExpectForbidden(Request(method, key));
    }
  }
}

TEST(S3Signing, DoubleSlashIsNotSlash) {
  ExpectSigned(Request("GET", "/lake/data//t/f"));
  ExpectForbidden(Request("GET", "/lake/data/t/f"));
  ExpectForbidden(Request("GET", "/lake//wh/t/f"));
  ExpectForbidden(Request("GET", "/lake/wh//t/f"));
  ExpectBad(Request("GET", "//lake/wh/t/f"));
  ExpectSigned(Request("GET", "/lake/wh/t//f"));  // a key of its own, in the table
}

TEST(S3Signing, DotSegmentsAreRefused) {
  for (const char* key :
       {"/lake/wh/t/../other/f", "/lake/wh/t/%2e%2e/other/f", "/lake/wh/t/.%2E/f",
        "/lake/wh/t/./f", "/lake/wh/t/..", "/lake/wh/t/a/..", "/lake/../wh/t/f",
        "/lake/wh/t/%252e%252e/other/f", "/lake/wh/t/..%2fother"}) {
    ExpectBad(Request("GET", key));
  }
  ExpectBad(Request("GET", "/../lake/wh/t/f"));
  ExpectSigned(Request("GET", "/lake/wh/t/..f/...x/.hidden"));
}

TEST(S3Signing, PercentEncodingTricksAreRefused) {
  ExpectSigned(Request("GET", "/lake/%77%68/t/f"));  // says "wh" to everybody
  ExpectBad(Request("GET", "/lake/wh%2Ft/f"));
  ExpectBad(Request("GET", "/lake/wh/t%2ff"));
  ExpectBad(Request("GET", "/lake%2Fwh/t/f"));
  ExpectBad(Request("GET", "/%6Cake/wh/t/f"));
  ExpectBad(Request("GET", "/lake/wh/t/%"));
  ExpectBad(Request("GET", "/lake/wh/t/%zz"));
  ExpectBad(Request("GET", "/lake/wh/t/%00"));
  ExpectBad(Request("GET", "/lake/wh/t\\..\\x"));
  ExpectBad(Request("GET", "/lake/wh/t/a b"));
  ExpectBad(Request("GET", "/lake/wh/t/a\nb"));
  ExpectBad(Request("GET", "/lake/wh/t/\xC3\xA9"));
  ExpectBad(Request("GET", "/lake/wh/t/f#x"));
  // The key of a name that is escaped itself is decoded once.
  const SignRules escaped = {.roots = {ParseStoreRoot("s3://lake/wh/a%2Fb")},
                             .access = TableAccess::kReadWrite,
                             .endpoints = {kStore}};
  ExpectSigned(Request("GET", "/lake/wh/a%252Fb/f"), escaped);
  ExpectForbidden(Request("GET", "/lake/wh/a/b/f"), escaped);
}

TEST(S3Signing, APlusMustBeWithinInBothReadings) {
  ExpectSigned(Request("GET", "/lake/wh/t/a+b"));
  const SignRules plus = {.roots = {ParseStoreRoot("s3://lake/a+b")},
                          .access = TableAccess::kReadWrite,
                          .endpoints = {kStore}};
  ExpectSigned(Request("GET", "/lake/a%2Bb/f"), plus);
  ExpectForbidden(Request("GET", "/lake/a+b/f"), plus);
  ExpectForbidden(Request("GET", "/lake?prefix=a+b/"), plus);
  ExpectSigned(Request("GET", "/lake?prefix=a%2Bb/"), plus);
}

TEST(S3Signing, ListsStayBelowTheTable) {
  ExpectForbidden(Request("GET", "/lake"));
  ExpectForbidden(Request("GET", "/lake?list-type=2"));
  ExpectForbidden(Request("GET", "/lake?list-type=2&prefix="));
  ExpectForbidden(Request("GET", "/lake?list-type=2&prefix=wh"));
  ExpectForbidden(Request("GET", "/lake?list-type=2&prefix=wh/t"));  // and "wh/t2"
  ExpectForbidden(Request("GET", "/lake?list-type=2&prefix=wh//t/"));
  ExpectForbidden(Request("GET", "/lake?list-type=2&prefix=wh/t/../"));
  ExpectForbidden(Request("GET", "/lake?list-type=2&prefix=/wh/t/"));
  ExpectForbidden(Request("GET", "/other?list-type=2&prefix=wh/t/"));
  ExpectBad(Request("GET", "/lake?list-type=2&prefix=wh/t/&prefix=secret/"));
  ExpectBad(Request("GET", "/lake?list-type=2&prefix=wh/t/;prefix=secret/"));
  ExpectBad(Request("GET", "/lake?list-type=2&%70refix=secret/&prefix=wh/t/"));
  ExpectForbidden(Request("GET", "/lake?versions&prefix=wh/t/"));
  ExpectForbidden(Request("GET", "/lake?uploads&prefix=wh/t/"));
  ExpectForbidden(Request("HEAD", "/lake"));
}

TEST(S3Signing, SubResourcesAreRefused) {
  for (const char* name :
       {"acl", "tagging", "policy", "torrent", "retention", "legal-hold", "restore",
        "attributes", "select", "lifecycle", "cors", "versioning", "encryption",
        "location", "website", "delete", "Acl", "object-lock", "renameObject"}) {
    for (const char* method : {"GET", "HEAD", "PUT", "POST", "DELETE"}) {
      ExpectForbidden(Request(method, std::string("/lake/wh/t/f?") + name));
      ExpectForbidden(Request(method, std::string("/lake/wh/t/f?") + name + "=1&x-id=y"));
    }
    ExpectForbidden(Request("GET", std::string("/lake?prefix=wh/t/&") + name));
    ExpectForbidden(Request("PUT", std::string("/lake?") + name));
  }
  ExpectForbidden(Request("DELETE", "/lake/wh/t/f?versionId=7"));
  ExpectForbidden(Request("DELETE", "/lake"));
  ExpectForbidden(Request("PUT", "/lake"));
  ExpectForbidden(Request("PUT", "/lake/wh/t/f?partNumber=1"));
  ExpectForbidden(Request("POST", "/lake/wh/t/f"));
  ExpectForbidden(Request("GET", "/lake/wh/t/f?X-Amz-Expires=99"));
  for (const char* method : {"PATCH", "OPTIONS", "TRACE", "get", "Put", ""}) {
    ExpectForbidden(Request(method, "/lake/wh/t/f"));
  }
}

TEST(S3Signing, CopySourcesAreKeysToo) {
  const auto copy = [](const std::string& source) {
    return Request("PUT", "/lake/wh/t/f", {{"X-Amz-Copy-Source", {source}}});
  };
  ExpectSigned(copy("lake/wh/t/g"));
  ExpectSigned(copy("/lake/wh/t/g"));
  ExpectSigned(copy("lake%2Fwh%2Ft%2Fg"));
  ExpectSigned(copy("other/meta/g?versionId=3"));
  ExpectForbidden(copy("lake/secret/g"));
  ExpectForbidden(copy("/lake/wh//t/g"));
  ExpectForbidden(copy("another/wh/t/g"));
  ExpectForbidden(copy("lake"));
  ExpectBad(copy("//lake/wh/t/g"));
  ExpectBad(copy("lake/wh/t/../secret"));
  ExpectBad(copy("lake/wh/t/%2e%2e/secret"));
  ExpectBad(copy("lake/wh/t/%252e%252e/secret"));
  ExpectBad(copy("lake/wh/t/g?acl"));
  ExpectBad(copy("arn:aws:s3:us-east-1:1:accesspoint/x/object/lake/wh/t/g"));
  ExpectBad(Request(
      "PUT", "/lake/wh/t/f",
      {{"x-amz-copy-source", {"lake/wh/t/g"}}, {"X-Amz-Copy-Source", {"lake/secret"}}}));
  ExpectBad(Request("PUT", "/lake/wh/t/f",
                    {{"x-amz-copy-source", {"lake/wh/t/g", "lake/secret"}}}));
  ExpectForbidden(
      Request("GET", "/lake/wh/t/f", {{"x-amz-copy-source", {"lake/wh/t/g"}}}));
}

TEST(S3Signing, HeadersThatChangeRightsAreRefused) {
  const auto put = [](const std::string& name, const std::string& value) {
    return Request("PUT", "/lake/wh/t/f", {{name, {value}}});
  };
  ExpectSigned(put("x-amz-acl", "bucket-owner-full-control"));
  ExpectSigned(put("x-amz-server-side-encryption", "aws:kms"));
  ExpectSigned(put("x-amz-checksum-crc32", "AAAAAA=="));
  ExpectSigned(put("X-Amz-Trailer", "x-amz-checksum-crc32"));
  ExpectSigned(put("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"));
  ExpectSigned(put("Host", "127.0.0.1:9000"));
  ExpectForbidden(put("x-amz-acl", "public-read"));
  ExpectForbidden(put("X-AMZ-Grant-Read", "uri=everybody"));
  ExpectForbidden(put("x-amz-object-lock-mode", "COMPLIANCE"));
  ExpectForbidden(put("x-amz-bypass-governance-retention", "true"));
  ExpectForbidden(put("x-amz-website-redirect-location", "/x"));
  ExpectForbidden(put("x-amz-rename-source", "lake/secret"));
  ExpectForbidden(put("x-amz-unheard-of", "1"));
  ExpectForbidden(put("Host", "elsewhere:9000"));
  ExpectBad(put("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"));
}

TEST(S3Signing, IsForTheTablesOwnStoreOnly) {
  for (const char* uri :
       {"http://127.0.0.1:9001/lake/wh/t/f", "https://127.0.0.1:9000/lake/wh/t/f",
        "http://127.0.0.1/lake/wh/t/f", "http://localhost:9000/lake/wh/t/f",
        "http://127.0.0.1:9000.evil/lake/wh/t/f"}) {
    ExpectForbidden(Request("GET", uri));
  }
  for (const char* uri :
       {"http://u@127.0.0.1:9000/lake/wh/t/f", "ftp://127.0.0.1:9000/lake",
        "http:///lake/wh/t/f", "http://127.0.0.1:9000@evil/lake/wh/t/f"}) {
    ExpectBad(Request("GET", uri));
  }
  EXPECT_TRUE(Refusal({.region = "us-east-1",
                       .uri = "/lake/wh/t/f",
                       .method = "GET",
                       .headers = {},
                       .properties = {},
                       .body = {}})
                  .has_value());
  SignRules by_host = Rules();
  by_host.endpoints = {"https://s3.example"};
  ExpectSigned(Request("GET", "https://lake.s3.example/wh/t/f"), by_host);
  ExpectSigned(Request("GET", "https://LAKE.s3.example:443/wh/t/f"), by_host);
  ExpectForbidden(Request("GET", "https://lake.s3.example/x/t/f"), by_host);
  ExpectForbidden(Request("GET", "https://lake.s3.example//wh/t/f"), by_host);
  ExpectForbidden(Request("GET", "https://secret.s3.example/wh/t/f"), by_host);
  ExpectForbidden(Request("GET", "https://lake.s3.example.evil/wh/t/f"), by_host);
}

TEST(S3Signing, KnowsTheHostsOfAws) {
  SignRules aws = Rules();
  aws.endpoints.clear();
  for (const char* uri : {"https://s3.us-east-1.amazonaws.com/lake/wh/t/f",
                          "https://lake.s3.us-east-1.amazonaws.com/wh/t/f",
                          "https://lake.s3.amazonaws.com/wh/t/f",
                          "https://lake.s3.dualstack.us-east-1.amazonaws.com/wh/t/f"}) {
    ExpectSigned(Request("GET", uri), aws);
  }
  for (const char* uri : {"http://lake.s3.amazonaws.com/wh/t/f",
                          "https://lake.s3.eu-west-1.amazonaws.com/wh/t/f",
                          "https://s3.us-east-1.amazonaws.com.evil/lake/wh/t/f",
                          "https://sts.us-east-1.amazonaws.com/lake/wh/t/f"}) {
    ExpectForbidden(Request("GET", uri), aws);
  }
}

std::string DeleteBody(std::initializer_list<std::string_view> keys) {
  std::string body = "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
  for (const std::string_view key : keys) {
    body += "<Object><Key>" + std::string(key) + "</Key></Object>";
  }
  return body + "<Quiet>true</Quiet></Delete>";
}

SignRequest Deletion(std::optional<std::string> body, Headers headers = {}) {
  return Request("POST", "/lake?delete", std::move(headers), std::move(body));
}

TEST(S3Signing, DeletionsAreReadKeyByKey) {
  ExpectSigned(Deletion(DeleteBody({"wh/t/a", "wh/t/b&amp;c", "data//t/d"})));
  ExpectBad(Deletion({}));
  ExpectBad(Deletion(""));
  ExpectBad(Deletion("no XML"));
  ExpectBad(Deletion("<Remove/>"));
  ExpectBad(Deletion("<!DOCTYPE d [<!ENTITY k 'secret'>]>" + DeleteBody({"&k;"})));
  ExpectForbidden(Deletion(DeleteBody({})));
  ExpectForbidden(Deletion(DeleteBody({"wh/t/a", "secret/b"})));
  ExpectForbidden(Deletion(DeleteBody({"data/t/a"})));
  ExpectForbidden(Deletion(DeleteBody({"wh/t/../secret"})));
  ExpectForbidden(Deletion(DeleteBody({"wh/t&#47;..&#47;secret"})));
  ExpectForbidden(
      Deletion("<Delete><Object><Key>wh/t/a</Key><Key>secret</Key></Object>"
               "</Delete>"));
  ExpectForbidden(
      Deletion("<Delete><Object><Key>wh/t/a</Key><VersionId>1</VersionId>"
               "</Object></Delete>"));
  ExpectForbidden(Deletion("<Delete><Objects><Key>wh/t/a</Key></Objects></Delete>"));
  ExpectForbidden(Request("POST", "/another?delete", {}, DeleteBody({"wh/t/a"})));
}

TEST(S3Signing, ADeletionIsBoundToTheBodyThatWasChecked) {
  const std::string body = DeleteBody({"wh/t/a"});
  const std::string digest = HexOf(Sha256(body));
  ASSERT_OK_AND_ASSIGN(const net::AwsRequest allowed,
                       CheckSignRequest(Deletion(body), Rules()));
  EXPECT_EQ(*allowed.headers.Find("x-amz-content-sha256"), digest);
  ExpectSigned(Deletion(body, {{"x-amz-content-sha256", {digest}}}));
  ExpectForbidden(Deletion(body, {{"x-amz-content-sha256", {"UNSIGNED-PAYLOAD"}}}));
  ExpectForbidden(Deletion(body, {{"x-amz-content-sha256", {HexOf(Sha256("other"))}}}));
}

TEST(S3Signing, ReadersDoNotWrite) {
  const SignRules readers = Rules(TableAccess::kRead);
  ExpectSigned(Request("GET", "/lake/wh/t/f"), readers);
  ExpectSigned(Request("HEAD", "/lake/wh/t/f"), readers);
  ExpectSigned(Request("GET", "/lake?prefix=wh/t/"), readers);
  ExpectForbidden(Request("PUT", "/lake/wh/t/f"), readers);
  ExpectForbidden(Request("POST", "/lake/wh/t/f?uploads"), readers);
  ExpectForbidden(Request("DELETE", "/lake/wh/t/f"), readers);
  ExpectForbidden(Deletion(DeleteBody({"wh/t/a"})), readers);
}

TEST(S3Signing, WithoutADirectoryNothingIsSigned) {
  const SignRules none = {
      .roots = {}, .access = TableAccess::kReadWrite, .endpoints = {kStore}};
  ExpectForbidden(Request("GET", "/lake/wh/t/f"), none);
  ExpectForbidden(Request("GET", "/lake?prefix=wh/t/"), none);
}

TEST(S3Signing, SignsTheStoresHeadersAndNotThoseOfTheWay) {
  ASSERT_OK_AND_ASSIGN(const net::AwsRequest allowed,
                       CheckSignRequest(Request("PUT", "/lake/wh/t/f",
                                                {{"Content-Type", {"a/b"}},
                                                 {"Content-MD5", {"x=="}},
                                                 {"User-Agent", {"spark"}},
                                                 {"Range", {"bytes=0-9"}},
                                                 {"amz-sdk-invocation-id", {"1"}},
                                                 {"Authorization", {"old"}},
                                                 {"X-Amz-Date", {"20200101T000000Z"}},
                                                 {"X-Amz-Security-Token", {"theirs"}},
                                                 {"x-amz-storage-class", {"STANDARD"}}}),
                                        Rules()));
  std::vector<std::string> names;
  for (const auto& [name, value] : allowed.headers.all()) {
    names.push_back(name);
  }
  EXPECT_EQ(names,
            (std::vector<std::string>{"content-type", "content-md5",
                                      "x-amz-storage-class", "X-Amz-Content-Sha256"}));
  EXPECT_EQ(*allowed.headers.Find("x-amz-content-sha256"), net::kUnsignedPayload);
}

TEST(SignRequest, IsReadFromJson) {
  const Json good = Json::parse(R"({"region": "r", "uri": "u", "method": "GET",
      "headers": {"a": ["b", "c"]}, "properties": {"p": "q"}, "body": "x",
      "provider": "S3"})");
  ASSERT_OK_AND_ASSIGN(const SignRequest request, SignRequestFromJson(good));
  EXPECT_EQ(request.region, "r");
  EXPECT_EQ(request.headers.front().second, (std::vector<std::string>{"b", "c"}));
  EXPECT_EQ(request.properties.at("p"), "q");
  EXPECT_EQ(request.body, "x");
  for (const char* change :
       {R"({"region": null})", R"({"uri": 1})", R"({"method": null})",
        R"({"headers": null})", R"({"headers": {"a": "b"}})",
        R"({"headers": {"a": [1]}})", R"({"provider": "gs"})", R"({"body": {}})"}) {
    Json bad = good;
    bad.merge_patch(Json::parse(change));
    if (bad.contains("headers") &&
        std::string(change).find("headers") != std::string::npos) {
      bad["headers"] = Json::parse(change)["headers"];
    }
    const auto parsed = SignRequestFromJson(bad);
    ASSERT_FALSE(parsed.ok()) << change;
    EXPECT_EQ(CodeOf(parsed.status()), ErrorCode::kInvalidArgument) << change;
  }
}

}  // namespace
}  // namespace tarn::gateway
