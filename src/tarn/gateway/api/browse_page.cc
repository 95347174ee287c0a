#include "tarn/gateway/api/browse_page.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "tarn/base/error.h"

namespace tarn::gateway {
namespace {

/// How far into a list a page may begin: what is before it is gone through every time.
constexpr size_t kBeginMax = 1'000'000;

template <typename Number>
std::optional<Number> NumberOf(std::string_view text) {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  const bool is_whole = parsed.ec == std::errc() && parsed.ptr == end && !text.empty();
  return is_whole ? std::optional(number) : std::nullopt;
}

Result<const iceberg::Snapshot*> FindSnapshot(const iceberg::TableMetadata& metadata,
                                              std::string_view text) {
  const auto id = NumberOf<int64_t>(text);
  const iceberg::Snapshot* snapshot =
      id ? metadata.FindSnapshot(iceberg::SnapshotId{*id}) : nullptr;
  if (snapshot != nullptr) {
    return snapshot;
  }
  return MakeError(
      id ? ErrorCode::kNoSuchSnapshot : ErrorCode::kInvalidArgument,
      fmt::format("The table has no snapshot {}; it may have expired", text));
}

}  // namespace

Result<size_t> PageSizeOf(const net::HttpRequest& request) {
  const auto text = request.QueryParameter("page_size");
  if (!text) {
    return kBrowsePageSize;
  }
  const auto size = NumberOf<size_t>(*text);
  if (!size || *size == 0 || *size > kBrowsePageSizeMax) {
    return MakeError(ErrorCode::kInvalidArgument,
                     fmt::format("page_size must be a number from 1 to {}, got: {}",
                                 kBrowsePageSizeMax, *text));
  }
  return *size;
}

std::string SnapshotPage::NextToken() const {
  return fmt::format("{}:{}", snapshot == nullptr ? 0 : snapshot->id.value, begin + size);
}

Result<SnapshotPage> SnapshotPageOf(const net::HttpRequest& request,
                                    const iceberg::TableMetadata& metadata) {
  SnapshotPage page;
  ARROW_ASSIGN_OR_RAISE(page.size, PageSizeOf(request));
  const auto token = request.QueryParameter("page_token");
  if (token && !token->empty()) {
    const size_t colon = std::min(token->find(':'), token->size());
    const auto begin = NumberOf<size_t>(
        std::string_view(*token).substr(std::min(colon + 1, token->size())));
    if (!begin || *begin > kBeginMax) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "page_token is none that this call gave out: " + *token);
    }
    page.begin = *begin;
    ARROW_ASSIGN_OR_RAISE(page.snapshot, FindSnapshot(metadata, token->substr(0, colon)));
    return page;
  }
  const auto id = request.QueryParameter("snapshot");
  if (id && !id->empty()) {
    ARROW_ASSIGN_OR_RAISE(page.snapshot, FindSnapshot(metadata, *id));
  } else {
    page.snapshot = metadata.current_snapshot();
  }
  return page;
}

Json IdJson(const std::optional<iceberg::SnapshotId>& id) {
  return id ? Json(std::to_string(id->value)) : Json(nullptr);
}

BrowseOrder OrderOf(const net::HttpRequest& request) {
  BrowseOrder order;
  order.key = request.QueryParameter("order").value_or("");
  if (order.key.starts_with('-')) {
    order.is_descending = true;
    order.key.erase(0, 1);
  }
  return order;
}

Status NoSuchOrder(const BrowseOrder& order, std::string_view known) {
  return MakeError(ErrorCode::kInvalidArgument,
                   fmt::format("order must be one of {}, with - before it for the "
                               "largest first, got: {}",
                               known, order.key));
}

std::optional<int64_t> SummaryNumber(const iceberg::Snapshot& snapshot,
                                     const std::string& key) {
  const auto found = snapshot.summary.find(key);
  return found == snapshot.summary.end() ? std::nullopt
                                         : NumberOf<int64_t>(found->second);
}

Json NumberJson(const std::optional<int64_t>& number) {
  return number ? Json(*number) : Json(nullptr);
}

}  // namespace tarn::gateway
