#include "tarn/base/metrics.h"

#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tarn {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Metrics, AreWrittenInPrometheusTextFormat) {
  MetricsRegistry registry;
  registry.MakeCounter("tarn_b_total", "Things\nof \\ b.").Add(3);
  registry.MakeGauge("tarn_a_bytes", "Bytes.").Set(-5);
  registry.MakeCounters("tarn_c_total", "By label.", {"route", "status"})
      .With({"/v1/\"x\"\\\n", "200"})
      .Add();
  EXPECT_EQ(registry.PrometheusText(),
            "# HELP tarn_a_bytes Bytes.\n"
            "# TYPE tarn_a_bytes gauge\n"
            "tarn_a_bytes -5\n"
            "# HELP tarn_b_total Things\\nof \\\\ b.\n"
            "# TYPE tarn_b_total counter\n"
            "tarn_b_total 3\n"
            "# HELP tarn_c_total By label.\n"
            "# TYPE tarn_c_total counter\n"
            "tarn_c_total{route=\"/v1/\\\"x\\\"\\\\\\n\",status=\"200\"} 1\n");
}

TEST(Metrics, HistogramBucketsAreCumulativeAndInclusive) {
  MetricsRegistry registry;
  constexpr double kBounds[] = {0.1, 1};
  Histogram& histogram = registry.MakeHistogram("tarn_h_seconds", "Time.", kBounds);
  for (const double value : {0.05, 0.1, 0.5, 7.0}) {
    histogram.Observe(value);
  }
  EXPECT_EQ(registry.PrometheusText(),
            "# HELP tarn_h_seconds Time.\n"
            "# TYPE tarn_h_seconds histogram\n"
            "tarn_h_seconds_bucket{le=\"0.1\"} 2\n"
            "tarn_h_seconds_bucket{le=\"1\"} 3\n"
            "tarn_h_seconds_bucket{le=\"+Inf\"} 4\n"
            "tarn_h_seconds_sum 7.65\n"
            "tarn_h_seconds_count 4\n");
}

TEST(Metrics, MakingANameAgainGivesWhatIsThere) {
  MetricsRegistry registry;
  registry.MakeCounter("tarn_x_total", "X.").Add(2);
  EXPECT_EQ(registry.MakeCounter("tarn_x_total", "X.").value(), 2);
  auto& family = registry.MakeCounters("tarn_y_total", "Y.", {"a"});
  EXPECT_EQ(&family.With({"1"}), &family.With({"1"}));
  EXPECT_NE(&family.With({"1"}), &family.With({"2"}));
}

TEST(Metrics, CallbacksAreAskedUntilTheyGo) {
  MetricsRegistry registry;
  double value = 1.5;
  {
    const MetricCallback one = registry.AddCallback(
        MetricKind::kGauge, "tarn_cb", "Asked.", {{"of", "one"}}, [&] { return value; });
    MetricCallback two = registry.AddCallback(MetricKind::kGauge, "tarn_cb", "Asked.",
                                              {{"of", "two"}}, [] { return 2; });
    value = 2.5;
    EXPECT_THAT(registry.PrometheusText(), HasSubstr("tarn_cb{of=\"one\"} 2.5\n"));
    EXPECT_THAT(registry.PrometheusText(), HasSubstr("tarn_cb{of=\"two\"} 2\n"));
    two = MetricCallback();
    EXPECT_THAT(registry.PrometheusText(), Not(HasSubstr("two")));
  }
  EXPECT_EQ(registry.PrometheusText(), "");
}

TEST(Metrics, AFamilyDoesNotGrowWithoutEnd) {
  MetricsRegistry registry;
  auto& family = registry.MakeCounters("tarn_many_total", "Many.", {"of"});
  const size_t count = MetricFamily<Counter>::kSeriesMax + 50;
  for (size_t i = 0; i < count; ++i) {
    family.With({std::to_string(i)}).Add();
  }
  size_t series = 0;
  int64_t total = 0;
  family.ForEach([&](const auto& one) {
    ++series;
    total += one.metric->value();
  });
  EXPECT_EQ(series, MetricFamily<Counter>::kSeriesMax);
  EXPECT_EQ(total, static_cast<int64_t>(count));
  EXPECT_EQ(family.With({"other"}).value(), 51);
}

TEST(Metrics, NothingIsLostBetweenThreads) {
  MetricsRegistry registry;
  auto& counters = registry.MakeCounters("tarn_t_total", "T.", {"of"});
  Histogram& histogram = registry.MakeHistogram("tarn_t_seconds", "T.");
  constexpr int kThreads = 4;
  constexpr int kRounds = 5'000;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kRounds; ++i) {
        counters.With({std::to_string(i % 3)}).Add();
        histogram.Observe(0.5);
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  int64_t total = 0;
  counters.ForEach([&](const auto& series) { total += series.metric->value(); });
  EXPECT_EQ(total, kThreads * kRounds);
  EXPECT_DOUBLE_EQ(histogram.sum(), kThreads * kRounds * 0.5);
}

}  // namespace
}  // namespace tarn
