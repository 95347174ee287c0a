// Values of one column, appended to an Arrow builder.
#pragma once

#include <memory>
#include <string_view>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/ingest/postgres/column_type.h"
#include "tarn/ingest/postgres/copy_decoder.h"

namespace tarn::ingest::postgres {

/// Thread-compatible.
class ValueDecoder {
 public:
  virtual ~ValueDecoder() = default;
  /// The bytes of one value. Errors: kInvalidData, kTypeMismatch; kOutOfMemory.
  virtual Status Append(std::string_view bytes) = 0;
  virtual Status AppendNull() = 0;
  virtual const std::shared_ptr<arrow::ArrayBuilder>& builder() const = 0;
};

/// Errors: kInvalidArgument.
Result<std::unique_ptr<ValueDecoder>> MakeValueDecoder(const ColumnType& type,
                                                       const DecodeOptions& options);

}  // namespace tarn::ingest::postgres
