// Text files in other encodings as UTF-8.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "tarn/base/result.h"
#include "tarn/io/file_io.h"

namespace tarn::ingest::internal {

/// The encoding that the first bytes of a file are marked with, "UTF-16" or "UTF-32";
/// empty if they are not, or with that of UTF-8.
std::string MarkedEncoding(std::string_view head);

/// Whether a file in the encoding of this name is read as it is.
bool IsUtf8Name(std::string_view encoding);

struct TranscodeRequest {
  std::string from;      // a location of the FileIO
  std::string encoding;  // as the C library knows it, and "latin-1"
  std::string to;        // a local path
  std::function<bool()> cancelled = {};
};

/// Errors: kInvalidArgument for an encoding that nobody knows, kInvalidData for bytes
/// that are none of it (with their place), kCancelled, kDiskFull, those of `io`.
Status Transcode(io::FileIO& io, const TranscodeRequest& request);

}  // namespace tarn::ingest::internal
