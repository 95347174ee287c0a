// FileIO on the local file system.
#pragma once

#include <memory>

#include "tarn/io/file_io.h"

namespace tarn::io {

std::unique_ptr<FileIO> MakeLocalFileIO();

}  // namespace tarn::io
