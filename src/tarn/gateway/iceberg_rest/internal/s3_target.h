// What an URL of S3 names: bucket, key and query, in each way that a store might read it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/gateway/iceberg_rest/internal/table_roots.h"

namespace tarn::gateway {

/// Text that may be read in more than one way: a '+' as itself or as a space.
using Readings = std::vector<std::string>;

struct S3Target {
  std::string authority;  // lower case
  std::string bucket;
  Readings keys;                          // empty for the bucket itself
  std::map<std::string, Readings> query;  // each name once
};

/// `endpoints`: base URLs of the store; hosts of AWS in `region` if empty. The bucket is
/// in the path or, for the buckets of `roots`, in the host name. Errors: kForbidden for
/// another store's URL, kInvalidArgument for one that stores could read differently (dot
/// segments, escaped slashes, broken escapes, names given twice).
Result<S3Target> ParseS3Url(std::string_view url, std::string_view region,
                            const std::vector<std::string>& endpoints,
                            const std::vector<StoreRoot>& roots);

struct CopySource {
  std::string bucket;
  Readings keys;
};
/// "bucket/key" or "/bucket/key", escaped, with "?versionId=…" or without. Errors:
/// kInvalidArgument.
Result<CopySource> ParseCopySource(std::string_view text);

/// True if every reading lies within one of `roots`; false if there is none.
bool IsWithin(const std::vector<StoreRoot>& roots, std::string_view bucket,
              const Readings& keys);

/// True if there is a "." or ".." between slashes, also behind a further escape.
bool HasDots(std::string_view key);

}  // namespace tarn::gateway
