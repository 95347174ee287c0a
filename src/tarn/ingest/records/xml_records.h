// XML files as records.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/ingest/records/record_file.h"
#include "tarn/ingest/records/xml_reader.h"
#include "tarn/io/file_io.h"

namespace tarn::ingest::records {

/// The rows of `paths`, in the columns that fit all of them, as files in `directory`. A
/// file is read twice if its first rows do not show what its columns are. Errors:
/// kInvalidData (file and line; no row at all), kResourceLimit, kCancelled, kDiskFull,
/// those of `io`.
Result<Records> RecordsOfXml(io::FileIO& io, const std::vector<std::string>& paths,
                             const RowPath& rows, const std::string& directory,
                             const std::function<bool()>& cancelled);

}  // namespace tarn::ingest::records
