// The command line: parses it, runs one command, reports its error.
#pragma once

namespace tarn::cli {

/// Runs `tarn` and gives its exit code: 0 done, 1 failed, 2 wrong usage.
int RunTarn(int argc, char** argv);

}  // namespace tarn::cli
