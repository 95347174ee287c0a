#include "tarn/base/cache_metrics.h"

namespace tarn {
namespace {

struct Families {
  MetricFamily<Counter>& hits = ProcessMetrics().MakeCounters(
      "tarn_cache_hits_total", "Look-ups that a cache answered.", {"cache"});
  MetricFamily<Counter>& misses = ProcessMetrics().MakeCounters(
      "tarn_cache_misses_total", "Look-ups that had to go on to files or other work.",
      {"cache"});
  MetricFamily<Counter>& evictions = ProcessMetrics().MakeCounters(
      "tarn_cache_evictions_total", "Entries that left a cache to make room.", {"cache"});
  MetricFamily<Gauge>& entries =
      ProcessMetrics().MakeGauges("tarn_cache_entries", "What a cache holds.", {"cache"});
  MetricFamily<Gauge>& bytes = ProcessMetrics().MakeGauges(
      "tarn_cache_bytes", "Memory of these, as the cache counts it.", {"cache"});
};

Families& All() {
  static Families families;
  return families;
}

}  // namespace

CacheMetrics::CacheMetrics(std::string_view name)
    : hits_(All().hits.With({name})),
      misses_(All().misses.With({name})),
      evictions_(All().evictions.With({name})),
      entries_(All().entries.With({name})),
      bytes_(All().bytes.With({name})) {}

CacheMetrics::~CacheMetrics() { Change(-own_entries_, -own_bytes_); }

void CacheMetrics::Change(int64_t entries, int64_t bytes) {
  own_entries_ += entries;
  own_bytes_ += bytes;
  entries_.Add(entries);
  bytes_.Add(bytes);
}

}  // namespace tarn
