// Chosen columns as requests have them:
//   [{"name": "town", "source": "City", "type": "string", "comment": "of birth"},
//   "visits"]
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"
#include "tarn/ingest/chosen_columns.h"

namespace tarn::ingest {

/// `json` is a list of names or of objects with `name`, `source` (the same unless given),
/// `type` (a primitive type of Iceberg) and `comment`; null: none. Errors:
/// kInvalidArgument.
Result<std::vector<ChosenColumn>> ChosenColumnsFromJson(const Json& json);
/// The same list, with objects only.
Json ChosenColumnsToJson(const std::vector<ChosenColumn>& columns);

/// By the names of their columns, where there are any.
std::map<std::string, std::string> CommentsOf(const std::vector<ChosenColumn>& columns);

}  // namespace tarn::ingest
