// Writers of arrays, maps and rows.
#pragma once

#include <memory>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/gateway/trino/value_writer.h"

namespace tarn::gateway::trino::internal {

/// Errors: kNotSupported for types that are none of these.
Result<std::unique_ptr<ValueWriter>> MakeNestedWriter(const TrinoType& type,
                                                      const arrow::DataType& arrow);

}  // namespace tarn::gateway::trino::internal
