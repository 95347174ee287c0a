// ALTER TABLE and COMMENT ON in the engine's own grammar, run on the warehouse's tables.
#pragma once

#include <string>
#include <vector>

#include <duckdb/main/client_context.hpp>
#include <duckdb/parser/parsed_data/alter_info.hpp>

#include "tarn/base/result.h"
#include "tarn/engine/internal/alter_steps.h"
#include "tarn/engine/internal/transaction.h"
#include "tarn/iceberg/table_ident.h"

namespace tarn::engine {

class SchemaEntry;

/// Runs `info` on an object of `schema`. Throws DuckDB's exceptions, those of ThrowStatus
/// among them.
void RunAlter(duckdb::ClientContext& context, SchemaEntry& schema,
              duckdb::AlterInfo& info);

/// Commits `steps`, made again on each newer head. Errors: those of the steps,
/// kCommitConflict, kCommitStateUnknown.
Status CommitSteps(IcebergTransaction& transaction, const iceberg::TableIdent& ident,
                   const std::vector<AlterStep>& steps);

/// To a name in lower case. Errors: kAlreadyExists, kNoSuchNamespace.
Status RenameTableTo(IcebergTransaction& transaction, const iceberg::TableIdent& from,
                     const iceberg::TableIdent& to);

}  // namespace tarn::engine
