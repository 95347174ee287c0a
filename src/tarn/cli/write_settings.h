// How the tables of a home are written: storage.parquet.* of tarn.yaml.
#pragma once

#include <memory>
#include <string>

#include "tarn/base/config.h"
#include "tarn/base/result.h"
#include "tarn/storage/table_writer.h"

namespace tarn::cli {

/// Defaults of all writers of the process, which share one budget of memory and one sum
/// of figures. `home` is where sorted runs are spilled to. Errors: kInvalidArgument for
/// values that Config cannot judge (codecs), with where they come from.
Result<std::unique_ptr<storage::TableWriterOptions>> WriteSettingsFrom(
    const Config& config, const std::string& home);

}  // namespace tarn::cli
