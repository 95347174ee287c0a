#include "tarn/cli/print/row_sink.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "tarn/base/error.h"
#include "tarn/cli/print/binary_sink.h"
#include "tarn/cli/print/text_table.h"
#include "tarn/cli/print/text_width.h"
#include "tarn/cli/print/value_text.h"

namespace tarn::cli {
namespace {

/// Rows held back to find the columns' widths.
constexpr size_t kMeasuredRows = 1000;
constexpr size_t kBufferBytes = 64 << 10;

/// Collects text and hands it on in large pieces.
class Buffered {
 public:
  explicit Buffered(TextOutput& output) : output_(output) {}
  std::string& text() { return text_; }
  Status FlushIfLarge() { return text_.size() < kBufferBytes ? Status::OK() : Flush(); }
  Status Flush() {
    const Status status = output_.Write(text_);
    text_.clear();
    return status;
  }

 private:
  TextOutput& output_;
  std::string text_;
};

class TableSink final : public RowSink {
 public:
  TableSink(const arrow::Schema& schema, int width_max, TextOutput& output)
      : table_(ColumnsOf(schema), width_max), buffer_(output) {}

  Status Write(const arrow::RecordBatch& batch) override {
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      std::vector<std::string> cells;
      for (const auto& column : batch.columns()) {
        cells.push_back(ValueText(*column, row));
      }
      if (measured_) {
        table_.AppendRow(cells, &buffer_.text());
        RETURN_NOT_OK(buffer_.FlushIfLarge());
      } else {
        rows_.push_back(std::move(cells));
        if (rows_.size() >= kMeasuredRows) {
          RETURN_NOT_OK(PrintMeasured());
        }
      }
    }
    return Status::OK();
  }

  Status Finish() override {
    if (!measured_) {
      RETURN_NOT_OK(PrintMeasured());
    }
    return buffer_.Flush();
  }

 private:
  static std::vector<TextColumn> ColumnsOf(const arrow::Schema& schema) {
    std::vector<TextColumn> columns;
    for (const auto& field : schema.fields()) {
      columns.push_back(
          {field->name(), IsNumberLike(*field->type()) ? Align::kRight : Align::kLeft});
    }
    return columns;
  }

  Status PrintMeasured() {
    measured_ = true;
    table_.Measure(rows_);
    table_.AppendHeader(&buffer_.text());
    for (const auto& row : rows_) {
      table_.AppendRow(row, &buffer_.text());
    }
    rows_.clear();
    return buffer_.Flush();
  }

  TextTable table_;
  Buffered buffer_;
  std::vector<std::vector<std::string>> rows_;
  bool measured_ = false;
};

/// "-[ row 1 ]----" and a line "name | value" for each column.
class ExpandedSink final : public RowSink {
 public:
  ExpandedSink(std::shared_ptr<arrow::Schema> schema, TextOutput& output)
      : schema_(std::move(schema)), buffer_(output) {
    for (const auto& field : schema_->fields()) {
      width_ = std::max(width_, DisplayWidth(OneLine(field->name())));
    }
  }

  Status Write(const arrow::RecordBatch& batch) override {
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      std::string title = "-[ row " + std::to_string(++rows_) + " ]";
      title.append(
          static_cast<size_t>(std::max(4, width_ + 4 - static_cast<int>(title.size()))),
          '-');
      buffer_.text() += title + '\n';
      for (int i = 0; i < batch.num_columns(); ++i) {
        AppendLine(i, ValueText(*batch.column(i), row));
      }
      RETURN_NOT_OK(buffer_.FlushIfLarge());
    }
    return Status::OK();
  }
  Status Finish() override { return buffer_.Flush(); }

 private:
  void AppendLine(int column, const std::string& value) {
    const std::string name = OneLine(schema_->field(column)->name());
    buffer_.text() += name;
    buffer_.text().append(static_cast<size_t>(width_ - DisplayWidth(name)), ' ');
    buffer_.text() += " | " + OneLine(value) + '\n';
  }

  std::shared_ptr<arrow::Schema> schema_;
  Buffered buffer_;
  int width_ = 0;
  int64_t rows_ = 0;
};

