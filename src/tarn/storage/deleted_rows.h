// Which rows of a data file its delete files take away: position deletes, deletion
// vectors and equality deletes all come down to one set of positions
// (docs/decisions/0003).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/manifest.h"
#include "tarn/iceberg/position_set.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/io/file_io.h"

namespace tarn::storage {

/// A live delete file whose partition is normalised, as table::PlanScan lists it.
using DeleteEntry = std::shared_ptr<const iceberg::ManifestEntry>;

/// Reads delete files once for all data files and queries that need them, up to a budget
/// of bytes (files never change under their name, so what is kept stays true). Equality
/// deletes are looked up in the key columns of the data file, whose row groups are
/// skipped by bounds; the resulting positions are kept too. Thread-safe; two threads that
/// want the same file read it once. Not for threads of Arrow's CPU pool, on which large
/// files are searched.
class DeletedRows {
 public:
  explicit DeletedRows(int64_t cache_bytes_max = int64_t{256} << 20);
  ~DeletedRows();

  /// The deleted positions of `file`; nullptr if no row of it is deleted. `deletes` are
  /// those that apply to it by sequence number and partition (table::PlanScan,
  /// spec: Scan Planning). Equality columns may have been dropped since: every schema of
  /// `metadata` is searched. Errors: kInvalidData (a delete file that is not what it
  /// claims), kNotSupported (a file format we do not read), those of FileIO.
  Result<std::shared_ptr<const iceberg::PositionSet>> Of(
      io::FileIO& io, const iceberg::TableMetadata& metadata,
      const iceberg::DataFile& file, const std::vector<DeleteEntry>& deletes);

  /// The positions that one delete file holds for one data file (position deletes and
  /// deletion vectors only), e.g. to merge them into a new deletion vector.
  Result<std::shared_ptr<const iceberg::PositionSet>> PositionsIn(
      io::FileIO& io, const iceberg::DataFile& delete_file,
      const std::string& data_file_path);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// All that one position delete file or deletion vector holds, by the path of the data
/// file; nothing is cached. Errors: kInvalidArgument (equality deletes), kInvalidData,
/// kNotSupported, those of FileIO.
Result<std::map<std::string, std::shared_ptr<const iceberg::PositionSet>>>
ReadDeletedPositions(io::FileIO& io, const iceberg::DataFile& delete_file);

/// Everything that one position delete file (no deletion vector) holds, by the path of
/// the data file, as it is spelled. Errors: kInvalidData, kNotSupported, those of FileIO.
Result<std::map<std::string, std::shared_ptr<const iceberg::PositionSet>>> AllPositionsIn(
    io::FileIO& io, const iceberg::DataFile& delete_file);

}  // namespace tarn::storage
