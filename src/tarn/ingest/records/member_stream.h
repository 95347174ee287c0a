// One member of an archive as an Arrow input.
#pragma once

#include <memory>
#include <string>

#include <arrow/io/interfaces.h>

#include "tarn/base/result.h"
#include "tarn/ingest/packed/packed_reader.h"

namespace tarn::ingest::records {

/// The member called `name` of the zip in `file`; nullptr if there is none. Reading more
/// than `bytes_max` of it is kResourceLimit. Errors: kInvalidData, those of the file.
Result<std::shared_ptr<arrow::io::InputStream>> OpenMember(
    std::shared_ptr<arrow::io::RandomAccessFile> file, const std::string& name,
    int64_t bytes_max);

}  // namespace tarn::ingest::records
