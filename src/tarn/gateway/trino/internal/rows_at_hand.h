// Answers that are no result of the engine's.
#pragma once

#include <cstdint>
#include <memory>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/engine/engine.h"

namespace tarn::gateway::trino::internal {

/// DESCRIBE INPUT: the position of each parameter; their types are not known.
Result<std::unique_ptr<engine::ResultStream>> InputRows(int32_t parameters);
/// DESCRIBE OUTPUT: the columns of a result.
Result<std::unique_ptr<engine::ResultStream>> OutputRows(const arrow::Schema& described);

}  // namespace tarn::gateway::trino::internal
