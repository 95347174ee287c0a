// From the files of a source to files that its reader takes: unpacked, in UTF-8, as
// records.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/ingest/format.h"
#include "tarn/ingest/internal/spool.h"
#include "tarn/ingest/records/record_file.h"
#include "tarn/ingest/source.h"
#include "tarn/io/file_io.h"

namespace tarn::ingest::internal {

struct PreparedFiles {
  Format format = Format::kAuto;  // of the source
  Format reader = Format::kAuto;  // of `paths`: JSON for what became records
  std::vector<std::string> paths;
  std::vector<std::pair<std::string, std::string>> options;  // the reader's
  records::TypedColumns columns = {};  // guessed from all rows; empty: by the reader
  std::string note = {};
};

/// `paths` are those of `request`, found or fetched. Takes the options members, encoding,
/// row_element, json_path, sheet, range and (of sheets) header, whatever their spelling
/// (rowElement). Errors: those of Unpack, Transcode and the records; kInvalidArgument for
/// options of another format.
Result<PreparedFiles> Prepare(io::FileIO& io, std::vector<std::string> paths,
                              const SourceRequest& request, Spool* spool);

}  // namespace tarn::ingest::internal
