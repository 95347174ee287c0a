// Ctrl-C and SIGTERM as a flag that work in progress asks for.
#pragma once

namespace tarn::cli {

/// From now on SIGINT, SIGTERM and SIGHUP set the flag, and system calls that block
/// return early. The third signal without an answer ends the process. SIGPIPE is ignored:
/// writing to a closed pipe is an error like others.
void InstallSignalHandlers();

bool Interrupted();
void ClearInterrupt();

/// From now on SIGHUP sets a flag of its own, which TakeHangup() tells and clears: a
/// server reads its files again.
void HandleHangupApart();
bool TakeHangup();

/// From now on writing beyond the limit of a file's size (`ulimit -f`) is an error like
/// others, and does not end the process: a server outlives it.
void IgnoreFileSizeSignal();

}  // namespace tarn::cli
