#include "tarn/table/internal/request_checks.h"

#include <algorithm>
#include <set>
#include <string>
#include <unordered_set>

#include "tarn/base/error.h"
#include "tarn/iceberg/encryption.h"
#include "tarn/table/internal/delete_index.h"
#include "tarn/table/internal/summary.h"

namespace tarn::table::internal {
namespace {

using iceberg::DataFile;
using iceberg::FileContent;
using iceberg::TableMetadata;

Status Invalid(const WriteRequest& request, const std::string& what) {
  return MakeError(ErrorCode::kInvalidArgument,
                   "Cannot write to " + request.ident.ToString() + ": " + what);
}

Status CheckMode(const WriteRequest& request) {
  const WriteMode mode = request.mode;
  const bool is_delta = mode == WriteMode::kRowDelta;
  const bool is_rewrite = mode == WriteMode::kRewrite;
  if (!is_delta && !is_rewrite &&
      !(request.delete_files.empty() && request.removed_files.empty())) {
    return Invalid(request,
                   "only a row delta or a rewrite can name files to remove or "
                   "add delete files");
  }
  if (request.removed_rows.has_value() && !is_delta) {
    return Invalid(request, "only a row delta can remove rows by filter");
  }
  if (request.data_sequence_number.has_value() && !is_rewrite) {
    return Invalid(request, "only a rewrite can keep a data sequence number");
  }
  if (is_rewrite && request.removed_files.empty() &&
      !(request.files.empty() && request.delete_files.empty())) {
    return Invalid(request, "a rewrite must remove the files that it replaces");
  }
  if (request.replace != nullptr && mode != WriteMode::kOverwrite) {
    return Invalid(request, "only an overwrite can replace a table");
  }
  return Status::OK();
}

Status CheckTarget(const WriteRequest& request) {
  if (request.replace != nullptr && request.create != nullptr) {
    return Invalid(request, "a table cannot be created and replaced in one commit");
  }
  if (request.branch.empty()) {
    return Invalid(request, "a branch needs a name");
  }
  const bool on_main = request.branch == iceberg::kMainBranch && !request.stage_only;
  if (on_main || (request.create == nullptr && request.replace == nullptr)) {
    return Status::OK();
  }
  return Invalid(request, "a table is created or replaced on main only, not on " +
                              (request.stage_only ? "a staged snapshot"
                                                  : "branch " + request.branch));
}

Status CheckDuplicates(const WriteRequest& request) {
  std::unordered_set<std::string> paths;
  for (const DataFile& file : request.files) {
    if (!paths.insert(file.file_path).second) {
      return Invalid(request, "a file is added twice: " + file.file_path);
    }
  }
  for (const DataFile& file : request.removed_files) {
    if (file.content == FileContent::kData && paths.contains(file.file_path)) {
      return Invalid(request, "a file is added and removed: " + file.file_path);
    }
  }
  std::unordered_set<std::string> with_vector;
  for (const DataFile& file : request.delete_files) {
    if (IsDeletionVector(file) &&
        !with_vector.insert(std::string(ReferencedDataFile(file))).second) {
      return Invalid(request, "a data file gets two deletion vectors: " +
                                  std::string(ReferencedDataFile(file)));
    }
  }
  return Status::OK();
}

Status CheckSpec(const WriteRequest& request, const TableMetadata& table,
                 const DataFile& file) {
  const iceberg::PartitionSpec* spec = table.FindSpec(file.spec_id);
  if (spec == nullptr) {
    return Invalid(request, file.file_path + " is of a partition spec that the table " +
                                "lacks, there is no partition spec " +
                                std::to_string(file.spec_id.value));
  }
  if (file.partition.size() != spec->fields.size()) {
    return Invalid(request, "the partition of " + file.file_path +
                                " does not fit partition spec " +
                                std::to_string(file.spec_id.value));
  }
  return Status::OK();
}

/// Whoever sees that a table is encrypted relies on all of it being so.
Status CheckEncrypted(const WriteRequest& request, const TableMetadata& table,
                      const DataFile& file) {
  if (!iceberg::IsEncrypted(table) || file.key_metadata.has_value()) {
    return Status::OK();
  }
  return Invalid(
      request, "the table is encrypted and takes no file that is not: " + file.file_path);
}

Status CheckDeleteFile(const WriteRequest& request, const TableMetadata& table,
                       const DataFile& file) {
  if (file.content == FileContent::kData) {
    return Invalid(request, "a data file is given as a delete file: " + file.file_path);
  }
  if (table.format_version < 2) {
    return MakeError(ErrorCode::kNotSupported,
                     "Cannot delete rows of " + request.ident.ToString() +
                         " without rewriting their files: its format version is 1; "
                         "upgrade it to 2");
  }
  if (file.content == FileContent::kEqualityDeletes) {
    return !file.equality_ids.empty()
               ? Status::OK()
               : Invalid(request,
                         "an equality delete file names no columns: " + file.file_path);
  }
  if (!IsDeletionVector(file)) {
    if (table.format_version < 3) {
      return Status::OK();
    }
    // Most likely somebody upgraded the table since the file was made (trap 26).
    return MakeError(ErrorCode::kCommitConflict,
                     "Cannot add position delete file " + file.file_path + " to " +
                         request.ident.ToString() +
                         ": the table has format version 3 now, which takes deletion "
                         "vectors only; run the statement again");
  }
  if (table.format_version < 3) {
    return Invalid(request, "deletion vectors need format version 3: " + file.file_path);
  }
  const bool is_complete = file.referenced_data_file.has_value() &&
                           file.content_offset.has_value() &&
                           file.content_size_bytes.has_value();
  return is_complete
             ? Status::OK()
             : Invalid(request, "a deletion vector lacks its data file or its place: " +
                                    file.file_path);
}

}  // namespace

Status CheckRequests(const std::vector<WriteRequest>& requests) {
  std::set<iceberg::TableIdent> idents;
  for (const WriteRequest& request : requests) {
    if (!idents.insert(request.ident).second) {
      return Invalid(request, "the table is written to twice in one commit");
    }
    RETURN_NOT_OK(CheckMode(request));
    RETURN_NOT_OK(CheckTarget(request));
    RETURN_NOT_OK(CheckDuplicates(request));
  }
  return Status::OK();
}

Status CheckRequestFits(const WriteRequest& request, const TableMetadata& table) {
  const auto ref = table.refs.find(request.branch);
  if (ref != table.refs.end() && ref->second.type == iceberg::RefType::kTag) {
    return Invalid(request, request.branch +
                                " is a tag, not a branch; tags cannot be targets for "
                                "producing snapshots");
  }
  for (const DataFile& file : request.files) {
    RETURN_NOT_OK(CheckSpec(request, table, file));
    RETURN_NOT_OK(CheckEncrypted(request, table, file));
    if (file.content != FileContent::kData) {
      return Invalid(request, "a delete file is given as a data file: " + file.file_path);
    }
  }
  for (const DataFile& file : request.delete_files) {
    RETURN_NOT_OK(CheckSpec(request, table, file));
    RETURN_NOT_OK(CheckEncrypted(request, table, file));
    RETURN_NOT_OK(CheckDeleteFile(request, table, file));
  }
  return Status::OK();
}

Status CheckNotPublished(const TableMetadata& table, const iceberg::Snapshot* head,
                         const WriteRequest& request) {
  const auto value = [](const std::map<std::string, std::string>& summary,
                        const std::string& key) {
    const auto found = summary.find(key);
    return found == summary.end() ? std::string() : found->second;
  };
  const std::string source = value(request.summary, "source-snapshot-id");
  const std::string wap_id = value(request.summary, "published-wap-id");
  if (source.empty() && wap_id.empty()) {
    return Status::OK();
  }
  size_t steps = 0;  // parents may form a circle in what others wrote
  while (head != nullptr && steps++ <= table.snapshots.size()) {
    const auto& summary = head->summary;
    const std::string id = std::to_string(head->id.value);
    if (!source.empty() &&
        (id == source || value(summary, "source-snapshot-id") == source)) {
      return Invalid(request, "cannot cherry-pick snapshot " + source +
                                  ": already picked to create ancestor " + id);
    }
    const bool is_published =
        !wap_id.empty() && (value(summary, "wap.id") == wap_id ||
                            value(summary, "published-wap-id") == wap_id);
    if (is_published) {
      return Invalid(request,
                     "duplicate request to cherry-pick wap id that was published "
                     "already: " +
                         wap_id);
    }
    head = head->parent_id ? table.FindSnapshot(*head->parent_id) : nullptr;
  }
  return Status::OK();
}

bool ReplacesEverything(const WriteRequest& request, const TableMetadata& table) {
  if (request.mode != WriteMode::kOverwritePartitions) {
    return request.mode == WriteMode::kOverwrite;
  }
  return std::ranges::any_of(request.files, [&](const DataFile& file) {
    const iceberg::PartitionSpec* spec = table.FindSpec(file.spec_id);
    return spec != nullptr && spec->is_unpartitioned();
  });
}

}  // namespace tarn::table::internal
