// Rows of C++ values as Arrow record batches. A metadata table is a list of columns, each
// of which knows its own value of a row; a column that nobody asked for is never built.
//
//   const std::vector<Column<Snapshot>> columns = {
//       MakeColumn<Snapshot>("snapshot_id", [](const Snapshot& s) { return s.id.value;
//       })};
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <arrow/array/builder_base.h>
#include <arrow/array/builder_nested.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "tarn/base/result.h"

namespace tarn::table::internal {

template <typename Row>
struct Column {
  std::shared_ptr<arrow::Field> field;
  std::function<Status(const Row&, arrow::ArrayBuilder&)> append;
};

/// Bytes that are no text.
struct Bytes {
  std::string_view value;
};

/// The Arrow type of a C++ type that a column's getter may return.
template <typename T>
std::shared_ptr<arrow::DataType> PlainType() = delete;
template <>
std::shared_ptr<arrow::DataType> PlainType<bool>();
template <>
std::shared_ptr<arrow::DataType> PlainType<int32_t>();
template <>
std::shared_ptr<arrow::DataType> PlainType<int64_t>();
template <>
std::shared_ptr<arrow::DataType> PlainType<std::string>();
template <>
std::shared_ptr<arrow::DataType> PlainType<Bytes>();
/// Microseconds since the Unix epoch, UTC.
template <>
std::shared_ptr<arrow::DataType> PlainType<std::chrono::milliseconds>();

/// `builder` is of PlainType of the value.
Status AppendPlain(arrow::ArrayBuilder& builder, bool value);
Status AppendPlain(arrow::ArrayBuilder& builder, int32_t value);
Status AppendPlain(arrow::ArrayBuilder& builder, int64_t value);
Status AppendPlain(arrow::ArrayBuilder& builder, const std::string& value);
Status AppendPlain(arrow::ArrayBuilder& builder, Bytes value);
Status AppendPlain(arrow::ArrayBuilder& builder, std::chrono::milliseconds value);

template <typename T>
struct OptionalOf {
  static constexpr bool kIs = false;
  using Value = T;
};
template <typename T>
struct OptionalOf<std::optional<T>> {
  static constexpr bool kIs = true;
  using Value = T;
};

/// A column whose value `get` gives; nullable if it gives an optional.
template <typename Row, typename Get>
Column<Row> MakeColumn(const std::string& name, Get get) {
  using Optional = OptionalOf<std::decay_t<std::invoke_result_t<Get, const Row&>>>;
  auto field = arrow::field(name, PlainType<typename Optional::Value>(), Optional::kIs);
  return {
      std::move(field), [get](const Row& row, arrow::ArrayBuilder& builder) -> Status {
        if constexpr (Optional::kIs) {
          const auto& value = get(row);
          return value.has_value() ? AppendPlain(builder, *value) : builder.AppendNull();
        } else {
          return AppendPlain(builder, get(row));
        }
      }};
}

/// A struct that is never null itself.
template <typename Row>
Column<Row> StructColumn(const std::string& name, std::vector<Column<Row>> children,
                         bool nullable = false) {
  arrow::FieldVector fields;
  for (const Column<Row>& child : children) {
    fields.push_back(child.field);
  }
  return {arrow::field(name, arrow::struct_(std::move(fields)), nullable),
          [children = std::move(children)](const Row& row, arrow::ArrayBuilder& builder) {
            auto& parent = static_cast<arrow::StructBuilder&>(builder);
            RETURN_NOT_OK(parent.Append());
            for (size_t i = 0; i < children.size(); ++i) {
              RETURN_NOT_OK(
                  children[i].append(row, *parent.field_builder(static_cast<int>(i))));
            }
            return Status::OK();
          }};
}

template <typename Row>
std::shared_ptr<arrow::Schema> SchemaOf(const std::vector<Column<Row>>& columns) {
  arrow::FieldVector fields;
  for (const Column<Row>& column : columns) {
    fields.push_back(column.field);
  }
  return arrow::schema(std::move(fields));
}

/// The places of `wanted` in `fields`, in the order of `wanted`; all if it is empty.
/// Errors: kNoSuchColumn.
Result<std::vector<size_t>> ChooseColumns(const arrow::FieldVector& fields,
                                          const std::vector<std::string>& wanted);

/// Collects rows into batches of at most kRowsMax.
template <typename Row>
class RowSink {
 public:
  static constexpr int64_t kRowsMax = 8192;

