// From DuckDB's DELETE, UPDATE and MERGE to operators on an Iceberg table.
#pragma once

#include <duckdb/common/constants.hpp>

namespace duckdb {
class Binder;
class Catalog;
class ClientContext;
class LogicalDelete;
class LogicalGet;
class LogicalMergeInto;
class LogicalProjection;
class LogicalUpdate;
class PhysicalOperator;
class PhysicalPlanGenerator;
}  // namespace duckdb

namespace tarn::engine {

class TableEntry;

/// Has the statement bring whole rows, so that each can be written anew.
void BindWholeRows(TableEntry& table, duckdb::LogicalGet& get,
                   duckdb::LogicalProjection& projection, duckdb::LogicalUpdate& update);

/// The place of a table's column among those that `get` scans; added if it is not there.
duckdb::idx_t ScannedColumn(duckdb::column_t column, duckdb::LogicalGet* get);

/// `plan` brings the rows. All throw DuckDB's exceptions.
duckdb::PhysicalOperator& PlanDeleteRows(duckdb::Catalog& catalog,
                                         duckdb::PhysicalPlanGenerator& planner,
                                         duckdb::LogicalDelete& op,
                                         duckdb::PhysicalOperator& plan);
duckdb::PhysicalOperator& PlanUpdateRows(duckdb::Catalog& catalog,
                                         duckdb::PhysicalPlanGenerator& planner,
                                         duckdb::LogicalUpdate& op,
                                         duckdb::PhysicalOperator& plan);
duckdb::PhysicalOperator& PlanMergeRows(duckdb::Catalog& catalog,
                                        duckdb::PhysicalPlanGenerator& planner,
                                        duckdb::LogicalMergeInto& op,
                                        duckdb::PhysicalOperator& plan);

}  // namespace tarn::engine
