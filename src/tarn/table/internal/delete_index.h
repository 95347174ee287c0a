// Which delete files apply to which data files (spec: Scan Planning).
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/manifest.h"
#include "tarn/iceberg/partition_spec.h"

namespace tarn::table::internal {

using DeleteEntry = std::shared_ptr<const iceberg::ManifestEntry>;

/// Filled once, then read. Thread-compatible; For() may run on many threads.
class DeleteIndex {
 public:
  /// `entry` is live and its partition normalised; `spec` is the one it was written in.
  /// Errors: kInvalidData for a second deletion vector of one data file.
  Status Add(DeleteEntry entry, const iceberg::PartitionSpec& spec);

  /// Delete files that apply to `file`, which was written as of `data_sequence_number`: a
  /// deletion vector or else position deletes, and equality deletes. `file.spec_id` and
  /// its normalised partition count.
  std::vector<DeleteEntry> For(const iceberg::DataFile& file,
                               iceberg::SequenceNumber data_sequence_number) const;

  /// False only if For() gives nothing for the data file at `path`.
  bool MayConcern(const std::string& path) const;

  int64_t size() const { return size_; }

  /// Memory of an entry and its place, beside its texts.
  static constexpr size_t kEntryBytes = sizeof(iceberg::ManifestEntry) + 256;

 private:
  using Group = std::vector<DeleteEntry>;

  int64_t size_ = 0;
  std::unordered_map<std::string, DeleteEntry> vectors_by_path_;
  std::unordered_map<std::string, Group> positions_by_path_;
  std::unordered_map<std::string, Group> positions_by_partition_;
  Group global_equality_;
  std::unordered_map<std::string, Group> equality_by_partition_;
};

/// The one data file that a position delete file is about, by its referenced_data_file or
/// by equal path bounds; empty if it may be about several.
std::string_view ReferencedDataFile(const iceberg::DataFile& delete_file);

}  // namespace tarn::table::internal
