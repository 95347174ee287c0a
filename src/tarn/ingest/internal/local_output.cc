#include "tarn/ingest/internal/local_output.h"

#include <cerrno>
#include <cstring>

#include "tarn/base/error.h"

namespace tarn::ingest::internal {
namespace {

Status CannotWrite(const std::string& path, int error) {
  ErrorCode code = ErrorCode::kIoFailed;
  if (error == ENOSPC || error == EDQUOT || error == EFBIG) {  // the last: ulimit -f
    code = ErrorCode::kDiskFull;
  }
  if (error == EACCES || error == EPERM || error == EROFS) {
    code = ErrorCode::kForbidden;
  }
  return MakeError(code, "Cannot write " + path + ": " + std::strerror(error));
}

}  // namespace

Result<LocalOutput> LocalOutput::Open(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (file == nullptr) {
    return CannotWrite(path, errno);
  }
  return LocalOutput(path, file);
}

Status LocalOutput::Write(std::string_view bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size()) {
    return CannotWrite(path_, errno);
  }
  return Status::OK();
}

Status LocalOutput::Close() {
  std::FILE* file = file_.release();
  if (std::fclose(file) != 0) {
    return CannotWrite(path_, errno);
  }
  return Status::OK();
}

}  // namespace tarn::ingest::internal
