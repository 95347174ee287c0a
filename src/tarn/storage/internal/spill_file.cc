#include "tarn/storage/internal/spill_file.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include <arrow/buffer.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <parquet/xxhasher.h>
#include <unistd.h>

#include "tarn/base/aes_gcm.h"
#include "tarn/base/error.h"

namespace tarn::storage {
namespace {

uint64_t ChecksumOf(std::string_view bytes) { return parquet::XxHasher().Hash(bytes); }

ErrorCode CodeOfErrno(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
      return ErrorCode::kDiskFull;
    case EACCES:
    case EPERM:
    case EROFS:
      return ErrorCode::kForbidden;
    default:
      return ErrorCode::kIoFailed;
  }
}

Status CannotSpill(const std::string& directory, const char* what, int error) {
  return MakeError(
      CodeOfErrno(error),
      fmt::format(
          "Sorted rows cannot be spilled: {} in {}: {}; make room there or choose "
          "another spill directory",
          what, directory, std::generic_category().message(error)));
}

/// A file that never had a name, or has none any more; -1 with errno.
int OpenUnnamed(const std::string& directory) {
#ifdef O_TMPFILE
  const int unnamed = ::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (unnamed >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)) {
    return unnamed;
  }
#endif
  std::string path = directory + "/tarn-sort-XXXXXX";
  const int named = ::mkostemp(path.data(), O_CLOEXEC);
  if (named >= 0) {
    ::unlink(path.c_str());
  }
  return named;
}

}  // namespace

Result<std::shared_ptr<SpillFile>> SpillFile::Make(std::string directory,
                                                   std::string key) {
  std::error_code error;
  if (directory.empty()) {
    directory = std::filesystem::temp_directory_path(error).string();
  } else {
    std::filesystem::create_directories(directory, error);
  }
  if (error) {
    return CannotSpill(directory, "no directory", error.value());
  }
  const int descriptor = OpenUnnamed(directory);
  if (descriptor < 0) {
    return CannotSpill(directory, "no file can be made", errno);
  }
  return std::make_shared<SpillFile>(descriptor, std::move(directory), std::move(key));
}

SpillFile::SpillFile(int descriptor, std::string directory, std::string key)
    : descriptor_(descriptor), directory_(std::move(directory)), key_(std::move(key)) {}

SpillFile::~SpillFile() { ::close(descriptor_); }

Status SpillFile::Failed(const char* what, int error) const {
  return CannotSpill(directory_, what, error);
}

Result<SpillExtent> SpillFile::Append(std::string_view bytes) {
  std::string sealed;
  if (!key_.empty()) {
    ARROW_RETURN_NOT_OK(AesGcmSeal(key_, bytes, {}, &sealed));
    bytes = sealed;
  }
  const auto size = static_cast<int64_t>(bytes.size());
  const SpillExtent extent{
      .offset = end_.fetch_add(size), .bytes = size, .checksum = ChecksumOf(bytes)};
  ARROW_RETURN_NOT_OK(WriteAt(extent.offset, bytes));
  return extent;
}

Status SpillFile::WriteAt(int64_t offset, std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(descriptor_, bytes.data(), bytes.size(), offset);
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written <= 0) {
      return Failed("writing failed", written < 0 ? errno : EIO);
    }
    bytes.remove_prefix(static_cast<size_t>(written));
    offset += written;
  }
  return Status::OK();
}

Result<std::shared_ptr<arrow::Buffer>> SpillFile::Read(const SpillExtent& extent) const {
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> buffer,
                        arrow::AllocateBuffer(extent.bytes));
  int64_t done = 0;
  while (done < extent.bytes) {
    const ssize_t read =
        ::pread(descriptor_, buffer->mutable_data() + done,
                static_cast<size_t>(extent.bytes - done), extent.offset + done);
    if (read < 0 && errno == EINTR) {
      continue;
    }
    if (read < 0) {
      return Failed("reading back failed", errno);
    }
    if (read == 0) {
      break;
    }
    done += read;
  }
  const std::string_view bytes(*buffer);
  if (done < extent.bytes || ChecksumOf(bytes) != extent.checksum) {
    return MakeError(
        ErrorCode::kInvalidData,
        fmt::format("Sorted rows that were spilled to {} came back changed; check the "
                    "disk: {} bytes at {}",
                    directory_, extent.bytes, extent.offset));
  }
  if (key_.empty()) {
    return buffer;
  }
  std::string plain;
  ARROW_RETURN_NOT_OK(AesGcmOpen(key_, bytes, {}, &plain));
  return arrow::Buffer::FromString(std::move(plain));
}

}  // namespace tarn::storage
