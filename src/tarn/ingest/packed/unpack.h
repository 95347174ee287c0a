// Archives and compressed files, unpacked into a directory.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/ingest/packed/packed_reader.h"
#include "tarn/io/file_io.h"

namespace tarn::ingest::packed {

/// Against files that are small and unpack to more than any disk holds: what is unpacked
/// is refused beyond the larger of the two.
struct UnpackLimits {
  int64_t bytes_free = int64_t{1} << 30;  // unpacked, whatever the packed size
  int64_t ratio_max = 250;                // unpacked to packed
  int64_t members_max = 100'000;
};

struct UnpackRequest {
  std::string path;       // of the packed file, a location of the FileIO
  std::string directory;  // local, exists, empty; takes the members with their folders
  Packing packing = Packing::kZip;
  std::string members = {};  // only those whose name matches this pattern; empty: all
  UnpackLimits limits = {};
  std::function<bool()> cancelled = {};
};

/// The files that were written, sorted. Members are placed below the directory whatever
/// their names say; those that jobs and systems leave beside data (hidden, "__MACOSX",
/// "_SUCCESS") are left out. Errors: kInvalidData (damaged, protected, nothing in it, a
/// name twice), kResourceLimit, kDiskFull, kIoFailed, kCancelled, those of `io`.
Result<std::vector<std::string>> Unpack(io::FileIO& io, const UnpackRequest& request);

}  // namespace tarn::ingest::packed
