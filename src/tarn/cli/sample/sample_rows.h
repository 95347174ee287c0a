// The rows of the sample data, generated from a fixed seed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::cli {

struct SampleCustomer {
  int64_t id;
  std::string first_name;
  std::string last_name;
  std::string email;
  std::string_view city;
  std::string_view country;
  std::string_view region;
  std::string_view segment;
  int32_t signup_day;  // days since the Unix epoch
  int32_t loyalty_points;
};

struct SampleActivity {
  int64_t id;
  int64_t customer_id;
  std::string_view type;
  std::string_view channel;
  int64_t occurred_at;  // microseconds since the Unix epoch, UTC
  std::optional<int32_t> duration_seconds;
};

struct SampleProduct {
  int64_t id;
  std::string sku;
  std::string name;
  std::string_view category;
  std::string_view brand;
  int64_t price_cents;
  int64_t cost_cents;
  int32_t stock;
  std::optional<double> weight_kg;
  std::vector<std::string_view> tags;
  int32_t launch_day;
  bool active;
};

struct SampleReview {
  int64_t id;
  int64_t product_id;
  int64_t customer_id;
  int32_t rating;
  std::string_view title;
  std::optional<std::string_view> body;
  int32_t helpful_votes;
  int64_t reviewed_at;
};

struct SampleOrder {
  int64_t id;
  int64_t customer_id;
  int32_t order_day;
  std::string_view status;
  std::string_view payment_method;
  std::string_view shipping_city;
  std::string_view shipping_country;
  std::string_view region;
  int64_t total_cents;
  std::optional<int32_t> shipped_day;
};

struct SampleOrderItem {
  int64_t id;
  int64_t order_id;
  int64_t product_id;
  int32_t quantity;
  int64_t unit_price_cents;
  int64_t discount_cents;
  int64_t line_total_cents;
};

/// Every id that a row names exists; an order's total is the sum of its items; nobody
/// orders before signing up or before a product's launch; reviews are by customers who
/// bought the product.
struct SampleRows {
  std::vector<SampleCustomer> customers;
  std::vector<SampleActivity> activity;
  std::vector<SampleProduct> products;
  std::vector<SampleReview> reviews;
  std::vector<SampleOrder> orders;
  std::vector<SampleOrderItem> order_items;
};

SampleRows MakeSampleRows();

}  // namespace tarn::cli
