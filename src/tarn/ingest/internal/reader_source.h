// CSV, JSON and Parquet through the engine's readers.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/ingest/source.h"

namespace tarn::ingest::internal {

struct ReaderRequest {
  Format format = Format::kCsv;
  std::vector<std::string> paths;
  std::vector<std::pair<std::string, std::string>> options;
  /// Of JSON: the columns with their types as somebody found them in all rows; ReadAs()
  /// may change them. Empty: the reader finds them out.
  std::vector<std::pair<std::string, std::string>> guessed_columns = {};
  bool collect_rejects = false;
};

/// `engine` outlives the source. Errors: kInvalidData with the file and line,
/// kInvalidArgument for an unknown option.
Result<std::unique_ptr<Source>> OpenReaderSource(engine::Engine& engine,
                                                 ReaderRequest request);

}  // namespace tarn::ingest::internal
