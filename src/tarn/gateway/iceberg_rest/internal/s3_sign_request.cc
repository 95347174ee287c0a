#include "tarn/gateway/iceberg_rest/internal/s3_sign_request.h"

#include <algorithm>
#include <initializer_list>
#include <string_view>

#include <fmt/format.h>

#include "tarn/base/digest.h"
#include "tarn/base/error.h"
#include "tarn/gateway/iceberg_rest/internal/s3_target.h"
#include "tarn/gateway/iceberg_rest/internal/xml_element.h"

namespace tarn::gateway {
namespace {

constexpr size_t kDeletedKeysMax = 1000;  // S3's own limit
constexpr std::string_view kContentSha256 = "x-amz-content-sha256";

/// Headers of the store's that clients may send; those that end in '-' are prefixes.
/// Others change rights (x-amz-grant-*), hold objects (x-amz-object-lock-*) or name
/// further objects (x-amz-rename-source).
constexpr std::string_view kAllowedHeaders[] = {
    "x-amz-acl",
    "x-amz-api-version",
    "x-amz-checksum-",
    "x-amz-content-sha256",
    "x-amz-copy-source",
    "x-amz-copy-source-if-",
    "x-amz-copy-source-range",
    "x-amz-copy-source-server-side-encryption-",
    "x-amz-date",
    "x-amz-decoded-content-length",
    "x-amz-expected-bucket-owner",
    "x-amz-meta-",
    "x-amz-metadata-directive",
    "x-amz-mp-object-size",
    "x-amz-request-payer",
    "x-amz-sdk-checksum-algorithm",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-",
    "x-amz-source-expected-bucket-owner",
    "x-amz-storage-class",
    "x-amz-tagging",
    "x-amz-tagging-directive",
    "x-amz-te",
    "x-amz-trailer",
    "x-amz-user-agent"};
/// Grants that give nobody else anything.
constexpr std::string_view kAllowedAcls[] = {"private", "bucket-owner-read",
                                             "bucket-owner-full-control"};

Status Forbidden(std::string_view what) {
  return MakeError(ErrorCode::kForbidden, fmt::format("Not signed: {}", what));
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lower;
}

bool IsAllowedHeader(std::string_view name) {
  return std::ranges::any_of(kAllowedHeaders, [name](std::string_view allowed) {
    return allowed.ends_with('-') ? name.starts_with(allowed) : name == allowed;
  });
}

/// True if the query has these names and no others; "x-id", which SDKs add for their own
/// use, aside. Those in `optional` may be missing.
bool HasQuery(const S3Target& target, std::initializer_list<std::string_view> required,
              std::initializer_list<std::string_view> optional = {}) {
  for (const std::string_view name : required) {
    if (!target.query.contains(std::string(name))) {
      return false;
    }
  }
  return std::ranges::all_of(target.query, [&](const auto& field) {
    return field.first == "x-id" ||
           std::ranges::find(required, field.first) != required.end() ||
           std::ranges::find(optional, field.first) != optional.end();
  });
}

enum class Operation : uint8_t { kRefused, kRead, kList, kWrite, kDeleteMany };

Operation ObjectOperation(const std::string& method, const S3Target& target) {
  if (method == "GET" &&
      HasQuery(target, {"uploadId"}, {"max-parts", "part-number-marker"})) {
    return Operation::kWrite;  // the parts of an upload of one's own
  }
  if (method == "GET" || method == "HEAD") {
    return HasQuery(target, {}, {"partNumber", "versionId"}) ? Operation::kRead
                                                             : Operation::kRefused;
  }
  const bool is_write =
      (method == "PUT" &&
       (HasQuery(target, {}) || HasQuery(target, {"partNumber", "uploadId"}))) ||
      (method == "POST" &&
       (HasQuery(target, {"uploads"}) || HasQuery(target, {"uploadId"}))) ||
      (method == "DELETE" && HasQuery(target, {}, {"uploadId"}));
  return is_write ? Operation::kWrite : Operation::kRefused;
}

Operation BucketOperation(const std::string& method, const S3Target& target) {
  if (method == "GET" &&
      HasQuery(target, {"prefix"},
               {"list-type", "delimiter", "continuation-token", "start-after", "marker",
                "max-keys", "encoding-type", "fetch-owner"})) {
    return Operation::kList;
  }
  return method == "POST" && HasQuery(target, {"delete"}) ? Operation::kDeleteMany
                                                          : Operation::kRefused;
}

Status CheckDeleteBody(const SignRequest& request, const S3Target& target,
                       const SignRules& rules) {
  if (!request.body || request.body->empty()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "A deletion of several objects is signed with its body only: send "
                     "it as \"body\"");
  }
  ARROW_ASSIGN_OR_RAISE(const XmlElement document, ParseXml(*request.body));
  if (document.name != "Delete" || document.children.size() > kDeletedKeysMax + 1) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "The body is not a <Delete> of at most 1000 objects");
  }
  size_t num_keys = 0;
  for (const XmlElement& child : document.children) {
    if (child.name == "Quiet" && child.children.empty()) {
      continue;
    }
    if (child.name != "Object" || child.children.size() != 1 ||
        child.children.front().name != "Key" ||
        !child.children.front().children.empty()) {
      return Forbidden("a deletion names its objects by <Key> alone");
    }
    const std::string& key = child.children.front().text;
    if (HasDots(key) || !IsWithin(rules.roots, target.bucket, {key})) {
      return Forbidden("a key of the deletion is outside of the table's location");
    }
    ++num_keys;
  }
  return num_keys > 0 ? Status::OK() : Forbidden("a deletion of no object");
}

