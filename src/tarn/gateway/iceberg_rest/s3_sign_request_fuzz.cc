// Any bytes as a request to sign: what is signed lies within the table, however it is
// read.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tarn/base/error.h"
#include "tarn/gateway/iceberg_rest/internal/s3_sign_request.h"
#include "tarn/gateway/iceberg_rest/internal/s3_target.h"
#include "tarn/gateway/iceberg_rest/internal/staged_grant.h"
#include "tarn/gateway/iceberg_rest/internal/xml_element.h"

namespace {

using tarn::gateway::SignRequest;
using tarn::gateway::SignRules;

const SignRules& Rules() {
  static const SignRules rules = {
      .roots = {tarn::gateway::ParseStoreRoot("s3://lake/wh/t")},
      .access = tarn::gateway::TableAccess::kReadWrite,
      .endpoints = {"http://s3"}};
  return rules;
}

void Check(const SignRequest& request) {
  const auto allowed = CheckSignRequest(request, Rules());
  if (!allowed.ok()) {
    return;
  }
  TARN_CHECK(request.uri.starts_with("http") || request.uri.starts_with("HTTP") ||
             request.uri.find("://") != std::string::npos);
  const auto target = tarn::gateway::ParseS3Url(request.uri, request.region,
                                                Rules().endpoints, Rules().roots);
  TARN_CHECK(target.ok() && target->bucket == "lake");
  for (const std::string& key : target->keys) {
    TARN_CHECK(key.starts_with("wh/t/") && !tarn::gateway::HasDots(key));
  }
  if (target->keys.empty() && request.method == "GET") {
    for (const std::string& prefix : target->query.at("prefix")) {
      TARN_CHECK(prefix.starts_with("wh/t/") && !tarn::gateway::HasDots(prefix));
    }
  }
  const auto headers = tarn::net::SignAws(
      *allowed, {.access_key_id = "key", .secret_access_key = "secret"},
      {"s3", request.region}, std::chrono::milliseconds(1));
  if (headers.ok()) {
    TARN_CHECK(headers->Find("Authorization")->find("secret") == std::string::npos);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto json = tarn::ParseJson(input, "request");
  if (json.ok()) {
    const auto request = tarn::gateway::SignRequestFromJson(*json);
    if (request.ok()) {
      Check(*request);
    }
  }
  for (const char* method : {"GET", "PUT", "POST"}) {
    Check({.region = "r",
           .uri = "http://s3/" + std::string(input),
           .method = method,
           .headers = {{"x-amz-copy-source", {std::string(input)}}},
           .properties = {},
           .body = std::string(input)});
    Check({.region = "r",
           .uri = "http://s3/lake/wh/t/" + std::string(input),
           .method = method,
           .headers = {},
           .properties = {},
           .body = std::string(input)});
  }
  Check({.region = "r",
         .uri = "http://s3/lake?delete",
         .method = "POST",
         .headers = {},
         .properties = {},
         .body = std::string(input)});
  tarn::gateway::ParseXml(input).status().ok();
  TARN_CHECK(!tarn::gateway::OpenStagedGrant(input, "secret", {}).ok());
  return 0;
}
