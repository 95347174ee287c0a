// Replaces a table's sort order (spec: Sorting).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/metadata_change.h"
#include "tarn/iceberg/partition_spec.h"
#include "tarn/iceberg/schema.h"
#include "tarn/iceberg/sort_order.h"
#include "tarn/iceberg/table_metadata.h"

namespace tarn::iceberg {

/// A sort field as a person declares it.
struct SortTerm {
  PartitionTerm term;
  SortDirection direction = SortDirection::kAscending;
  NullOrder null_order = NullOrder::kNullsFirst;
};

/// "a", "day(ts) DESC", "a ASC NULLS LAST": nulls come first ascending and last
/// descending unless it says so. Errors: kSyntax.
Result<SortTerm> ParseSortTerm(std::string_view text);

/// The change that makes `terms` the table's order; none of them makes it unsorted. An
/// order that the table had before is taken again, not added twice. Errors:
/// kNoSuchColumn, kInvalidArgument, kNotSupported.
Result<MetadataChange> ReplaceSortOrder(const TableMetadata& table,
                                        const std::vector<SortTerm>& terms,
                                        NameCase name_case = NameCase::kSensitive);

}  // namespace tarn::iceberg
