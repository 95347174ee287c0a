#include "tarn/cli/print/markup_sink.h"

#include <string>
#include <string_view>
#include <vector>

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "tarn/cli/print/buffered_text.h"
#include "tarn/cli/print/value_text.h"

namespace tarn::cli {
namespace {

bool IsNull(const arrow::Array& column, int64_t row) {
  return column.type_id() == arrow::Type::NA || column.IsNull(row);
}

/// `text` with what `escape` knows replaced: it gives nullptr for characters to keep.
std::string Escaped(std::string_view text, const char* (*escape)(char)) {
  std::string out;
  for (const char c : text) {
    if (const char* const instead = escape(c); instead != nullptr) {
      out += instead;
    } else {
      out += c;
    }
  }
  return out;
}

const char* ForTsv(char c) {
  switch (c) {
    case '\t':
      return "\\t";
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\\':
      return "\\\\";
    default:
      return nullptr;
  }
}

const char* ForMarkdown(char c) {
  switch (c) {
    case '|':
      return "\\|";
    case '\\':
      return "\\\\";
    case '\n':
      return "<br>";
    case '<':
      return "&lt;";
    case '\r':
      return "";
    default:
      return nullptr;
  }
}

const char* ForHtml(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    default:
      return nullptr;
  }
}

/// Calls `append` for each value of each row, and `begin` and `end` around a row.
class LineSink : public RowSink {
 public:
  explicit LineSink(TextOutput& output) : buffer_(output) {}

  Status Write(const arrow::RecordBatch& batch) final {
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      BeginRow(&buffer_.text());
      for (int i = 0; i < batch.num_columns(); ++i) {
        AppendCell(i, *batch.column(i), row, &buffer_.text());
      }
      EndRow(&buffer_.text());
      RETURN_NOT_OK(buffer_.FlushIfLarge());
    }
    return Status::OK();
  }
  Status Finish() final {
    End(&buffer_.text());
    return buffer_.Flush();
  }

 protected:
  std::string& text() { return buffer_.text(); }

 private:
  virtual void BeginRow(std::string* /*out*/) {}
  virtual void AppendCell(int index, const arrow::Array& column, int64_t row,
                          std::string* out) = 0;
  virtual void EndRow(std::string* out) { *out += '\n'; }
  virtual void End(std::string* /*out*/) {}

  BufferedText buffer_;
};

class TsvSink final : public LineSink {
 public:
  TsvSink(const SinkOptions& options, const arrow::Schema& schema, TextOutput& output)
      : LineSink(output) {
    for (int i = 0; options.header && i < schema.num_fields(); ++i) {
      text() += (i == 0 ? "" : "\t") + Escaped(schema.field(i)->name(), &ForTsv);
    }
    text() += options.header ? "\n" : "";
  }

 private:
  void AppendCell(int index, const arrow::Array& column, int64_t row,
                  std::string* out) override {
    *out += index == 0 ? "" : "\t";
    *out += IsNull(column, row) ? "\\N" : Escaped(ValueText(column, row), &ForTsv);
  }
};

class JsonLinesSink final : public LineSink {
 public:
  JsonLinesSink(const arrow::Schema& schema, TextOutput& output) : LineSink(output) {
    for (const auto& field : schema.fields()) {
      AppendJsonString(field->name(), &names_.emplace_back());
    }
  }

 private:
  void BeginRow(std::string* out) override { *out += '{'; }
  void AppendCell(int index, const arrow::Array& column, int64_t row,
                  std::string* out) override {
    *out += index == 0 ? "" : ",";
    *out += names_[static_cast<size_t>(index)] + ':';
    AppendJson(column, row, out);
  }
  void EndRow(std::string* out) override { *out += "}\n"; }

  std::vector<std::string> names_;  // quoted
};

class MarkdownSink final : public LineSink {
 public:
  MarkdownSink(const SinkOptions& options, const arrow::Schema& schema,
               TextOutput& output)
      : LineSink(output), null_text_(options.null_text) {
    std::string rule = "|";
    text() += '|';
    for (const auto& field : schema.fields()) {
      text() += ' ' + Escaped(field->name(), &ForMarkdown) + " |";
      rule += IsNumberLike(*field->type()) ? " ---: |" : " --- |";
    }
    text() += '\n' + rule + '\n';
  }

 private:
  void BeginRow(std::string* out) override { *out += '|'; }
  void AppendCell(int /*index*/, const arrow::Array& column, int64_t row,
                  std::string* out) override {
    const std::string value =
        IsNull(column, row) ? null_text_ : Escaped(ValueText(column, row), &ForMarkdown);
    *out += ' ' + value + " |";
  }

  std::string null_text_;
};

class HtmlSink final : public LineSink {
 public:
  HtmlSink(const SinkOptions& options, const arrow::Schema& schema, TextOutput& output)
      : LineSink(output), null_text_(options.null_text) {
    text() += "<table>\n<tr>";
    for (const auto& field : schema.fields()) {
      text() += "<th>" + Escaped(field->name(), &ForHtml) + "</th>";
    }
    text() += "</tr>\n";
  }

 private:
  void BeginRow(std::string* out) override { *out += "<tr>"; }
  void AppendCell(int /*index*/, const arrow::Array& column, int64_t row,
                  std::string* out) override {
    const std::string tag =
        IsNumberLike(*column.type()) ? "<td align=\"right\">" : "<td>";
    const std::string value = IsNull(column, row) ? null_text_ : ValueText(column, row);
    *out += tag + Escaped(value, &ForHtml) + "</td>";
  }
  void EndRow(std::string* out) override { *out += "</tr>\n"; }
  void End(std::string* out) override { *out += "</table>\n"; }

  std::string null_text_;
};

}  // namespace

std::unique_ptr<RowSink> MakeTsvSink(const SinkOptions& options,
                                     const arrow::Schema& schema, TextOutput& output) {
  return std::make_unique<TsvSink>(options, schema, output);
}

std::unique_ptr<RowSink> MakeJsonLinesSink(const arrow::Schema& schema,
                                           TextOutput& output) {
  return std::make_unique<JsonLinesSink>(schema, output);
}

std::unique_ptr<RowSink> MakeMarkdownSink(const SinkOptions& options,
                                          const arrow::Schema& schema,
                                          TextOutput& output) {
  return std::make_unique<MarkdownSink>(options, schema, output);
}

std::unique_ptr<RowSink> MakeHtmlSink(const SinkOptions& options,
                                      const arrow::Schema& schema, TextOutput& output) {
  return std::make_unique<HtmlSink>(options, schema, output);
}

}  // namespace tarn::cli
