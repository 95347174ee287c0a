// Files and partitions of a table's snapshot.
#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <queue>
#include <tuple>
#include <utility>
#include <vector>

#include "tarn/base/error.h"
#include "tarn/gateway/api/browse_page.h"
#include "tarn/gateway/api/browse_routes.h"
#include "tarn/gateway/api/file_figures.h"
#include "tarn/gateway/iceberg_rest/rest_response.h"
#include "tarn/iceberg/value.h"
#include "tarn/table/live_files.h"

namespace tarn::gateway {
namespace {

using iceberg::DataFile;
using iceberg::FileContent;
using iceberg::FileFormat;
using iceberg::TableMetadata;

/// Files that are kept while the largest or smallest ones are looked for; a page that
/// begins later than this is refused.
constexpr size_t kSortedFilesMax = 10'000;

constexpr std::string_view kFileOrders = "bytes, rows";
constexpr std::string_view kPartitionOrders =
    "partition, bytes, rows, files, small_files, updated";

Json SumsJson(const FileSums& sums) {
  return {{"files", sums.files}, {"rows", sums.rows}, {"bytes", sums.bytes}};
}

std::string_view KindOf(const DataFile& file) {
  switch (file.content) {
    case FileContent::kData:
      return "data";
    case FileContent::kEqualityDeletes:
      return "equality-deletes";
    case FileContent::kPositionDeletes:
      break;
  }
  return file.format == FileFormat::kPuffin ? "deletion-vector" : "position-deletes";
}

std::string_view FormatOf(const DataFile& file) {
  switch (file.format) {
    case FileFormat::kAvro:
      return "avro";
    case FileFormat::kOrc:
      return "orc";
    case FileFormat::kParquet:
      return "parquet";
    case FileFormat::kPuffin:
      return "puffin";
  }
  return "";
}

Result<Json> FileJson(const TableMetadata& metadata, const iceberg::ManifestEntry& entry,
                      iceberg::SpecId spec_id) {
  const DataFile& file = entry.file;
  ARROW_ASSIGN_OR_RAISE(const auto values,
                        NormalPartition(metadata, spec_id, file.partition));
  return Json{
      {"path", file.file_path},
      {"content", KindOf(file)},
      {"format", FormatOf(file)},
      {"spec_id", spec_id.value},
      {"partition", PartitionJson(metadata, spec_id, values)},
      {"rows", file.record_count},
      {"bytes", file.content_size_bytes.value_or(file.file_size_bytes)},
      {"snapshot_id", IdJson(entry.snapshot_id)},
      {"sequence_number",
       entry.sequence_number ? Json(entry.sequence_number->value) : Json(nullptr)},
      {"referenced_data_file",
       file.referenced_data_file ? Json(*file.referenced_data_file) : Json(nullptr)},
      {"is_encrypted", file.key_metadata.has_value()}};
}

/// What of the files a request asks for.
class FileChoice {
 public:
  static Result<FileChoice> Of(const net::HttpRequest& request) {
    FileChoice choice;
    const std::string content = request.QueryParameter("content").value_or("all");
    if (content != "all" && content != "data" && content != "deletes") {
      return MakeError(ErrorCode::kInvalidArgument,
                       "content must be all, data or deletes, got: " + content);
    }
    choice.shows_data_ = content != "deletes";
    choice.shows_deletes_ = content != "data";
    choice.partition_ = request.QueryParameter("partition");
    return choice;
  }

  Result<bool> Takes(const TableMetadata& metadata, const table::LiveFile& file) {
    const bool is_data = file.content() == FileContent::kData;
    if (!(is_data ? shows_data_ : shows_deletes_)) {
      return false;
    }
    if (!partition_) {
      return true;
    }
    const iceberg::PartitionSpec* spec = metadata.FindSpec(file.spec_id);
    ARROW_ASSIGN_OR_RAISE(
        const auto values,
        NormalPartition(
            metadata, file.spec_id,
            file.manifest.partitions()[file.manifest.partition_index(file.row)]));
    return iceberg::PartitionPath(*spec, metadata.schema(), values) == *partition_;
  }

