// Talks to the service manager that started the process, if it is one that listens
// (systemd's notification protocol, sd_notify(3)).
#pragma once

#include <string_view>

namespace tarn::cli {

/// "READY=1", "STOPPING=1", …; lines. Nothing happens without $NOTIFY_SOCKET; failures
/// are logged.
void NotifyServiceManager(std::string_view state);

/// That settings are being read again; "READY=1" tells the end of it.
void NotifyReloading();

}  // namespace tarn::cli
