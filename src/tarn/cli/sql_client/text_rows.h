// Small results as text.
#pragma once

#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/engine/engine.h"

namespace tarn::cli {

/// Every row; nulls are empty.
Result<std::vector<std::vector<std::string>>> ReadTextRows(engine::ResultStream& result);

/// `text` as a literal of SQL: 'it''s'.
std::string SqlString(const std::string& text);
/// `name` in double quotes.
std::string SqlName(const std::string& name);

}  // namespace tarn::cli
