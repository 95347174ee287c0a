// FileIO on S3 and what speaks its protocol, over Arrow's S3FileSystem.
#pragma once

#include <memory>

#include "tarn/io/file_io.h"

namespace tarn::io {

/// Starts the S3 client of the process at the first call; it is shut down at exit.
/// Errors: kInvalidArgument for options that make no sense, kUnavailable.
Result<std::unique_ptr<FileIO>> MakeS3FileIO(const S3Options& options);

}  // namespace tarn::io
