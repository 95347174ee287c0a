#include "tarn/engine/internal/scan_statistics.h"

#include <utility>

#include <duckdb/storage/statistics/numeric_stats.hpp>

#include "tarn/engine/internal/scan_file_list.h"
#include "tarn/engine/internal/scan_state.h"
#include "tarn/engine/internal/type_conversion.h"

namespace tarn::engine {
namespace {

using duckdb::BaseStatistics;
using duckdb::StatsInfo;
using iceberg::TypeId;

bool IsFloat(const iceberg::Type& type) {
  return type.id() == TypeId::kFloat || type.id() == TypeId::kDouble;
}

/// Types whose bounds are values of the column, in an order that is DuckDB's too.
bool HasExactBounds(const iceberg::Type& type) {
  switch (type.id()) {
    case TypeId::kInt:
    case TypeId::kLong:
    case TypeId::kFloat:
    case TypeId::kDouble:
    case TypeId::kDecimal:
    case TypeId::kDate:
    case TypeId::kTime:
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz:
      return true;
    default:
      return false;
  }
}

/// Bounds of floats do not say which zero there is, and DuckDB's min and max would.
bool IsZero(const iceberg::Value& value) {
  const auto* as_float = std::get_if<float>(&value);
  const auto* as_double = std::get_if<double>(&value);
  return (as_float != nullptr && *as_float == 0) ||
         (as_double != nullptr && *as_double == 0);
}

void Widen(const iceberg::Type& type, const ColumnSummary& one, ColumnSummary* all) {
  all->is_known = all->is_known && one.is_known;
  all->may_have_null = all->may_have_null || one.may_have_null;
  if (!all->is_known || !one.has_values) {
    return;
  }
  if (!all->has_values || iceberg::CompareValues(type, one.lower, all->lower) < 0) {
    all->lower = one.lower;
  }
  if (!all->has_values || iceberg::CompareValues(type, one.upper, all->upper) > 0) {
    all->upper = one.upper;
  }
  all->has_values = true;
}

BaseStatistics ToStatistics(const iceberg::Field& field, const ColumnSummary& summary) {
  auto statistics = BaseStatistics::CreateUnknown(LogicalTypeOf(field.type));
  if (!summary.is_known) {
    return statistics;
  }
  if (!summary.may_have_null) {
    statistics.Set(StatsInfo::CANNOT_HAVE_NULL_VALUES);
  }
  if (summary.has_values) {
    duckdb::NumericStats::SetMin(statistics, DuckValueOf(field.type, summary.lower));
    duckdb::NumericStats::SetMax(statistics, DuckValueOf(field.type, summary.upper));
  } else {
    statistics.Set(StatsInfo::CANNOT_HAVE_VALID_VALUES);
  }
  return statistics;
}

/// One data file, as DuckDB asks for the parts of a table.
class FileRows final : public duckdb::PartitionRowGroup {
 public:
  FileRows(std::shared_ptr<const ScanState> state, const table::FileScanTask& task)
      : state_(std::move(state)), task_(task) {}

  duckdb::unique_ptr<BaseStatistics> GetColumnStatistics(
      const duckdb::StorageIndex& column) override {
    const iceberg::Field* field = FieldOf(column);
    if (field == nullptr || !HasExactBounds(field->type)) {
      return nullptr;
    }
    const ColumnSummary summary = SummaryOf(task_.file, *field);
    return summary.is_known ? ToStatistics(*field, summary).ToUnique() : nullptr;
  }

  bool MinMaxIsExact(const BaseStatistics&, const duckdb::StorageIndex& column) override {
    const iceberg::Field* field = FieldOf(column);
    if (field == nullptr || !task_.deletes.empty()) {
      return false;
    }
    const ColumnSummary summary = SummaryOf(task_.file, *field);
    return summary.is_known && summary.has_values && !IsZero(summary.lower) &&
           !IsZero(summary.upper);
  }

