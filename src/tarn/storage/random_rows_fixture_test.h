// What the tests of sorting share: rows of all types with the values that are easily put
// into the wrong place, and their order as the slow path has it.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/decimal.h>
#include <gtest/gtest.h>

#include "tarn/iceberg/schema.h"
#include "tarn/iceberg/sort_order.h"
#include "tarn/iceberg/value.h"
#include "tarn/storage/arrow_schema.h"
#include "tarn/storage/internal/leaf_column.h"
#include "tarn/storage/internal/sort_key.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::storage {

class RandomRows {
 public:
  explicit RandomRows(uint32_t seed) : random_(seed) {}

  /// Few distinct values, so that many are equal, among them the extremes; a tenth nulls.
  std::shared_ptr<arrow::Array> Column(const iceberg::Type& type, int64_t length) {
    std::unique_ptr<arrow::ArrayBuilder> builder;
    EXPECT_OK(arrow::MakeBuilder(arrow::default_memory_pool(),
                                 ArrowTypeOf(type).ValueOrDie(), &builder));
    for (int64_t i = 0; i < length; ++i) {
      EXPECT_OK(Below(10) == 0 ? builder->AppendNull() : AppendValue(type, *builder));
    }
    return builder->Finish().ValueOrDie();
  }

  std::shared_ptr<arrow::RecordBatch> Batch(const iceberg::Schema& schema, int64_t rows) {
    arrow::ArrayVector columns;
    for (const iceberg::Field& field : schema.fields()) {
      columns.push_back(Column(field.type, rows));
    }
    return arrow::RecordBatch::Make(ArrowSchemaOf(schema).ValueOrDie(), rows, columns);
  }

  int64_t Below(int64_t limit) {
    return std::uniform_int_distribution<int64_t>(0, limit - 1)(random_);
  }

 private:
  template <typename Number>
  Number Integer() {
    using Limits = std::numeric_limits<Number>;
    switch (Below(8)) {
      case 0:
        return Limits::min();
      case 1:
        return Limits::max();
      case 2:
        return static_cast<Number>(-1);
      case 3:
        return 0;
      case 4:
        return static_cast<Number>(
            std::uniform_int_distribution<int64_t>(Limits::min() / 2)(random_));
      default:
        return static_cast<Number>(Below(60) - 30);
    }
  }

  template <typename Number>
  Number Float() {
    using Limits = std::numeric_limits<Number>;
    const Number specials[] = {Limits::quiet_NaN(), -Limits::quiet_NaN(),
                               Limits::infinity(),  -Limits::infinity(),
                               Number{0},           -Number{0},
                               Limits::denorm_min()};
    return Below(3) == 0 ? specials[Below(7)] : static_cast<Number>(Below(40) - 20) / 4;
  }

  /// Some with a long common beginning, zero bytes, and letters of several bytes.
  std::string Text() {
    std::string text = Below(3) == 0 ? "https://example.org/" : "";
    const char* const pieces[] = {"a", "b", "\xc3\xa9", "\xf0\x9f\x98\x80", "z"};
    for (int64_t i = Below(5); i > 0; --i) {
      text += pieces[Below(5)];
    }
    if (Below(6) == 0) {
      text.push_back('\0');
    }
    return text;
  }

  std::string Bytes(int32_t length) {
    std::string bytes(static_cast<size_t>(length), Below(2) == 0 ? '\0' : '\x7f');
    if (length > 0) {
      bytes[static_cast<size_t>(Below(length))] = static_cast<char>(Below(256));
    }
    return bytes;
  }

  iceberg::int128_t Unscaled(int32_t precision) {
    iceberg::int128_t limit = 1;
    for (int32_t i = 0; i < precision; ++i) {
      limit *= 10;
    }
    const iceberg::int128_t values[] = {limit - 1, 1 - limit, 0, Below(20) - 10,
                                        -limit / 3};
    return values[Below(5)];
  }

  Status AppendValue(const iceberg::Type& type, arrow::ArrayBuilder& builder) {
    using iceberg::TypeId;
    switch (type.id()) {
      case TypeId::kBoolean:
        return static_cast<arrow::BooleanBuilder&>(builder).Append(Below(2) == 0);
      case TypeId::kInt:
        return static_cast<arrow::Int32Builder&>(builder).Append(Integer<int32_t>());
      case TypeId::kDate:
        return static_cast<arrow::Date32Builder&>(builder).Append(Integer<int32_t>());
      case TypeId::kLong:
        return static_cast<arrow::Int64Builder&>(builder).Append(Integer<int64_t>());
      case TypeId::kTime:
        return static_cast<arrow::Time64Builder&>(builder).Append(Below(86'400'000'000));
      case TypeId::kFloat:
        return static_cast<arrow::FloatBuilder&>(builder).Append(Float<float>());
      case TypeId::kDouble:
        return static_cast<arrow::DoubleBuilder&>(builder).Append(Float<double>());
      case TypeId::kDecimal: {
        const iceberg::int128_t value = Unscaled(type.precision());
        return static_cast<arrow::Decimal128Builder&>(builder).Append(arrow::Decimal128(
            static_cast<int64_t>(value >> 64), static_cast<uint64_t>(value)));
      }
      case TypeId::kString:
        return static_cast<arrow::StringBuilder&>(builder).Append(Text());
      case TypeId::kBinary:
        return static_cast<arrow::BinaryBuilder&>(builder).Append(
            Bytes(static_cast<int32_t>(Below(24))));
      case TypeId::kUuid:
      case TypeId::kFixed:
        return static_cast<arrow::FixedSizeBinaryBuilder&>(builder).Append(
            Bytes(type.id() == TypeId::kUuid ? 16 : type.length()));
      default:  // timestamps; years that the calendar of transforms has
        return static_cast<arrow::TimestampBuilder&>(builder).Append(
            (Below(2'000'000) - 1'000'000) * 86'400'000'000 / 1'000 + Below(3) - 1);
    }
  }

  std::mt19937 random_;
};

/// The key of a row as the slow path makes it, a value at a time.
inline std::string ReferenceKey(const iceberg::Schema& schema,
                                const iceberg::SortOrder& order,
                                const arrow::RecordBatch& batch, int64_t row) {
  std::string key;
  for (const iceberg::SortField& field : order.fields) {
    const iceberg::Type& type = schema.FindById(field.source_id())->type;
    const auto column =
        LeafColumn(batch, LeafPath(schema.fields(), field.source_id())).ValueOrDie();
    AppendSortKey(iceberg::ResultType(field.transform, type),
                  iceberg::ApplyTransform(field.transform, type, ValueAt(*column, row)),
                  field.direction, field.null_order, &key);
  }
  return key;
}

/// All rows as text in the order that std::stable_sort gives them.
inline std::vector<std::string> ReferenceOrder(
    const iceberg::Schema& schema, const iceberg::SortOrder& order,
    const std::vector<std::shared_ptr<arrow::RecordBatch>>& batches,
    const std::function<std::string(const arrow::RecordBatch&, int64_t)>& text) {
  struct Row {
    std::string key;
    std::string text;
  };
  std::vector<Row> rows;
  for (const auto& batch : batches) {
    for (int64_t row = 0; row < batch->num_rows(); ++row) {
      rows.push_back({ReferenceKey(schema, order, *batch, row), text(*batch, row)});
    }
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Row& a, const Row& b) { return a.key < b.key; });
  std::vector<std::string> texts;
  for (Row& row : rows) {
    texts.push_back(std::move(row.text));
  }
  return texts;
}

}  // namespace tarn::storage
