// The interactive shell of `tarn sql`: line editing with history, statements over several
// lines, commands that begin with a backslash.
#pragma once

#include <string>

#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
#include "tarn/cli/print/text_output.h"
#include "tarn/cli/statement_runner.h"
#include "tarn/engine/engine.h"

namespace tarn::cli {

struct ShellContext {
  engine::Session& session;
  catalog::Catalog& catalog;
  TextOutput& output;
  std::string history_file;
  RunnerOptions runner;
};

/// Reads from the terminal until \q or the end of input. Errors of statements are shown
/// and the shell goes on.
Status RunShell(ShellContext context);

}  // namespace tarn::cli