 private:
  const iceberg::Field* FieldOf(const duckdb::StorageIndex& column) const {
    const auto& fields = state_->schema().fields();
    const duckdb::idx_t index = column.GetPrimaryIndex();
    return index < fields.size() ? &fields[index] : nullptr;
  }

  std::shared_ptr<const ScanState> state_;
  const table::FileScanTask& task_;  // of state_
};

}  // namespace

ColumnSummary SummaryOf(const iceberg::DataFile& file, const iceberg::Field& field) {
  constexpr ColumnSummary kUnknown{.is_known = false};
  if (!HasExactBounds(field.type)) {
    return kUnknown;
  }
  if (file.record_count == 0) {
    return {};
  }
  const iceberg::ColumnStats* stats = iceberg::FindColumnStats(file, field.id);
  if (stats == nullptr) {
    return kUnknown;
  }
  ColumnSummary summary{.may_have_null = stats->null_count != 0};
  const bool counts_all = stats->value_count == file.record_count;
  if (stats->null_count.has_value() && counts_all &&
      stats->null_count == stats->value_count) {
    return summary;
  }
  const bool may_have_nan = IsFloat(field.type) && stats->nan_count != 0;
  if (may_have_nan || !stats->lower_bound.has_value() ||
      !stats->upper_bound.has_value()) {
    return kUnknown;
  }
  auto lower = iceberg::ValueFromBytes(field.type, *stats->lower_bound);
  auto upper = iceberg::ValueFromBytes(field.type, *stats->upper_bound);
  if (!lower.ok() || !upper.ok() ||
      iceberg::CompareValues(field.type, *lower, *upper) > 0) {
    return kUnknown;
  }
  summary.has_values = true;
  summary.lower = *std::move(lower);
  summary.upper = *std::move(upper);
  return summary;
}

ColumnSummary ColumnSummaries::Of(const PlannedFiles& planned,
                                  const iceberg::Field& field) {
  const std::lock_guard guard(mutex_);
  const auto [found, added] = by_field_.try_emplace(field.id);
  ColumnSummary& all = found->second;
  if (!added) {
    return all;
  }
  for (const NumberedTask& numbered : planned.files) {
    Widen(field.type, SummaryOf(numbered.task->file, field), &all);
    if (!all.is_known) {
      break;
    }
  }
  return all;
}

duckdb::unique_ptr<BaseStatistics> StatisticsOf(const ScanState& state,
                                                const PlannedFiles& planned,
                                                const iceberg::Field& field) {
  const std::optional<int64_t> distinct = state.DistinctValuesOf(field.id);
  ColumnSummary summary{.is_known = false};
  if (HasExactBounds(field.type) && !planned.files.empty()) {
    summary = planned.columns->Of(planned, field);
  }
  if (!summary.is_known && !distinct.has_value()) {
    return nullptr;
  }
  BaseStatistics statistics = ToStatistics(field, summary);
  if (distinct.has_value() && *distinct > 0) {
    statistics.SetDistinctCount(static_cast<duckdb::idx_t>(*distinct));
  }
  return statistics.ToUnique();
}

duckdb::vector<duckdb::PartitionStatistics> FileStatistics(
    std::shared_ptr<const ScanState> state, const PlannedFiles& planned) {
  duckdb::vector<duckdb::PartitionStatistics> all;
  all.reserve(planned.files.size());
  for (const NumberedTask& numbered : planned.files) {
    const table::FileScanTask& task = *numbered.task;
    duckdb::PartitionStatistics one;
    one.count = static_cast<duckdb::idx_t>(task.file.record_count);
    one.count_type = task.deletes.empty() ? duckdb::CountType::COUNT_EXACT
                                          : duckdb::CountType::COUNT_APPROXIMATE;
    one.partition_row_group = duckdb::make_shared_ptr<FileRows>(state, task);
    all.push_back(std::move(one));
  }
  return all;
}

}  // namespace tarn::engine
