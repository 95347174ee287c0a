#include "tarn/storage/clustering.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include <arrow/array.h>
#include <arrow/record_batch.h>

#include "tarn/base/error.h"
#include "tarn/storage/internal/leaf_column.h"
#include "tarn/storage/internal/row_order.h"
#include "tarn/storage/internal/sort_key.h"

namespace tarn::storage {
namespace {

using iceberg::Field;
using iceberg::FieldId;
using iceberg::NullOrder;
using iceberg::Schema;
using iceberg::SortDirection;
using iceberg::SortField;
using iceberg::Type;
using iceberg::Value;

/// One field of a sort order, ready to be evaluated.
struct KeyPart {
  std::vector<int> path;
  Type source;
  Type result;  // of the transform
  iceberg::Transform transform = iceberg::Identity{};
  SortDirection direction = SortDirection::kAscending;
  NullOrder nulls = NullOrder::kNullsFirst;
};

Result<KeyPart> PartOf(const SortField& field, const Schema& schema) {
  const Field* source =
      field.source_ids.size() == 1 ? schema.FindById(field.source_id()) : nullptr;
  KeyPart part{.transform = field.transform,
               .direction = field.direction,
               .nulls = field.null_order};
  if (std::holds_alternative<iceberg::UnknownTransform>(field.transform) ||
      field.source_ids.size() != 1) {
    return MakeError(ErrorCode::kNotSupported,
                     "Cannot sort by " + iceberg::TransformToString(field.transform));
  }
  part.path = LeafPath(schema.fields(), field.source_id());
  if (source == nullptr || part.path.empty()) {
    return MakeError(ErrorCode::kInvalidData, "A sort order has no source column of id " +
                                                  std::to_string(field.source_id()));
  }
  if (!iceberg::CanTransform(field.transform, source->type)) {
    return MakeError(ErrorCode::kNotSupported,
                     "Cannot sort by " + iceberg::TransformToString(field.transform) +
                         " of column " + schema.NameOf(source->id) + " of type " +
                         source->type.ToString());
  }
  part.source = source->type;
  part.result = iceberg::ResultType(field.transform, source->type);
  return part;
}

/// The keys of all rows: the parts of each row one after the other.
Result<RowKeys> KeysOf(const RowList& rows, const std::vector<KeyPart>& parts) {
  RowKeys keys;
  std::string key;
  for (const auto& run : rows.runs()) {
    arrow::ArrayVector columns;
    for (const KeyPart& part : parts) {
      ARROW_ASSIGN_OR_RAISE(auto column, LeafColumn(*run, part.path));
      columns.push_back(std::move(column));
    }
    for (int64_t row = 0; row < run->num_rows(); ++row) {
      key.clear();
      for (size_t i = 0; i < parts.size(); ++i) {
        const KeyPart& part = parts[i];
        Value value = ValueAt(*columns[i], row);
        if (!std::holds_alternative<iceberg::Identity>(part.transform)) {
          value = iceberg::ApplyTransform(part.transform, part.source, value);
        }
        AppendSortKey(part.result, value, part.direction, part.nulls, &key);
      }
      keys.Add(key);
    }
  }
  return keys;
}

/// The place of each row among all rows by one column, in [0, 2^bits); equal values share
/// the place of the first of them.
Result<std::vector<uint32_t>> RanksOf(const RowList& rows, const KeyPart& part,
                                      int bits) {
  ARROW_ASSIGN_OR_RAISE(const RowKeys keys, KeysOf(rows, {part}));
  const std::vector<uint64_t> order = keys.Order();
  std::vector<uint32_t> ranks(order.size());
  uint64_t first = 0;
  for (uint64_t i = 0; i < order.size(); ++i) {
    if (i > 0 && keys[order[i]] != keys[order[i - 1]]) {
      first = i;
    }
    // At most 31 bits of as many rows as memory holds: the product fits.
    ranks[order[i]] = static_cast<uint32_t>((first << bits) / order.size());
  }
  return ranks;
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
  std::vector<KeyPart> parts;
  for (const SortField& field : order.fields) {
    ARROW_ASSIGN_OR_RAISE(KeyPart part, PartOf(field, schema));
    parts.push_back(std::move(part));
  }
  ARROW_ASSIGN_OR_RAISE(const RowList rows, RowList::Make(batches));
  ARROW_ASSIGN_OR_RAISE(const RowKeys keys, KeysOf(rows, parts));
  return rows.Gather(keys.Order(), batch_rows_max);
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
  ARROW_ASSIGN_OR_RAISE(const RowList rows, RowList::Make(batches));
  std::vector<std::vector<uint32_t>> ranks;
  for (const FieldId id : columns) {
    const Field* field = schema.FindById(id);
    const std::vector<int> path = LeafPath(schema.fields(), id);
    if (field == nullptr || path.empty() || !field->type.is_primitive()) {
      return MakeError(
          ErrorCode::kInvalidArgument,
          "Rows cannot be clustered by the column of id " + std::to_string(id));
    }
    ARROW_ASSIGN_OR_RAISE(
        auto of_column,
        RanksOf(rows, {.path = path, .source = field->type, .result = field->type},
                bits));
    ranks.push_back(std::move(of_column));
  }
  const auto num_rows = static_cast<size_t>(rows.num_rows());
  std::vector<std::pair<uint64_t, uint64_t>> places(num_rows);
  std::array<uint32_t, kClusterColumnsMax> x{};
  for (size_t row = 0; row < num_rows; ++row) {
    for (size_t i = 0; i < dimensions; ++i) {
      x[i] = ranks[i][row];
    }
    if (curve == Curve::kHilbert) {
      ToHilbert(x.data(), dimensions, bits);
    }
    places[row] = {Interleave(x.data(), dimensions, bits), row};
  }
  std::sort(places.begin(), places.end());
  std::vector<uint64_t> order;
  order.reserve(num_rows);
  for (const auto& [place, row] : places) {
    order.push_back(row);
  }
  return rows.Gather(order, batch_rows_max);
}

}  // namespace tarn::storage
