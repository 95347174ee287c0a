// Rows as NDJSON: a JSON object on each line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"

namespace arrow::io {
class OutputStream;
}  // namespace arrow::io

namespace tarn::gateway {

inline constexpr char kLinesType[] = "application/x-ndjson";

/// Writes rows with their columns in the query's order, values as SqlValueToJson has
/// them and texts in full. Not shared.
class RowLines {
 public:
  /// `rows_max` unset: all. Errors: kInvalidArgument for two columns of one name.
  static Result<RowLines> Make(const arrow::Schema& schema,
                               std::optional<int64_t> rows_max);

  /// False once there are `rows_max` rows. Errors: those of Arrow and of `out`.
  Result<bool> Write(const arrow::RecordBatch& batch, arrow::io::OutputStream& out);

 private:
  RowLines(std::vector<std::string> names, std::optional<int64_t> rows_max)
      : names_(std::move(names)), rows_left_(rows_max) {}

  std::vector<std::string> names_;  // as JSON, with what stands before and behind
  std::optional<int64_t> rows_left_;
};

}  // namespace tarn::gateway
