#include "tarn/ingest/web/scrape_source.h"

#include <algorithm>
#include <utility>

#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/array/builder_time.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "tarn/base/error.h"
#include "tarn/ingest/web/value_types.h"

namespace tarn::ingest::web {
namespace {

constexpr int64_t kBatchRows = 32 * 1024;

using Arrays = std::vector<std::shared_ptr<arrow::Array>>;

bool IsSameName(std::string_view a, std::string_view b) {
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  };
  return std::ranges::equal(a, b, {}, lower, lower);
}

/// The currencies of a column as a column of text.
std::vector<Cell> CurrencyCells(const std::vector<Cell>& cells) {
  std::vector<Cell> currencies;
  for (const Cell& cell : cells) {
    std::string currency = CurrencyOf(cell.text);
    currencies.push_back(currency.empty() ? Cell{}
                                          : Cell{Cell::Kind::kText, std::move(currency)});
  }
  return currencies;
}

class ScrapeSource final : public Source {
 public:
  ScrapeSource(std::shared_ptr<const ScrapedRows> rows, ScrapeSourceOptions options)
      : rows_(std::move(rows)), options_(std::move(options)) {
    std::vector<std::string> lineage;
    if (options_.has_lineage) {
      lineage = {"source_url", "scraped_at", "page_number", "load_id"};
    }
    std::vector<std::string> names = rows_->rows.names();
    for (size_t i = 0; i < names.size(); ++i) {
      AddColumn(i, &names[i]);
    }
    names.clear();
    for (const Column& column : columns_) {
      names.push_back(column.name);
    }
    names = ColumnNames(names, lineage);
    for (size_t i = 0; i < columns_.size(); ++i) {
      columns_[i].name = std::move(names[i]);
    }
    MakeSchema();
  }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }
  Format format() const override { return Format::kAuto; }

  Result<std::shared_ptr<arrow::RecordBatch>> Next() override {
    const int64_t begin = next_row_;
    const int64_t end = std::min(rows_->rows.num_rows(), begin + kBatchRows);
    if (begin == end) {
      return std::shared_ptr<arrow::RecordBatch>();
    }
    Arrays arrays;
    for (const Column& column : columns_) {
      const auto array = BuildColumn(column.plan, CellsOf(column), begin, end);
      if (!array.ok()) {
        return WithContext("Column " + column.name + ": ", array.status());
      }
      arrays.push_back(*array);
    }
    if (options_.has_lineage) {
      ARROW_RETURN_NOT_OK(AddLineage(begin, end, &arrays));
    }
    next_row_ = end;
    return arrow::RecordBatch::Make(schema_, end - begin, std::move(arrays));
  }

  Result<std::vector<engine::RejectedRow>> Rejects() override {
    return std::vector<engine::RejectedRow>();
  }
  std::optional<double> progress() const override {
    return static_cast<double>(next_row_) /
           static_cast<double>(std::max<int64_t>(1, rows_->rows.num_rows()));
  }
  std::string note() const override { return rows_->note; }

  Status ReadAs(const arrow::Schema& wanted) override {
    for (Column& column : columns_) {
      for (const auto& field : wanted.fields()) {
        if (IsSameName(field->name(), column.name)) {
          column.plan = PlanAs(column.plan, *field->type()).value_or(column.plan);
        }
      }
    }
    MakeSchema();
    return Status::OK();
  }

 private:
  struct Column {
    std::string name;
    size_t index = 0;  // of the row set
    ColumnPlan plan = {};
    std::vector<Cell> currencies = {};  // instead of the row set's cells
  };

  void AddColumn(size_t index, std::string* name) {
    Column column{.name = *name, .index = index};
    const std::vector<Cell>& cells = rows_->rows.column(index);
    if (options_.is_typed) {
      column.plan = PlanColumn(cells);
    }
    if (column.plan.is_percent && name->find('%') == std::string::npos &&
        name->find("ercent") == std::string::npos) {
      column.name += " percent";
    }
    const bool is_currency = column.plan.is_currency;
    columns_.push_back(std::move(column));
    if (is_currency) {
      columns_.push_back({.name = *name + " currency",
                          .index = index,
                          .plan = {},
                          .currencies = CurrencyCells(cells)});
    }
  }

  const std::vector<Cell>& CellsOf(const Column& column) const {
    return column.currencies.empty() ? rows_->rows.column(column.index)
                                     : column.currencies;
  }

  void MakeSchema() {
    arrow::FieldVector fields;
    for (const Column& column : columns_) {
      fields.push_back(arrow::field(column.name, TypeOf(column.plan)));
    }
    if (options_.has_lineage) {
      fields.push_back(arrow::field("source_url", arrow::utf8()));
      fields.push_back(
          arrow::field("scraped_at", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")));
      fields.push_back(arrow::field("page_number", arrow::int32()));
      if (!options_.load_id.empty()) {
        fields.push_back(arrow::field("load_id", arrow::utf8()));
      }
    }
    schema_ = arrow::schema(std::move(fields));
  }

  Status AddLineage(int64_t begin, int64_t end, Arrays* arrays) const {
    arrow::StringBuilder urls;
    arrow::TimestampBuilder times(arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"),
                                  arrow::default_memory_pool());
    arrow::Int32Builder numbers;
    arrow::StringBuilder loads;
    size_t page = 0;
    for (int64_t row = begin; row < end; ++row) {
      while (page + 1 < rows_->pages.size() && rows_->pages[page + 1].first_row <= row) {
        ++page;
      }
      const PageSpan& span = rows_->pages[page];
      ARROW_RETURN_NOT_OK(urls.Append(span.url));
      ARROW_RETURN_NOT_OK(times.Append(span.read_at.count() * 1'000));
      ARROW_RETURN_NOT_OK(numbers.Append(static_cast<int32_t>(span.number)));
      ARROW_RETURN_NOT_OK(loads.Append(options_.load_id));
    }
    ARROW_ASSIGN_OR_RAISE(arrays->emplace_back(), urls.Finish());
    ARROW_ASSIGN_OR_RAISE(arrays->emplace_back(), times.Finish());
    ARROW_ASSIGN_OR_RAISE(arrays->emplace_back(), numbers.Finish());
    if (!options_.load_id.empty()) {
      ARROW_ASSIGN_OR_RAISE(arrays->emplace_back(), loads.Finish());
    }
    return Status::OK();
  }

  const std::shared_ptr<const ScrapedRows> rows_;
  ScrapeSourceOptions options_;
  std::vector<Column> columns_;
  std::shared_ptr<arrow::Schema> schema_;
  int64_t next_row_ = 0;
};

}  // namespace

Result<std::unique_ptr<Source>> MakeScrapeSource(std::shared_ptr<const ScrapedRows> rows,
                                                 const ScrapeSourceOptions& options) {
  if (rows->rows.num_rows() == 0 || rows->rows.names().empty() || rows->pages.empty()) {
    return MakeError(ErrorCode::kInvalidData,
                     "Nothing was found" + (rows->note.empty() ? "" : ": " + rows->note));
  }
  return std::make_unique<ScrapeSource>(std::move(rows), options);
}

}  // namespace tarn::ingest::web
