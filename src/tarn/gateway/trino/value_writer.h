// Values of Arrow arrays as the JSON of Trino's client protocol.
//
//   ARROW_ASSIGN_OR_RAISE(auto writer, MakeValueWriter(type, *field.type()));
//   writer->Bind(*array);
//   writer->Append(row, &json);
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/gateway/trino/trino_type.h"

namespace tarn::gateway::trino {

/// Of one column. Not shared between threads.
class ValueWriter {
 public:
  virtual ~ValueWriter() = default;
  /// What Append() takes values from; lives until the next call. Of the type that the
  /// writer was made for.
  void Bind(const arrow::Array& array) {
    array_ = &array;
    OnBind(array);
  }
  /// Appends the JSON of a value, null if it is none.
  void Append(int64_t row, std::string* json) const;
  /// As Append(), as a member's name: in quotes whatever the type.
  void AppendAsName(int64_t row, std::string* json) const;

 protected:
  virtual void OnBind(const arrow::Array& array) = 0;
  virtual void AppendValue(int64_t row, std::string* json) const = 0;

 private:
  const arrow::Array* array_ = nullptr;
};

/// `arrow` is how values of `type` come, `zone` the one in which instants are told.
/// Errors: kNotSupported.
Result<std::unique_ptr<ValueWriter>> MakeValueWriter(const TrinoType& type,
                                                     const arrow::DataType& arrow,
                                                     const std::string& zone = "UTC");

}  // namespace tarn::gateway::trino
