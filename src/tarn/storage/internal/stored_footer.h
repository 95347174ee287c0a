// A closed file as it is stored, against what was written.
#pragma once

#include "tarn/base/result.h"
#include "tarn/iceberg/data_file.h"
#include "tarn/io/file_io.h"

namespace parquet {
class FileMetaData;
}

namespace tarn::storage {

/// Reads the end of `file` (magic, length of the footer, footer) back from the store:
/// its size, rows and row groups must be those of `written`, its writer's footer. Errors:
/// kInvalidData, those of FileIO.
Status CheckStoredFile(io::FileIO& io, const iceberg::DataFile& file,
                       const parquet::FileMetaData& written);

}  // namespace tarn::storage
