#include "tarn/cli/serve/first_admin.h"

#include <cerrno>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "tarn/base/clock.h"
#include "tarn/base/error.h"
#include "tarn/governance/principal_admin.h"

namespace tarn::cli {
namespace {

constexpr char kName[] = "admin";
constexpr char kFile[] = "admin-credentials";

Status CannotWrite(const std::string& path, int error) {
  ErrorCode code = ErrorCode::kIoFailed;
  switch (error) {
    case EEXIST:
      return MakeError(ErrorCode::kAlreadyExists,
                       "The first administrator's secret is not written over a file that "
                       "is there; move it away: " +
                           path);
    case EACCES:
    case EPERM:
    case EROFS:
      code = ErrorCode::kForbidden;
      break;
    case ENOSPC:
    case EDQUOT:
      code = ErrorCode::kDiskFull;
      break;
    default:
      break;
  }
  return MakeError(
      code, fmt::format("Cannot write the first administrator's secret to {}: {}", path,
                        std::generic_category().message(error)));
}

/// Whole and durable, or not there.
Status WriteForOwner(const std::string& path, std::string_view text) {
  const int fd =
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) {
    return CannotWrite(path, errno);
  }
  const ssize_t written = ::write(fd, text.data(), text.size());
  int error = written == static_cast<ssize_t>(text.size()) ? 0
              : written < 0                                ? errno
                                                           : EIO;
  if (error == 0 && ::fsync(fd) != 0) {
    error = errno;
  }
  ::close(fd);
  if (error != 0) {
    ::unlink(path.c_str());
    return CannotWrite(path, error);
  }
  return Status::OK();
}

}  // namespace

Result<std::optional<std::string>> MakeFirstAdmin(governance::PrincipalStore& store,
                                                  const std::string& home) {
  ARROW_ASSIGN_OR_RAISE(const auto principals, store.List());
  if (!principals.empty()) {
    return std::nullopt;
  }
  const auto made = governance::AddPrincipal({store, SystemClock(), SystemRandom()},
                                             {.name = kName, .is_admin = true});
  if (!made.ok()) {
    // Another server was first.
    return CodeOf(made.status()) == ErrorCode::kAlreadyExists
               ? Result<std::optional<std::string>>(std::nullopt)
               : made.status();
  }
  const std::string path = home + "/" + kFile;
  const Status written = WriteForOwner(
      path, fmt::format("# The first administrator of this Tarn home. Keep the secret "
                        "elsewhere and delete this file.\n"
                        "client_id: {0}\nclient_secret: {1}\n"
                        "# Iceberg clients take both as one property:\n"
                        "credential: {0}:{1}\n",
                        made->principal.client_id, made->secret));
  if (!written.ok()) {
    ARROW_RETURN_NOT_OK(store.Drop(kName));
    return written;
  }
  return path;
}

}  // namespace tarn::cli
