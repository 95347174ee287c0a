#include "tarn/cli/sample/sample_tables.h"

#include <utility>

#include <arrow/builder.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/decimal.h>

namespace tarn::cli {
namespace {

/// Builds a batch column by column from a vector of rows.
template <typename Row>
class Columns {
 public:
  explicit Columns(const std::vector<Row>& rows) : rows_(rows) {}

  /// `get(row)` gives what the builder's Append takes, or an optional of it.
  template <typename Builder, typename Get>
  Columns& Add(const std::string& name, std::shared_ptr<arrow::DataType> type, Get get) {
    if (!status_.ok()) {
      return *this;
    }
    auto builder = arrow::MakeBuilder(type);
    status_ = builder.status();
    for (size_t i = 0; status_.ok() && i < rows_.size(); ++i) {
      status_ = AppendValue(static_cast<Builder&>(**builder), get(rows_[i]));
    }
    std::shared_ptr<arrow::Array> array;
    if (status_.ok()) {
      status_ = (*builder)->Finish(&array);
    }
    fields_.push_back(arrow::field(name, std::move(type)));
    arrays_.push_back(std::move(array));
    return *this;
  }

  template <typename Get>
  Columns& Long(const std::string& name, Get get) {
    return Add<arrow::Int64Builder>(name, arrow::int64(), get);
  }
  template <typename Get>
  Columns& Int(const std::string& name, Get get) {
    return Add<arrow::Int32Builder>(name, arrow::int32(), get);
  }
  template <typename Get>
  Columns& Text(const std::string& name, Get get) {
    return Add<arrow::StringBuilder>(name, arrow::utf8(), get);
  }
  template <typename Get>
  Columns& Date(const std::string& name, Get get) {
    return Add<arrow::Date32Builder>(name, arrow::date32(), get);
  }
  template <typename Get>
  Columns& Moment(const std::string& name, Get get) {
    return Add<arrow::TimestampBuilder>(
        name, arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"), get);
  }
  template <typename Get>
  Columns& Money(const std::string& name, int32_t precision, Get get) {
    return Add<arrow::Decimal128Builder>(
        name, arrow::decimal128(precision, 2),
        [get](const Row& row) { return arrow::Decimal128(get(row)); });
  }

  Result<std::shared_ptr<arrow::RecordBatch>> Finish() {
    RETURN_NOT_OK(status_);
    return arrow::RecordBatch::Make(arrow::schema(fields_),
                                    static_cast<int64_t>(rows_.size()), arrays_);
  }

 private:
  template <typename Builder, typename Value>
  static Status AppendValue(Builder& builder, const Value& value) {
    return builder.Append(value);
  }
  template <typename Builder, typename Value>
  static Status AppendValue(Builder& builder, const std::optional<Value>& value) {
    return value ? builder.Append(*value) : builder.AppendNull();
  }
  static Status AppendValue(arrow::ListBuilder& builder,
                            const std::vector<std::string_view>& values) {
    RETURN_NOT_OK(builder.Append());
    auto& texts = static_cast<arrow::StringBuilder&>(*builder.value_builder());
    for (const std::string_view value : values) {
      RETURN_NOT_OK(texts.Append(value));
    }
    return Status::OK();
  }

  const std::vector<Row>& rows_;
  Status status_;
  arrow::FieldVector fields_;
  arrow::ArrayVector arrays_;
};

Result<std::shared_ptr<arrow::RecordBatch>> CustomerBatch(
    const std::vector<SampleCustomer>& rows) {
  using Row = SampleCustomer;
  return Columns(rows)
      .Long("customer_id", [](const Row& r) { return r.id; })
      .Text("first_name", [](const Row& r) { return r.first_name; })
      .Text("last_name", [](const Row& r) { return r.last_name; })
      .Text("email", [](const Row& r) { return r.email; })
      .Text("city", [](const Row& r) { return r.city; })
      .Text("country", [](const Row& r) { return r.country; })
      .Text("region", [](const Row& r) { return r.region; })
      .Text("segment", [](const Row& r) { return r.segment; })
      .Date("signup_date", [](const Row& r) { return r.signup_day; })
      .Int("loyalty_points", [](const Row& r) { return r.loyalty_points; })
      .Finish();
}

Result<std::shared_ptr<arrow::RecordBatch>> ActivityBatch(
    const std::vector<SampleActivity>& rows) {
  using Row = SampleActivity;
  return Columns(rows)
      .Long("activity_id", [](const Row& r) { return r.id; })
      .Long("customer_id", [](const Row& r) { return r.customer_id; })
      .Text("activity_type", [](const Row& r) { return r.type; })
      .Text("channel", [](const Row& r) { return r.channel; })
      .Moment("occurred_at", [](const Row& r) { return r.occurred_at; })
      .Int("duration_seconds", [](const Row& r) { return r.duration_seconds; })
      .Finish();
}

Result<std::shared_ptr<arrow::RecordBatch>> ProductBatch(
    const std::vector<SampleProduct>& rows) {
  using Row = SampleProduct;
  return Columns(rows)
      .Long("product_id", [](const Row& r) { return r.id; })
      .Text("sku", [](const Row& r) { return r.sku; })
      .Text("name", [](const Row& r) { return r.name; })
      .Text("category", [](const Row& r) { return r.category; })
      .Text("brand", [](const Row& r) { return r.brand; })
      .Money("price", 10, [](const Row& r) { return r.price_cents; })
      .Money("cost", 10, [](const Row& r) { return r.cost_cents; })
      .Int("stock_quantity", [](const Row& r) { return r.stock; })
      .Add<arrow::DoubleBuilder>("weight_kg", arrow::float64(),
                                 [](const Row& r) { return r.weight_kg; })
      .Add<arrow::ListBuilder>("tags", arrow::list(arrow::utf8()),
                               [](const Row& r) { return r.tags; })
      .Date("launched_on", [](const Row& r) { return r.launch_day; })
      .Add<arrow::BooleanBuilder>("is_active", arrow::boolean(),
                                  [](const Row& r) { return r.active; })
      .Finish();
}

Result<std::shared_ptr<arrow::RecordBatch>> ReviewBatch(
    const std::vector<SampleReview>& rows) {
  using Row = SampleReview;
  return Columns(rows)
      .Long("review_id", [](const Row& r) { return r.id; })
      .Long("product_id", [](const Row& r) { return r.product_id; })
      .Long("customer_id", [](const Row& r) { return r.customer_id; })
      .Int("rating", [](const Row& r) { return r.rating; })
      .Text("title", [](const Row& r) { return r.title; })
      .Text("body", [](const Row& r) { return r.body; })
      .Int("helpful_votes", [](const Row& r) { return r.helpful_votes; })
      .Moment("reviewed_at", [](const Row& r) { return r.reviewed_at; })
      .Finish();
}

Result<std::shared_ptr<arrow::RecordBatch>> OrderBatch(
    const std::vector<SampleOrder>& rows) {
  using Row = SampleOrder;
  return Columns(rows)
      .Long("order_id", [](const Row& r) { return r.id; })
      .Long("customer_id", [](const Row& r) { return r.customer_id; })
      .Date("order_date", [](const Row& r) { return r.order_day; })
      .Text("status", [](const Row& r) { return r.status; })
      .Text("payment_method", [](const Row& r) { return r.payment_method; })
      .Text("shipping_city", [](const Row& r) { return r.shipping_city; })
      .Text("shipping_country", [](const Row& r) { return r.shipping_country; })
      .Text("region", [](const Row& r) { return r.region; })
      .Money("total_amount", 12, [](const Row& r) { return r.total_cents; })
      .Date("shipped_date", [](const Row& r) { return r.shipped_day; })
      .Finish();
}

Result<std::shared_ptr<arrow::RecordBatch>> OrderItemBatch(
    const std::vector<SampleOrderItem>& rows) {
  using Row = SampleOrderItem;
  return Columns(rows)
      .Long("order_item_id", [](const Row& r) { return r.id; })
      .Long("order_id", [](const Row& r) { return r.order_id; })
      .Long("product_id", [](const Row& r) { return r.product_id; })
      .Int("quantity", [](const Row& r) { return r.quantity; })
      .Money("unit_price", 10, [](const Row& r) { return r.unit_price_cents; })
      .Money("discount", 10, [](const Row& r) { return r.discount_cents; })
      .Money("line_total", 12, [](const Row& r) { return r.line_total_cents; })
      .Finish();
}

}  // namespace

Result<std::vector<SampleTable>> MakeSampleTables(const SampleRows& rows) {
  std::vector<SampleTable> tables = {
      {"customers", "info", {}, nullptr},
      {"customers", "activity", {"month(occurred_at)"}, nullptr},
      {"products", "catalog", {}, nullptr},
      {"products", "reviews", {}, nullptr},
      {"sales", "orders", {"month(order_date)"}, nullptr},
      {"sales", "order_items", {}, nullptr},
  };
  ARROW_ASSIGN_OR_RAISE(tables[0].rows, CustomerBatch(rows.customers));
  ARROW_ASSIGN_OR_RAISE(tables[1].rows, ActivityBatch(rows.activity));
  ARROW_ASSIGN_OR_RAISE(tables[2].rows, ProductBatch(rows.products));
  ARROW_ASSIGN_OR_RAISE(tables[3].rows, ReviewBatch(rows.reviews));
  ARROW_ASSIGN_OR_RAISE(tables[4].rows, OrderBatch(rows.orders));
  ARROW_ASSIGN_OR_RAISE(tables[5].rows, OrderItemBatch(rows.order_items));
  return tables;
}

}  // namespace tarn::cli
