#include "tarn/gateway/api/work_routes.h"

#include "tarn/base/error.h"
#include "tarn/service/work/maintenance_work.h"
#include "tarn/service/work/sql_work.h"

namespace tarn::gateway {
namespace {

/// What is wrong in a body is the caller's.
template <typename T>
Result<T> AsArgument(Result<T> order) {
  if (!order.ok() && CodeOf(order.status()) == ErrorCode::kInvalidData) {
    return MakeError(ErrorCode::kInvalidArgument, order.status().message());
  }
  return order;
}

Result<JobOrder> OrderSql(const DataRequest& request) {
  RETURN_NOT_OK(request.services().access.CheckMayRunSql(request.principal()));
  ARROW_ASSIGN_OR_RAISE(const service::SqlOrder order,
                        AsArgument(service::SqlOrderFromJson(request.body())));
  return JobOrder{.request = SqlOrderToJson(order)};
}

Result<JobOrder> OrderMaintenance(const DataRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const service::MaintenanceOrder order,
                        AsArgument(service::MaintenanceOrderFromJson(request.body())));
  RETURN_NOT_OK(request.services().lake.Find(order.warehouse).status());
  return JobOrder{.request = MaintenanceOrderToJson(order)};
}

Json ResultOf(const service::JobRecord& job) { return job.result; }

Json MaintenanceSchema() {
  return ApiObject(
      {{"actions",
        ApiAny("One or a list of compact, deletes, manifests, stats, "
               "partition-stats, expire, orphans; or all"),
        ApiNeed::kRequired},
       {"namespace", ApiText("With table, or alone for all tables in it")},
       {"table", ApiText("One table; all of the warehouse if both are unset")},
       {"dry_run", ApiFlag("Say what would be done")},
       {"older_than", ApiText("expire: snapshots older than this, 7d")},
       {"retain_last", ApiInteger("expire: snapshots of each branch that stay")},
       {"clean_metadata", ApiFlag("expire: unused schemas and specs too")},
       {"orphans_older_than", ApiText("orphans: at least 24h [3d]")},
       {"strategy", ApiChoice({"binpack", "sort", "zorder", "hilbert"}, "compact")},
       {"sort_by", ApiList(ApiText(""), "compact: terms")},
       {"columns", ApiList(ApiText(""), "compact, stats: columns")},
       {"where", ApiText("compact: files that may hold such rows")},
       {"target_size", ApiText("compact, manifests: 128MB")},
       {"min_input_files", ApiInteger("compact")},
       {"max_commits", ApiInteger("compact: keep what is done, in so many commits")},
       {"rewrite_all", ApiFlag("compact, manifests: files of a good size too")},
       {"branch", ApiText("[main]")}});
}

}  // namespace

std::vector<JobRoute> MakeWorkRoutes() {
  return {
      {.path = "/sql",
       .kind = service::kSqlKind,
       .order = &OrderSql,
       .answer = &ResultOf,
       .about =
           {.tag = "SQL",
            .summary = "Run statements as a job",
            .description = "For schedules and for what takes long. Results that are read "
                           "by programs come by Trino's protocol or Flight SQL.",
            .request = ApiObject(
                {{"statements", ApiText("One or more, parted by semicolons"),
                  ApiNeed::kRequired},
                 {"dialect", ApiChoice({"trino", "duckdb"}, "[trino]")},
                 {"schema", ApiText("A namespace, for names without one")},
                 {"rows_max", ApiInteger("Rows of each query that are kept [100]")}}),
            .example = {{"statements",
                         "DELETE FROM web.logs WHERE ts < current_date - "
                         "INTERVAL '90' DAY"}},
            .answer = ApiObject({{"statements", ApiList(ApiAny(""), "What each gave")},
                                 {"rows_changed", ApiInteger("")},
                                 {"rows_max", ApiInteger("Of each query")}}),
            .also = {"statement", "sql", "query"}}},
      {.path = "/maintain",
       .kind = service::kMaintenanceKind,
       .order = &OrderMaintenance,
       .answer = &ResultOf,
       .about = {
           .tag = "Maintenance",
           .summary = "Compact, expire and the like",
           .request = MaintenanceSchema(),
           .example = {{"table", "sales.orders"}, {"actions", {"compact", "expire"}}},
           .answer = ApiObject(
               {{"tables", ApiList(ApiAny(""), "")}, {"tables_count", ApiInteger("")}}),
           .also = {"action"}}}};
}

}  // namespace tarn::gateway
