// The sample data: a shop with customers, products and sales.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/table/write.h"

namespace tarn::cli {

struct SampleObject {
  std::string name;  // "sales.orders"
  bool is_view = false;
  int64_t rows = 0;      // of a table
  bool created = false;  // false: it was there before
};
using SampleReport = std::vector<SampleObject>;

/// Makes the tables customers.info, customers.activity, products.catalog,
/// products.reviews, sales.orders and sales.order_items, and the views
/// sales.order_summary and sales.revenue_by_region. What exists already is left alone, so
/// that a second run changes nothing. The rows are the same on every machine.
Result<SampleReport> LoadSampleData(const table::Context& context);

}  // namespace tarn::cli
