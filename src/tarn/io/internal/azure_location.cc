#include "tarn/io/internal/azure_location.h"

#include <string_view>

#include "tarn/base/error.h"
#include "tarn/io/internal/object_store.h"

namespace tarn::io {

bool IsAzureScheme(std::string_view scheme) {
  return scheme == "abfs" || scheme == "abfss" || scheme == "wasb" || scheme == "wasbs";
}

namespace {

/// An account has a Data Lake and a Blob address, which differ in one word; either
/// stands for both. ".dfs.core.windows.net" becomes ".blob.core.windows.net"; other
/// domains are left.
std::string ForService(std::string authority, std::string_view service) {
  for (const std::string_view other : {".dfs.", ".blob."}) {
    if (const size_t at = authority.find(other); at != std::string::npos) {
      return authority.replace(at, other.size(), service);
    }
  }
  return authority;
}

}  // namespace

Result<AzureLocation> ParseAzureLocation(const std::string& location) {
  ARROW_ASSIGN_OR_RAISE(const std::string path, BucketAndKey("Azure", location));
  const size_t slash = path.find('/');
  const std::string authority = path.substr(0, slash);
  const std::string below = slash == std::string::npos ? "" : path.substr(slash);
  const size_t at = authority.find('@');
  if (at == std::string::npos) {
    return AzureLocation{.path = path};
  }
  const std::string host = authority.substr(at + 1);
  AzureLocation parsed{.account = host.substr(0, host.find('.')),
                       .path = authority.substr(0, at) + below};
  if (at == 0 || parsed.account.empty()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "An Azure location looks like "
                     "abfss://container@account.dfs.core.windows.net/path, got: " +
                         location);
  }
  const std::string rest = host.substr(parsed.account.size());
  parsed.blob_authority = ForService(rest, ".blob.");
  parsed.dfs_authority = ForService(rest, ".dfs.");
  return parsed;
}

}  // namespace tarn::io
