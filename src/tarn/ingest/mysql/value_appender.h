// Values of one column, from where libmariadb puts them to an Arrow builder.
#pragma once

#include <cstddef>
#include <memory>

#include <arrow/type_fwd.h>
#include <mariadb/mysql.h>

#include "tarn/base/result.h"
#include "tarn/ingest/mysql/column_type.h"

namespace tarn::ingest::mysql {

/// Thread-compatible; must not move once it is bound.
class ValueAppender {
 public:
  virtual ~ValueAppender() = default;
  /// Tells the library where the next value shall go.
  virtual void Bind(MYSQL_BIND* bind) = 0;
  /// Bytes that the value has and its place has not: the place grows, and is bound and
  /// fetched again. 0: all is there.
  virtual size_t GrowBy() { return 0; }
  /// The value that was fetched. Errors: kTypeMismatch.
  virtual Status Append() = 0;
  /// Bytes of the last value.
  virtual size_t num_bytes() const = 0;
  virtual const std::shared_ptr<arrow::ArrayBuilder>& builder() const = 0;
};

Result<std::unique_ptr<ValueAppender>> MakeValueAppender(const Column& column,
                                                         const DecodeOptions& options);

}  // namespace tarn::ingest::mysql
