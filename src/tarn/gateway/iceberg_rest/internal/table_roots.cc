#include "tarn/gateway/iceberg_rest/internal/table_roots.h"

#include <algorithm>
#include <utility>

#include "tarn/base/logging.h"
#include "tarn/io/file_io.h"

namespace tarn::gateway {
namespace {

// Properties that send new files elsewhere; the last two are of older writers.
constexpr std::string_view kPathProperties[] = {"write.data.path", "write.metadata.path",
                                                "write.object-storage.path",
                                                "write.folder-storage.path"};

StoreKind KindOf(std::string_view scheme) {
  if (scheme == "s3" || scheme == "s3a" || scheme == "s3n") {
    return StoreKind::kS3;
  }
  if (scheme == "gs") {
    return StoreKind::kGcs;
  }
  const bool is_azure =
      scheme == "abfs" || scheme == "abfss" || scheme == "wasb" || scheme == "wasbs";
  return is_azure ? StoreKind::kAzure : StoreKind::kNone;
}

/// "." and ".." are names to an object store, but not to all that is on the way to it.
bool HasDotSegment(std::string_view key) {
  while (true) {
    const std::string_view segment = key.substr(0, key.find('/'));
    if (segment == "." || segment == "..") {
      return true;
    }
    if (segment.size() == key.size()) {
      return false;
    }
    key.remove_prefix(segment.size() + 1);
  }
}

bool IsSameStore(const StoreRoot& a, const StoreRoot& b) {
  return a.kind == b.kind && a.account() == b.account() && a.bucket == b.bucket;
}

/// Strictly below: the warehouse itself is all tables' directory.
bool IsBelow(const StoreRoot& root, const StoreRoot& directory) {
  return IsSameStore(root, directory) && directory.Holds(root.bucket, root.key);
}

}  // namespace

bool StoreRoot::Holds(std::string_view other_bucket, std::string_view other_key) const {
  if (other_bucket != bucket) {
    return false;
  }
  if (key.empty()) {
    return !other_key.empty();
  }
  return other_key.size() > key.size() && other_key.starts_with(key) &&
         other_key[key.size()] == '/';
}

StoreRoot ParseStoreRoot(std::string_view location) {
  while (location.ends_with('/')) {
    location.remove_suffix(1);
  }
  StoreRoot root;
  if (!io::IsStoreLocation(location)) {
    return root;
  }
  const size_t colon = location.find("://");
  std::string scheme(location.substr(0, colon));
  std::ranges::transform(scheme, scheme.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  const std::string_view rest = location.substr(colon + 3);
  const size_t slash = std::min(rest.find('/'), rest.size());
  std::string_view authority = rest.substr(0, slash);
  root.kind = KindOf(scheme);
  if (root.kind == StoreKind::kAzure) {
    if (const size_t at = authority.find('@'); at != std::string_view::npos) {
      root.host = authority.substr(at + 1);
      authority = authority.substr(0, at);
    }
  }
  root.location = location;
  root.bucket = authority;
  root.key = rest.substr(std::min(rest.size(), slash + 1));
  if (root.bucket.empty() || HasDotSegment(root.key)) {
    return {};
  }
  return root;
}

std::vector<StoreRoot> RootsOf(const iceberg::TableMetadata& table) {
  std::vector<StoreRoot> found;
  found.push_back(ParseStoreRoot(table.location));
  for (const std::string_view name : kPathProperties) {
    if (const auto it = table.properties.find(std::string(name));
        it != table.properties.end()) {
      found.push_back(ParseStoreRoot(it->second));
    }
  }
  std::vector<StoreRoot> roots;
  for (const StoreRoot& root : found) {
    const auto covers = [&](const StoreRoot& other) {
      return IsSameStore(other, root) &&
             (other.key == root.key || other.Holds(root.bucket, root.key));
    };
    if (root.kind == StoreKind::kNone || std::ranges::any_of(roots, covers)) {
      continue;
    }
    std::erase_if(roots, [&](const StoreRoot& other) {
      return IsSameStore(other, root) && root.Holds(other.bucket, other.key);
    });
    roots.push_back(root);
  }
  return roots;
}

std::vector<StoreRoot> RootsToOpen(const iceberg::TableMetadata& table,
                                   const VendingOptions& options) {
  std::vector<StoreRoot> allowed = {ParseStoreRoot(options.warehouse)};
  for (const std::string& location : options.locations) {
    allowed.push_back(ParseStoreRoot(location));
  }
  std::vector<StoreRoot> roots = RootsOf(table);
  std::erase_if(roots, [&](const StoreRoot& root) {
    const bool is_allowed = std::ranges::any_of(
        allowed, [&](const StoreRoot& directory) { return IsBelow(root, directory); });
    if (!is_allowed) {
      LogDebug(
          "No access is given to a directory outside of the warehouse and "
          "vend.locations",
          {{"location", root.location}, {"table_uuid", table.table_uuid}});
    }
    return !is_allowed;
  });
  return roots;
}

}  // namespace tarn::gateway
