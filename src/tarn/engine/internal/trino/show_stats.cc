// SHOW STATS FOR a table, from its metadata, and for a query, from its rows.
#include <array>
#include <utility>

#include <arrow/array/array_base.h>
#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <duckdb/parser/parser.hpp>
#include <duckdb/parser/query_node/select_node.hpp>
#include <duckdb/parser/statement/select_statement.hpp>
#include <duckdb/parser/tableref/subqueryref.hpp>
#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/engine/internal/materialized_view.h"
#include "tarn/engine/internal/scan_statistics.h"
#include "tarn/engine/internal/trino/show.h"
#include "tarn/engine/internal/trino/statement.h"
#include "tarn/engine/internal/type_conversion.h"
#include "tarn/iceberg/statistics_file.h"
#include "tarn/table/live_files.h"

namespace tarn::engine::trino {
namespace {

/// What is known of a column; of all rows together if it has no name.
struct ColumnStatistics {
  std::optional<std::string> name = {};
  std::optional<double> data_size = {};
  std::optional<double> distinct_values = {};
  std::optional<double> nulls_fraction = {};
  std::optional<double> row_count = {};
  std::optional<std::string> low = {};
  std::optional<std::string> high = {};
};

Answer RowsOf(const std::vector<ColumnStatistics>& all) {
  constexpr std::array kNumbers = {
      &ColumnStatistics::data_size, &ColumnStatistics::distinct_values,
      &ColumnStatistics::nulls_fraction, &ColumnStatistics::row_count};
  constexpr std::array<const char*, 4> kNumberNames = {
      "data_size", "distinct_values_count", "nulls_fraction", "row_count"};
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  const auto add_text = [&](const char* name,
                            std::optional<std::string> ColumnStatistics::* member) {
    arrow::StringBuilder builder;
    for (const ColumnStatistics& one : all) {
      const auto& text = one.*member;
      RETURN_NOT_OK(text.has_value() ? builder.Append(*text) : builder.AppendNull());
    }
    ARROW_ASSIGN_OR_RAISE(arrays.emplace_back(), builder.Finish());
    fields.push_back(arrow::field(name, arrow::utf8()));
    return Status::OK();
  };
  RETURN_NOT_OK(add_text("column_name", &ColumnStatistics::name));
  for (size_t i = 0; i < kNumbers.size(); ++i) {
    arrow::DoubleBuilder builder;
    for (const ColumnStatistics& one : all) {
      const auto& number = one.*kNumbers.at(i);
      RETURN_NOT_OK(number.has_value() ? builder.Append(*number) : builder.AppendNull());
    }
    ARROW_ASSIGN_OR_RAISE(arrays.emplace_back(), builder.Finish());
    fields.push_back(arrow::field(kNumberNames.at(i), arrow::float64()));
  }
  RETURN_NOT_OK(add_text("low_value", &ColumnStatistics::low));
  RETURN_NOT_OK(add_text("high_value", &ColumnStatistics::high));
  return RowsResult("SHOW", arrow::RecordBatch::Make(arrow::schema(std::move(fields)),
                                                     static_cast<int64_t>(all.size()),
                                                     std::move(arrays)));
}

/// Trino gives bounds of numbers and times only: others may be cut off.
bool HasBounds(const iceberg::Type& type) {
  using iceberg::TypeId;
  switch (type.id()) {
    case TypeId::kInt:
    case TypeId::kLong:
    case TypeId::kFloat:
    case TypeId::kDouble:
    case TypeId::kDecimal:
    case TypeId::kDate:
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz:
      return true;
    default:
      return false;
  }
}

/// One column over the files of a snapshot.
class FileSums {
 public:
  explicit FileSums(const iceberg::Field& field) : field_(field) {}

  void Add(const iceberg::DataFile& file) {
    const iceberg::ColumnStats* const stats = FindColumnStats(file, field_.id);
    if (stats == nullptr || !stats->null_count.has_value()) {
      has_nulls_ = false;
    } else {
      nulls_ += *stats->null_count;
    }
    if (stats == nullptr || !stats->column_size.has_value()) {
      has_sizes_ = false;
    } else {
      bytes_ += *stats->column_size;
    }
    if (HasBounds(field_.type)) {
      AddBounds(SummaryOf(file, field_));
    }
  }

