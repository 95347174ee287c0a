// Files that a load makes for itself on the way to its reader, and what a person calls
// them.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/ingest/internal/locate.h"

namespace tarn::ingest::internal {

/// Its files live as long as it does. Thread-compatible.
class Spool {
 public:
  /// Takes over what was downloaded from `location`, which may be nullptr.
  Spool(std::unique_ptr<TemporaryDirectory> downloaded, const std::string& location);

  /// An empty directory of its own, below one that is made when it is first asked for.
  /// What begins with its path is from now on shown as beginning with `shown`.
  Result<std::string> NewDirectory(const std::string& shown);
  /// The same for one file in such a directory.
  void Show(const std::string& path, const std::string& shown);

  /// `text` with the names that its files have for a person.
  std::string Shown(std::string text) const;
  Status Shown(const Status& status) const;

  bool is_empty() const { return directory_ == nullptr && downloaded_ == nullptr; }

 private:
  std::unique_ptr<TemporaryDirectory> downloaded_;
  std::unique_ptr<TemporaryDirectory> directory_;
  int num_directories_ = 0;
  std::vector<std::pair<std::string, std::string>> names_;  // the longest first
};

}  // namespace tarn::ingest::internal
