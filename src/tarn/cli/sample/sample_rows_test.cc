#include "tarn/cli/sample/sample_rows.h"

#include <map>
#include <set>
#include <utility>

#include <arrow/record_batch.h>

#include "tarn/cli/sample/sample_tables.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::cli {
namespace {

constexpr int64_t kMicrosPerDay = 86'400'000'000;

class SampleRowsTest : public ::testing::Test {
 protected:
  const SampleRows rows_ = MakeSampleRows();
};

TEST_F(SampleRowsTest, EveryReferenceHasItsTarget) {
  std::map<int64_t, int32_t> signup;
  for (const SampleCustomer& customer : rows_.customers) {
    signup[customer.id] = customer.signup_day;
  }
  std::map<int64_t, int32_t> launch;
  for (const SampleProduct& product : rows_.products) {
    launch[product.id] = product.launch_day;
  }
  std::map<int64_t, const SampleOrder*> orders;
  for (const SampleOrder& order : rows_.orders) {
    ASSERT_TRUE(signup.contains(order.customer_id));
    EXPECT_GE(order.order_day, signup[order.customer_id]);
    orders[order.id] = &order;
  }
  std::set<std::pair<int64_t, int64_t>> bought;
  for (const SampleOrderItem& item : rows_.order_items) {
    ASSERT_TRUE(orders.contains(item.order_id));
    ASSERT_TRUE(launch.contains(item.product_id));
    EXPECT_GE(orders[item.order_id]->order_day, launch[item.product_id]);
    bought.emplace(orders[item.order_id]->customer_id, item.product_id);
  }
  for (const SampleReview& review : rows_.reviews) {
    EXPECT_TRUE(bought.contains({review.customer_id, review.product_id}));
    EXPECT_TRUE(review.rating >= 1 && review.rating <= 5);
  }
  for (const SampleActivity& activity : rows_.activity) {
    ASSERT_TRUE(signup.contains(activity.customer_id));
    EXPECT_GE(activity.occurred_at, signup[activity.customer_id] * kMicrosPerDay);
  }
}

TEST_F(SampleRowsTest, AnOrdersTotalIsTheSumOfItsItems) {
  std::map<int64_t, int64_t> totals;
  for (const SampleOrderItem& item : rows_.order_items) {
    EXPECT_EQ(item.line_total_cents,
              item.quantity * item.unit_price_cents - item.discount_cents);
    EXPECT_GT(item.line_total_cents, 0);
    totals[item.order_id] += item.line_total_cents;
  }
  for (const SampleOrder& order : rows_.orders) {
    EXPECT_EQ(order.total_cents, totals[order.id]);
  }
}

TEST_F(SampleRowsTest, IdsAndMailAddressesAreUnique) {
  std::set<std::string> mails;
  for (const SampleCustomer& customer : rows_.customers) {
    EXPECT_TRUE(mails.insert(customer.email).second) << customer.email;
    for (const char c : customer.email) {
      EXPECT_GT(c, ' ');
    }
  }
  std::set<std::string> skus;
  for (const SampleProduct& product : rows_.products) {
    EXPECT_TRUE(skus.insert(product.sku).second) << product.sku;
  }
  std::set<int64_t> items;
  for (const SampleOrderItem& item : rows_.order_items) {
    EXPECT_TRUE(items.insert(item.id).second);
  }
}

TEST_F(SampleRowsTest, MakesTheSameRowsEachTime) {
  const SampleRows again = MakeSampleRows();
  ASSERT_OK_AND_ASSIGN(const auto first, MakeSampleTables(rows_));
  ASSERT_OK_AND_ASSIGN(const auto second, MakeSampleTables(again));
  ASSERT_EQ(first.size(), 6U);
  int64_t num_rows = 0;
  for (size_t i = 0; i < first.size(); ++i) {
    SCOPED_TRACE(first[i].name);
    EXPECT_TRUE(first[i].rows->Equals(*second[i].rows));
    EXPECT_OK(first[i].rows->ValidateFull());
    EXPECT_GE(first[i].rows->num_rows(), 50);
    num_rows += first[i].rows->num_rows();
  }
  EXPECT_GT(num_rows, 5000);
}

}  // namespace
}  // namespace tarn::cli
