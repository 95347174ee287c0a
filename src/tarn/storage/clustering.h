// The order of rows within files that are rewritten: by a sort order, or along a curve
// that keeps rows together which are close in several columns at once, so that bounds of
// files and row groups prune on each of them.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/iceberg/ids.h"
#include "tarn/iceberg/schema.h"
#include "tarn/iceberg/sort_order.h"

namespace tarn::storage {

using RecordBatches = std::vector<std::shared_ptr<arrow::RecordBatch>>;

/// Rows of `batches` in the order of `order`, stable, in batches of at most
/// `batch_rows_max`. Columns of the batches are those of `schema` by position
/// (ArrowSchemaOf); further columns behind them (row lineage, positions) go along.
/// Transforms, directions and null orders count; NaN is after all other numbers. In
/// memory: input, result and sort keys at once. Errors: kInvalidData (a column of the
/// order that `schema` lacks), kNotSupported (a transform or type without an order),
/// kOutOfMemory.
Result<RecordBatches> SortRows(const RecordBatches& batches,
                               const iceberg::Schema& schema,
                               const iceberg::SortOrder& order,
                               int64_t batch_rows_max = 65'536);

/// kHilbert has no long jumps, so it keeps neighbours together better; kZOrder is what
/// other engines offer.
enum class Curve : uint8_t { kZOrder, kHilbert };

/// Rows along `curve` through the space of `columns` (primitive, reachable through
/// structs, 1 to kClusterColumnsMax). A column counts by the ranks of its values among
/// these rows, so that every column takes the same part in the order, whatever its type,
/// range or skew; nulls come first. As SortRows in all else. Errors: kInvalidArgument (no
/// columns, too many, or one that is not there).
inline constexpr int32_t kClusterColumnsMax = 16;
Result<RecordBatches> ClusterRows(const RecordBatches& batches,
                                  const iceberg::Schema& schema,
                                  const std::vector<iceberg::FieldId>& columns,
                                  Curve curve, int64_t batch_rows_max = 65'536);

}  // namespace tarn::storage
