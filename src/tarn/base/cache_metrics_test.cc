#include "tarn/base/cache_metrics.h"

#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace tarn {
namespace {

/// The value of tarn_cache_<what>{cache="<name>"}; "" if there is none.
std::string Shown(const std::string& what, const std::string& name) {
  const std::string text = ProcessMetrics().PrometheusText();
  const std::string series = "\ntarn_cache_" + what + "{cache=\"" + name + "\"} ";
  const size_t at = text.find(series);
  const size_t begin = at + series.size();
  return at == std::string::npos ? ""
                                 : text.substr(begin, text.find('\n', begin) - begin);
}

TEST(CacheMetrics, CachesOfOneNameCountTogether) {
  std::optional<CacheMetrics> first(std::in_place, "test_cache");
  CacheMetrics second("test_cache");
  first->Missed();
  first->Added(100);
  second.Missed();
  second.Added(20);
  second.Added(3);
  second.Found();
  second.Evicted(20);
  EXPECT_EQ(Shown("hits_total", "test_cache"), "1");
  EXPECT_EQ(Shown("misses_total", "test_cache"), "2");
  EXPECT_EQ(Shown("evictions_total", "test_cache"), "1");
  EXPECT_EQ(Shown("entries", "test_cache"), "2");
  EXPECT_EQ(Shown("bytes", "test_cache"), "103");
  first.reset();
  EXPECT_EQ(Shown("entries", "test_cache"), "1");
  EXPECT_EQ(Shown("bytes", "test_cache"), "3");
  EXPECT_EQ(Shown("misses_total", "test_cache"), "2");
}

}  // namespace
}  // namespace tarn
