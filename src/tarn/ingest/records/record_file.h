// Records as lines of JSON in a local file, which the engine's reader takes from there.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/ingest/internal/local_output.h"

namespace tarn::ingest::records {

/// Appends `text`, which is UTF-8, as JSON has it: with quotes.
void AppendJsonText(std::string_view text, std::string* out);

/// The most bytes of one record.
inline constexpr size_t kRecordBytesMax = size_t{256} << 20;

/// Thread-compatible. Errors: kDiskFull, kIoFailed.
class RecordFile {
 public:
  /// Replaces what is at `path`.
  static Result<RecordFile> Open(const std::string& path);
  /// `line` is one record without its end of line.
  Status Write(std::string_view line);
  Status Close() { return output_.Close(); }

  int64_t num_records() const { return num_records_; }
  size_t longest_bytes() const { return longest_bytes_; }

 private:
  explicit RecordFile(internal::LocalOutput output) : output_(std::move(output)) {}

  internal::LocalOutput output_;
  int64_t num_records_ = 0;
  size_t longest_bytes_ = 0;
};

/// Columns with their types, as the engine's reader names them.
using TypedColumns = std::vector<std::pair<std::string, std::string>>;

/// What a conversion made of its files.
struct Records {
  std::vector<std::string> paths = {};
  TypedColumns columns = {};  // empty: the reader finds them out
  size_t longest_bytes = 0;   // of a record
};

}  // namespace tarn::ingest::records
