// FileIO on Google Cloud Storage, over Arrow's GcsFileSystem.
#pragma once

#include <memory>

#include "tarn/io/file_io.h"

namespace tarn::io {

/// Errors: kInvalidArgument for options that make no sense.
Result<std::unique_ptr<FileIO>> MakeGcsFileIO(const GcsOptions& options);

}  // namespace tarn::io
