// Snapshot summaries (spec: Optional Snapshot Summary Fields).
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "tarn/iceberg/data_file.h"
#include "tarn/iceberg/partition_spec.h"
#include "tarn/iceberg/snapshot.h"

namespace tarn::table::internal {

/// What a set of files adds up to.
struct FileTotals {
  int64_t data_files = 0;
  int64_t records = 0;  // of data files
  int64_t bytes = 0;    // of data and delete files; of a deletion vector its blob
  int64_t position_delete_files = 0;
  int64_t deletion_vectors = 0;
  int64_t equality_delete_files = 0;
  int64_t position_deletes = 0;  // those of deletion vectors too
  int64_t equality_deletes = 0;
  std::set<std::string> partitions = {};  // spec and values as text

  void Add(const iceberg::DataFile& file, std::string partition);
  void Add(const FileTotals& other);
  int64_t delete_files() const {
    return position_delete_files + deletion_vectors + equality_delete_files;
  }
};

/// A partition as text for FileTotals: two specs' partitions differ.
std::string PartitionText(const iceberg::PartitionSpec& spec,
                          const iceberg::Schema& schema,
                          const iceberg::PartitionTuple& tuple);

/// True for a deletion vector, which is known by path and offset: others share its file.
bool IsDeletionVector(const iceberg::DataFile& file);

enum class Replaces : uint8_t { kNothing, kEverything };

/// The summary of a snapshot on `parent` (nullptr: the first one). A total is the
/// parent's plus the change and is left out if the parent has none: nothing is made up.
/// After kEverything all totals are known. `extra` gives way to computed keys.
std::map<std::string, std::string> MakeSummary(
    const FileTotals& added, const FileTotals& removed, const iceberg::Snapshot* parent,
    Replaces replaces, const std::map<std::string, std::string>& extra);

}  // namespace tarn::table::internal