 private:
  bool shows_data_ = true;
  bool shows_deletes_ = true;
  std::optional<std::string> partition_;  // as iceberg::PartitionPath has it
};

struct ListedFile {
  int64_t rank = 0;     // ascending
  int64_t ordinal = 0;  // in the manifests
  iceberg::SpecId spec_id;
  iceberg::ManifestEntry entry;

  bool operator<(const ListedFile& other) const {
    return std::tie(rank, ordinal) < std::tie(other.rank, other.ordinal);
  }
};

/// Keeps the first `kept_max` of the files that it is given, in their order.
class FirstFiles {
 public:
  FirstFiles(BrowseOrder order, size_t kept_max)
      : order_(std::move(order)), kept_max_(kept_max) {}

  static Result<FirstFiles> Make(BrowseOrder order, size_t kept_max) {
    const bool is_known =
        order.key.empty() || order.key == "bytes" || order.key == "rows";
    if (!is_known) {
      return NoSuchOrder(order, kFileOrders);
    }
    if (!order.key.empty() && kept_max > kSortedFilesMax) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "Sorted lists of files end after this many files; leave out "
                       "order to go on: " +
                           std::to_string(kSortedFilesMax));
    }
    return FirstFiles(std::move(order), kept_max);
  }

  /// False once no other file can be among the first.
  bool Add(const table::LiveFile& file) {
    const int64_t ordinal = next_ordinal_++;
    const int64_t rank = RankOf(file);
    if (kept_.size() == kept_max_) {
      if (order_.key.empty()) {
        return false;
      }
      if (rank >= kept_.top().rank) {
        return true;
      }
      kept_.pop();
    }
    kept_.push({.rank = rank,
                .ordinal = ordinal,
                .spec_id = file.spec_id,
                .entry = file.manifest.EntryAt(file.row, iceberg::StatsKept::kNo)});
    return true;
  }

  std::vector<ListedFile> Take() {
    std::vector<ListedFile> files;
    for (; !kept_.empty(); kept_.pop()) {
      files.push_back(kept_.top());
    }
    std::ranges::reverse(files);
    return files;
  }

 private:
  int64_t RankOf(const table::LiveFile& file) const {
    if (order_.key.empty()) {
      return 0;
    }
    const int64_t value =
        order_.key == "rows" ? file.record_count() : file.file_size_bytes();
    return order_.is_descending ? -value : value;
  }

  BrowseOrder order_;
  size_t kept_max_;
  int64_t next_ordinal_ = 0;
  std::priority_queue<ListedFile> kept_;  // the last of them on top
};

Result<net::HttpResponse> ListFiles(const RestRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const auto ident, request.PathIdent());
  ARROW_ASSIGN_OR_RAISE(FileChoice choice, FileChoice::Of(request.http()));
  ARROW_ASSIGN_OR_RAISE(const auto table, request.catalog().LoadTable(ident));
  const TableMetadata& metadata = *table.metadata;
  ARROW_ASSIGN_OR_RAISE(const SnapshotPage page,
                        SnapshotPageOf(request.http(), metadata));
  // One more than the page says whether there is another page.
  ARROW_ASSIGN_OR_RAISE(FirstFiles first, FirstFiles::Make(OrderOf(request.http()),
                                                           page.begin + page.size + 1));
  Status failure = Status::OK();
  if (page.snapshot != nullptr) {
    RETURN_NOT_OK(table::VisitLiveFiles(
        request.context(), metadata, *page.snapshot, [&](const table::LiveFile& file) {
          const Result<bool> takes = choice.Takes(metadata, file);
          failure = takes.status();
          const bool goes_on = takes.ok() && (!*takes || first.Add(file));
          return goes_on ? table::Visit::kGoOn : table::Visit::kStop;
        }));
    RETURN_NOT_OK(failure);
  }
  const std::vector<ListedFile> files = first.Take();
  const size_t end = std::min(files.size(), page.begin + page.size);
  Json listed = Json::array();
  for (size_t i = page.begin; i < end; ++i) {
    ARROW_ASSIGN_OR_RAISE(Json json,
                          FileJson(metadata, files[i].entry, files[i].spec_id));
    listed.push_back(std::move(json));
  }
  return JsonResponse(
      200,
      Json{{"snapshot_id",
            page.snapshot == nullptr ? Json(nullptr) : IdJson(page.snapshot->id)},
           {"files", std::move(listed)},
           {"next_page_token", end < files.size() ? Json(page.NextToken()) : nullptr}});
}

