#include "tarn/ingest/web/browser.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include <unistd.h>

#include "tarn/base/error.h"
#include "tarn/ingest/web/internal/browser_process.h"
#include "tarn/ingest/web/internal/page_visit.h"
#include "tarn/net/http_get.h"

namespace tarn::ingest::web {
namespace {

constexpr std::chrono::milliseconds kLook{100};
/// A browser that died while nobody used it is noticed within it.
constexpr std::chrono::milliseconds kLookAtIdle{1'000};

}  // namespace

Result<std::string> FindBrowser(const std::string& program) {
  if (program.find('/') != std::string::npos) {
    if (::access(program.c_str(), X_OK) == 0) {
      return program;
    }
    return MakeError(ErrorCode::kNotSupported,
                     "The setting web.chromium names no program: " + program);
  }
  std::vector<std::string> names = {"chromium", "chromium-browser", "google-chrome",
                                    "chromium-headless-shell"};
  if (!program.empty()) {
    names = {program};
  }
  const char* path = std::getenv("PATH");
  std::string_view directories = path == nullptr ? "" : path;
  while (!directories.empty()) {
    const size_t end = std::min(directories.find(':'), directories.size());
    for (const std::string& name : names) {
      const std::string file = std::string(directories.substr(0, end)) + '/' + name;
      if (::access(file.c_str(), X_OK) == 0) {
        return file;
      }
    }
    directories.remove_prefix(std::min(end + 1, directories.size()));
  }
  return MakeError(ErrorCode::kNotSupported,
                   "Rendering a page needs Chromium, and there is none on this machine: "
                   "install it (apt install chromium), or say where it is with the "
                   "setting web.chromium");
}

/// One of the pages at once.
class Browser::Place {
 public:
  explicit Place(Browser& browser) : browser_(browser) {}
  ~Place() { browser_.GivePlaceBack(); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

 private:
  Browser& browser_;
};

Browser::Browser(BrowserOptions options, Clock& clock)
    : options_(std::move(options)), clock_(clock) {}

Browser::~Browser() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
    changed_.notify_all();
  }
  if (keeper_.joinable()) {
    keeper_.join();
  }
}

Status Browser::TakePlace(const std::function<bool()>& cancelled) {
  std::unique_lock lock(mutex_);
  while (pages_ >= std::max(1, options_.pages_max)) {
    changed_.wait_for(lock, kLook);
    if (cancelled && cancelled()) {
      return MakeError(ErrorCode::kCancelled, "Cancelled before a page was rendered");
    }
  }
  ++pages_;
  return Status::OK();
}

void Browser::GivePlaceBack() {
  const std::lock_guard lock(mutex_);
  --pages_;
  idle_since_ = std::chrono::steady_clock::now();
  changed_.notify_all();
}

Result<Browser::Process> Browser::Running(const std::function<bool()>& cancelled) {
  const std::lock_guard start_lock(start_mutex_);
  Process gone;  // ends after mutex_ was let go
  {
    const std::lock_guard lock(mutex_);
    if (process_ != nullptr && process_->is_alive()) {
      return process_;
    }
    gone = std::move(process_);
  }
  gone.reset();
  ARROW_ASSIGN_OR_RAISE(const std::string program, FindBrowser(options_.program));
  ARROW_ASSIGN_OR_RAISE(Process started,
                        internal::BrowserProcess::Start(program, cancelled));
  const std::lock_guard lock(mutex_);
  process_ = std::move(started);
  if (!keeper_.joinable()) {
    keeper_ = std::thread([this] { EndWhenIdle(); });
  }
  return process_;
}

void Browser::EndWhenIdle() {
  std::unique_lock lock(mutex_);
  while (!ends_) {
    if (process_ == nullptr || pages_ > 0) {
      changed_.wait(lock);
      continue;
    }
    const auto now = std::chrono::steady_clock::now();
    const auto end = idle_since_ + options_.idle_max;
    if (now < end && process_->is_alive()) {
      changed_.wait_until(lock, std::min(end, now + kLookAtIdle));
      continue;
    }
    Process idle = std::move(process_);
    process_ = nullptr;
    lock.unlock();
    idle.reset();
    lock.lock();
  }
  Process last = std::move(process_);
  lock.unlock();
}

Result<RenderedPage> Browser::Render(const RenderOrder& order) {
  RETURN_NOT_OK(TakePlace(order.cancelled));
  const Place place(*this);
  for (int retry = 0;; ++retry) {
    ARROW_ASSIGN_OR_RAISE(const Process process, Running(order.cancelled));
    Result<RenderedPage> page = internal::VisitPage(process->devtools(), order, clock_);
    const bool has_died = !page.ok() && !process->is_alive();
    if (page.ok() || !has_died || CodeOf(page.status()) == ErrorCode::kCancelled) {
      return page;
    }
    if (retry > 0) {
      return MakeError(ErrorCode::kUnavailable,
                       "The browser ended twice while it rendered " +
                           net::UrlToShow(order.document.url));
    }
  }
}

}  // namespace tarn::ingest::web
