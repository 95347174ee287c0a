// Snapshots of a table, the newest first.
#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/gateway/api/browse_page.h"
#include "tarn/gateway/api/browse_routes.h"
#include "tarn/gateway/iceberg_rest/rest_response.h"
#include "tarn/table/snapshot_refs.h"

namespace tarn::gateway {
namespace {

using iceberg::Snapshot;
using iceberg::TableMetadata;

/// v1 tables have no sequence numbers: there the time decides.
bool IsNewer(const Snapshot* left, const Snapshot* right) {
  const auto key = [](const Snapshot* s) {
    return std::tuple(s->sequence_number.value, s->timestamp, s->id.value);
  };
  return key(left) > key(right);
}

std::vector<const Snapshot*> NewestFirst(const TableMetadata& metadata) {
  std::vector<const Snapshot*> sorted;
  sorted.reserve(metadata.snapshots.size());
  for (const Snapshot& snapshot : metadata.snapshots) {
    sorted.push_back(&snapshot);
  }
  std::ranges::sort(sorted, IsNewer);
  return sorted;
}

Json RefsJson(const TableMetadata& metadata, const Snapshot& snapshot) {
  Json refs = Json::array();
  for (const auto& [name, ref] : metadata.refs) {
    if (ref.snapshot_id == snapshot.id) {
      refs.push_back(
          {{"name", name},
           {"type", ref.type == iceberg::RefType::kBranch ? "branch" : "tag"}});
    }
  }
  return refs;
}

Json SnapshotJson(const TableMetadata& metadata, const Snapshot& snapshot) {
  return {
      {"id", IdJson(snapshot.id)},
      {"parent_id", IdJson(snapshot.parent_id)},
      {"sequence_number", snapshot.sequence_number.value},
      {"timestamp_ms", snapshot.timestamp.count()},
      {"operation", snapshot.operation},
      {"schema_id", snapshot.schema_id ? Json(snapshot.schema_id->value) : Json(nullptr)},
      {"manifest_list", snapshot.manifest_list},
      {"summary", snapshot.summary},
      {"refs", RefsJson(metadata, snapshot)}};
}

/// Tokens name the last snapshot that was shown, so a page is right also after newer ones
/// were added.
Result<size_t> BeginOf(const net::HttpRequest& request,
                       const std::vector<const Snapshot*>& sorted) {
  const auto token = request.QueryParameter("page_token");
  if (!token || token->empty()) {
    return size_t{0};
  }
  for (size_t i = 0; i < sorted.size(); ++i) {
    if (std::to_string(sorted[i]->id.value) == *token) {
      return i + 1;
    }
  }
  return MakeError(ErrorCode::kNoSuchSnapshot,
                   "The list has changed: start again without page_token " + *token);
}

Result<net::HttpResponse> ListSnapshots(const RestRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const auto ident, request.PathIdent());
  ARROW_ASSIGN_OR_RAISE(const size_t size, PageSizeOf(request.http()));
  ARROW_ASSIGN_OR_RAISE(const auto table, request.catalog().LoadTable(ident));
  const TableMetadata& metadata = *table.metadata;
  const std::vector<const Snapshot*> sorted = NewestFirst(metadata);
  ARROW_ASSIGN_OR_RAISE(const size_t begin, BeginOf(request.http(), sorted));
  const size_t end = std::min(sorted.size(), begin + size);
  std::set<int64_t> ancestors;
  if (metadata.current_snapshot_id) {
    for (const Snapshot* one :
         table::AncestorsOf(metadata, *metadata.current_snapshot_id)) {
      ancestors.insert(one->id.value);
    }
  }
  Json snapshots = Json::array();
  for (size_t i = begin; i < end; ++i) {
    Json json = SnapshotJson(metadata, *sorted[i]);
    json["is_current_ancestor"] = ancestors.contains(sorted[i]->id.value);
    snapshots.push_back(std::move(json));
  }
  return JsonResponse(
      200, Json{{"snapshots", std::move(snapshots)},
                {"total", sorted.size()},
                {"current_snapshot_id", IdJson(metadata.current_snapshot_id)},
                {"next_page_token",
                 end < sorted.size() ? IdJson(sorted[end - 1]->id) : Json(nullptr)}});
}

}  // namespace

std::vector<RestRoute> BrowseSnapshotRoutes() {
  return {{"GET", "/namespaces/{namespace}/tables/{table}/snapshots", &ListSnapshots}};
}

}  // namespace tarn::gateway
