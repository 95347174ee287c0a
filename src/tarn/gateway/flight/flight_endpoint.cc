#include "tarn/gateway/flight/flight_endpoint.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <sys/socket.h>
#include <sys/un.h>
#include <system_error>
#include <utility>

#include <dlfcn.h>
#include <unistd.h>

#include "tarn/base/error.h"
#include "tarn/base/logging.h"

namespace tarn::gateway {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr char kModule[] = "libtarn_flight.so";

Status SystemError(const std::string& what, int error) {
  return MakeError(ErrorCode::kIoFailed,
                   what + ": " + std::generic_category().message(error));
}

/// A directory that only this user may look into; removed with what is in it.
class PrivateDirectory {
 public:
  static Result<std::unique_ptr<PrivateDirectory>> Make() {
    std::error_code error;
    std::string pattern = fs::temp_directory_path(error) / "tarn-flight-XXXXXX";
    if (error || ::mkdtemp(pattern.data()) == nullptr) {
      return SystemError("Cannot make a directory for the Flight server's socket",
                         error ? error.value() : errno);
    }
    return std::make_unique<PrivateDirectory>(std::move(pattern));
  }
  explicit PrivateDirectory(std::string path) : path_(std::move(path)) {}
  ~PrivateDirectory() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  PrivateDirectory(const PrivateDirectory&) = delete;
  PrivateDirectory& operator=(const PrivateDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  const std::string path_;
};

Result<sockaddr_un> AddressOf(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "The path of a socket is too long: " + path);
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

Status Call(int (*call)(int, const sockaddr*, socklen_t), int fd,
            const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(const sockaddr_un address, AddressOf(path));
  // The family says what the address is.
  const auto* const any = reinterpret_cast<const sockaddr*>(&address);
  return call(fd, any, sizeof(address)) == 0 ? Status::OK()
                                             : SystemError("Socket " + path, errno);
}

class LazyEndpoint : public FlightEndpoint {
 public:
  LazyEndpoint(std::string module, flight::FlightServices services)
      : module_(std::move(module)), services_(std::move(services)) {
    services_.certificates = std::make_shared<flight::PeerCertificates>();
  }
  ~LazyEndpoint() override { Shutdown(milliseconds(0)); }
  LazyEndpoint(const LazyEndpoint&) = delete;
  LazyEndpoint& operator=(const LazyEndpoint&) = delete;

  Status Listen(net::RelayServerOptions options) {
    ARROW_ASSIGN_OR_RAISE(
        relay_,
        net::RelayServer::Start(std::move(options), [this](net::RelayedClient& client) {
          return Connect(client);
        }));
    return Status::OK();
  }

  uint16_t port() const override { return relay_->port(); }
  Status ReloadCertificate() override { return relay_->ReloadCertificate(); }

  void Shutdown(milliseconds grace) override {
    {
      const std::lock_guard lock(mutex_);
      is_ending_ = true;
      if (host_ != nullptr) {
        host_->Shutdown((SystemClock().Now() + grace).count());
      }
    }
    if (relay_ != nullptr) {
      relay_->Shutdown(kLastBytes);
    }
  }

 private:
  /// What the server's last bytes get to reach their clients.
  static constexpr milliseconds kLastBytes{1'000};

  Result<int> Connect(net::RelayedClient& client) {
    RETURN_NOT_OK(StartHost());
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
      return SystemError("Cannot make a socket", errno);
    }
    // The name of our end tells the server who the client is.
    std::string name = client.remote_address;
    std::ranges::replace(name, '/', '_');
    const uint64_t number = ++num_connections_;
    const std::string own =
        directory_->path() + "/" + name + "@" + std::to_string(number);
    if (!client.certificate_subject.empty()) {
      client.kept = services_.certificates->Add(number, client.certificate_subject);
    }
    Status status = Call(&::bind, fd, own);
    if (status.ok()) {
      status = Call(&::connect, fd, ServerPath());
      ::unlink(own.c_str());
    }
    if (!status.ok()) {
      ::close(fd);
      return status;
    }
    return fd;
  }

  std::string ServerPath() const { return directory_->path() + "/flight"; }

  Status StartHost() {
    const std::lock_guard lock(mutex_);
    if (is_ending_) {
      return MakeError(ErrorCode::kUnavailable, "The server is shutting down");
    }
    if (host_ != nullptr) {
      return Status::OK();
    }
    if (directory_ == nullptr) {
      ARROW_ASSIGN_OR_RAISE(directory_, PrivateDirectory::Make());
    }
    // Stays loaded: threads of its libraries live as long as the process.
    void* const library = ::dlopen(module_.c_str(), RTLD_NOW | RTLD_LOCAL);
    void* const symbol =
        library == nullptr ? nullptr : ::dlsym(library, flight::kStartFlightHost);
    if (symbol == nullptr) {
      const char* const reason = ::dlerror();
      return MakeError(ErrorCode::kIoFailed,
                       "Cannot load " + module_ + ": " +
                           (reason == nullptr ? "unknown reason" : reason));
    }
    if (calls_ == nullptr) {
      calls_ = flight::MakeFlightService(services_);
    }
    Result<std::unique_ptr<flight::FlightHost>> host =
        MakeError(ErrorCode::kInternal, "The Flight module did nothing");
    reinterpret_cast<flight::StartFlightHost*>(symbol)(ServerPath().c_str(), calls_.get(),
                                                       &host);
    RETURN_NOT_OK(host.status());
    host_ = *std::move(host);
    LogInfo("The Flight server has started", {{"module", module_}});
    return Status::OK();
  }

  const std::string module_;
  flight::FlightServices services_;
  std::mutex mutex_;
  bool is_ending_ = false;
  std::unique_ptr<PrivateDirectory> directory_;
  std::unique_ptr<flight::FlightCalls> calls_;
  std::unique_ptr<flight::FlightHost> host_;
  std::atomic<uint64_t> num_connections_ = 0;
  std::unique_ptr<net::RelayServer> relay_;
};

}  // namespace

std::string FindFlightModule() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  for (const char* const folder : {".", "../lib"}) {
    const fs::path module = (program.parent_path() / folder / kModule).lexically_normal();
    if (!error && fs::exists(module, error)) {
      return module;
    }
  }
  return "";
}

Result<std::unique_ptr<FlightEndpoint>> FlightEndpoint::Start(
    net::RelayServerOptions options, flight::FlightServices services) {
  std::string module = FindFlightModule();
  if (module.empty()) {
    return MakeError(ErrorCode::kNoSuchFile,
                     std::string("Arrow Flight SQL needs ") + kModule +
                         " beside the program or in ../lib; install it, or use "
                         "--flight-listen off");
  }
  auto endpoint = std::make_unique<LazyEndpoint>(std::move(module), std::move(services));
  RETURN_NOT_OK(endpoint->Listen(std::move(options)));
  return endpoint;
}

}  // namespace tarn::gateway
