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
#include "tarn/cli/print/buffered_text.h"
#include "tarn/cli/print/markup_sink.h"
#include "tarn/cli/print/text_table.h"
#include "tarn/cli/print/text_width.h"
#include "tarn/cli/print/value_text.h"

namespace tarn::cli {
namespace {

/// Rows held back to find the columns' widths.
constexpr size_t kMeasuredRows = 1000;

constexpr std::pair<std::string_view, OutputFormat> kFormats[] = {
    {"table", OutputFormat::kTable},       {"vertical", OutputFormat::kVertical},
    {"csv", OutputFormat::kCsv},           {"tsv", OutputFormat::kTsv},
    {"json", OutputFormat::kJson},         {"jsonlines", OutputFormat::kJsonLines},
    {"markdown", OutputFormat::kMarkdown}, {"html", OutputFormat::kHtml},
    {"arrow", OutputFormat::kArrow},       {"parquet", OutputFormat::kParquet},
};

std::string CellText(const arrow::Array& column, int64_t row,
                     const std::string& null_text) {
  const bool is_null = column.type_id() == arrow::Type::NA || column.IsNull(row);
  return is_null ? null_text : ValueText(column, row);
}

class TableSink final : public RowSink {
 public:
  TableSink(const SinkOptions& options, const arrow::Schema& schema, TextOutput& output)
      : table_(ColumnsOf(schema), options.width_max, options.border),
        null_text_(options.null_text),
        buffer_(output) {}

  Status Write(const arrow::RecordBatch& batch) override {
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      std::vector<std::string> cells;
      for (const auto& column : batch.columns()) {
        cells.push_back(CellText(*column, row, null_text_));
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
    table_.AppendFooter(&buffer_.text());
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
  std::string null_text_;
  BufferedText buffer_;
  std::vector<std::vector<std::string>> rows_;
  bool measured_ = false;
};

/// "-[ row 1 ]----" and a line "name | value" for each column.
class ExpandedSink final : public RowSink {
 public:
  ExpandedSink(const SinkOptions& options, std::shared_ptr<arrow::Schema> schema,
               TextOutput& output)
      : schema_(std::move(schema)), null_text_(options.null_text), buffer_(output) {
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
        AppendLine(i, CellText(*batch.column(i), row, null_text_));
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
  std::string null_text_;
  BufferedText buffer_;
  int width_ = 0;
  int64_t rows_ = 0;
};

class CsvSink final : public RowSink {
 public:
  CsvSink(const SinkOptions& options, const arrow::Schema& schema, TextOutput& output)
      : buffer_(output) {
    if (!options.header) {
      return;
    }
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
  BufferedText buffer_;
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
  BufferedText buffer_;
  std::vector<std::string> names_;  // quoted
  int64_t rows_ = 0;
};

}  // namespace

Result<OutputFormat> OutputFormatFromName(std::string_view name) {
  for (const auto& [known, format] : kFormats) {
    if (name == known) {
      return format;
    }
  }
  std::string names;
  for (const std::string& known : OutputFormatNames()) {
    names += (names.empty() ? "" : ", ") + known;
  }
  return MakeError(ErrorCode::kUsage,
                   "Unknown output format (one of " + names + "): " + std::string(name));
}

std::string_view NameOf(OutputFormat wanted) {
  for (const auto& [name, format] : kFormats) {
    if (format == wanted) {
      return name;
    }
  }
  return "";
}

std::vector<std::string> OutputFormatNames() {
  std::vector<std::string> names;
  for (const auto& [name, format] : kFormats) {
    names.emplace_back(name);
  }
  return names;
}

bool IsBinary(OutputFormat format) {
  return format == OutputFormat::kArrow || format == OutputFormat::kParquet;
}

bool IsForPeople(OutputFormat format) {
  return format == OutputFormat::kTable || format == OutputFormat::kVertical;
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
      if (!options.expanded) {
        return std::make_unique<TableSink>(options, *schema, output);
      }
      [[fallthrough]];
    case OutputFormat::kVertical:
      return std::make_unique<ExpandedSink>(options, std::move(schema), output);
    case OutputFormat::kCsv:
      return std::make_unique<CsvSink>(options, *schema, output);
    case OutputFormat::kTsv:
      return MakeTsvSink(options, *schema, output);
    case OutputFormat::kJsonLines:
      return MakeJsonLinesSink(*schema, output);
    case OutputFormat::kMarkdown:
      return MakeMarkdownSink(options, *schema, output);
    case OutputFormat::kHtml:
      return MakeHtmlSink(options, *schema, output);
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
