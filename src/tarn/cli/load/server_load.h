// `tarn load --on-server`: the server does the load, of a file that it is sent or of a
// place that it reaches itself.
#pragma once

#include "tarn/base/result.h"
#include "tarn/cli/command.h"
#include "tarn/cli/load/load_options.h"

namespace tarn::cli {

/// Ctrl-C cancels the load. Errors: kUsage for options that need the files here; those of
/// the server.
Status LoadOnServer(const Invocation& invocation, const LoadOptions& options);

}  // namespace tarn::cli
