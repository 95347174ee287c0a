// What a session answers, as text to compare.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/type.h>

#include "tarn/engine/engine.h"

namespace tarn::engine {

using Batches = std::vector<std::shared_ptr<arrow::RecordBatch>>;

inline Result<Batches> ReadAll(Session& session, const std::string& sql) {
  ARROW_ASSIGN_OR_RAISE(const auto stream, session.Execute(sql));
  Batches batches;
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(auto batch, stream->Next());
    if (batch == nullptr) {
      return batches;
    }
    batches.push_back(std::move(batch));
  }
}

/// A line for each row, cells split by ", ".
inline Result<std::string> Text(Session& session, const std::string& sql) {
  ARROW_ASSIGN_OR_RAISE(const Batches batches, ReadAll(session, sql));
  std::string text;
  for (const auto& batch : batches) {
    for (int64_t row = 0; row < batch->num_rows(); ++row) {
      for (int column = 0; column < batch->num_columns(); ++column) {
        ARROW_ASSIGN_OR_RAISE(const auto cell, batch->column(column)->GetScalar(row));
        text += (column == 0 ? "" : ", ") + cell->ToString();
      }
      text += "\n";
    }
  }
  return text;
}

}  // namespace tarn::engine