/// What is known of the files of the snapshot that a request is about.
struct SnapshotFigures {
  std::shared_ptr<const TableMetadata> metadata;
  SnapshotPage page;    // its snapshot is the metadata's
  FileFigures figures;  // nothing without a snapshot
};

Result<SnapshotFigures> FiguresFor(const RestRequest& request) {
  SnapshotFigures found;
  ARROW_ASSIGN_OR_RAISE(const auto ident, request.PathIdent());
  ARROW_ASSIGN_OR_RAISE(const auto table, request.catalog().LoadTable(ident));
  found.metadata = table.metadata;
  ARROW_ASSIGN_OR_RAISE(found.page, SnapshotPageOf(request.http(), *found.metadata));
  if (found.page.snapshot != nullptr) {
    ARROW_ASSIGN_OR_RAISE(found.figures, FileFiguresOf(request.context(), *found.metadata,
                                                       *found.page.snapshot));
  }
  return found;
}

Result<net::HttpResponse> SummarizeFiles(const RestRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const SnapshotFigures found, FiguresFor(request));
  const SnapshotPage& page = found.page;
  const FileFigures& figures = found.figures;
  Json sizes = Json::array();
  for (size_t i = 0; i < figures.by_size.size(); ++i) {
    const FileSums& sums = figures.by_size[i];
    if (sums.files > 0) {
      Json json = SumsJson(sums);
      json["bytes_from"] = i == 0 ? 0 : int64_t{1} << i;
      json["bytes_below"] = i + 1 < figures.by_size.size()
                                ? int64_t{1} << (i + 1)
                                : std::numeric_limits<int64_t>::max();
      sizes.push_back(std::move(json));
    }
  }
  return JsonResponse(
      200, Json{{"snapshot_id",
                 page.snapshot == nullptr ? Json(nullptr) : IdJson(page.snapshot->id)},
                {"data", SumsJson(figures.data)},
                {"position_deletes", SumsJson(figures.position_deletes)},
                {"deletion_vectors", SumsJson(figures.deletion_vectors)},
                {"equality_deletes", SumsJson(figures.equality_deletes)},
                {"sizes", std::move(sizes)},
                {"target_bytes", figures.target_bytes},
                {"small", SumsJson(figures.Small())},
                {"files_saved_by_compaction", figures.FilesSaved()},
                {"partitions", figures.partitions.size()},
                {"is_complete", figures.is_complete}});
}

std::strong_ordering CompareTuples(const std::vector<iceberg::Type>& types,
                                   const iceberg::PartitionTuple& left,
                                   const iceberg::PartitionTuple& right) {
  for (size_t i = 0; i < left.size(); ++i) {
    if (iceberg::IsNull(left[i]) || iceberg::IsNull(right[i])) {
      const auto order = !iceberg::IsNull(left[i]) <=> !iceberg::IsNull(right[i]);
      if (order != 0) {
        return order;
      }
      continue;
    }
    const bool is_comparable =
        types[i].is_primitive() && types[i].id() != iceberg::TypeId::kUnknown;
    const auto order = is_comparable ? iceberg::CompareValues(types[i], left[i], right[i])
                                     : left[i].index() <=> right[i].index();
    if (order != 0) {
      return order;
    }
  }
  return std::strong_ordering::equal;
}

/// By specs, the newest first, and then by their values.
void SortByValues(const TableMetadata& metadata, std::vector<PartitionFigures>* all) {
  std::map<iceberg::SpecId, std::vector<iceberg::Type>> types;
  for (const iceberg::PartitionSpec& spec : metadata.partition_specs) {
    types[spec.id] = iceberg::PartitionTypes(spec, metadata.schema());
  }
  std::ranges::stable_sort(*all, [&](const auto& left, const auto& right) {
    if (left.spec_id != right.spec_id) {
      return left.spec_id.value > right.spec_id.value;
    }
    return CompareTuples(types[left.spec_id], left.values, right.values) < 0;
  });
}

