// One change of a table's metadata that is no snapshot: what to commit, and what must
// still hold of the table it was made for. Made by SchemaUpdate, PartitionUpdate,
// SortOrderUpdate and PropertyUpdate.
#pragma once

#include <vector>

#include "tarn/iceberg/table_update.h"

namespace tarn::iceberg {

/// Empty `updates`: the table is already as asked.
struct MetadataChange {
  std::vector<TableRequirement> requirements = {};
  std::vector<TableUpdate> updates = {};
};

/// What every change of `table` requires: that it is still the same table. Empty for a
/// table of version 1 that has no UUID.
inline std::vector<TableRequirement> SameTable(const TableMetadata& table) {
  if (table.table_uuid.empty()) {
    return {};
  }
  return {require::AssertTableUuid{table.table_uuid}};
}

}  // namespace tarn::iceberg
