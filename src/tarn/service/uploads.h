// Files that callers have sent, for loads to read: each in a directory of its own below
// that of its owner, known to others as "upload://ID/NAME".
//
//   Uploads uploads(lake.work_directory + "/uploads", limits, clock, random);
//   ARROW_ASSIGN_OR_RAISE(const auto writer, uploads.Begin("ada", "orders.csv"));
//   RETURN_NOT_OK(writer->Write(bytes));
//   ARROW_ASSIGN_OR_RAISE(const Upload upload, writer->Finish());
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "tarn/base/clock.h"
#include "tarn/base/result.h"

namespace tarn::service {

struct Lake;

struct UploadLimits {
  int64_t bytes_max = int64_t{64} << 30;  // of all files of one owner
  std::chrono::milliseconds age_max{std::chrono::hours(24)};
};

struct Upload {
  std::string name;      // "orders.csv"
  std::string location;  // "upload://ID/orders.csv"
  int64_t bytes = 0;
};

/// A file that comes in. Destroyed before Finish() it is gone.
class UploadWriter {
 public:
  virtual ~UploadWriter() = default;
  /// Errors: kResourceLimit (the owner's limit), kDiskFull, kIoFailed.
  virtual Status Write(std::string_view bytes) = 0;
  /// From now on the file can be read.
  virtual Result<Upload> Finish() = 0;
};

bool IsUpload(std::string_view location);

/// Thread-safe; several processes may share the directory.
class Uploads {
 public:
  Uploads(std::string directory, UploadLimits limits, Clock& clock, Random& random);
  /// Below the work directory of `lake`, with its settings.
  static Uploads Of(const Lake& lake);

  /// `name` is what the caller's file is called; of a path only the last part is taken.
  /// Files that are too old, anybody's, are removed first. Errors: kInvalidArgument for a
  /// name that is none, kResourceLimit, kDiskFull, kIoFailed.
  Result<std::unique_ptr<UploadWriter>> Begin(const std::string& owner,
                                              std::string_view name);
  /// The path of a file that `owner` has sent. Errors: kNoSuchFile, also if it is another
  /// one's; kInvalidArgument for what is no such location.
  Result<std::string> PathOf(const std::string& owner, std::string_view location) const;
  /// OK if it is not there.
  Status Remove(const std::string& owner, std::string_view location);

 private:
  std::string DirectoryOf(const std::string& owner) const;
  void RemoveOld() const;

  const std::string directory_;
  const UploadLimits limits_;
  Clock& clock_;
  Random& random_;
};

}  // namespace tarn::service
