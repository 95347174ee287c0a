#include "tarn/ingest/web/browser.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include "tarn/base/error.h"
#include "tarn/net/filter_proxy.h"
#include "tarn/net/http_get.h"

namespace tarn::ingest::web {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLook{100};
/// What a page may load beside itself.
constexpr int64_t kTrafficFactor = 4;

/// A profile that is gone afterwards.
class Profile {
 public:
  static Result<std::unique_ptr<Profile>> Make() {
    std::error_code error;
    std::string path =
        std::filesystem::temp_directory_path(error).string() + "/tarn-browser-XXXXXX";
    if (error || ::mkdtemp(path.data()) == nullptr) {
      return MakeError(ErrorCode::kIoFailed,
                       "Cannot make a directory for the browser: " + path);
    }
    return std::unique_ptr<Profile>(new Profile(std::move(path)));
  }
  ~Profile() {
    std::error_code ignored;  // what is left over is in the temporary directory
    std::filesystem::remove_all(path_, ignored);
  }
  Profile(const Profile&) = delete;
  Profile& operator=(const Profile&) = delete;
  const std::string& path() const { return path_; }

 private:
  explicit Profile(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

/// A process group that is gone afterwards.
class Child {
 public:
  Child(pid_t pid, int out) : pid_(pid), out_(out) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    ::kill(-pid_, SIGKILL);
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    ::close(out_);
  }
  int out() const { return out_; }

 private:
  pid_t pid_;
  int out_;
};

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) {
    pointers.push_back(text.data());
  }
  pointers.push_back(nullptr);
  return pointers;
}

/// Nothing of our environment but what a program needs to run: it may hold secrets.
std::vector<std::string> EnvironmentOf(const std::string& home) {
  std::vector<std::string> variables = {"HOME=" + home, "TMPDIR=" + home, "LANG=C.UTF-8"};
  for (const char* name : {"PATH", "LD_LIBRARY_PATH", "FONTCONFIG_PATH"}) {
    const char* value = std::getenv(name);
    if (value != nullptr) {
      variables.push_back(std::string(name) + '=' + value);
    }
  }
  return variables;
}

Result<std::unique_ptr<Child>> Start(std::vector<std::string> arguments,
                                     const std::string& home) {
  std::array<int, 2> out{};
  if (::pipe2(out.data(), O_CLOEXEC) != 0) {
    return MakeError(ErrorCode::kIoFailed, "Cannot make a pipe to the browser");
  }
  std::vector<std::string> variables = EnvironmentOf(home);
  const std::vector<char*> argv = Pointers(arguments);
  const std::vector<char*> envp = Pointers(variables);
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) {
    // Only what may be called between fork and exec in a process with threads.
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) {
      ::_exit(127);
    }
    ::dup2(null, 0);
    ::dup2(out[1], 1);
    ::dup2(null, 2);
    ::execve(argv.front(), argv.data(), envp.data());
    ::_exit(127);
  }
  ::close(out[1]);
  if (null >= 0) {
    ::close(null);
  }
  if (pid < 0) {
    ::close(out[0]);
    return MakeError(ErrorCode::kIoFailed, "Cannot start the browser: no new process");
  }
  ::setpgid(pid, pid);  // whoever of both is first
  return std::make_unique<Child>(pid, out[0]);
}

std::vector<std::string> ArgumentsOf(const std::string& program, const std::string& url,
                                     const std::string& profile, uint16_t proxy_port,
                                     const BrowserOptions& options) {
  std::vector<std::string> arguments = {
      program, "--headless=new", "--dump-dom", "--user-data-dir=" + profile,
      fmt::format("--proxy-server=http://127.0.0.1:{}", proxy_port),
      "--proxy-bypass-list=<-loopback>",
      // Whatever does not go through the proxy leads nowhere.
      "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
      "--force-webrtc-ip-handling-policy=disable_non_proxied_udp", "--disable-quic",
      "--disable-gpu", "--disable-dev-shm-usage", "--disable-extensions",
      "--disable-background-networking", "--disable-component-update", "--disable-sync",
      "--disable-features=WebRtcHideLocalIpsWithMdns,OptimizationHints,Translate",
      "--no-first-run", "--no-default-browser-check", "--mute-audio", "--incognito",
      "--block-new-web-contents",
      fmt::format("--virtual-time-budget={}", options.script_time.count()),
      fmt::format("--timeout={}", options.timeout.count())};
  if (::geteuid() == 0) {
    arguments.emplace_back("--no-sandbox");  // as root it does not start with one
  }
  arguments.push_back(url);
  return arguments;
}

Result<std::string> ReadAll(const Child& child, const std::string& shown,
                            const BrowserOptions& options, Clock& clock) {
  const milliseconds end = clock.Now() + options.timeout;
  std::string text;
  std::array<char, 64 * 1024> bytes;
  while (true) {
    if (options.cancelled && options.cancelled()) {
      return MakeError(ErrorCode::kCancelled, "Cancelled while rendering " + shown);
    }
    if (clock.Now() >= end) {
      return MakeError(ErrorCode::kTimeout,
                       fmt::format("{} was not rendered within {} ms (web.timeout)",
                                   shown, options.timeout.count()));
    }
    pollfd entry{.fd = child.out(), .events = POLLIN, .revents = 0};
    if (::poll(&entry, 1, static_cast<int>(kLook.count())) <= 0) {
      continue;
    }
    const ssize_t read = ::read(child.out(), bytes.data(), bytes.size());
    if (read < 0 && (errno == EINTR || errno == EAGAIN)) {
      continue;
    }
    if (read <= 0) {
      return text;
    }
    text.append(bytes.data(), static_cast<size_t>(read));
    if (text.size() > options.bytes_max) {
      return MakeError(ErrorCode::kResourceLimit,
                       fmt::format("{}: the rendered page is larger than {} bytes", shown,
                                   options.bytes_max));
    }
  }
}

std::mutex& OneAtATime() {
  static std::mutex mutex;
  return mutex;
}

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

Result<FetchedPage> RenderPage(const std::string& url, const BrowserOptions& options,
                               Clock& clock) {
  ARROW_ASSIGN_OR_RAISE(const std::string program, FindBrowser(options.program));
  const std::string shown = net::UrlToShow(url);
  std::unique_lock lock(OneAtATime(), std::defer_lock);
  while (!lock.try_lock()) {
    if (options.cancelled && options.cancelled()) {
      return MakeError(ErrorCode::kCancelled, "Cancelled before rendering " + shown);
    }
    clock.Sleep(kLook);
  }
  ARROW_ASSIGN_OR_RAISE(
      const auto proxy,
      net::FilterProxy::Start(
          {.guard = options.guard,
           .bytes_max = static_cast<int64_t>(options.bytes_max) * kTrafficFactor}));
  ARROW_ASSIGN_OR_RAISE(const auto profile, Profile::Make());
  ARROW_ASSIGN_OR_RAISE(const auto child, Start(ArgumentsOf(program, url, profile->path(),
                                                            proxy->port(), options),
                                                profile->path()));
  ARROW_ASSIGN_OR_RAISE(std::string body, ReadAll(*child, shown, options, clock));
  if (body.find('<') == std::string::npos) {
    return MakeError(ErrorCode::kIoFailed,
                     "The browser gave no page for " + shown + ": " + program);
  }
  return FetchedPage{.url = url,
                     .content_type = "text/html; charset=utf-8",
                     .body = std::move(body),
                     .headers = {},
                     .read_at = clock.Now()};
}

}  // namespace tarn::ingest::web
