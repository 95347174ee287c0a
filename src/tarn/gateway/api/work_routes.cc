#include "tarn/gateway/api/work_routes.h"

#include "tarn/gateway/api/export_routes.h"
#include "tarn/gateway/api/row_lines.h"
#include "tarn/service/work/maintenance_work.h"
#include "tarn/service/work/sql_work.h"

namespace tarn::gateway {
namespace {

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
       .stream = &StreamSql,
       .about =
           {.tag = "SQL",
            .summary = "Run statements as a job",
            .description =
                "For schedules and for what takes long. The answer keeps the first "
                "rows_max rows of each query, and truncated says whether there are more. "
                "With Accept: application/x-ndjson one query is run at once and all its "
                "rows are sent, a JSON object on each line; Trino's protocol and Flight "
                "SQL are for programs.",
            .request = ApiObject(
                {{"statements", ApiText("One or more, parted by semicolons"),
                  ApiNeed::kRequired},
                 {"dialect", ApiChoice({"trino", "duckdb"}, "[trino]")},
                 {"schema", ApiText("A namespace, for names without one")},
                 {"rows_max", ApiInteger("Rows of each query that are kept, up to 10,000 "
                                         "and 256 kB in all [100]")},
                 {"max_rows", ApiInteger("The same as rows_max")}}),
            .example = {{"statements",
                         "DELETE FROM web.logs WHERE ts < current_date - "
                         "INTERVAL '90' DAY"}},
            .answer = ApiObject(
                {{"statements", ApiList(ApiAny(""), "What each gave")},
                 {"rows_changed", ApiInteger("")},
                 {"rows_max", ApiInteger("Of each query")},
                 {"truncated", ApiFlag("Rows of a query are not in the answer")}}),
            .also = {"statement", "sql", "query"},
            .media_types = {kLinesType}}},
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
