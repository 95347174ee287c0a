// Table properties that speak of columns by name, when columns change.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tarn/iceberg/name_mapping.h"
#include "tarn/iceberg/schema.h"
#include "tarn/iceberg/table_update.h"

namespace tarn::iceberg::internal {

/// Updates that bring `properties` from the columns of `before` to those of `after`: the
/// name mapping learns new names and columns, properties of a column follow its name and
/// go with it. A mapping that cannot be read stays as it is.
std::vector<TableUpdate> FollowColumns(
    const std::map<std::string, std::string>& properties, const Schema& before,
    const Schema& after);

/// `mapping` with the names of renamed fields added beside their old ones and new fields
/// under parents that it knows. A name that now means another field is taken from the old
/// one; dropped fields keep their names, old files may still have them.
NameMapping FollowNames(const NameMapping& mapping, const Schema& before,
                        const Schema& after);

}  // namespace tarn::iceberg::internal
