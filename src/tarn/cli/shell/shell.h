// The interactive shell of `tarn sql`: editing with completion, colors and history.
#pragma once

#include <string>

#include "tarn/base/result.h"
#include "tarn/cli/print/text_output.h"
#include "tarn/cli/shell/interpreter.h"
#include "tarn/cli/sql_client/sql_client.h"

namespace tarn::cli {

struct ShellContext {
  SqlClient& client;
  TextOutput& output;
  std::string history_file;
  ShellSettings settings;
};

/// Reads from the terminal until \q or the end of input. Errors of statements are shown
/// and the shell goes on.
Status RunShell(ShellContext context);

}  // namespace tarn::cli
