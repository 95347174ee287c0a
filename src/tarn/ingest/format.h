// File formats that a load reads, and how they are told apart.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tarn/base/result.h"

namespace tarn::ingest {

enum class Format : uint8_t {
  kAuto,
  kCsv,
  kJson,
  kParquet,
  kOrc,
  kAvro,
  kArrow,
  kXml,
  kExcel,     // .xlsx
  kPostgres,  // rows of a database, no file; those after it too
  kMySql,
  kOdbc,
};

/// "csv", "json", …; "auto".
std::string_view FormatName(Format format);
/// Of files. Errors: kInvalidArgument, with the names there are.
Result<Format> FormatFromName(std::string_view name);

/// By the extension of a path or URL, without a compression's (.gz, .bz2, …) and without
/// a URL's query; kAuto if it says nothing.
Format FormatByExtension(std::string_view location);
/// By the first bytes of a file, already decompressed; kAuto if they say nothing.
Format FormatByContent(std::string_view head);

/// Extension for a file of this format: ".csv"; "" for kAuto.
std::string_view ExtensionOf(Format format);

}  // namespace tarn::ingest
