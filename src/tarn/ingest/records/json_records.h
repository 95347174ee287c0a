// The records at a path of JSON files, however large the arrays are.
#pragma once

#include <functional>
#include <istream>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/ingest/records/record_file.h"
#include "tarn/ingest/web/json_path.h"
#include "tarn/io/file_io.h"

namespace tarn::ingest::records {

/// Writes what lies at `path` in the documents of `input`, one after the other, to `out`:
/// the elements of arrays there, else what is there; one that is no object as the member
/// "value". Holds one record at a time. Errors: kInvalidData (with place), kNotSupported
/// for a path that counts from the end, kResourceLimit, kCancelled, kDiskFull.
Status WriteJsonRecords(std::istream& input, const web::JsonPath& path, RecordFile* out,
                        const std::function<bool()>& cancelled);

/// A file in `directory` for each of `paths`. Errors: also kInvalidData if the path leads
/// nowhere in a file, those of `io`.
Result<Records> RecordsOfJson(io::FileIO& io, const std::vector<std::string>& paths,
                              const web::JsonPath& path, const std::string& directory,
                              const std::function<bool()>& cancelled);

}  // namespace tarn::ingest::records
