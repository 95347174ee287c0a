#include "tarn/storage/clustering.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <utility>

#include <arrow/record_batch.h>

#include "tarn/base/error.h"
#include "tarn/storage/internal/leaf_column.h"
#include "tarn/storage/internal/row_key.h"
#include "tarn/storage/internal/row_order.h"
#include "tarn/storage/internal/row_picker.h"

namespace tarn::storage {
namespace {

using iceberg::Field;
using iceberg::FieldId;
using iceberg::Schema;
using iceberg::SortField;

struct OrderedRows {
  std::vector<RowRef> rows;
  std::vector<BatchKeys> keys;
  KeyOrder order;
};

Result<OrderedRows> OrderBy(const RecordBatches& batches,
                            const std::shared_ptr<const KeyPlan>& plan) {
  ARROW_ASSIGN_OR_RAISE(EncodedRows encoded, EncodeAll(*plan, batches));
  KeyOrder order(plan, encoded.summary);
  std::vector<RowRef> rows = OrderRows(order, encoded.keys);
  return OrderedRows{std::move(rows), std::move(encoded.keys), std::move(order)};
}

/// Ranks of rows, by batch and row in it.
using Ranks = std::vector<std::vector<uint32_t>>;

/// The place of each row among all rows by one column, in [0, 2^bits); equal values share
/// the place of the first of them.
Result<Ranks> RanksOf(const RecordBatches& batches, const Schema& schema, FieldId column,
                      int bits) {
  ARROW_ASSIGN_OR_RAISE(
      const auto plan,
      KeyPlan::Make(schema, {.fields = {SortField{.source_ids = {column}}}}));
  ARROW_ASSIGN_OR_RAISE(const OrderedRows ordered, OrderBy(batches, plan));
  Ranks ranks;
  for (const auto& batch : batches) {
    ranks.emplace_back(static_cast<size_t>(batch->num_rows()));
  }
  uint64_t first = 0;
  for (uint64_t i = 0; i < ordered.rows.size(); ++i) {
    const RowRef& row = ordered.rows[i];
    const RowRef& before = ordered.rows[i == 0 ? 0 : i - 1];
    if (ordered.order.Compare(ordered.keys[before.batch], before.row,
                              ordered.keys[row.batch], row.row) != 0) {
      first = i;
    }
    // At most 31 bits of as many rows as memory holds: the product fits.
    ranks[row.batch][row.row] =
        static_cast<uint32_t>((first << bits) / ordered.rows.size());
  }
  return ranks;
}

Result<RecordBatches> Gather(const RecordBatches& batches,
                             const std::vector<RowRef>& rows, int64_t batch_rows_max) {
  constexpr int64_t kBatchBytesMax = int64_t{64} << 20;
  RecordBatches result;
  if (rows.empty()) {
    return result;
  }
  const RowPicker picker(batches);
  size_t begin = 0;
  for (const size_t end : picker.Pieces(rows, batch_rows_max, kBatchBytesMax)) {
    ARROW_ASSIGN_OR_RAISE(
        auto batch,
        picker.Pick(std::span(rows).subspan(begin, end - begin), PickThreads::kCpuPool));
    result.push_back(std::move(batch));
    begin = end;
  }
  return result;
}

/// Coordinates to the transposed index of the Hilbert curve (J. Skilling, Programming the
/// Hilbert curve, 2004): interleaved, the results are the place on the curve.
void ToHilbert(uint32_t* x, size_t dimensions, int bits) {
  const uint32_t high = uint32_t{1} << (bits - 1);
  for (uint32_t bit = high; bit > 1; bit >>= 1U) {
    const uint32_t below = bit - 1;
    for (size_t i = 0; i < dimensions; ++i) {
      if ((x[i] & bit) != 0) {
        x[0] ^= below;
      } else {
        const uint32_t exchanged = (x[0] ^ x[i]) & below;
        x[0] ^= exchanged;
        x[i] ^= exchanged;
      }
    }
  }
  for (size_t i = 1; i < dimensions; ++i) {
    x[i] ^= x[i - 1];
  }
  uint32_t inverted = 0;
  for (uint32_t bit = high; bit > 1; bit >>= 1U) {
    if ((x[dimensions - 1] & bit) != 0) {
      inverted ^= bit - 1;
    }
  }
  for (size_t i = 0; i < dimensions; ++i) {
    x[i] ^= inverted;
  }
}

/// The bits of all coordinates, highest first, each coordinate's turn after the other.
uint64_t Interleave(const uint32_t* x, size_t dimensions, int bits) {
  uint64_t place = 0;
  for (int bit = bits - 1; bit >= 0; --bit) {
    for (size_t i = 0; i < dimensions; ++i) {
      place = (place << 1U) | ((x[i] >> static_cast<unsigned>(bit)) & 1U);
    }
  }
  return place;
}

}  // namespace

Result<RecordBatches> SortRows(const RecordBatches& batches, const Schema& schema,
                               const iceberg::SortOrder& order, int64_t batch_rows_max) {
  ARROW_ASSIGN_OR_RAISE(const auto plan, KeyPlan::Make(schema, order));
  ARROW_ASSIGN_OR_RAISE(const OrderedRows ordered, OrderBy(batches, plan));
  return Gather(batches, ordered.rows, batch_rows_max);
}

Result<RecordBatches> ClusterRows(const RecordBatches& batches, const Schema& schema,
                                  const std::vector<FieldId>& columns, Curve curve,
                                  int64_t batch_rows_max) {
  if (columns.empty() || columns.size() > kClusterColumnsMax) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Rows are clustered by 1 to " + std::to_string(kClusterColumnsMax) +
                         " columns, got: " + std::to_string(columns.size()));
  }
  const size_t dimensions = columns.size();
  const int bits = std::min<int>(64 / static_cast<int>(dimensions), 31);
  std::vector<Ranks> ranks;
  for (const FieldId id : columns) {
    const Field* field = schema.FindById(id);
    if (field == nullptr || LeafPath(schema.fields(), id).empty() ||
        !field->type.is_primitive()) {
      return MakeError(
          ErrorCode::kInvalidArgument,
          "Rows cannot be clustered by the column of id " + std::to_string(id));
    }
    ARROW_ASSIGN_OR_RAISE(Ranks of_column, RanksOf(batches, schema, id, bits));
    ranks.push_back(std::move(of_column));
  }
  struct Place {
    uint64_t on_curve;
    RowRef row;
  };
  std::vector<Place> places;
  std::array<uint32_t, kClusterColumnsMax> x{};
  for (size_t batch = 0; batch < batches.size(); ++batch) {
    for (size_t row = 0; row < static_cast<size_t>(batches[batch]->num_rows()); ++row) {
      for (size_t i = 0; i < dimensions; ++i) {
        x[i] = ranks[i][batch][row];
      }
      if (curve == Curve::kHilbert) {
        ToHilbert(x.data(), dimensions, bits);
      }
      places.push_back({.on_curve = Interleave(x.data(), dimensions, bits),
                        .row = {.batch = static_cast<uint32_t>(batch),
                                .row = static_cast<uint32_t>(row)}});
    }
  }
  std::stable_sort(places.begin(), places.end(), [](const Place& a, const Place& b) {
    return a.on_curve < b.on_curve;
  });
  std::vector<RowRef> order;
  order.reserve(places.size());
  for (const Place& place : places) {
    order.push_back(place.row);
  }
  return Gather(batches, order, batch_rows_max);
}

}  // namespace tarn::storage
