#include "tarn/gateway/iceberg_rest/internal/s3_session.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <ctime>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/base/json_fields.h"
#include "tarn/gateway/iceberg_rest/internal/xml_element.h"

namespace tarn::gateway {
namespace {

constexpr char kDefaultRegion[] = "us-east-1";
constexpr size_t kSessionNameMax = 64;
constexpr size_t kReasonBytesMax = 300;

/// Policies have wildcards and variables; "${*}" is an asterisk.
std::string PolicyLiteral(std::string_view text) {
  std::string literal;
  for (const char c : text) {
    if (c == '*' || c == '?' || c == '$') {
      literal += std::string("${") + c + '}';
    } else {
      literal += c;
    }
  }
  return literal;
}

/// "aws", "aws-cn", … of "arn:aws-cn:iam::1:role/x".
std::string PartitionOf(const std::string& role_arn) {
  constexpr std::string_view kArn = "arn:";
  if (!role_arn.starts_with(kArn)) {
    return "aws";
  }
  return role_arn.substr(kArn.size(), role_arn.find(':', kArn.size()) - kArn.size());
}

std::string KeyPattern(const StoreRoot& root) {
  return root.key.empty() ? "*" : PolicyLiteral(root.key) + "/*";
}

Json ObjectActions(TableAccess access) {
  if (access == TableAccess::kRead) {
    return Json::array({"s3:GetObject", "s3:GetObjectVersion"});
  }
  return Json::array({"s3:GetObject", "s3:GetObjectVersion", "s3:PutObject",
                      "s3:DeleteObject", "s3:PutObjectTagging", "s3:AbortMultipartUpload",
                      "s3:ListMultipartUploadParts"});
}

std::string RegionOf(const S3VendingOptions& options) {
  return options.store.region.empty() ? kDefaultRegion : options.store.region;
}

std::string EndpointOf(const S3VendingOptions& options) {
  if (!options.sts_endpoint.empty()) {
    return options.sts_endpoint;
  }
  // Stores that are not AWS answer STS where they answer S3.
  if (!options.store.endpoint.empty()) {
    return options.store.endpoint;
  }
  const bool is_china = PartitionOf(options.role_arn) == "aws-cn";
  return fmt::format("https://sts.{}.amazonaws.com{}", RegionOf(options),
                     is_china ? ".cn" : "");
}

std::string FormBody(const S3SessionRequest& request) {
  const S3VendingOptions& options = request.options;
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(request.duration).count();
  std::string body = "Action=AssumeRole&Version=2011-06-15";
  const auto add = [&body](std::string_view name, std::string_view value) {
    if (!value.empty()) {
      body += fmt::format("&{}={}", name, net::PercentEncode(value));
    }
  };
  add("RoleArn", options.role_arn);
  add("RoleSessionName", S3SessionName(request.principal));
  add("DurationSeconds", std::to_string(seconds));
  add("ExternalId", options.external_id);
  add("Policy", S3SessionPolicy(request.roots, request.access, options));
  return body;
}

/// What STS says went wrong, in one line; it names roles and users, and no secret.
Status Refusal(const net::HttpClientResponse& answer) {
  std::string reason;
  if (const auto document = ParseXml(answer.body); document.ok()) {
    const XmlElement* error = document->Find("Error");
    const XmlElement& said = error == nullptr ? *document : *error;
    reason = fmt::format(": {}: {}", said.TextOf("Code"), said.TextOf("Message"));
    std::ranges::replace_if(reason, [](char c) { return c == '\n' || c == '\r'; }, ' ');
    reason.resize(std::min(reason.size(), kReasonBytesMax));
  }
  const bool is_passing = answer.status >= 500 || answer.status == 429;
  return MakeError(
      is_passing ? ErrorCode::kUnavailable : ErrorCode::kForbidden,
      fmt::format("STS refused a session with status {}{}", answer.status, reason));
}

Result<S3Session> SessionOf(const net::HttpClientResponse& answer) {
  const Status wrong =
      MakeError(ErrorCode::kInvalidData, "STS answered without the keys of a session");
  const auto document = ParseXml(answer.body);
  const XmlElement* result = document.ok() ? document->Find("AssumeRoleResult") : nullptr;
  const XmlElement* credentials =
      result == nullptr ? nullptr : result->Find("Credentials");
  if (credentials == nullptr) {
    return wrong;
  }
  S3Session session;
  session.keys.access_key_id = credentials->TextOf("AccessKeyId");
  session.keys.secret_access_key = credentials->TextOf("SecretAccessKey");
  session.keys.session_token = credentials->TextOf("SessionToken");
  if (session.keys.access_key_id.empty() || session.keys.secret_access_key.empty() ||
      session.keys.session_token.empty()) {
    return wrong;
  }
  ARROW_ASSIGN_OR_RAISE(session.expires_at,
                        ParseUtcTime(credentials->TextOf("Expiration")));
  return session;
}

}  // namespace

std::string S3SessionPolicy(const std::vector<StoreRoot>& roots, TableAccess access,
                            const S3VendingOptions& options) {
  const std::string arn = "arn:" + PartitionOf(options.role_arn) + ":s3:::";
  Json statements = Json::array();
  Json objects = Json::array();
  std::set<std::string> buckets;
  for (const StoreRoot& root : roots) {
    objects.push_back(arn + root.bucket + "/" + KeyPattern(root));
    buckets.insert(root.bucket);
  }
  statements.push_back(
      {{"Effect", "Allow"}, {"Action", ObjectActions(access)}, {"Resource", objects}});
  for (const std::string& bucket : buckets) {
    Json prefixes = Json::array();
    for (const StoreRoot& root : roots) {
      if (root.bucket == bucket) {
        prefixes.push_back(KeyPattern(root));
      }
    }
    statements.push_back({{"Effect", "Allow"},
                          {"Action", Json::array({"s3:ListBucket"})},
                          {"Resource", Json::array({arn + bucket})},
                          {"Condition", {{"StringLike", {{"s3:prefix", prefixes}}}}}});
    statements.push_back({{"Effect", "Allow"},
                          {"Action", Json::array({"s3:GetBucketLocation"})},
                          {"Resource", Json::array({arn + bucket})}});
  }
  if (!options.kms_key_arn.empty()) {
    Json actions = Json::array({"kms:Decrypt", "kms:DescribeKey"});
    if (access == TableAccess::kReadWrite) {
      actions.push_back("kms:GenerateDataKey");
    }
    statements.push_back({{"Effect", "Allow"},
                          {"Action", actions},
                          {"Resource", Json::array({options.kms_key_arn})}});
  }
  return DumpJson(Json{{"Version", "2012-10-17"}, {"Statement", statements}});
}

std::string S3SessionName(std::string_view principal) {
  std::string name = "tarn-";
  for (const char c : principal) {
    const bool is_allowed = std::isalnum(static_cast<unsigned char>(c)) != 0 ||
                            std::string_view("_+=,.@-").find(c) != std::string_view::npos;
    name += is_allowed ? c : '-';
  }
  name.resize(std::min(name.size(), kSessionNameMax));
  return name;
}

Result<S3Session> AssumeRole(const S3SessionRequest& request, net::HttpClient& client) {
  const S3VendingOptions& options = request.options;
  net::AwsRequest call{.method = "POST", .url = EndpointOf(options)};
  if (!call.url.ends_with('/')) {
    call.url += '/';
  }
  call.headers.Set("Content-Type", "application/x-www-form-urlencoded");
  call.headers.Set("Accept", "application/xml");
  call.payload = FormBody(request);
  const net::AwsCredentials keys{options.store.access_key_id,
                                 options.store.secret_access_key,
                                 options.store.session_token};
  ARROW_ASSIGN_OR_RAISE(
      net::HttpHeaders headers,
      net::SignAws(call, keys, {"sts", RegionOf(options)}, request.now));
  const auto answer = client.Send({.method = "POST",
                                   .url = call.url,
                                   .headers = std::move(headers),
                                   .body = std::move(call.payload)});
  if (!answer.ok()) {
    return WithContext("Cannot ask STS for a session: ", answer.status());
  }
  return answer->status == 200 ? SessionOf(*answer) : Refusal(*answer);
}

Result<std::chrono::milliseconds> ParseUtcTime(std::string_view text) {
  std::tm parts{};
  int used = 0;
  const std::string copy(text);
  const int found = std::sscanf(copy.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d%n", &parts.tm_year,
                                &parts.tm_mon, &parts.tm_mday, &parts.tm_hour,
                                &parts.tm_min, &parts.tm_sec, &used);
  const std::string_view rest =
      text.substr(std::min(text.size(), static_cast<size_t>(found == 6 ? used : 0)));
  if (found != 6 || !rest.ends_with('Z')) {
    return MakeError(ErrorCode::kInvalidData,
                     "A time should look like 2026-01-02T03:04:05Z, got: " + copy);
  }
  parts.tm_year -= 1900;
  parts.tm_mon -= 1;
  return std::chrono::seconds(timegm(&parts));
}

std::string FormatUtcTime(std::chrono::milliseconds time) {
  const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(time).count();
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32] = {};
  const size_t size = std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text, size};
}

}  // namespace tarn::gateway
