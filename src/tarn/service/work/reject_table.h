// Rows that a load refused, kept in a table beside the one that they were for.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/engine/engine.h"
#include "tarn/iceberg/table_ident.h"
#include "tarn/table/context.h"

namespace tarn::service {

/// "sales.orders__rejects" for "sales.orders".
iceberg::TableIdent RejectTableOf(const iceberg::TableIdent& table);

struct RejectedLoad {
  std::string load_id;  // a load's rows are kept once
  std::chrono::milliseconds at{0};
  std::vector<engine::RejectedRow> rows;
};

/// Appends a row of load_id, source, line, column_name, value, reason and rejected_at for
/// each, in a commit of its own. The table is made if there is none. Errors: as
/// ingest::Load.
Status KeepRejects(const table::Context& context, const iceberg::TableIdent& table,
                   const RejectedLoad& rejected);

}  // namespace tarn::service
