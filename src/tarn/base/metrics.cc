#include "tarn/base/metrics.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <type_traits>

#include <fmt/format.h>

#include "tarn/base/error.h"

namespace tarn {
namespace {

constexpr double kLatencyBuckets[] = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005,
                                      0.01,   0.025,   0.05,   0.1,   0.25,   0.5,
                                      1,      2.5,     5,      10,    30,     60};
constexpr std::string_view kOther = "other";
constexpr char kKeySeparator = '\0';

std::string_view NameOf(MetricKind kind) {
  switch (kind) {
    case MetricKind::kCounter:
      return "counter";
    case MetricKind::kGauge:
      return "gauge";
    case MetricKind::kHistogram:
      return "histogram";
  }
  return "untyped";
}

bool IsMetricName(std::string_view name) {
  return !name.empty() && (name.front() < '0' || name.front() > '9') &&
         std::ranges::all_of(name, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
         });
}

/// Backslashes and line breaks; in label values quotes too.
std::string Escaped(std::string_view text, bool escapes_quotes) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && escapes_quotes) {
      out += "\\\"";
    } else {
      out += c;
    }
  }
  return out;
}

std::string NumberText(double value) {
  if (std::isnan(value)) {
    return "NaN";
  }
  if (std::isinf(value)) {
    return value > 0 ? "+Inf" : "-Inf";
  }
  return fmt::format("{}", value);
}

/// `{a="x",b="y"}`, or nothing.
std::string LabelsText(std::span<const MetricLabel> labels) {
  if (labels.empty()) {
    return "";
  }
  std::string text = "{";
  for (const MetricLabel& label : labels) {
    text += fmt::format("{}{}=\"{}\"", text.size() == 1 ? "" : ",", label.name,
                        Escaped(label.value, true));
  }
  return text + "}";
}

std::vector<MetricLabel> LabelsOf(const std::vector<std::string>& names,
                                  const std::vector<std::string>& values) {
  std::vector<MetricLabel> labels;
  for (size_t i = 0; i < names.size(); ++i) {
    labels.push_back({names[i], values[i]});
  }
  return labels;
}

void WriteHistogram(std::string_view name, std::vector<MetricLabel> labels,
                    const Histogram& histogram, std::string* out) {
  const std::string plain = LabelsText(labels);
  const std::vector<int64_t> counts = histogram.counts();
  labels.push_back({"le", ""});
  int64_t total = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    total += counts[i];
    labels.back().value =
        i < histogram.bounds().size() ? NumberText(histogram.bounds()[i]) : "+Inf";
    *out += fmt::format("{}_bucket{} {}\n", name, LabelsText(labels), total);
  }
  *out += fmt::format("{}_sum{} {}\n", name, plain, NumberText(histogram.sum()));
  *out += fmt::format("{}_count{} {}\n", name, plain, total);
}

template <typename Metric>
constexpr MetricKind KindOf() {
  if constexpr (std::is_same_v<Metric, Counter>) {
    return MetricKind::kCounter;
  } else if constexpr (std::is_same_v<Metric, Gauge>) {
    return MetricKind::kGauge;
  } else {
    return MetricKind::kHistogram;
  }
}

}  // namespace

std::span<const double> LatencyBuckets() { return kLatencyBuckets; }

Histogram::Histogram(std::span<const double> bounds)
    : bounds_(bounds.begin(), bounds.end()), counts_(bounds.size() + 1) {
  TARN_CHECK(std::ranges::is_sorted(bounds_));
}

