// Sessions of STS: temporary keys that open a table's directories and nothing else.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/gateway/iceberg_rest/credential_vendor.h"
#include "tarn/gateway/iceberg_rest/internal/table_roots.h"
#include "tarn/net/aws_signature.h"
#include "tarn/net/http_client.h"

namespace tarn::gateway {

struct S3Session {
  net::AwsCredentials keys;
  std::chrono::milliseconds expires_at{0};  // since the Unix epoch
};

/// The session policy: objects below `roots` (all of S3) may be read, or read, written
/// and deleted, and listed. Keys with wildcard characters mean themselves.
std::string S3SessionPolicy(const std::vector<StoreRoot>& roots, TableAccess access,
                            const S3VendingOptions& options);

/// "tarn-ada" of "ada": what AWS takes as a session's name, which its logs then show.
std::string S3SessionName(std::string_view principal);

struct S3SessionRequest {
  const S3VendingOptions& options;
  const std::vector<StoreRoot>& roots;
  std::string_view principal;
  TableAccess access = TableAccess::kRead;
  std::chrono::milliseconds duration{0};
  std::chrono::milliseconds now{0};
};
/// AssumeRole. Errors: kForbidden when STS refuses, with its words; kUnavailable and
/// those of HttpClient when it cannot be asked; kInvalidData for an answer that is none.
Result<S3Session> AssumeRole(const S3SessionRequest& request, net::HttpClient& client);

/// Milliseconds since the Unix epoch of "2026-01-02T03:04:05Z" (also with a fraction).
/// Errors: kInvalidData.
Result<std::chrono::milliseconds> ParseUtcTime(std::string_view text);
/// "2026-01-02T03:04:05Z", the fraction left out.
std::string FormatUtcTime(std::chrono::milliseconds time);

}  // namespace tarn::gateway
