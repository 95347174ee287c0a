// AWS Signature Version 4: requests to S3, STS, Glue and their kin, signed.
//
//   AwsRequest request{.method = "GET", .url = "https://glue.eu-west-1.amazonaws.com/…"};
//   ARROW_ASSIGN_OR_RAISE(call.headers, SignAws(request, keys, {"glue", "eu-west-1"},
//                                               clock.Now()));
//
// Paths are encoded once for S3 and never normalized ("a//b" and "a/../b" are names of
// objects); for all other services they are normalized and encoded twice.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "tarn/base/result.h"
#include "tarn/net/http_message.h"

namespace tarn::net {

/// Secrets: in no message and no log.
struct AwsCredentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token = {};  // of temporary credentials
};

struct AwsScope {
  std::string service;  // "s3", "sts", "glue", "s3tables", …
  std::string region;
};

struct AwsRequest {
  std::string method = "GET";
  /// As it goes on the wire: "https://host:port/path?query". Escapes may be written in
  /// any way: what is signed is what they mean, '+' in the query being a space.
  std::string url;
  /// All are signed but those that proxies and clients change on the way (Connection,
  /// Expect, Range, User-Agent, …). Host is that of `url` if it is not here.
  /// X-Amz-Content-Sha256, if here, is taken for the payload's digest: "UNSIGNED-PAYLOAD"
  /// and "STREAMING-…" too; X-Amz-Trailer goes through like any other.
  HttpHeaders headers = {};
  std::string payload = {};  // what is sent, if X-Amz-Content-Sha256 does not say
};

/// Of a payload whose digest is not in the signature (S3 over TLS).
inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";

/// The request's headers with X-Amz-Date, Authorization, X-Amz-Security-Token (with a
/// session token) and, for S3, X-Amz-Content-Sha256 set; what was there of them is
/// replaced. `time` since the Unix epoch. Errors: kInvalidArgument for a URL that is not
/// http or https, or a method, header or scope that no request can have.
Result<HttpHeaders> SignAws(const AwsRequest& request, const AwsCredentials& credentials,
                            const AwsScope& scope, std::chrono::milliseconds time);

/// The URL with the signature in its query, good for `lifetime` (at most seven days, AWS
/// says). The request's headers must then be sent with it; S3's payload is not signed.
/// Errors: as SignAws.
Result<std::string> PresignAws(const AwsRequest& request,
                               const AwsCredentials& credentials, const AwsScope& scope,
                               std::chrono::milliseconds time,
                               std::chrono::seconds lifetime);

}  // namespace tarn::net