Status CheckTarget(const SignRequest& request, const S3Target& target,
                   const SignRules& rules) {
  const Operation operation = target.keys.empty()
                                  ? BucketOperation(request.method, target)
                                  : ObjectOperation(request.method, target);
  if (operation == Operation::kRefused) {
    return Forbidden(fmt::format("{} of {} with this query is none of what tables need",
                                 request.method,
                                 target.keys.empty() ? "a bucket" : "an object"));
  }
  const bool writes =
      operation == Operation::kWrite || operation == Operation::kDeleteMany;
  if (writes && rules.access != TableAccess::kReadWrite) {
    return Forbidden("the table may only be read");
  }
  if (operation == Operation::kDeleteMany) {
    return CheckDeleteBody(request, target, rules);
  }
  const bool is_list = operation == Operation::kList;
  const Readings& names = is_list ? target.query.at("prefix") : target.keys;
  if (std::ranges::any_of(names, HasDots) ||
      !IsWithin(rules.roots, target.bucket, names)) {
    return Forbidden(is_list ? "the list's prefix is not below the table's location"
                             : "the object is outside of the table's location");
  }
  return Status::OK();
}

Status CheckCopySource(std::string_view value, const SignRules& rules) {
  ARROW_ASSIGN_OR_RAISE(const CopySource source, ParseCopySource(value));
  if (!IsWithin(rules.roots, source.bucket, source.keys)) {
    return Forbidden("the copy's source is outside of the table's location");
  }
  return Status::OK();
}

Status CheckHeader(const std::string& name, const std::string& value,
                   const SignRequest& request, const SignRules& rules) {
  if (!IsAllowedHeader(name)) {
    return Forbidden("tables need no header " + name);
  }
  if (name == "x-amz-copy-source") {
    if (request.method != "PUT") {
      return Forbidden("only a PUT copies");
    }
    return CheckCopySource(value, rules);
  }
  if (name == "x-amz-acl" &&
      std::ranges::find(kAllowedAcls, value) == std::end(kAllowedAcls)) {
    return Forbidden("this x-amz-acl gives others access");
  }
  if (name == kContentSha256 && value.starts_with("STREAMING-AWS4")) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Chunks that are signed one by one cannot be signed remotely; send "
                     "the payload unsigned");
  }
  return Status::OK();
}

/// As S3Target::authority, whatever the scheme.
std::string HostOf(std::string_view host) {
  std::string lower = Lower(host);
  for (const std::string_view port : {":80", ":443"}) {
    if (lower.ends_with(port)) {
      lower.resize(lower.size() - port.size());
    }
  }
  return lower;
}

