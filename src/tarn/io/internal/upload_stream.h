// A new file on an object store: published whole by Close(), or not at all.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <arrow/io/interfaces.h>

#include "tarn/base/result.h"

namespace tarn::io {

struct Upload {
  using Stream = std::shared_ptr<arrow::io::OutputStream>;

  std::string location;  // for messages
  /// Opens the store's own stream. Its destruction publishes, as Arrow's do.
  std::function<Result<Stream>()> open;
  /// Ends `stream`, which was not closed or whose Close failed, without publishing.
  std::function<Status(const Stream& stream)> discard;
  /// Bytes are collected to this size before the store sees them, and a file that is no
  /// larger is opened by Close(): until then nothing of it is at the store.
  int64_t buffer_bytes = 0;
  /// After so many bytes Flush() of the store's stream waits for what is under way; 0:
  /// the store sends in the caller's thread.
  int64_t bytes_in_flight_max = 0;
  /// What the store takes as one file.
  int64_t bytes_max = INT64_MAX;
};

/// An error of Write() stays: Close() then discards and returns it again. Errors:
/// kResourceLimit over `bytes_max`, and the store's.
std::shared_ptr<arrow::io::OutputStream> MakeUploadStream(Upload upload);

}  // namespace tarn::io
