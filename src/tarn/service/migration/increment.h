// What a repeated migration has to take.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/table/context.h"
#include "tarn/table/scan.h"

namespace tarn::service {

/// What the table says of the migration that its rows came from last: entries of its
/// head's summary, else its properties; empty if none of it.
std::map<std::string, std::string> OriginOf(const iceberg::TableMetadata& metadata);

/// The newest snapshot of the main branch's history that the migration `id` made from
/// `source`; nullptr if there is none.
const iceberg::Snapshot* FindSnapshotOf(const iceberg::TableMetadata& metadata,
                                        const std::string& id, const std::string& source);

struct Increment {
  enum class Kind {
    kNothing,  // the destination has it all
    kAppends,  // rows of `tasks` are new
    kAll,      // the source was rewritten, or the destination is empty of it
  };
  Kind kind = Kind::kAll;
  std::vector<table::FileScanTask> tasks = {};
  std::string reason = {};  // of kAll
};

/// What of `source` came since the destination's last migration from it. Errors:
/// kCommitConflict if all would have to be replaced but others wrote to the destination;
/// those of PlanAppends.
Result<Increment> PlanIncrement(
    const table::Context& context,
    const std::shared_ptr<const iceberg::TableMetadata>& source,
    const std::optional<catalog::LoadedTable>& destination);

}  // namespace tarn::service
