#include "tarn/gateway/iceberg_rest/rest_response.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <memory>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/gateway/iceberg_rest/internal/text_cache.h"
#include "tarn/gateway/iceberg_rest/label_store.h"
#include "tarn/gateway/iceberg_rest/rest_request.h"
#include "tarn/gateway/iceberg_rest/table_access.h"

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

using Text = std::shared_ptr<const std::string>;

/// The text of `make`, from the cache if it was made before. Metadata files never change,
/// so their location names what they say.
template <typename Make>
Text TextOf(const RestRequest& request, const std::string& location, const char* part,
            const Make& make) {
  internal::TextCache* documents = request.services().documents;
  if (documents == nullptr || location.empty()) {
    return std::make_shared<const std::string>(make());
  }
  return documents->Get(part + location, make);
}

Text MetadataText(const RestRequest& request, const catalog::LoadedTable& table,
                  SnapshotsShown shown) {
  if (shown == SnapshotsShown::kRefs) {
    return TextOf(request, table.metadata_location, "refs ",
                  [&] { return OnlyReferenced(*table.metadata); });
  }
  if (table.metadata_text != nullptr) {
    return table.metadata_text;
  }
  return TextOf(request, table.metadata_location, "all ",
                [&] { return iceberg::TableMetadataToJson(*table.metadata); });
}

/// As JSON text; empty if there are none.
Result<std::string> LabelsText(const RestRequest& request, const std::string& uuid) {
  LabelStore* labels = request.services().labels;
  return labels == nullptr ? std::string() : labels->TextOf(uuid);
}

AccessPart AccessOf(const RestRequest& request, const catalog::LoadedTable& table) {
  return AccessPartOf(
      request, table.ident, *table.metadata,
      table.metadata_location.empty() ? TableState::kStaged : TableState::kCommitted);
}

std::string ETagOf(const std::string& location, const std::string& labels,
                   const AccessPart& access, SnapshotsShown shown) {
  const size_t hash = std::hash<std::string>()(location + labels + access.tag);
  return fmt::format("\"{:016x}{}\"", hash, shown == SnapshotsShown::kRefs ? "r" : "");
}

/// Put together as text: the metadata is a document already.
std::string LoadResult(const std::string& location, const std::string& metadata,
                       const std::string& labels, const AccessPart& access = {}) {
  std::string body = "{";
  body.reserve(metadata.size() + location.size() + labels.size() + access.members.size() +
               96);
  if (!location.empty()) {
    body += "\"metadata-location\":" + DumpJson(location) + ",";
  }
  body += "\"metadata\":";
  body += metadata;
  body += "," + access.members;
  if (!labels.empty()) {
    body += ",\"labels\":" + labels;
  }
  body += "}";
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

Result<std::string> TableETag(const RestRequest& request,
                              const catalog::LoadedTable& table, SnapshotsShown shown) {
  ARROW_ASSIGN_OR_RAISE(const std::string labels,
                        LabelsText(request, table.metadata->table_uuid));
  return ETagOf(table.metadata_location, labels, AccessOf(request, table), shown);
}

Result<net::HttpResponse> TableResponse(const RestRequest& request,
                                        const catalog::LoadedTable& table,
                                        SnapshotsShown shown) {
  ARROW_ASSIGN_OR_RAISE(const std::string labels,
                        LabelsText(request, table.metadata->table_uuid));
  const Text metadata = MetadataText(request, table, shown);
  const AccessPart access = AccessOf(request, table);
  net::HttpResponse response =
      JsonResponse(200, LoadResult(table.metadata_location, *metadata, labels, access));
  if (!table.metadata_location.empty()) {
    response.headers.Set("ETag", ETagOf(table.metadata_location, labels, access, shown));
  }
  return response;
}

Result<net::HttpResponse> ViewResponse(const RestRequest& request,
                                       const catalog::LoadedView& view) {
  ARROW_ASSIGN_OR_RAISE(const std::string labels,
                        LabelsText(request, view.metadata->view_uuid));
  const Text metadata = TextOf(request, view.metadata_location, "view ", [&] {
    return iceberg::ViewMetadataToJson(*view.metadata);
  });
  return JsonResponse(200, LoadResult(view.metadata_location, *metadata, labels));
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
  std::string listed;
  for (size_t i = page.begin; i < page.end; ++i) {
    listed += (i == page.begin ? "" : ",") + DumpJson(IdentToJson(idents[i]));
  }
  return JsonResponse(200, "{\"identifiers\":[" + listed + "],\"next-page-token\":" +
                               DumpJson(page.next_token) + "}");
}

}  // namespace tarn::gateway
