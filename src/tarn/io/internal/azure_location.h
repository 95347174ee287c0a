// What an Azure location names: account, container and blob.
#pragma once

#include <string>
#include <string_view>

#include "tarn/base/result.h"

namespace tarn::io {

/// Of "abfss://container@account.dfs.core.windows.net/a/b": "account",
/// ".blob.core.windows.net", ".dfs.core.windows.net", "container/a/b".
/// "abfss://container/a/b" names no account and no authorities.
struct AzureLocation {
  std::string account;
  std::string blob_authority;  // what comes after the account
  std::string dfs_authority;
  std::string path;  // nothing is percent-decoded
};

/// True for abfs, abfss, wasb and wasbs.
bool IsAzureScheme(std::string_view scheme);

/// Errors: kInvalidArgument.
Result<AzureLocation> ParseAzureLocation(const std::string& location);

}  // namespace tarn::io
