// Filters on columns that a file decides for all its rows ("$path", "$partition", …):
// they say which files a scan reads.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include <duckdb/common/constants.hpp>

#include "tarn/base/result.h"
#include "tarn/iceberg/expression.h"
#include "tarn/iceberg/schema.h"
#include "tarn/io/file_io.h"

namespace tarn::table {
struct FileScanTask;
}  // namespace tarn::table

namespace tarn::engine {

class ScanState;

/// When files were written, asked for once each. Thread-safe.
class FileTimes {
 public:
  /// Milliseconds since the Unix epoch. Errors: those of FileIO::Stat.
  Result<int64_t> Of(io::FileIO& io, const std::string& path);
  /// Asks for many at a time. Errors: the first one's.
  Status Load(io::FileIO& io, const std::vector<std::string>& paths);

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, int64_t> millis_;  // by path
};

/// These columns as a schema, for filters on them.
const iceberg::Schema& FileColumnsSchema();
/// nullptr for columns that rows of one file may differ in.
const iceberg::Field* FileColumnField(duckdb::column_t column);

/// True if rows of the file may pass `filter`, which is bound to FileColumnsSchema().
/// Throws when the file's time cannot be asked for.
bool AcceptsFile(const iceberg::Expression& filter, const ScanState& state,
                 const table::FileScanTask& task);
/// True if AcceptsFile asks the store for the file's time.
bool AsksForTime(const iceberg::Expression& filter);

}  // namespace tarn::engine
