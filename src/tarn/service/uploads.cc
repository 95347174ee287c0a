#include "tarn/service/uploads.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "tarn/base/config.h"
#include "tarn/base/digest.h"
#include "tarn/base/error.h"
#include "tarn/service/lake.h"

namespace tarn::service {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kScheme = "upload://";
constexpr size_t kNameBytesMax = 200;
/// What is still coming in has this name; no upload has it.
constexpr char kComing[] = ".coming";

Status CannotWrite(const std::string& name, int error) {
  const bool is_full = error == ENOSPC || error == EDQUOT || error == EFBIG;
  return MakeError(is_full ? ErrorCode::kDiskFull : ErrorCode::kIoFailed,
                   "Cannot keep the upload " + name + ": " + std::strerror(error));
}

/// The last part of a path, of any system.
Result<std::string> NameOf(std::string_view name) {
  name = name.substr(name.find_last_of("/\\") + 1);
  const bool is_plain =
      !name.empty() && !name.starts_with('.') && name.size() <= kNameBytesMax &&
      std::ranges::none_of(
          name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  if (!is_plain) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "An upload needs a file's name, of up to 200 bytes and without a "
                     "dot in front: ?name=orders.csv");
  }
  return std::string(name);
}

int64_t BytesBelow(const std::string& directory) {
  int64_t bytes = 0;
  std::error_code error;
  fs::recursive_directory_iterator entries(directory, error);
  for (; !error && entries != fs::recursive_directory_iterator();
       entries.increment(error)) {
    std::error_code ignored;
    if (entries->is_regular_file(ignored)) {
      const uintmax_t size = entries->file_size(ignored);
      bytes += ignored ? 0 : static_cast<int64_t>(size);
    }
  }
  return bytes;
}

class FileWriter final : public UploadWriter {
 public:
  FileWriter(std::string directory, Upload upload, int64_t bytes_max)
      : directory_(std::move(directory)),
        upload_(std::move(upload)),
        bytes_max_(bytes_max) {}
  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;
  ~FileWriter() override {
    if (!directory_.empty()) {
      file_.reset();
      std::error_code ignored;
      fs::remove_all(directory_, ignored);
    }
  }

  Status Open() {
    file_.reset(std::fopen((directory_ + "/" + kComing).c_str(), "wbx"));
    return file_ == nullptr ? CannotWrite(upload_.name, errno) : Status::OK();
  }

  Status Write(std::string_view bytes) override {
    upload_.bytes += static_cast<int64_t>(bytes.size());
    if (upload_.bytes > bytes_max_) {
      return MakeError(ErrorCode::kResourceLimit,
                       "Uploads of one user are limited (uploads.bytes_max); load or "
                       "delete what was sent before " +
                           upload_.name);
    }
    if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size()) {
      return CannotWrite(upload_.name, errno);
    }
    return Status::OK();
  }

  Result<Upload> Finish() override {
    if (std::fflush(file_.get()) != 0) {
      return CannotWrite(upload_.name, errno);
    }
    file_.reset();
    std::error_code error;
    fs::rename(directory_ + "/" + kComing, directory_ + "/" + upload_.name, error);
    if (error) {
      return CannotWrite(upload_.name, error.value());
    }
    directory_.clear();
    return upload_;
  }

 private:
  struct Closer {
    void operator()(std::FILE* file) const { static_cast<void>(std::fclose(file)); }
  };
  std::string directory_;  // empty once it is to stay
  Upload upload_;
  const int64_t bytes_max_;
  std::unique_ptr<std::FILE, Closer> file_;
};

}  // namespace

bool IsUpload(std::string_view location) { return location.starts_with(kScheme); }

Uploads::Uploads(std::string directory, UploadLimits limits, Clock& clock, Random& random)
    : directory_(std::move(directory)), limits_(limits), clock_(clock), random_(random) {}

Uploads Uploads::Of(const Lake& lake) {
  return Uploads(lake.work_directory + "/uploads",
                 {.bytes_max = lake.config.GetInteger("uploads.bytes_max"),
                  .age_max = lake.config.GetDuration("uploads.age_max")},
                 lake.clock, lake.random);
}

/// Owners' names may hold anything.
std::string Uploads::DirectoryOf(const std::string& owner) const {
  return directory_ + "/" + HexOf(Sha256(owner)).substr(0, 32);
}

void Uploads::RemoveOld() const {
  std::error_code error;
  const auto oldest = clock_.Now() - limits_.age_max;
  for (fs::directory_iterator owners(directory_, error);
       !error && owners != fs::directory_iterator(); owners.increment(error)) {
    std::error_code inner;
    for (fs::directory_iterator uploads(owners->path(), inner);
         !inner && uploads != fs::directory_iterator(); uploads.increment(inner)) {
      std::error_code ignored;
      const auto changed =
          std::chrono::file_clock::to_sys(fs::last_write_time(uploads->path(), ignored));
      const auto changed_at = std::chrono::duration_cast<std::chrono::milliseconds>(
          changed.time_since_epoch());
      if (!ignored && changed_at < oldest) {
        fs::remove_all(uploads->path(), ignored);
      }
    }
  }
}

Result<std::unique_ptr<UploadWriter>> Uploads::Begin(const std::string& owner,
                                                     std::string_view name) {
  Upload upload;
  ARROW_ASSIGN_OR_RAISE(upload.name, NameOf(name));
  RemoveOld();
  const std::string own = DirectoryOf(owner);
  const std::string id = NewUlid(clock_.Now(), random_);
  upload.location = std::string(kScheme) + id + "/" + upload.name;
  const int64_t left = limits_.bytes_max - BytesBelow(own);
  std::string directory = own + "/" + id;
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) {
    return CannotWrite(upload.name, error.value());
  }
  fs::permissions(directory, fs::perms::owner_all, error);
  auto writer =
      std::make_unique<FileWriter>(std::move(directory), std::move(upload), left);
  RETURN_NOT_OK(writer->Open());
  return writer;
}

Result<std::string> Uploads::PathOf(const std::string& owner,
                                    std::string_view location) const {
  const std::string_view rest =
      IsUpload(location) ? location.substr(kScheme.size()) : std::string_view();
  const size_t slash = rest.find('/');
  const std::string_view id = rest.substr(0, slash);
  const bool is_id = id.size() == 26 && std::ranges::all_of(id, [](char c) {
                       return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
                     });
  if (!is_id || slash == std::string_view::npos) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Not the path of an upload (upload://ID/NAME, as its answer has "
                     "it): " +
                         std::string(location));
  }
  ARROW_ASSIGN_OR_RAISE(const std::string name, NameOf(rest.substr(slash + 1)));
  std::string path = DirectoryOf(owner) + "/" + std::string(id) + "/" + name;
  std::error_code ignored;
  if (name != rest.substr(slash + 1) || !fs::is_regular_file(path, ignored)) {
    return MakeError(
        ErrorCode::kNoSuchFile,
        "There is no such upload of yours (they are kept for a while only): " +
            std::string(location));
  }
  return path;
}

Status Uploads::Remove(const std::string& owner, std::string_view location) {
  const Result<std::string> path = PathOf(owner, location);
  if (!path.ok()) {
    return CodeOf(path.status()) == ErrorCode::kNoSuchFile ? Status::OK() : path.status();
  }
  std::error_code error;
  fs::remove_all(fs::path(*path).parent_path(), error);
  return error ? CannotWrite(std::string(location), error.value()) : Status::OK();
}

}  // namespace tarn::service
