// A source whose rows several connections read, each one piece after the other.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/ingest/format.h"
#include "tarn/ingest/source.h"

namespace tarn::ingest::internal {

/// Batches as the writers like them.
inline constexpr int64_t kPieceBatchRows = 32'768;
inline constexpr int64_t kPieceBatchBytes = int64_t{8} << 20;

/// Read() and Abort() come from different threads.
class PieceReader {
 public:
  /// Waits while others are slower. Errors: kCancelled when nobody wants the rest.
  using Push = std::function<Status(std::shared_ptr<arrow::RecordBatch>)>;

  virtual ~PieceReader() = default;
  /// All rows of one piece. `is_over` tells whether anybody still wants them.
  virtual Status Read(const std::string& piece, const Push& push,
                      const std::function<bool()>& is_over) = 0;
  /// Ends a Read() that waits for the database. A reader that asks `is_over` itself need
  /// not do anything.
  virtual void Abort() {}
};

struct PieceSourceOptions {
  std::shared_ptr<arrow::Schema> schema;
  Format format = Format::kAuto;
  std::vector<std::string> pieces;
  std::vector<std::unique_ptr<PieceReader>> readers;  // a thread each
  std::function<bool()> cancelled = {};               // asked from several threads
  std::string note = {};
};

/// Reads at once.
std::unique_ptr<Source> ReadPieces(PieceSourceOptions options);

}  // namespace tarn::ingest::internal
