// Text that comes as Arrow dictionaries and goes into Parquet's own without being decoded
// and hashed again.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"

namespace tarn::storage {

/// True if `column` is a dictionary that the encoder may take as it is: of few and short
/// texts, all of them UTF-8 and there. Bounds of short texts come from the footer.
bool CanStayDictionary(const arrow::Array& column);

/// What the column chunks of the current row group have as dictionaries. Parquet's writer
/// takes one for each, before any other text: what a chunk is given first. Row groups
/// that it begins by itself, when they have enough rows, count as one with those before.
class ChunkDictionaries {
 public:
  /// `batch` with each dictionary translated to that of its chunk. From the first batch
  /// on that has plain text, or text that the chunk's dictionary does not have, a column
  /// is decoded until the row group ends. To be called with each batch.
  Result<std::shared_ptr<arrow::RecordBatch>> Fit(const arrow::RecordBatch& batch);
  void EndRowGroup() { chunks_.clear(); }

 private:
  struct Chunk {
    std::shared_ptr<arrow::Array> dictionary;  // nullptr: none yet
    std::unordered_map<std::string_view, int32_t> indices;
    bool is_decoded = false;
  };

  static Result<std::shared_ptr<arrow::Array>> FitColumn(
      const std::shared_ptr<arrow::Array>& column, Chunk* chunk);

  std::vector<Chunk> chunks_;  // by column
};

}  // namespace tarn::storage