/// Those that are to be signed; the store's own must be allowed.
Result<net::HttpHeaders> CheckHeaders(const SignRequest& request, const S3Target& target,
                                      const SignRules& rules) {
  net::HttpHeaders headers;
  for (const auto& [given_name, values] : request.headers) {
    const std::string name = Lower(given_name);
    if (headers.Find(name) != nullptr) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "Cannot sign a request with two headers " + name);
    }
    const bool is_the_stores = name.starts_with("x-amz-");
    if (name == "host" &&
        (values.size() != 1 || HostOf(values.front()) != target.authority)) {
      return Forbidden("its Host is not that of its URL");
    }
    if (name == "x-amz-date" || name == "x-amz-security-token") {
      continue;  // ours take their place
    }
    if (!is_the_stores && name != "content-type" && name != "content-md5") {
      continue;  // not signed: proxies and SDKs change them
    }
    if (values.size() != 1 && is_the_stores) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "Cannot sign a request with several values of " + name);
    }
    for (const std::string& value : values) {
      if (is_the_stores) {
        ARROW_RETURN_NOT_OK(CheckHeader(name, value, request, rules));
      }
      headers.Add(name, value);
    }
  }
  return headers;
}

}  // namespace

Result<SignRequest> SignRequestFromJson(const Json& json) {
  const auto read = [&json]() -> Result<SignRequest> {
    ARROW_ASSIGN_OR_RAISE(const JsonFields fields,
                          JsonFields::Make(json, "sign request"));
    SignRequest request;
    ARROW_ASSIGN_OR_RAISE(request.region, fields.String("region"));
    ARROW_ASSIGN_OR_RAISE(request.uri, fields.String("uri"));
    ARROW_ASSIGN_OR_RAISE(request.method, fields.String("method"));
    ARROW_ASSIGN_OR_RAISE(request.properties, fields.StringMap("properties"));
    ARROW_ASSIGN_OR_RAISE(request.body, fields.OptionalString("body"));
    ARROW_ASSIGN_OR_RAISE(const auto provider, fields.OptionalString("provider"));
    if (provider && Lower(*provider) != "s3") {
      return fields.Wrong("provider", "s3");
    }
    ARROW_ASSIGN_OR_RAISE(const Json* headers, fields.Object("headers"));
    for (const auto& [name, values] : headers->items()) {
      if (!values.is_array()) {
        return fields.Wrong("headers", "an object of arrays");
      }
      ARROW_ASSIGN_OR_RAISE(auto texts, StringArray(values, "header"));
      request.headers.emplace_back(name, std::move(texts));
    }
    return request;
  };
  Result<SignRequest> request = read();
  return request.ok()
             ? std::move(request)
             : MakeError(ErrorCode::kInvalidArgument, request.status().message());
}

Result<net::AwsRequest> CheckSignRequest(const SignRequest& request,
                                         const SignRules& rules) {
  ARROW_ASSIGN_OR_RAISE(const S3Target target, ParseS3Url(request.uri, request.region,
                                                          rules.endpoints, rules.roots));
  ARROW_RETURN_NOT_OK(CheckTarget(request, target, rules));
  net::AwsRequest allowed{.method = request.method, .url = request.uri};
  ARROW_ASSIGN_OR_RAISE(allowed.headers, CheckHeaders(request, target, rules));
  if (target.query.contains("delete")) {
    // Else another body could be sent under the signature.
    const std::string digest = HexOf(Sha256(*request.body));
    const std::string* given = allowed.headers.Find(kContentSha256);
    if (given != nullptr && *given != digest) {
      return Forbidden("x-amz-content-sha256 of a deletion must be that of its body");
    }
    allowed.headers.Set("X-Amz-Content-Sha256", digest);
  } else if (allowed.headers.Find(kContentSha256) == nullptr) {
    allowed.headers.Set("X-Amz-Content-Sha256", std::string(net::kUnsignedPayload));
  }
  return allowed;
}

}  // namespace tarn::gateway
