// Rows of a producer as rows of a table: converted without loss, and checked.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/iceberg/type.h"
#include "tarn/storage/table_writer.h"

namespace tarn::storage {

/// What rows must fit, and what becomes of those that do not.
struct AcceptTarget {
  const std::vector<iceberg::Field>& fields;
  const std::shared_ptr<arrow::Schema>& schema;  // ArrowSchemaOf(fields)
  /// Takes rows that do not fit, in their order; unset: the first one is an error.
  const std::function<Status(const RejectedRow&)>& reject;
  /// Columns whose dictionaries may stay (kept_dictionaries.h); nullptr or empty: none.
  const std::vector<bool>* keeps_dictionary = nullptr;
};

/// The rows of `batch` that fit, with the columns of the target: matched by position,
/// converted where nothing is lost (docs/user/writing.md lists how), and checked
/// (check_values.h). Columns that fit as they are are not copied. Dictionaries that stay
/// are under the field of their values: the result's schema is the target's.
/// `rows_before` counts the rows that the writer was given before, for the numbers of
/// rows in messages, which begin at 1. Errors, also where rows are rejected:
/// kTypeMismatch (columns whose types do not fit), kConstraintViolated for null keys of
/// maps, of which Arrow makes no array; otherwise kConstraintViolated (path, row and
/// value), kInvalidData (arrays that are no valid Arrow), those of `reject`.
Result<std::shared_ptr<arrow::RecordBatch>> AcceptBatch(const arrow::RecordBatch& batch,
                                                        const AcceptTarget& target,
                                                        int64_t rows_before);

}  // namespace tarn::storage
