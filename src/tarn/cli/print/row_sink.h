// Query results in the formats a person or program asks for.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/cli/print/text_output.h"
#include "tarn/cli/print/text_table.h"

namespace tarn::cli {

enum class OutputFormat : uint8_t {
  kTable,      // aligned columns
  kVertical,   // one line per value
  kCsv,        // RFC 4180 with a header line; null is empty, the empty string ""
  kTsv,        // with a header line; \t, \n, \r, \\ escaped, null is \N
  kJson,       // an array of objects, one line for each result
  kJsonLines,  // an object a line
  kMarkdown,
  kHtml,
  kArrow,    // Arrow IPC stream
  kParquet,  // one Parquet file
};

/// Errors: kUsage, with the names there are.
Result<OutputFormat> OutputFormatFromName(std::string_view name);
std::string_view NameOf(OutputFormat format);
std::vector<std::string> OutputFormatNames();
/// True for formats that a terminal cannot show.
bool IsBinary(OutputFormat format);
/// True for formats that are read by people: counts and times belong to them.
bool IsForPeople(OutputFormat format);

struct SinkOptions {
  OutputFormat format = OutputFormat::kTable;
  bool expanded = false;  // table: one line per value
  int width_max = 0;      // table: terminal columns; 0 for no limit
  TableBorder border = TableBorder::kPlain;
  std::string null_text = "NULL";  // table, vertical, markdown, html
  bool header = true;              // csv, tsv
};

/// Takes the rows of one result. Thread-compatible.
class RowSink {
 public:
  virtual ~RowSink() = default;
  virtual Status Write(const arrow::RecordBatch& batch) = 0;
  virtual Status Finish() = 0;
};

/// `output` outlives the sink.
Result<std::unique_ptr<RowSink>> MakeRowSink(const SinkOptions& options,
                                             std::shared_ptr<arrow::Schema> schema,
                                             TextOutput& output);

/// `text` as a field of CSV (RFC 4180): quoted if it holds a comma, quote or line break,
/// or is empty.
void AppendCsvField(std::string_view text, std::string* out);

}  // namespace tarn::cli
