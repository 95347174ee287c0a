// Commands of the shell that begin with a backslash.
#pragma once

#include <string>
#include <string_view>

#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
#include "tarn/cli/print/row_sink.h"
#include "tarn/cli/print/text_output.h"

namespace tarn::cli {

/// What the commands may change.
struct ShellSettings {
  bool timing = true;
  bool expanded = false;
  OutputFormat format = OutputFormat::kTable;
  bool quit = false;
};

bool IsMetaCommand(std::string_view line);

/// Runs "\d sales.orders". `current_schema` ("iceberg.sales") resolves names without a
/// namespace. Errors: kUsage for an unknown command, those of the catalog.
Status RunMetaCommand(std::string_view line, catalog::Catalog& catalog,
                      const std::string& current_schema, ShellSettings& settings,
                      TextOutput& output);

}  // namespace tarn::cli
