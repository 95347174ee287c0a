#include "tarn/ingest/internal/spool.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "tarn/base/error.h"
#include "tarn/ingest/internal/download.h"
#include "tarn/io/file_io.h"

namespace tarn::ingest::internal {

namespace fs = std::filesystem;

Spool::Spool(std::unique_ptr<TemporaryDirectory> downloaded, const std::string& location)
    : downloaded_(std::move(downloaded)) {
  if (downloaded_ == nullptr) {
    return;
  }
  std::error_code ignored;
  for (const fs::directory_entry& file :
       fs::directory_iterator(downloaded_->path(), ignored)) {
    Show(file.path().string(), WithoutSecrets(location));
  }
}

Result<std::string> Spool::NewDirectory(const std::string& shown) {
  if (directory_ == nullptr) {
    ARROW_ASSIGN_OR_RAISE(directory_, TemporaryDirectory::Make());
  }
  std::string path =
      io::JoinLocation(directory_->path(), std::to_string(num_directories_++));
  std::error_code error;
  fs::create_directory(path, error);
  if (error) {
    return MakeError(ErrorCode::kIoFailed,
                     "Cannot make the directory " + path + ": " + error.message());
  }
  Show(path + "/", shown + "/");
  return path;
}

void Spool::Show(const std::string& path, const std::string& shown) {
  const auto longer = std::ranges::find_if(
      names_, [&](const auto& name) { return name.first.size() < path.size(); });
  names_.emplace(longer, path, shown);
}

std::string Spool::Shown(std::string text) const {
  for (const auto& [path, shown] : names_) {
    for (size_t at = text.find(path); at != std::string::npos;
         at = text.find(path, at + shown.size())) {
      text.replace(at, path.size(), shown);
    }
  }
  return text;
}

Status Spool::Shown(const Status& status) const {
  if (status.ok() || is_empty()) {
    return status;
  }
  return MakeError(CodeOf(status), Shown(status.message()));
}

}  // namespace tarn::ingest::internal
