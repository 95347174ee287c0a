// Answers that are no result of the engine's.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/engine/engine.h"

namespace tarn::gateway::trino::internal {

/// DESCRIBE INPUT: each parameter's position and type.
Result<std::unique_ptr<engine::ResultStream>> InputRows(
    const std::vector<std::string>& types);
/// DESCRIBE OUTPUT: what the engine says of the columns of a result, with the sizes of
/// their values.
Result<std::unique_ptr<engine::ResultStream>> OutputRows(engine::ResultStream& described);
/// SHOW SESSION: name, value, default, type and description.
using SessionRow = std::array<std::string, 5>;
Result<std::unique_ptr<engine::ResultStream>> SessionRows(
    const std::vector<SessionRow>& rows);

}  // namespace tarn::gateway::trino::internal
