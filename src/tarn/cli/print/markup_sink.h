// Results as lines and tables for other programs: TSV, JSON lines, Markdown, HTML.
#pragma once

#include <memory>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/cli/print/row_sink.h"

namespace tarn::cli {

std::unique_ptr<RowSink> MakeTsvSink(const SinkOptions& options,
                                     const arrow::Schema& schema, TextOutput& output);
std::unique_ptr<RowSink> MakeJsonLinesSink(const arrow::Schema& schema,
                                           TextOutput& output);
std::unique_ptr<RowSink> MakeMarkdownSink(const SinkOptions& options,
                                          const arrow::Schema& schema,
                                          TextOutput& output);
std::unique_ptr<RowSink> MakeHtmlSink(const SinkOptions& options,
                                      const arrow::Schema& schema, TextOutput& output);

}  // namespace tarn::cli
