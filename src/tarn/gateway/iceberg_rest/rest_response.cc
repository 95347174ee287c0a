#include "tarn/gateway/iceberg_rest/rest_response.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/gateway/iceberg_rest/rest_request.h"

namespace tarn::gateway {
namespace {

constexpr size_t kPageSize = 1000;  // where the client does not say

/// The metadata without the snapshots that no ref points to: what `snapshots=refs` asks
/// for.
std::string OnlyReferenced(const iceberg::TableMetadata& metadata) {
  std::set<int64_t> referenced;
  for (const auto& [name, ref] : metadata.refs) {
    referenced.insert(ref.snapshot_id.value);
  }
  if (metadata.current_snapshot_id) {
    referenced.insert(metadata.current_snapshot_id->value);
  }
  iceberg::TableMetadata shown = metadata;
  std::erase_if(shown.snapshots, [&](const iceberg::Snapshot& snapshot) {
    return !referenced.contains(snapshot.id.value);
  });
  return iceberg::TableMetadataToJson(shown);
}

/// Put together as text: the metadata is a document already.
std::string LoadResult(const std::string& location, const std::string& metadata) {
  std::string body = "{";
  if (!location.empty()) {
    body += "\"metadata-location\":" + DumpJson(location) + ",";
  }
  body += "\"metadata\":" + metadata + ",\"config\":{}}";
  return body;
}

}  // namespace

net::HttpResponse JsonResponse(int status, std::string body) {
  net::HttpResponse response{.status = status, .body = std::move(body)};
  response.headers.Set("Content-Type", "application/json");
  return response;
}

net::HttpResponse JsonResponse(int status, const Json& body) {
  return JsonResponse(status, DumpJson(body));
}

net::HttpResponse NoContent() { return {.status = 204}; }

net::HttpResponse ErrorResponse(int status, std::string_view type,
                                std::string_view message) {
  const Json error = {{"message", message}, {"type", type}, {"code", status}};
  return JsonResponse(status, Json{{"error", error}});
}

net::HttpResponse ErrorResponse(const Status& status) {
  const ErrorInfo& info = InfoOf(CodeOf(status));
  net::HttpResponse response =
      ErrorResponse(info.http_status, info.iceberg_type, status.message());
  if (info.http_status == 503) {
    response.headers.Set("Retry-After", "1");
  }
  return response;
}

std::string TableETag(const catalog::LoadedTable& table, SnapshotsShown shown) {
  const size_t hash = std::hash<std::string>()(table.metadata_location);
  return fmt::format("\"{:016x}{}\"", hash, shown == SnapshotsShown::kRefs ? "r" : "");
}

net::HttpResponse TableResponse(const catalog::LoadedTable& table, SnapshotsShown shown) {
  net::HttpResponse response =
      JsonResponse(200, LoadResult(table.metadata_location,
                                   shown == SnapshotsShown::kRefs
                                       ? OnlyReferenced(*table.metadata)
                                       : iceberg::TableMetadataToJson(*table.metadata)));
  if (!table.metadata_location.empty()) {
    response.headers.Set("ETag", TableETag(table, shown));
  }
  return response;
}

net::HttpResponse ViewResponse(const catalog::LoadedView& view) {
  return JsonResponse(200, LoadResult(view.metadata_location,
                                      iceberg::ViewMetadataToJson(*view.metadata)));
}

Result<Page> PageOf(const net::HttpRequest& request,
                    const std::vector<std::string>& names) {
  const auto token = request.QueryParameter("pageToken");
  const auto size_text = request.QueryParameter("pageSize");
  Page page{.begin = 0, .end = names.size(), .next_token = nullptr};
  if (!token) {
    return page;
  }
  size_t size = kPageSize;
  if (size_text) {
    const auto [end, error] =
        std::from_chars(size_text->data(), size_text->data() + size_text->size(), size);
    if (error != std::errc() || end != size_text->data() + size_text->size() ||
        size == 0) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "pageSize must be a positive number, got: " + *size_text);
    }
  }
  if (!token->empty()) {
    ARROW_ASSIGN_OR_RAISE(const std::string after, net::PercentDecode(*token));
    page.begin =
        static_cast<size_t>(std::ranges::upper_bound(names, after) - names.begin());
  }
  page.end = std::min(names.size(), page.begin + std::min(size, names.size()));
  if (page.end < names.size() && page.end > page.begin) {
    page.next_token = net::PercentEncode(names[page.end - 1]);
  }
  return page;
}

Result<net::HttpResponse> IdentsResponse(const net::HttpRequest& request,
                                         std::vector<iceberg::TableIdent> idents) {
  std::ranges::sort(idents, {}, &iceberg::TableIdent::name);
  std::vector<std::string> names;
  for (const iceberg::TableIdent& ident : idents) {
    names.push_back(ident.name);
  }
  ARROW_ASSIGN_OR_RAISE(const Page page, PageOf(request, names));
  Json listed = Json::array();
  for (size_t i = page.begin; i < page.end; ++i) {
    listed.push_back(IdentToJson(idents[i]));
  }
  return JsonResponse(
      200, Json{{"identifiers", listed}, {"next-page-token", page.next_token}});
}

}  // namespace tarn::gateway