class CsvSink final : public RowSink {
 public:
  CsvSink(const arrow::Schema& schema, TextOutput& output) : buffer_(output) {
    for (int i = 0; i < schema.num_fields(); ++i) {
      if (i > 0) {
        buffer_.text() += ',';
      }
      AppendCsvField(schema.field(i)->name(), &buffer_.text());
    }
    buffer_.text() += '\n';
  }

  Status Write(const arrow::RecordBatch& batch) override {
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      for (int i = 0; i < batch.num_columns(); ++i) {
        if (i > 0) {
          buffer_.text() += ',';
        }
        const arrow::Array& column = *batch.column(i);
        if (column.type_id() != arrow::Type::NA && !column.IsNull(row)) {
          AppendCsvField(ValueText(column, row), &buffer_.text());
        }
      }
      buffer_.text() += '\n';
      RETURN_NOT_OK(buffer_.FlushIfLarge());
    }
    return Status::OK();
  }
  Status Finish() override { return buffer_.Flush(); }

 private:
  Buffered buffer_;
};

class JsonSink final : public RowSink {
 public:
  JsonSink(std::shared_ptr<arrow::Schema> schema, TextOutput& output) : buffer_(output) {
    for (const auto& field : schema->fields()) {
      AppendJsonString(field->name(), &names_.emplace_back());
    }
  }

  Status Write(const arrow::RecordBatch& batch) override {
    std::string& text = buffer_.text();
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      text += rows_++ == 0 ? "[{" : ",{";
      for (int i = 0; i < batch.num_columns(); ++i) {
        if (i > 0) {
          text += ',';
        }
        text += names_[static_cast<size_t>(i)] + ':';
        AppendJson(*batch.column(i), row, &text);
      }
      text += '}';
      RETURN_NOT_OK(buffer_.FlushIfLarge());
    }
    return Status::OK();
  }

  Status Finish() override {
    buffer_.text() += rows_ == 0 ? "[]\n" : "]\n";
    return buffer_.Flush();
  }

 private:
  Buffered buffer_;
  std::vector<std::string> names_;  // quoted
  int64_t rows_ = 0;
};

}  // namespace

Result<OutputFormat> OutputFormatFromName(std::string_view name) {
  if (name == "table") {
    return OutputFormat::kTable;
  }
  if (name == "csv") {
    return OutputFormat::kCsv;
  }
  if (name == "json") {
    return OutputFormat::kJson;
  }
  if (name == "arrow") {
    return OutputFormat::kArrow;
  }
  if (name == "parquet") {
    return OutputFormat::kParquet;
  }
  return MakeError(ErrorCode::kUsage,
                   "Unknown output format (one of table, csv, json, arrow, parquet): " +
                       std::string(name));
}

void AppendCsvField(std::string_view text, std::string* out) {
  if (!text.empty() && text.find_first_of(",\"\r\n") == std::string_view::npos) {
    *out += text;
    return;
  }
  *out += '"';
  for (const char c : text) {
    if (c == '"') {
      *out += '"';
    }
    *out += c;
  }
  *out += '"';
}

Result<std::unique_ptr<RowSink>> MakeRowSink(const SinkOptions& options,
                                             std::shared_ptr<arrow::Schema> schema,
                                             TextOutput& output) {
  switch (options.format) {
    case OutputFormat::kTable:
      if (options.expanded) {
        return std::make_unique<ExpandedSink>(std::move(schema), output);
      }
      return std::make_unique<TableSink>(*schema, options.width_max, output);
    case OutputFormat::kCsv:
      return std::make_unique<CsvSink>(*schema, output);
    case OutputFormat::kJson:
      return std::make_unique<JsonSink>(std::move(schema), output);
    case OutputFormat::kArrow:
      return MakeArrowSink(std::move(schema), output);
    case OutputFormat::kParquet:
      return MakeParquetSink(std::move(schema), output);
  }
  return MakeError(ErrorCode::kInternal, "No sink for this output format");
}

}  // namespace tarn::cli
