#include "tarn/gateway/iceberg_rest/report_store.h"

#include <algorithm>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/base/metrics.h"

namespace tarn::gateway {
namespace {

constexpr char kScan[] = "scan-report";
constexpr char kCommit[] = "commit-report";

Status Bad(const std::string& problem) {
  return MakeError(ErrorCode::kInvalidArgument, "Invalid metrics report: " + problem);
}

/// {"unit", "value"} or {"time-unit", "count", "total-duration"} by name.
Status CheckMetrics(const JsonFields& fields) {
  ARROW_ASSIGN_OR_RAISE(const Json* metrics, fields.Object("metrics"));
  for (const auto& [name, metric] : metrics->items()) {
    ARROW_ASSIGN_OR_RAISE(const JsonFields one, JsonFields::Make(metric, name));
    const bool is_timer = one.Has("time-unit");
    RETURN_NOT_OK(one.String(is_timer ? "time-unit" : "unit").status());
    RETURN_NOT_OK(one.Int64(is_timer ? "total-duration" : "value").status());
    if (is_timer) {
      RETURN_NOT_OK(one.Int64("count").status());
    }
  }
  return Status::OK();
}

Status CheckScan(const JsonFields& fields) {
  RETURN_NOT_OK(fields.String("table-name").status());
  RETURN_NOT_OK(fields.Int64("snapshot-id").status());
  RETURN_NOT_OK(fields.Int32("schema-id").status());
  RETURN_NOT_OK(fields.Array("projected-field-ids").status());
  RETURN_NOT_OK(fields.Array("projected-field-names").status());
  if (!fields.Has("filter")) {
    return Bad("\"filter\" is missing");
  }
  return CheckMetrics(fields);
}

Status CheckCommit(const JsonFields& fields) {
  RETURN_NOT_OK(fields.String("table-name").status());
  RETURN_NOT_OK(fields.Int64("snapshot-id").status());
  RETURN_NOT_OK(fields.Int64("sequence-number").status());
  RETURN_NOT_OK(fields.String("operation").status());
  return CheckMetrics(fields);
}

MetricFamily<Counter>& Reports() {
  static MetricFamily<Counter>& reports = ProcessMetrics().MakeCounters(
      "tarn_catalog_metrics_reports_total",
      "Metrics reports that clients sent about their scans and commits.", {"type"});
  return reports;
}

}  // namespace

ReportStore::ReportStore(ReportStoreOptions options, Clock& clock)
    : options_(options), clock_(clock) {}

Status ReportStore::Add(const std::string& table, const Json& report) {
  const auto checked = [&]() -> Result<std::string> {
    ARROW_ASSIGN_OR_RAISE(const JsonFields fields,
                          JsonFields::Make(report, "metrics report"));
    ARROW_ASSIGN_OR_RAISE(std::string type, fields.String("report-type"));
    RETURN_NOT_OK(type == kScan     ? CheckScan(fields)
                  : type == kCommit ? CheckCommit(fields)
                                    : Status::OK());
    return type;
  }();
  if (!checked.ok()) {
    return CodeOf(checked.status()) == ErrorCode::kInvalidArgument
               ? checked.status()
               : Bad(checked.status().message());
  }
  const bool is_known = *checked == kScan || *checked == kCommit;
  Reports().With({is_known ? *checked : "other"}).Add();
  if (!is_known) {
    return Status::OK();
  }
  Kept kept{clock_.Now(), DumpJson(report)};
  const std::lock_guard lock(mutex_);
  const auto found = by_name_.find(table);
  if (found == by_name_.end()) {
    tables_.push_front({.name = table, .reports = {}});
    by_name_[table] = tables_.begin();
  } else {
    tables_.splice(tables_.begin(), tables_, found->second);
  }
  Table& of = tables_.front();
  of.bytes += kept.text.size();
  bytes_ += kept.text.size();
  of.reports.push_front(std::move(kept));
  Shorten();
  return Status::OK();
}

/// mutex_ is held.
void ReportStore::Shorten() {
  Table& newest = tables_.front();
  if (newest.reports.size() > options_.reports_per_table) {
    newest.bytes -= newest.reports.back().text.size();
    bytes_ -= newest.reports.back().text.size();
    newest.reports.pop_back();
  }
  while (bytes_ > options_.bytes_max && !tables_.empty()) {
    bytes_ -= tables_.back().bytes;
    by_name_.erase(tables_.back().name);
    tables_.pop_back();
  }
}

Json ReportStore::ReportsOf(const std::string& table) const {
  const std::lock_guard lock(mutex_);
  Json reports = Json::array();
  const auto found = by_name_.find(table);
  if (found == by_name_.end()) {
    return reports;
  }
  for (const Kept& kept : found->second->reports) {
    const Result<Json> report = ParseJson(kept.text, "metrics report");
    reports.push_back({{"reported-at-ms", kept.at.count()},
                       {"report", report.ok() ? *report : Json()}});
  }
  return reports;
}

}  // namespace tarn::gateway