void Histogram::Observe(double value) {
  const auto bucket = std::ranges::lower_bound(bounds_, value) - bounds_.begin();
  counts_[static_cast<size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

std::vector<int64_t> Histogram::counts() const {
  std::vector<int64_t> counts;
  for (const auto& count : counts_) {
    counts.push_back(count.load(std::memory_order_relaxed));
  }
  return counts;
}

template <typename Metric>
Metric& MetricFamily<Metric>::With(std::initializer_list<std::string_view> values) {
  TARN_CHECK(values.size() == num_labels_);
  thread_local std::string key;
  key.clear();
  for (const std::string_view value : values) {
    key.append(value);
    key.push_back(kKeySeparator);
  }
  {
    const std::shared_lock lock(mutex_);
    if (const auto found = series_.find(key); found != series_.end()) {
      return *found->second.metric;
    }
  }
  const std::unique_lock lock(mutex_);
  std::vector<std::string> shown(values.begin(), values.end());
  if (series_.size() + 1 >= kSeriesMax && !series_.contains(key)) {
    shown.assign(num_labels_, std::string(kOther));
    key.clear();
    for (size_t i = 0; i < num_labels_; ++i) {
      key.append(kOther);
      key.push_back(kKeySeparator);
    }
  }
  Series& series = series_[key];
  if (series.metric == nullptr) {
    series.values = std::move(shown);
    if constexpr (std::is_same_v<Metric, Histogram>) {
      series.metric = std::make_unique<Metric>(bounds_);
    } else {
      series.metric = std::make_unique<Metric>();
    }
  }
  return *series.metric;
}

template class MetricFamily<Counter>;
template class MetricFamily<Gauge>;
template class MetricFamily<Histogram>;

MetricCallback& MetricCallback::operator=(MetricCallback&& other) noexcept {
  if (this != &other) {
    if (remove_) {
      remove_();
    }
    remove_ = std::exchange(other.remove_, nullptr);
  }
  return *this;
}

MetricCallback::~MetricCallback() {
  if (remove_) {
    remove_();
  }
}

/// All series of one name.
struct MetricsRegistry::Entry {
  std::string help;
  MetricKind kind;
  std::vector<std::string> labels;
  // One of these, or callbacks.
  std::unique_ptr<MetricFamily<Counter>> counters = nullptr;
  std::unique_ptr<MetricFamily<Gauge>> gauges = nullptr;
  std::unique_ptr<MetricFamily<Histogram>> histograms = nullptr;
  struct Callback {
    std::vector<MetricLabel> labels;
    std::function<double()> read;
  };
  std::map<int64_t, Callback> callbacks = {};

  template <typename Metric>
  std::unique_ptr<MetricFamily<Metric>>& family() {
    if constexpr (std::is_same_v<Metric, Counter>) {
      return counters;
    } else if constexpr (std::is_same_v<Metric, Gauge>) {
      return gauges;
    } else {
      return histograms;
    }
  }

  void Write(std::string_view name, std::string* out) const;
};

struct MetricsRegistry::State {
  mutable std::mutex mutex;
  std::map<std::string, Entry, std::less<>> entries;
  int64_t next_callback = 0;

  template <typename Metric>
  MetricFamily<Metric>& Make(std::string_view name, std::string_view help,
                             LabelNames labels, std::span<const double> bounds) {
    TARN_CHECK(IsMetricName(name));
    const std::vector<std::string> names(labels.begin(), labels.end());
    const std::lock_guard lock(mutex);
    const auto [place, is_new] = entries.try_emplace(
        std::string(name), Entry{std::string(help), KindOf<Metric>(), names});
    auto& family = place->second.template family<Metric>();
    if (is_new) {
      family.reset(new MetricFamily<Metric>(names.size(), bounds));
    }
    TARN_CHECK(family != nullptr && place->second.labels == names);
    return *family;
  }
};

void MetricsRegistry::Entry::Write(std::string_view name, std::string* out) const {
  *out += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, Escaped(help, false), name,
                      NameOf(kind));
  const auto write_value = [&](const auto& series) {
    *out += fmt::format("{}{} {}\n", name, LabelsText(LabelsOf(labels, series.values)),
                        series.metric->value());
  };
  if (counters != nullptr) {
    counters->ForEach(write_value);
  }
  if (gauges != nullptr) {
    gauges->ForEach(write_value);
  }
  if (histograms != nullptr) {
    histograms->ForEach([&](const auto& series) {
      WriteHistogram(name, LabelsOf(labels, series.values), *series.metric, out);
    });
  }
  for (const auto& [id, callback] : callbacks) {
    *out += fmt::format("{}{} {}\n", name, LabelsText(callback.labels),
                        NumberText(callback.read()));
  }
}

MetricsRegistry::MetricsRegistry() : state_(std::make_unique<State>()) {}
MetricsRegistry::~MetricsRegistry() = default;

Counter& MetricsRegistry::MakeCounter(std::string_view name, std::string_view help) {
  return MakeCounters(name, help, {}).With({});
}

Gauge& MetricsRegistry::MakeGauge(std::string_view name, std::string_view help) {
  return MakeGauges(name, help, {}).With({});
}

Histogram& MetricsRegistry::MakeHistogram(std::string_view name, std::string_view help,
                                          std::span<const double> bounds) {
  return MakeHistograms(name, help, {}, bounds).With({});
}

MetricFamily<Counter>& MetricsRegistry::MakeCounters(std::string_view name,
                                                     std::string_view help,
                                                     LabelNames labels) {
  return state_->Make<Counter>(name, help, labels, {});
}

MetricFamily<Gauge>& MetricsRegistry::MakeGauges(std::string_view name,
                                                 std::string_view help,
                                                 LabelNames labels) {
  return state_->Make<Gauge>(name, help, labels, {});
}

MetricFamily<Histogram>& MetricsRegistry::MakeHistograms(std::string_view name,
                                                         std::string_view help,
                                                         LabelNames labels,
                                                         std::span<const double> bounds) {
  return state_->Make<Histogram>(name, help, labels, bounds);
}

MetricCallback MetricsRegistry::AddCallback(MetricKind kind, std::string_view name,
                                            std::string_view help,
                                            std::vector<MetricLabel> labels,
                                            std::function<double()> read) {
  TARN_CHECK(IsMetricName(name) && kind != MetricKind::kHistogram);
  State* const state = state_.get();
  const std::lock_guard lock(state->mutex);
  const auto [place, is_new] =
      state->entries.try_emplace(std::string(name), Entry{std::string(help), kind, {}});
  Entry& entry = place->second;
  TARN_CHECK(entry.kind == kind && entry.counters == nullptr && entry.gauges == nullptr);
  const int64_t id = state->next_callback++;
  entry.callbacks.emplace(id, Entry::Callback{std::move(labels), std::move(read)});
  return MetricCallback([state, id, key = place->first] {
    const std::lock_guard remove_lock(state->mutex);
    const auto found = state->entries.find(key);
    found->second.callbacks.erase(id);
    if (found->second.callbacks.empty()) {
      state->entries.erase(found);
    }
  });
}

std::string MetricsRegistry::PrometheusText() const {
  std::string text;
  const std::lock_guard lock(state_->mutex);
  for (const auto& [name, entry] : state_->entries) {
    entry.Write(name, &text);
  }
  return text;
}

MetricsRegistry& ProcessMetrics() {
  static MetricsRegistry* const kRegistry = new MetricsRegistry();
  return *kRegistry;
}

}  // namespace tarn
