// Pages of long lists, and what else a query of the browse API says.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/net/http_message.h"

namespace tarn::gateway {

inline constexpr size_t kBrowsePageSize = 100;  // where the client does not say
inline constexpr size_t kBrowsePageSizeMax = 1'000;

/// `page_size` of the query. Errors: kInvalidArgument, also for more than the maximum.
Result<size_t> PageSizeOf(const net::HttpRequest& request);

/// A page of a list that belongs to one snapshot, which the token names: a table that is
/// written meanwhile does not shift it.
struct SnapshotPage {
  const iceberg::Snapshot* snapshot = nullptr;  // nullptr: the table has none
  size_t begin = 0;
  size_t size = kBrowsePageSize;

  /// Of the page after this one.
  std::string NextToken() const;
};
/// `page_token`, or else `snapshot` (an id; the current one if absent). Errors:
/// kInvalidArgument, kNoSuchSnapshot.
Result<SnapshotPage> SnapshotPageOf(const net::HttpRequest& request,
                                    const iceberg::TableMetadata& metadata);

/// Ids go as text: numbers of 64 bits do not survive JavaScript.
Json IdJson(const std::optional<iceberg::SnapshotId>& id);

/// A list's order: "bytes" ascending, "-bytes" descending.
struct BrowseOrder {
  std::string key;  // empty: as the metadata has it
  bool is_descending = false;
};
BrowseOrder OrderOf(const net::HttpRequest& request);
/// kInvalidArgument with the keys that there are.
Status NoSuchOrder(const BrowseOrder& order, std::string_view known);

/// A number of a snapshot's summary; null if it has none.
std::optional<int64_t> SummaryNumber(const iceberg::Snapshot& snapshot,
                                     const std::string& key);
Json NumberJson(const std::optional<int64_t>& number);

}  // namespace tarn::gateway
