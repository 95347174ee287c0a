// Requests to S3 that clients want signed: what they would do, and whether that stays
// within the table.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"
#include "tarn/gateway/iceberg_rest/credential_vendor.h"
#include "tarn/gateway/iceberg_rest/internal/table_roots.h"
#include "tarn/net/aws_signature.h"

namespace tarn::gateway {

/// RemoteSignRequest of the REST specification.
struct SignRequest {
  std::string region;
  std::string uri;
  std::string method;
  std::vector<std::pair<std::string, std::vector<std::string>>> headers;
  std::map<std::string, std::string> properties;
  std::optional<std::string> body;  // of DeleteObjects
};
/// Errors: kInvalidArgument, also for providers other than S3.
Result<SignRequest> SignRequestFromJson(const Json& json);

/// What may be signed.
struct SignRules {
  std::vector<StoreRoot> roots;  // of S3
  TableAccess access = TableAccess::kRead;
  /// Base URLs of the store, as clients and Tarn know it; AWS's if empty.
  std::vector<std::string> endpoints;
};

/// Allows what Iceberg's clients do with objects and nothing else: read, write (in parts
/// too), copy, delete, list. Every key, prefix and copy source must lie within one of the
/// roots byte for byte, in each way that a store might read it; sub-resources (?acl and
/// its kin), other headers of the store's and other hosts are refused.
///
/// Gives the request with those headers that are to be signed; the payload of a
/// DeleteObjects is bound to the body that was checked. Errors: kForbidden for what is
/// outside, kInvalidArgument for what no client sends.
Result<net::AwsRequest> CheckSignRequest(const SignRequest& request,
                                         const SignRules& rules);

}  // namespace tarn::gateway
