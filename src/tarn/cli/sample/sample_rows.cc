#include "tarn/cli/sample/sample_rows.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "tarn/cli/sample/sample_words.h"

namespace tarn::cli {
namespace {

constexpr int64_t kCustomers = 400;
constexpr int64_t kProducts = 120;
constexpr int64_t kOrders = 1500;
constexpr int64_t kActivities = 3000;
constexpr int64_t kReviews = 700;

// Days since the Unix epoch.
constexpr int32_t kFirstSignup = 18'993;  // 2022-01-01
constexpr int32_t kFirstOrder = 19'723;   // 2024-01-01
constexpr int32_t kLastOrder = 20'088;    // 2024-12-31
constexpr int32_t kFirstLaunch = 18'262;  // 2020-01-01
constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kSecondsPerDay = 86'400;

/// SplitMix64: the same numbers everywhere, which the standard library's distributions do
/// not promise.
class Generator {
 public:
  explicit Generator(uint64_t seed) : state_(seed) {}

  uint64_t Next() {
    state_ += 0x9e3779b97f4a7c15;
    uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111eb;
    return z ^ (z >> 31U);
  }
  /// From `low` to `high`, both included.
  int64_t Between(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(Next() % static_cast<uint64_t>(high - low + 1));
  }
  bool Chance(int64_t percent) { return Between(1, 100) <= percent; }
  template <typename Container>
  const auto& Pick(const Container& from) {
    return from[static_cast<size_t>(Next() % from.size())];
  }

