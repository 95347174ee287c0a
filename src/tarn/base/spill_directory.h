// Where a query or a load puts what memory has no room for, apart from all others.
#pragma once

#include <memory>
#include <string>

namespace tarn {

/// A directory below `root` of its owner alone, who makes it: gone with this object, or
/// with the next one below `root` if the process was killed.
class SpillDirectory {
 public:
  /// Never fails: where nothing can be made, spilling fails, and says so.
  static std::unique_ptr<SpillDirectory> Claim(const std::string& root);
  ~SpillDirectory();
  SpillDirectory(const SpillDirectory&) = delete;
  SpillDirectory& operator=(const SpillDirectory&) = delete;

  const std::string& path() const { return path_; }

 private:
  SpillDirectory(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}

  const std::string path_;
  const int lock_;  // held while it is in use; negative: there is none
};

}  // namespace tarn
