// Values of one column, from where a driver puts them to an Arrow builder.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/ingest/internal/source_options.h"
#include "tarn/ingest/odbc/driver_manager.h"

namespace tarn::ingest::odbc {

/// What decimals are.
enum class AsNumeric : uint8_t { kDecimal, kDouble, kText };

struct DecodeOptions {
  internal::Unheld unheld = internal::Unheld::kRefused;  // days that are none
  AsNumeric numeric = AsNumeric::kDecimal;
};

/// As a driver describes it.
struct Column {
  std::string name;
  SQLSMALLINT type = 0;
  uint64_t size = 0;  // characters, bytes or digits; 0: unknown
  int16_t digits = 0;
  bool is_unsigned = false;
};

/// Thread-compatible.
class Cell {
 public:
  virtual ~Cell() = default;
  virtual SQLSMALLINT c_type() const = 0;
  /// Bytes that the longest value has; 0 if values may be long.
  virtual size_t bytes_max() const = 0;
  /// One value's bytes. Errors: kTypeMismatch, kInvalidData.
  virtual Status Append(std::string_view bytes) = 0;
  virtual Status AppendNull() = 0;
  virtual std::shared_ptr<arrow::DataType> type() const = 0;
  /// What the values since the last one are.
  virtual Result<std::shared_ptr<arrow::Array>> Finish() = 0;
};

Result<std::unique_ptr<Cell>> MakeCell(const Column& column,
                                       const DecodeOptions& options);

/// "23:59:59.999999" as microseconds of the day. Errors: kTypeMismatch.
Result<int64_t> MicrosOfDay(std::string_view text);

}  // namespace tarn::ingest::odbc
