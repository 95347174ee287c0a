// A Chromium without windows, its profile, and the socket that it is spoken to by.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <sys/types.h>
#include <utility>

#include "tarn/base/result.h"
#include "tarn/ingest/web/internal/devtools.h"

namespace tarn::ingest::web::internal {

/// Thread-safe. The browser ends with this object, and when this process dies in any way:
/// it sees the end of the socket. A shell around it removes its profile then.
class BrowserProcess {
 public:
  /// Blocks until the browser answers. Errors: kIoFailed (it does not start: with what it
  /// says), kCancelled.
  static Result<std::unique_ptr<BrowserProcess>> Start(
      const std::string& program, const std::function<bool()>& cancelled);
  ~BrowserProcess();
  BrowserProcess(const BrowserProcess&) = delete;
  BrowserProcess& operator=(const BrowserProcess&) = delete;

  DevTools& devtools() { return *devtools_; }
  bool is_alive() const { return devtools_->is_open(); }

 private:
  struct Profile {
    std::string path;
    int lock = -1;  // nobody removes the directory while it is held
  };
  static Result<Profile> MakeProfile();
  /// Without waiting for it. No end of the browser's stays open here.
  static Result<std::unique_ptr<BrowserProcess>> Launch(const std::string& program);
  BrowserProcess(pid_t shell, Profile profile, BrowserEnds ends)
      : shell_(shell),
        profile_(std::move(profile)),
        devtools_(std::make_unique<DevTools>(ends)) {}
  Status AwaitAnswer(const std::string& program, const std::function<bool()>& cancelled);

  const pid_t shell_;  // leads the group of all its processes
  const Profile profile_;
  std::unique_ptr<DevTools> devtools_;
};

}  // namespace tarn::ingest::web::internal
