// The directories that a table's files are in, and those that access is given to.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/gateway/iceberg_rest/vending_options.h"
#include "tarn/iceberg/table_metadata.h"

namespace tarn::gateway {

enum class StoreKind : uint8_t { kNone, kS3, kAzure, kGcs };

/// A directory of an object store. Keys are bytes: nothing is decoded or normalized.
struct StoreRoot {
  StoreKind kind = StoreKind::kNone;
  std::string location;  // as the table has it, without slashes at the end
  std::string host;      // Azure: "account.dfs.core.windows.net"; may be empty
  std::string bucket;    // or container
  std::string key;       // "" for the whole bucket; no slash at the end

  /// "account" of `host`.
  std::string account() const { return host.substr(0, host.find('.')); }
  /// True for keys below the directory: "a/b" holds "a/b/c" and "a/b//c", and neither
  /// "a/b", "a/bc" nor "a//b/c".
  bool Holds(std::string_view other_bucket, std::string_view other_key) const;
};

/// kNone for local files and anything else that is no object store's.
StoreRoot ParseStoreRoot(std::string_view location);

/// Where the table's files are now and where its writers put new ones: its location and
/// the paths of its properties. None twice, none within another.
std::vector<StoreRoot> RootsOf(const iceberg::TableMetadata& table);

/// Those of RootsOf() that lie below the warehouse or the listed locations: a table may
/// name any place as its own, which must not open it to whoever made the table.
std::vector<StoreRoot> RootsToOpen(const iceberg::TableMetadata& table,
                                   const VendingOptions& options);

}  // namespace tarn::gateway