  explicit RowSink(std::vector<Column<Row>> columns)
      : columns_(std::move(columns)), schema_(SchemaOf(columns_)) {}

  const std::shared_ptr<arrow::Schema>& schema() const { return schema_; }

  Status Append(const Row& row) {
    if (builders_.empty()) {
      RETURN_NOT_OK(MakeBuilders());
    }
    for (size_t i = 0; i < columns_.size(); ++i) {
      RETURN_NOT_OK(columns_[i].append(row, *builders_[i]));
    }
    return ++rows_ == kRowsMax ? Finish() : Status::OK();
  }

  /// What was appended since the last batch becomes one.
  Status Finish() {
    if (rows_ == 0) {
      return Status::OK();
    }
    arrow::ArrayVector arrays(columns_.size());
    for (size_t i = 0; i < columns_.size(); ++i) {
      RETURN_NOT_OK(builders_[i]->Finish(&arrays[i]));
    }
    finished_.push_back(arrow::RecordBatch::Make(schema_, rows_, std::move(arrays)));
    rows_ = 0;
    return Status::OK();
  }

  /// nullptr if no batch is finished.
  std::shared_ptr<arrow::RecordBatch> Take() {
    if (finished_.empty()) {
      return nullptr;
    }
    auto batch = std::move(finished_.front());
    finished_.pop_front();
    return batch;
  }

 private:
  Status MakeBuilders() {
    for (const auto& field : schema_->fields()) {
      ARROW_ASSIGN_OR_RAISE(builders_.emplace_back(), arrow::MakeBuilder(field->type()));
    }
    return Status::OK();
  }

  std::vector<Column<Row>> columns_;
  std::shared_ptr<arrow::Schema> schema_;
  std::vector<std::unique_ptr<arrow::ArrayBuilder>> builders_;
  std::deque<std::shared_ptr<arrow::RecordBatch>> finished_;
  int64_t rows_ = 0;
};

/// Appends the rows of the next unit (a manifest; all of a small table); false if there
/// was none.
template <typename Row>
using RowSource = std::function<Result<bool>(RowSink<Row>&)>;

template <typename Row>
class RowReader final : public arrow::RecordBatchReader {
 public:
  RowReader(std::vector<Column<Row>> columns, RowSource<Row> source)
      : sink_(std::move(columns)), source_(std::move(source)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return sink_.schema(); }

  Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    while ((*batch = sink_.Take()) == nullptr && source_ != nullptr) {
      ARROW_ASSIGN_OR_RAISE(const bool more, source_(sink_));
      if (!more) {
        source_ = nullptr;
      }
      RETURN_NOT_OK(sink_.Finish());
    }
    return Status::OK();
  }

 private:
  RowSink<Row> sink_;
  RowSource<Row> source_;
};

/// Reads nothing before the first batch is asked for. Errors: kNoSuchColumn.
template <typename Row>
Result<std::shared_ptr<arrow::RecordBatchReader>> MakeReader(
    const std::vector<Column<Row>>& columns, const std::vector<std::string>& wanted,
    RowSource<Row> source) {
  ARROW_ASSIGN_OR_RAISE(const auto places,
                        ChooseColumns(SchemaOf(columns)->fields(), wanted));
  std::vector<Column<Row>> chosen;
  for (const size_t place : places) {
    chosen.push_back(columns[place]);
  }
  return std::make_shared<RowReader<Row>>(std::move(chosen), std::move(source));
}

}  // namespace tarn::table::internal
