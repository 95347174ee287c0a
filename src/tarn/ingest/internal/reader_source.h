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
  bool collect_rejects = false;
};

/// `engine` outlives the source. Errors: kInvalidData with the file and line,
/// kInvalidArgument for an unknown option.
Result<std::unique_ptr<Source>> OpenReaderSource(engine::Engine& engine,
                                                 ReaderRequest request);

}  // namespace tarn::ingest::internal
