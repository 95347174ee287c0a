// Whether two sets of rows are the same, and where they are not.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"
#include "tarn/service/migration/migration_request.h"
#include "tarn/service/migration/row_fit.h"
#include "tarn/service/migration/row_source.h"
#include "tarn/service/migration/row_tally.h"

namespace tarn::service {

struct RowDifference {
  bool is_of_source = true;  // it is there and not in the destination; else the other way
  std::string row;           // as RowText gives it
};

struct Comparison {
  ValidationLevel level = ValidationLevel::kNone;
  std::vector<std::string> columns = {};  // what the checksum is of; empty: all
  int64_t source_rows = 0;
  int64_t destination_rows = 0;
  std::string source_checksum = {};  // empty: not computed
  std::string destination_checksum = {};
  int64_t sample_rows = 0;  // compared one by one
  std::vector<RowDifference> differences = {};

  bool rows_match() const { return source_rows == destination_rows; }
  bool checksum_match() const { return source_checksum == destination_checksum; }
  bool is_same() const { return rows_match() && checksum_match(); }
};

/// Members as answers and reports have them.
Json ComparisonToJson(const Comparison& comparison);

Comparison Compare(ValidationLevel level, const RowTally& source,
                   const RowTally& destination);

/// What `level` looks at. `columns`: for kSample.
RowTally EmptyTally(ValidationLevel level, const std::vector<std::string>& columns);

/// Up to four columns of `among` that tell rows apart best: identifiers, what the table
/// is partitioned by, then the first ones.
std::vector<std::string> SampleColumns(const iceberg::TableMetadata& metadata,
                                       const std::vector<std::string>& among);

/// The rows of `source` as RowFit::Rows::compared. Both outlive it.
std::unique_ptr<RowSource> FittedRows(RowSource& source, const RowFit& fit);

/// Up to ten rows of each side that the other lacks, by reading both again; none if there
/// are too many rows to remember.
Result<std::vector<RowDifference>> FindDifferences(
    RowSource& source, RowSource& destination, const std::vector<std::string>& columns);

}  // namespace tarn::service
