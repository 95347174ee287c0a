// Query results in the formats a person or program asks for.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/cli/print/text_output.h"

namespace tarn::cli {

enum class OutputFormat : uint8_t {
  kTable,    // aligned columns
  kCsv,      // RFC 4180 with a header line; null is empty, the empty string ""
  kJson,     // an array of objects, one line for each result
  kArrow,    // Arrow IPC stream
  kParquet,  // one Parquet file
};

/// Errors: kUsage, with the names there are.
Result<OutputFormat> OutputFormatFromName(std::string_view name);

struct SinkOptions {
  OutputFormat format = OutputFormat::kTable;
  bool expanded = false;  // table: one line per value
  int width_max = 0;      // table: terminal columns; 0 for no limit
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
