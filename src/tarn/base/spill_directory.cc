#include "tarn/base/spill_directory.h"

#include <cerrno>
#include <filesystem>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "tarn/base/clock.h"
#include "tarn/base/logging.h"

namespace tarn {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "spill-";
constexpr std::string_view kLock = ".lock";
constexpr int kTriesMax = 10;

/// The file `path`, locked; negative if somebody else has it, or had it and is gone.
int Lock(const std::string& path, int flags) {
  const int file = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0600);
  if (file < 0) {
    return -1;
  }
  struct stat about{};
  const bool is_ours = ::flock(file, LOCK_EX | LOCK_NB) == 0 &&
                       ::fstat(file, &about) == 0 && about.st_nlink > 0;
  if (!is_ours) {
    ::close(file);
    return -1;
  }
  return file;
}

/// The lock goes last: while it is there, somebody else may finish the work.
void Remove(const std::string& path) {
  std::error_code error;
  fs::remove_all(path, error);
  if (error) {
    LogWarn("Cannot remove what was spilled",
            {{"path", path}, {"reason", error.message()}});
    return;
  }
  fs::remove(path + std::string(kLock), error);
}

/// Removes what killed processes left.
void Sweep(const std::string& root) {
  std::vector<std::string> locks;
  std::error_code error;
  for (fs::directory_iterator entry(root, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename();
    if (name.starts_with(kPrefix) && name.ends_with(kLock)) {
      locks.push_back(entry->path());
    }
  }
  for (const std::string& lock : locks) {
    const int file = Lock(lock, 0);
    if (file < 0) {
      continue;
    }
    LogInfo("Removing what a killed process had spilled", {{"path", lock}});
    Remove(lock.substr(0, lock.size() - kLock.size()));
    ::close(file);
  }
}

}  // namespace

std::unique_ptr<SpillDirectory> SpillDirectory::Claim(const std::string& root) {
  std::error_code error;
  fs::create_directories(root, error);
  if (!error) {
    Sweep(root);
  }
  std::string path;
  for (int i = 0; i < kTriesMax; ++i) {
    path = root + '/' + std::string(kPrefix) + NewUuid(SystemRandom());
    const int lock = Lock(path + std::string(kLock), O_CREAT | O_EXCL);
    if (lock >= 0) {
      return std::unique_ptr<SpillDirectory>(new SpillDirectory(path, lock));
    }
  }
  return std::unique_ptr<SpillDirectory>(new SpillDirectory(path, -1));
}

SpillDirectory::~SpillDirectory() {
  if (lock_ >= 0) {
    Remove(path_);
    ::close(lock_);
  }
}

}  // namespace tarn