Status SortPartitions(const TableMetadata& metadata, const BrowseOrder& order,
                      std::vector<PartitionFigures>* all) {
  using Key = int64_t (*)(const PartitionFigures&);
  const std::pair<std::string_view, Key> keys[] = {
      {"bytes", [](const PartitionFigures& p) { return p.data.bytes; }},
      {"rows", [](const PartitionFigures& p) { return p.data.rows; }},
      {"files", [](const PartitionFigures& p) { return p.data.files; }},
      {"small_files", [](const PartitionFigures& p) { return p.small.files; }},
      {"updated",
       [](const PartitionFigures& p) -> int64_t {
         return p.updated_at ? p.updated_at->count() : 0;
       }},
  };
  SortByValues(metadata, all);
  if (order.key.empty() || order.key == "partition") {
    if (order.is_descending) {
      std::ranges::reverse(*all);
    }
    return Status::OK();
  }
  for (const auto& [name, key] : keys) {
    if (name == order.key) {
      std::ranges::stable_sort(*all, [&, key = key](const auto& left, const auto& right) {
        return order.is_descending ? key(right) < key(left) : key(left) < key(right);
      });
      return Status::OK();
    }
  }
  return NoSuchOrder(order, kPartitionOrders);
}

Json PartitionFiguresJson(const TableMetadata& metadata, const FileFigures& figures,
                          const PartitionFigures& partition) {
  const iceberg::PartitionSpec* spec = metadata.FindSpec(partition.spec_id);
  return {
      {"spec_id", partition.spec_id.value},
      {"partition", PartitionJson(metadata, partition.spec_id, partition.values)},
      {"path", iceberg::PartitionPath(*spec, metadata.schema(), partition.values)},
      {"rows", partition.data.rows},
      {"files", partition.data.files},
      {"bytes", partition.data.bytes},
      {"small_files", partition.small.files},
      {"files_saved_by_compaction", partition.FilesSaved(figures.target_bytes)},
      {"delete_files", partition.deletes.files},
      {"delete_rows", partition.deletes.rows},
      {"updated_ms",
       partition.updated_at ? Json(partition.updated_at->count()) : nullptr},
  };
}

Result<net::HttpResponse> ListPartitions(const RestRequest& request) {
  ARROW_ASSIGN_OR_RAISE(SnapshotFigures found, FiguresFor(request));
  const TableMetadata& metadata = *found.metadata;
  const SnapshotPage& page = found.page;
  FileFigures& figures = found.figures;
  RETURN_NOT_OK(SortPartitions(metadata, OrderOf(request.http()), &figures.partitions));
  const size_t total = figures.partitions.size();
  const size_t end = std::min(total, page.begin + page.size);
  int64_t bytes_max = 0;
  for (const PartitionFigures& partition : figures.partitions) {
    bytes_max = std::max(bytes_max, partition.data.bytes);
  }
  Json listed = Json::array();
  for (size_t i = page.begin; i < end; ++i) {
    listed.push_back(PartitionFiguresJson(metadata, figures, figures.partitions[i]));
  }
  return JsonResponse(
      200,
      Json{{"snapshot_id",
            page.snapshot == nullptr ? Json(nullptr) : IdJson(page.snapshot->id)},
           {"partitions", std::move(listed)},
           {"total", total},
           {"bytes_max", bytes_max},
           {"is_complete", figures.is_complete},
           {"next_page_token", end < total ? Json(page.NextToken()) : Json(nullptr)}});
}

}  // namespace

std::vector<RestRoute> BrowseFileRoutes() {
  return {
      {"GET", "/namespaces/{namespace}/tables/{table}/files", &ListFiles},
      {"GET", "/namespaces/{namespace}/tables/{table}/files/summary", &SummarizeFiles},
      {"GET", "/namespaces/{namespace}/tables/{table}/partitions", &ListPartitions},
  };
}

}  // namespace tarn::gateway
