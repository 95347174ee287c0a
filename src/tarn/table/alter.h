// Changes of a table that are no snapshot: schema, partitioning, order, properties,
// format version, statistics. Retried on conflict: `change` sees the newest metadata each
// time.
#pragma once

#include <functional>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
#include "tarn/iceberg/table_update.h"
#include "tarn/table/context.h"

namespace tarn::table {

/// The updates to make on `base`, with the requirements that make them safe; empty:
/// nothing to do. Called again for each newer head.
struct Alteration {
  std::vector<iceberg::TableRequirement> requirements;
  std::vector<iceberg::TableUpdate> updates;
};
using AlterFunction =
    std::function<Result<Alteration>(const iceberg::TableMetadata& base)>;

/// Loads, asks `change`, commits; on a conflict again, as Write does. After an unknown
/// outcome the table is loaded again: if `change` has nothing left to do the commit has
/// landed. Errors: those of `change`, kCommitConflict, kCommitStateUnknown, kNoSuchTable.
Result<catalog::LoadedTable> AlterTable(const Context& context,
                                        const iceberg::TableIdent& ident,
                                        const AlterFunction& change);

}  // namespace tarn::table