 private:
  uint64_t state_;
};

/// ASCII lower-case letters of a name, for an e-mail address: "José O'Neil" gives
/// "joseoneil".
std::string MailPart(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, char>, 14> kPlain = {{{"á", 'a'},
                                                                         {"ã", 'a'},
                                                                         {"ä", 'a'},
                                                                         {"é", 'e'},
                                                                         {"ë", 'e'},
                                                                         {"í", 'i'},
                                                                         {"ó", 'o'},
                                                                         {"ö", 'o'},
                                                                         {"ü", 'u'},
                                                                         {"ñ", 'n'},
                                                                         {"ç", 'c'},
                                                                         {"Ł", 'l'},
                                                                         {"ł", 'l'},
                                                                         {"ø", 'o'}}};
  std::string out;
  while (!name.empty()) {
    const auto* const known =
        std::find_if(kPlain.begin(), kPlain.end(),
                     [&](const auto& pair) { return name.starts_with(pair.first); });
    if (known != kPlain.end()) {
      out += known->second;
      name.remove_prefix(known->first.size());
      continue;
    }
    const auto c = static_cast<unsigned char>(name.front());
    if (c < 0x80 && std::isalpha(c) != 0) {
      out += static_cast<char>(std::tolower(c));
    }
    name.remove_prefix(1);
  }
  return out;
}

std::string Padded(int64_t number, size_t width) {
  const std::string digits = std::to_string(number);
  return std::string(width - std::min(width, digits.size()), '0') + digits;
}

int64_t MomentOn(Generator& random, int32_t day) {
  return (day * kSecondsPerDay + random.Between(6 * 3600, 23 * 3600)) * kMicrosPerSecond;
}

std::vector<SampleCustomer> MakeCustomers(Generator& random) {
  std::vector<SampleCustomer> customers;
  for (int64_t id = 1; id <= kCustomers; ++id) {
    const SampleCity& home = random.Pick(kCities);
    SampleCustomer customer{
        .id = id,
        .first_name = std::string(random.Pick(kFirstNames)),
        .last_name = std::string(random.Pick(kLastNames)),
        .email = "",
        .city = home.city,
        .country = home.country,
        .region = home.region,
        .segment = kSegments[random.Chance(70)   ? 0
                             : random.Chance(70) ? 1
                                                 : 2],
        .signup_day = static_cast<int32_t>(random.Between(kFirstSignup, kLastOrder - 60)),
        .loyalty_points = static_cast<int32_t>(random.Between(0, 500) * 10)};
    customer.email = MailPart(customer.first_name) + "." + MailPart(customer.last_name) +
                     std::to_string(id) + "@example.com";
    customers.push_back(std::move(customer));
  }
  return customers;
}

std::vector<SampleProduct> MakeProducts(Generator& random) {
  std::vector<SampleProduct> products;
  for (int64_t id = 1; id <= kProducts; ++id) {
    const SampleLine& line = kLines[static_cast<size_t>(id - 1) % kLines.size()];
    const std::string_view brand = random.Pick(kBrands);
    const std::string_view edition = random.Pick(kEditions);
    const int64_t price = random.Between(line.price_low, line.price_high) * 100 -
                          (random.Chance(60) ? 1 : 0);
    SampleProduct product{
        .id = id,
        .sku = Padded(id * 37 % 9973, 5) + "-" + std::string(line.category.substr(0, 3)),
        .name = std::string(brand) + " " + std::string(edition) + " " +
                std::string(line.noun),
        .category = line.category,
        .brand = brand,
        .price_cents = price,
        .cost_cents = price * random.Between(35, 70) / 100,
        .stock = static_cast<int32_t>(random.Chance(5) ? 0 : random.Between(3, 400)),
        .weight_kg = std::nullopt,
        .tags = {line.tag},
        .launch_day =
            static_cast<int32_t>(random.Between(kFirstLaunch, kFirstOrder - 30)),
        .active = !random.Chance(6)};
    if (line.weight_kg > 0) {
      product.weight_kg = line.weight_kg;
    }
    if (edition == "Eco") {
      product.tags.push_back("sustainable");
    }
    if (random.Chance(15)) {
      product.tags.push_back("bestseller");
    }
    products.push_back(std::move(product));
  }
  return products;
}

std::vector<SampleOrderItem> MakeItems(Generator& random,
                                       const std::vector<SampleProduct>& products,
                                       int64_t order_id, int64_t first_item_id) {
  std::vector<SampleOrderItem> items;
  const int64_t count =
      random.Between(1, 3) + (random.Chance(25) ? random.Between(1, 3) : 0);
  for (int64_t i = 0; i < count; ++i) {
    const SampleProduct& product = random.Pick(products);
    const bool repeated = std::any_of(
        items.begin(), items.end(),
        [&](const SampleOrderItem& item) { return item.product_id == product.id; });
    if (repeated) {
      continue;
    }
    SampleOrderItem item{
        .id = first_item_id + static_cast<int64_t>(items.size()),
        .order_id = order_id,
        .product_id = product.id,
        .quantity = static_cast<int32_t>(random.Chance(75) ? 1 : random.Between(2, 4)),
        .unit_price_cents = product.price_cents,
        .discount_cents = 0,
        .line_total_cents = 0};
    const int64_t gross = item.quantity * item.unit_price_cents;
    if (random.Chance(20)) {
      item.discount_cents = gross * random.Between(1, 4) * 5 / 100;
    }
    item.line_total_cents = gross - item.discount_cents;
    items.push_back(item);
  }
  return items;
}

std::string_view StatusOn(Generator& random, int32_t order_day) {
  if (random.Chance(4)) {
    return "cancelled";
  }
  if (random.Chance(3)) {
    return "returned";
  }
  if (order_day > kLastOrder - 3) {
    return "processing";
  }
  return order_day > kLastOrder - 10 ? "shipped" : "delivered";
}

void MakeOrders(Generator& random, SampleRows& rows) {
  std::vector<int32_t> days;
  for (int64_t i = 0; i < kOrders; ++i) {
    // The end of the year is busier.
    const int32_t first = random.Chance(20) ? kLastOrder - 60 : kFirstOrder;
    days.push_back(static_cast<int32_t>(random.Between(first, kLastOrder)));
  }
  std::sort(days.begin(), days.end());
  for (int64_t id = 1; id <= kOrders; ++id) {
    const int32_t day = days[static_cast<size_t>(id - 1)];
    const SampleCustomer* customer = &random.Pick(rows.customers);
    while (customer->signup_day > day) {
      customer = &random.Pick(rows.customers);
    }
    SampleOrder order{.id = id,
                      .customer_id = customer->id,
                      .order_day = day,
                      .status = StatusOn(random, day),
                      .payment_method = random.Pick(kPaymentMethods),
                      .shipping_city = customer->city,
                      .shipping_country = customer->country,
                      .region = customer->region,
                      .total_cents = 0,
                      .shipped_day = std::nullopt};
    if (order.status != "cancelled" && order.status != "processing") {
      order.shipped_day = day + static_cast<int32_t>(random.Between(1, 4));
    }
    const int64_t first_item_id = static_cast<int64_t>(rows.order_items.size()) + 1;
    for (SampleOrderItem& item : MakeItems(random, rows.products, id, first_item_id)) {
      order.total_cents += item.line_total_cents;
      rows.order_items.push_back(item);
    }
    rows.orders.push_back(order);
  }
}

void MakeReviews(Generator& random, SampleRows& rows) {
  for (int64_t id = 1; id <= kReviews; ++id) {
    const SampleOrderItem& item = random.Pick(rows.order_items);
    const SampleOrder& order = rows.orders[static_cast<size_t>(item.order_id - 1)];
    const SampleOpinion* opinion = &random.Pick(kOpinions);
    if (opinion->rating < 4 && random.Chance(50)) {
      opinion = &random.Pick(kOpinions);  // most people are content
    }
    SampleReview review{
        .id = id,
        .product_id = item.product_id,
        .customer_id = order.customer_id,
        .rating = opinion->rating,
        .title = opinion->title,
        .body = std::nullopt,
        .helpful_votes =
            static_cast<int32_t>(random.Chance(60) ? 0 : random.Between(1, 40)),
        .reviewed_at = MomentOn(
            random, order.order_day + static_cast<int32_t>(random.Between(3, 30)))};
    if (!opinion->body.empty()) {
      review.body = opinion->body;
    }
    rows.reviews.push_back(review);
  }
}

void MakeActivity(Generator& random, SampleRows& rows) {
  std::vector<int64_t> moments;
  for (int64_t i = 0; i < kActivities; ++i) {
    moments.push_back(
        MomentOn(random, static_cast<int32_t>(random.Between(kFirstOrder, kLastOrder))));
  }
  std::sort(moments.begin(), moments.end());
  for (int64_t id = 1; id <= kActivities; ++id) {
    const int64_t moment = moments[static_cast<size_t>(id - 1)];
    const SampleCustomer* customer = &random.Pick(rows.customers);
    while (customer->signup_day * kSecondsPerDay * kMicrosPerSecond > moment) {
      customer = &random.Pick(rows.customers);
    }
    const std::string_view type = random.Pick(kActivityTypes);
    const bool is_mail = type == "newsletter_open";
    SampleActivity activity{
        .id = id,
        .customer_id = customer->id,
        .type = type,
        .channel = is_mail ? kChannels.back()
                           : kChannels[static_cast<size_t>(random.Between(0, 2))],
        .occurred_at = moment,
        .duration_seconds = std::nullopt};
    if (type == "page_view" || type == "search") {
      activity.duration_seconds = static_cast<int32_t>(random.Between(3, 600));
    }
    rows.activity.push_back(activity);
  }
}

}  // namespace

SampleRows MakeSampleRows() {
  constexpr uint64_t kSeed = 20'240'101;
  Generator random(kSeed);
  SampleRows rows;
  rows.customers = MakeCustomers(random);
  rows.products = MakeProducts(random);
  MakeOrders(random, rows);
  MakeReviews(random, rows);
  MakeActivity(random, rows);
  return rows;
}

}  // namespace tarn::cli
