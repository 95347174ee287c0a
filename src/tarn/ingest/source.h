// What a load reads: a stream of Arrow batches with a schema, from any place and format.
#pragma once

#include <arrow/type_fwd.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/engine/engine.h"
#include "tarn/table/append.h"

namespace tarn::ingest {

enum class Format : uint8_t { kAuto, kCsv, kJson, kParquet, kOrc, kAvro, kArrow };

struct SourceRequest {
  /// A path, glob, directory, file:, s3:// or http(s):// URL.
  std::string location;
  Format format = Format::kAuto;  // by extension, then by the first bytes
  std::vector<std::pair<std::string, std::string>> options = {};  // "delimiter=;" etc.
  bool collect_rejects = false;
};

/// Thread-compatible.
class Source {
 public:
  virtual ~Source() = default;
  virtual std::shared_ptr<arrow::Schema> schema() const = 0;
  virtual Format format() const = 0;
  /// nullptr at the end.
  virtual Result<std::shared_ptr<arrow::RecordBatch>> Next() = 0;
  virtual Result<std::vector<engine::RejectedRow>> Rejects() = 0;
  /// Part of the input read so far, 0..1, if it can be known.
  virtual std::optional<double> progress() const = 0;
};

/// Errors: kNoSuchFile, kInvalidData (with file and place), kNotSupported.
Result<std::unique_ptr<Source>> OpenSource(engine::Engine& engine, io::FileIO& io, const SourceRequest& request);

}  // namespace tarn::ingest
