#include "tarn/gateway/iceberg_rest/internal/azure_sas.h"

#include <algorithm>

#include <fmt/format.h>

#include "tarn/base/digest.h"
#include "tarn/base/error.h"
#include "tarn/gateway/iceberg_rest/internal/s3_session.h"
#include "tarn/net/http_message.h"

namespace tarn::gateway {
namespace {

constexpr char kVersion[] = "2021-12-02";
// Clocks differ: a token that is not good yet would be refused.
constexpr std::chrono::minutes kEarlier(5);

/// In the order that Azure wants.
std::string_view PermissionsOf(TableAccess access, bool is_directory) {
  if (access == TableAccess::kRead) {
    return "rl";
  }
  return is_directory ? "racwdlme" : "racwdl";  // move and execute are of directories
}

}  // namespace

Result<std::string> MakeAzureSas(const AzureSasRequest& request) {
  const auto key = Base64Decode(request.account_key);
  if (!key.ok()) {
    return MakeError(ErrorCode::kInvalidArgument, "adls.account-key is no base64");
  }
  const bool is_directory =
      request.scope == AzureScope::kDirectory && !request.root.key.empty();
  const std::string_view permissions = PermissionsOf(request.access, is_directory);
  const std::string start = FormatUtcTime(request.now - kEarlier);
  const std::string expiry = FormatUtcTime(request.expires_at);
  const std::string_view protocol = request.is_https_only ? "https" : "https,http";
  const std::string_view resource = is_directory ? "d" : "c";
  std::string path = "/blob/" + request.account + "/" + request.root.bucket;
  if (is_directory) {
    path += "/" + request.root.key;
  }
  // Identifier and address are empty; so are snapshot, encryption scope and the five
  // headers of the answer.
  const std::string to_sign =
      fmt::format("{}\n{}\n{}\n{}\n\n\n{}\n{}\n{}\n\n\n\n\n\n\n", permissions, start,
                  expiry, path, protocol, kVersion, resource);
  std::string sas = fmt::format("sv={}&st={}&se={}&sr={}&sp={}&spr={}", kVersion,
                                net::PercentEncode(start), net::PercentEncode(expiry),
                                resource, permissions, net::PercentEncode(protocol));
  if (is_directory) {
    sas += fmt::format("&sdd={}", std::ranges::count(request.root.key, '/') + 1);
  }
  return sas + "&sig=" + net::PercentEncode(Base64Encode(HmacSha256(*key, to_sign)));
}

}  // namespace tarn::gateway
