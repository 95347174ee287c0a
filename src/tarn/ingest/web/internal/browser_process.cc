#include "tarn/ingest/web/internal/browser_process.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "tarn/base/error.h"

namespace tarn::ingest::web::internal {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kStartTimeout{30'000};
constexpr milliseconds kEndTimeout{5'000};
constexpr milliseconds kLook{100};
constexpr milliseconds kEndLook{10};
/// Descriptors for the child, away from those that it gives other meanings.
constexpr int kFirstFree = 10;
constexpr int kProfileTries = 5;
/// The browser has a socket below its profile, whose path may have some 100 bytes.
constexpr size_t kFolderBytesMax = 40;
constexpr char kProfilePrefix[] = "tarn-browser-";
/// Removes the profile once the browser has ended, also when we are long gone. What is
/// still being written by one of its processes makes a second try necessary.
constexpr char kShellScript[] =
    "profile=$1; shift; \"$@\"; rm -rf -- \"$profile\" || { sleep 1; rm -rf -- "
    "\"$profile\"; }";

/// A descriptor that is closed at the end unless it was taken.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) {
      ::close(fd_);
    }
  }
  int get() const { return fd_; }
  int Take() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

Status Failed(const char* what) {
  return MakeError(ErrorCode::kIoFailed,
                   fmt::format("Cannot start the browser: no {} ({})", what,
                               std::system_category().message(errno)));
}

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

std::vector<std::string> ArgumentsOf(const std::string& program,
                                     const std::string& profile) {
  std::vector<std::string> arguments = {
      "/bin/sh", "-c", kShellScript, "sh", profile, program, "--headless=new",
      "--remote-debugging-pipe", "--no-startup-window", "--user-data-dir=" + profile,
      // Each page has a proxy of ours; what has none leads nowhere.
      "--proxy-server=http://127.0.0.1:9", "--proxy-bypass-list=<-loopback>",
      "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
      "--force-webrtc-ip-handling-policy=disable_non_proxied_udp", "--disable-quic",
      "--disable-gpu", "--disable-dev-shm-usage", "--disable-extensions",
      "--disable-background-networking", "--disable-component-update", "--disable-sync",
      "--disable-breakpad", "--disable-crash-reporter",
      // Several pages are worked on at once, and none of them is in front.
      "--disable-background-timer-throttling", "--disable-renderer-backgrounding",
      "--disable-backgrounding-occluded-windows",
      "--disable-features=WebRtcHideLocalIpsWithMdns,OptimizationHints,Translate",
      "--no-first-run", "--no-default-browser-check", "--mute-audio",
      "--block-new-web-contents"};
  if (::geteuid() == 0) {
    arguments.emplace_back("--no-sandbox");  // as root it does not start with one
  }
  return arguments;
}

/// In the child, where only what may be called between fork and exec in a process with
/// threads is allowed.
[[noreturn]] void Become(const std::vector<char*>& argv, const std::vector<char*>& envp,
                         int null, int socket, int errors) {
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  ::setpgid(0, 0);
  ::dup2(null, STDIN_FILENO);
  ::dup2(null, STDOUT_FILENO);
  ::dup2(errors, STDERR_FILENO);
  ::dup2(socket, 3);
  ::dup2(socket, 4);
  ::execve(argv.front(), argv.data(), envp.data());
  ::_exit(127);
}

void RemoveProfile(const std::filesystem::path& path) {
  std::error_code ignored;  // the next browser's start tries again
  std::filesystem::remove_all(path, ignored);
}

/// Profiles of browsers whose server, shell and all were killed at once: nobody holds
/// the lock of such a directory.
void RemoveLeftProfiles(const std::filesystem::path& folder) {
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end;
       !error && entry != end; entry.increment(error)) {
    if (!entry->path().filename().string().starts_with(kProfilePrefix)) {
      continue;
    }
    const Descriptor locked(
        ::open(entry->path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
    struct stat about = {};
    if (locked.get() >= 0 && ::fstat(locked.get(), &about) == 0 &&
        about.st_uid == ::geteuid() && ::flock(locked.get(), LOCK_EX | LOCK_NB) == 0) {
      RemoveProfile(entry->path());
    }
  }
}

/// What a person can use of what the browser said: its last line, of its own words.
std::string LastLine(const std::string& said) {
  std::string last;
  size_t begin = 0;
  while (begin < said.size()) {
    const size_t end = std::min(said.find('\n', begin), said.size());
    const std::string line = said.substr(begin, end - begin);
    if (!line.empty() && line.find("dbus") == std::string::npos) {
      last = line;
    }
    begin = end + 1;
  }
  return last;
}

}  // namespace

Result<BrowserProcess::Profile> BrowserProcess::MakeProfile() {
  std::error_code error;
  std::filesystem::path folder = std::filesystem::temp_directory_path(error);
  if (error) {
    return Failed("temporary directory");
  }
  if (folder.string().size() > kFolderBytesMax) {
    folder = "/tmp";
  }
  RemoveLeftProfiles(folder);
  // Another process may take a new one for one that is left, before it is locked.
  for (int i = 0; i < kProfileTries; ++i) {
    std::string path = folder.string() + '/' + kProfilePrefix + "XXXXXX";
    if (::mkdtemp(path.data()) == nullptr) {
      return Failed("directory for its profile");
    }
    Descriptor lock(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (lock.get() >= 0 && ::flock(lock.get(), LOCK_EX | LOCK_NB) == 0 &&
        ::access(path.c_str(), F_OK) == 0) {
      return Profile{std::move(path), lock.Take()};
    }
  }
  return Failed("directory for its profile");
}

Result<std::unique_ptr<BrowserProcess>> BrowserProcess::Start(
    const std::string& program, const std::function<bool()>& cancelled) {
  ARROW_ASSIGN_OR_RAISE(auto process, Launch(program));
  RETURN_NOT_OK(process->AwaitAnswer(program, cancelled));
  return process;
}

Result<std::unique_ptr<BrowserProcess>> BrowserProcess::Launch(
    const std::string& program) {
  std::array<int, 2> sockets{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets.data()) != 0) {
    return Failed("socket");
  }
  Descriptor ours(sockets[0]);
  const Descriptor theirs_low(sockets[1]);
  std::array<int, 2> pipes{};
  if (::pipe2(pipes.data(), O_CLOEXEC) != 0) {
    return Failed("pipe");
  }
  Descriptor errors(pipes[0]);
  const Descriptor said_low(pipes[1]);
  const Descriptor null_low(::open("/dev/null", O_RDWR | O_CLOEXEC));
  const auto moved = [](const Descriptor& low) {
    return ::fcntl(low.get(), F_DUPFD_CLOEXEC, kFirstFree);
  };
  const Descriptor theirs(moved(theirs_low));
  const Descriptor said(moved(said_low));
  const Descriptor null(moved(null_low));
  if (theirs.get() < 0 || said.get() < 0 || null.get() < 0) {
    return Failed("descriptor");
  }
  ARROW_ASSIGN_OR_RAISE(Profile profile, MakeProfile());
  std::vector<std::string> arguments = ArgumentsOf(program, profile.path);
  std::vector<std::string> variables = EnvironmentOf(profile.path);
  const std::vector<char*> argv = Pointers(arguments);
  const std::vector<char*> envp = Pointers(variables);
  const pid_t pid = ::fork();
  if (pid == 0) {
    Become(argv, envp, null.get(), theirs.get(), said.get());
  }
  if (pid < 0) {
    const Status failed = Failed("new process");
    RemoveProfile(profile.path);
    ::close(profile.lock);
    return failed;
  }
  ::setpgid(pid, pid);  // whoever of both is first
  return std::unique_ptr<BrowserProcess>(new BrowserProcess(
      pid, std::move(profile), {.socket = ours.Take(), .errors = errors.Take()}));
}

Status BrowserProcess::AwaitAnswer(const std::string& program,
                                   const std::function<bool()>& cancelled) {
  DevToolsChannel channel(*devtools_);
  channel.Send("", "Browser.getVersion", Json::object());
  const auto end = steady_clock::now() + kStartTimeout;
  while (true) {
    const auto answer = channel.Receive(kLook);
    if (answer && answer->error.empty()) {
      return Status::OK();
    }
    if (cancelled && cancelled()) {
      return MakeError(ErrorCode::kCancelled, "Cancelled while the browser started");
    }
    if (answer || !channel.is_open() || steady_clock::now() >= end) {
      const std::string said = LastLine(devtools_->said());
      return MakeError(ErrorCode::kIoFailed,
                       fmt::format("The browser does not start ({}): {}",
                                   said.empty() ? "it says nothing" : said, program));
    }
  }
}

BrowserProcess::~BrowserProcess() {
  devtools_.reset();  // it sees the end
  const auto end = steady_clock::now() + kEndTimeout;
  siginfo_t ended{};
  // Not reaped yet, so that its number, which is the group's, stays its own.
  while (::waitid(P_PID, static_cast<id_t>(shell_), &ended,
                  WEXITED | WNOHANG | WNOWAIT) == 0 &&
         ended.si_pid == 0 && steady_clock::now() < end) {
    std::this_thread::sleep_for(kEndLook);
  }
  ::kill(-shell_, SIGKILL);
  int status = 0;
  while (::waitpid(shell_, &status, 0) < 0 && errno == EINTR) {
  }
  RemoveProfile(profile_.path);
  ::close(profile_.lock);
}

}  // namespace tarn::ingest::web::internal
