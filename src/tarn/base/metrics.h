// What the process counts, as Prometheus reads it.
//
//   static Counter& commits = ProcessMetrics().MakeCounter(
//       "tarn_commits_total", "Commits that were applied.");
//   commits.Add();
//   static auto& requests = ProcessMetrics().MakeCounters(
//       "tarn_http_requests_total", "Requests answered.", {"route", "status"});
//   requests.With({"/health/live", "200"}).Add();
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tarn {

/// Only grows. Thread-safe, a few nanoseconds.
class Counter {
 public:
  void Add(int64_t count = 1) { value_.fetch_add(count, std::memory_order_relaxed); }
  int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  alignas(64) std::atomic<int64_t> value_{0};
};

/// Goes up and down. Thread-safe, a few nanoseconds.
class Gauge {
 public:
  void Set(int64_t value) { value_.store(value, std::memory_order_relaxed); }
  void Add(int64_t change) { value_.fetch_add(change, std::memory_order_relaxed); }
  int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  alignas(64) std::atomic<int64_t> value_{0};
};

/// 100 µs to 60 s: what a request may take, in seconds.
std::span<const double> LatencyBuckets();

/// How values are spread. Thread-safe, some ten nanoseconds.
class Histogram {
 public:
  /// `bounds`: the upper, inclusive limits of the buckets, ascending; one more takes the
  /// rest.
  explicit Histogram(std::span<const double> bounds);
  void Observe(double value);

  const std::vector<double>& bounds() const { return bounds_; }
  /// Of each bucket alone, not cumulative; the last one is the rest.
  std::vector<int64_t> counts() const;
  double sum() const { return sum_.load(std::memory_order_relaxed); }

 private:
  const std::vector<double> bounds_;
  std::vector<std::atomic<int64_t>> counts_;
  alignas(64) std::atomic<double> sum_{0};
};

/// Metrics of one name, told apart by the values of its labels. Thread-safe. The series
/// live as long as the registry; a family holds at most kSeriesMax of them, and what is
/// above that is counted under the label values "other": labels must not come from
/// outside unless they are few.
template <typename Metric>
class MetricFamily {
 public:
  static constexpr size_t kSeriesMax = 2'000;

  /// `values`: one for each label, in the order of their names.
  Metric& With(std::initializer_list<std::string_view> values);

  struct Series {
    std::vector<std::string> values;
    std::unique_ptr<Metric> metric;
  };
  /// Calls `visit(const Series&)` with each.
  template <typename Visit>
  void ForEach(const Visit& visit) const {
    const std::shared_lock lock(mutex_);
    for (const auto& [key, series] : series_) {
      visit(series);
    }
  }

 private:
  friend class MetricsRegistry;
  MetricFamily(size_t num_labels, std::span<const double> bounds)
      : num_labels_(num_labels), bounds_(bounds.begin(), bounds.end()) {}

  const size_t num_labels_;
  const std::vector<double> bounds_;  // of histograms
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, Series> series_;
};

enum class MetricKind : uint8_t { kCounter, kGauge, kHistogram };

/// Removes what it stands for from its registry when it goes; what the callback refers
/// to outlives it. Movable.
class MetricCallback {
 public:
  MetricCallback() = default;
  explicit MetricCallback(std::function<void()> remove) : remove_(std::move(remove)) {}
  MetricCallback(MetricCallback&& other) noexcept
      : remove_(std::exchange(other.remove_, nullptr)) {}
  MetricCallback& operator=(MetricCallback&& other) noexcept;
  ~MetricCallback();

 private:
  std::function<void()> remove_;
};

struct MetricLabel {
  std::string name;
  std::string value;
};

/// Thread-safe. A name is made once: making it again gives what is there, which must be
/// of the same kind with the same labels. Names are [a-z_][a-z0-9_]*; counters end with
/// "_total", units are in the name (_seconds, _bytes).
class MetricsRegistry {
 public:
  MetricsRegistry();
  ~MetricsRegistry();
  MetricsRegistry(const MetricsRegistry&) = delete;
  MetricsRegistry& operator=(const MetricsRegistry&) = delete;

  Counter& MakeCounter(std::string_view name, std::string_view help);
  Gauge& MakeGauge(std::string_view name, std::string_view help);
  Histogram& MakeHistogram(std::string_view name, std::string_view help,
                           std::span<const double> bounds = LatencyBuckets());

  using LabelNames = std::initializer_list<std::string_view>;
  MetricFamily<Counter>& MakeCounters(std::string_view name, std::string_view help,
                                      LabelNames labels);
  MetricFamily<Gauge>& MakeGauges(std::string_view name, std::string_view help,
                                  LabelNames labels);
  MetricFamily<Histogram>& MakeHistograms(
      std::string_view name, std::string_view help, LabelNames labels,
      std::span<const double> bounds = LatencyBuckets());

  /// A counter or gauge that is asked for when the metrics are read. Series of one name
  /// differ in their labels. `read` is quick, may be called on any thread and makes no
  /// metrics.
  [[nodiscard]] MetricCallback AddCallback(MetricKind kind, std::string_view name,
                                           std::string_view help,
                                           std::vector<MetricLabel> labels,
                                           std::function<double()> read);

  /// All of them in Prometheus' text format (version 0.0.4), sorted by name.
  std::string PrometheusText() const;

 private:
  struct State;
  struct Entry;
  std::unique_ptr<State> state_;
};

/// The process's own registry; lives as long as the process.
MetricsRegistry& ProcessMetrics();

}  // namespace tarn
