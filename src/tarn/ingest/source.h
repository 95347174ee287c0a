// What a load reads: a stream of Arrow batches with a schema, from any place and format.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/engine/engine.h"
#include "tarn/ingest/format.h"
#include "tarn/io/file_io.h"

namespace tarn::ingest {

struct SourceRequest {
  /// A path, glob, directory, file:, s3:// or http(s):// URL; a database as database.h
  /// has them, with options as its kind's request_options.h says.
  std::string location;
  Format format = Format::kAuto;  // by extension, then by the first bytes
  std::vector<std::pair<std::string, std::string>> options = {};  // "delimiter=;" etc.
  bool collect_rejects = false;
  std::function<bool()> cancelled = {};  // asked while a URL is fetched
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
  /// Before the first Next(): columns named as in `wanted` (case ignored) shall be read
  /// as its types where the format holds text and its types were only guessed (CSV,
  /// JSON), so that "02134" stays text for a text column. schema() may change. Others do
  /// nothing.
  virtual Status ReadAs(const arrow::Schema& wanted);
  /// What a person should know about how the source is read; empty if there is nothing to
  /// say.
  virtual std::string note() const { return {}; }
};

/// Gives the engine, which is opened for those who ask.
using EngineGiver = std::function<Result<engine::Engine*>()>;

/// `engine` is asked for where only its readers know the format. Errors: kNoSuchFile,
/// kInvalidData (with file and place), kNotSupported, kInvalidArgument, those of
/// `engine`.
Result<std::unique_ptr<Source>> OpenSource(const EngineGiver& engine, io::FileIO& io,
                                           const SourceRequest& request);

/// The same for a source in one of the formats that need no engine (ORC, Avro, Arrow).
/// `paths` are files, as locations of `io`.
Result<std::unique_ptr<Source>> OpenColumnarSource(io::FileIO& io, Format format,
                                                   const std::vector<std::string>& paths);

}  // namespace tarn::ingest
