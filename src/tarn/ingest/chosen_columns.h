// Some of a source's columns, under other names and with other types: what a person chose
// after a look at its first rows.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/type.h"
#include "tarn/ingest/source.h"

namespace tarn::ingest {

struct ChosenColumn {
  std::string source;                      // its name there; case is ignored if need be
  std::string name;                        // in the table
  std::optional<iceberg::Type> type = {};  // primitive; unset: as the source has it
  std::string comment = {};                // of a new table's column
};

/// `source` with these columns, in their order, and no others. What the source only
/// guessed as another type (CSV, JSON) is read as `type`; other values are cast, and one
/// that would be changed by it fails Next(). `columns` empty: `source` as it is. Errors:
/// kNoSuchColumn, kInvalidArgument for two of one name, kTypeMismatch for types between
/// which there is no cast; of Next() kTypeMismatch with column and value.
Result<std::unique_ptr<Source>> WithChosenColumns(std::unique_ptr<Source> source,
                                                  std::vector<ChosenColumn> columns);

}  // namespace tarn::ingest