  ColumnStatistics Finish(int64_t rows) const {
    ColumnStatistics all{.name = field_.name};
    if (rows == 0) {
      all.data_size = 0;
      all.distinct_values = 0;
      all.nulls_fraction = 1;
      return all;
    }
    if (has_sizes_) {
      all.data_size = static_cast<double>(bytes_);
    }
    if (has_nulls_) {
      all.nulls_fraction = static_cast<double>(nulls_) / static_cast<double>(rows);
    }
    if (has_bounds_ && !low_.IsNull()) {
      all.low = low_.ToString();
      all.high = high_.ToString();
    }
    return all;
  }

 private:
  void AddBounds(const ColumnSummary& summary) {
    has_bounds_ = has_bounds_ && summary.is_known;
    if (!summary.is_known || !summary.has_values) {
      return;
    }
    const duckdb::Value low = DuckValueOf(field_.type, summary.lower);
    const duckdb::Value high = DuckValueOf(field_.type, summary.upper);
    low_ = low_.IsNull() || low < low_ ? low : low_;
    high_ = high_.IsNull() || high > high_ ? high : high_;
  }

  const iceberg::Field& field_;
  bool has_nulls_ = true;
  bool has_sizes_ = true;
  bool has_bounds_ = true;
  int64_t nulls_ = 0;
  int64_t bytes_ = 0;
  duckdb::Value low_;
  duckdb::Value high_;
};

/// Of the newest snapshot that has one.
const iceberg::StatisticsFile* CountedDistinct(const iceberg::TableMetadata& metadata) {
  return metadata.statistics.empty() ? nullptr : &metadata.statistics.back();
}

Result<std::vector<ColumnStatistics>> StatisticsOf(
    const table::Context& tarn, const iceberg::TableMetadata& metadata) {
  const iceberg::Snapshot* const head = metadata.current_snapshot();
  const auto& fields = metadata.schema().fields();
  std::vector<FileSums> sums(fields.begin(), fields.end());
  int64_t rows = 0;
  int64_t deleted = 0;
  if (head != nullptr) {
    RETURN_NOT_OK(VisitLiveFiles(tarn, metadata, *head, [&](const table::LiveFile& file) {
      if (file.content() != iceberg::FileContent::kData) {
        deleted += file.content() == iceberg::FileContent::kPositionDeletes
                       ? file.record_count()
                       : 0;
        return table::Visit::kGoOn;
      }
      rows += file.record_count();
      const iceberg::DataFile data =
          file.manifest.FileAt(file.row, iceberg::StatsKept::kYes);
      for (FileSums& sum : sums) {
        sum.Add(data);
      }
      return table::Visit::kGoOn;
    }));
  }
  std::vector<ColumnStatistics> all;
  const iceberg::StatisticsFile* const counted = CountedDistinct(metadata);
  for (size_t i = 0; i < sums.size(); ++i) {
    ColumnStatistics column = sums[i].Finish(rows);
    const auto distinct =
        counted == nullptr ? std::nullopt : DistinctValues(*counted, fields[i].id);
    if (rows > 0 && distinct.has_value()) {
      column.distinct_values = static_cast<double>(*distinct);
    }
    all.push_back(std::move(column));
  }
  all.push_back({.row_count = static_cast<double>(std::max<int64_t>(0, rows - deleted))});
  return all;
}

}  // namespace

Answer Shows::Stats(const sql::statement::Show& show) {
  return show.query == nullptr ? TableStats(*show.of) : QueryStats(show.query);
}

Answer Shows::TableStats(const sql::statement::ObjectName& name) {
  std::vector<ColumnStatistics> all;
  bool is_table = true;
  RETURN_NOT_OK(host_.front_end().InTransaction([&]() -> Status {
    ARROW_ASSIGN_OR_RAISE(const FoundObject found, names_.Object(name));
    is_table = found.is_table();
    if (is_table && IsStorageName(found.name)) {
      ARROW_ASSIGN_OR_RAISE(
          const auto views,
          MaterializedViewsIn(names_.TransactionOf(found.in), found.in.entry->ns()));
      if (std::ranges::find(views, found.name, &StoredView::storage) != views.end()) {
        return names_.NoSuchTable(found);
      }
    }
    if (!is_table) {
      const bool is_missing = found.in.ours != nullptr && !found.is_view();
      return is_missing ? names_.NoSuchTable(found) : Status::OK();
    }
    ARROW_ASSIGN_OR_RAISE(
        all, StatisticsOf(names_.TransactionOf(found.in).tarn(), *found.object->table));
    return Status::OK();
  }));
  if (is_table) {
    return RowsOf(all);
  }
  return QueryStats(std::make_shared<const sql::Query>(
      sql::Query{.at = name.at, .body = sql::TableBody{.name = name.parts}}));
}

Answer Shows::QueryStats(const sql::QueryPtr& query) {
  ARROW_ASSIGN_OR_RAISE(auto bound, TranslateQuery(*query, text_, facts_));
  ARROW_ASSIGN_OR_RAISE(const auto shape, host_.PrepareOnDuckDb(std::move(bound), text_));
  ARROW_ASSIGN_OR_RAISE(auto counted, TranslateQuery(*query, text_, facts_));
  std::string items = "count(*)";
  auto from = duckdb::make_uniq<duckdb::SubqueryRef>(std::move(counted), "query");
  for (size_t i = 0; i < shape->GetNames().size(); ++i) {
    from->column_name_alias.push_back(fmt::format("c{}", i));
    const bool is_number =
        shape->GetTypes()[i].IsNumeric() || shape->GetTypes()[i].IsTemporal();
    items += fmt::format(", count(c{0}), approx_count_distinct(c{0}::VARCHAR)", i);
    items += is_number ? fmt::format(", min(c{0})::VARCHAR, max(c{0})::VARCHAR", i)
                       : ", NULL::VARCHAR, NULL::VARCHAR";
  }
  duckdb::Parser parser;
  parser.ParseQuery("SELECT " + items);
  auto statement = std::move(parser.statements.at(0));
  auto& select =
      statement->Cast<duckdb::SelectStatement>().node->Cast<duckdb::SelectNode>();
  select.from_table = std::move(from);
  ARROW_ASSIGN_OR_RAISE(const auto rows, host_.RunOnDuckDb(std::move(statement), text_));
  ARROW_ASSIGN_OR_RAISE(const auto batch, rows->Next());
  const auto cell = [&](size_t column) -> Result<std::optional<std::string>> {
    ARROW_ASSIGN_OR_RAISE(const auto value,
                          batch->column(static_cast<int>(column))->GetScalar(0));
    return value->is_valid ? std::optional(value->ToString()) : std::nullopt;
  };
  ARROW_ASSIGN_OR_RAISE(const auto row_count, cell(0));
  const double total = std::stod(*row_count);
  std::vector<ColumnStatistics> all;
  for (size_t i = 0; i < shape->GetNames().size(); ++i) {
    ColumnStatistics column{.name = ColumnName(shape->GetNames()[i], i)};
    ARROW_ASSIGN_OR_RAISE(const auto values, cell(1 + (i * 4)));
    ARROW_ASSIGN_OR_RAISE(const auto distinct, cell(2 + (i * 4)));
    column.nulls_fraction = total == 0 ? 1 : 1 - (std::stod(*values) / total);
    column.distinct_values = std::stod(*distinct);
    ARROW_ASSIGN_OR_RAISE(column.low, cell(3 + (i * 4)));
    ARROW_ASSIGN_OR_RAISE(column.high, cell(4 + (i * 4)));
    all.push_back(std::move(column));
  }
  all.push_back({.row_count = total});
  return RowsOf(all);
}

}  // namespace tarn::engine::trino
