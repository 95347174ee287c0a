#include "tarn/service/migration/bulk_migration.h"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "tarn/service/migration/run_parallel.h"
#include "tarn/service/migration/view_migration.h"
#include "tarn/service/migration/view_names.h"

namespace tarn::service {
namespace {

using iceberg::Namespace;

constexpr int kLevelsMax = 32;

/// `ns` and the namespaces inside of it, at any depth.
Status ListNamespaces(catalog::Catalog& catalog, const Namespace& ns, int level,
                      std::vector<Namespace>* all) {
  if (level > kLevelsMax) {
    return MakeError(ErrorCode::kResourceLimit,
                     "Namespaces are too deep: " + ns.ToString());
  }
  if (!ns.levels.empty()) {
    all->push_back(ns);
  }
  ARROW_ASSIGN_OR_RAISE(const auto children, catalog.ListNamespaces(ns));
  for (const Namespace& child : children) {
    RETURN_NOT_OK(ListNamespaces(catalog, child, level + 1, all));
  }
  return Status::OK();
}

/// Where what `pair` is about, and what it names, goes.
MovedNames NamesOf(const BulkRequest& request, const TablePair& pair) {
  return request.tables.empty()
             ? MovedNames::OfScope(request.source.ns, request.destination.ns)
             : MovedNames::OfPairs(request.tables, pair);
}

/// A name that was asked for may be a view's.
TableReport MigrateOne(const MigrationRun& run, const BulkRequest& request,
                       const TablePair& pair) {
  if (!pair.is_view) {
    TableReport report = MigrateTable(run, pair);
    const bool is_no_table =
        report.failure && CodeOf(*report.failure) == ErrorCode::kNoSuchTable;
    if (!is_no_table || !pair.options.views || !IsView(run.places, pair.source)) {
      return report;
    }
  }
  return MigrateView(run, pair, NamesOf(request, pair));
}

Status CheckDestinations(const std::vector<TablePair>& tables) {
  std::set<std::string> destinations;
  for (const TablePair& pair : tables) {
    if (!destinations.insert(pair.destination.ToString()).second) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "Two tables or views go to " + pair.destination.ToString());
    }
  }
  return Status::OK();
}

std::string StatusOf(const std::vector<TableReport>& reports) {
  const auto failed = std::ranges::count_if(
      reports, [](const TableReport& report) { return !report.is_done(); });
  if (failed == 0) {
    return "success";
  }
  return failed == std::ssize(reports) ? "error" : "partial";
}

/// Reports of tables, or of views, and how many of them failed.
struct Listed {
  Json reports = Json::array();
  int64_t failed = 0;

  void Add(const TableReport& report) {
    reports.push_back(TableReportToJson(report));
    failed += report.is_done() ? 0 : 1;
  }
  int64_t num_done() const { return std::ssize(reports) - failed; }
  /// "2 of 3 tables"
  std::string Text(const char* noun) const {
    return std::to_string(num_done()) + " of " + std::to_string(reports.size()) + noun;
  }
};

Json RecordOf(const MigrationRun& run, const MigrationOrigin& origin,
              const std::vector<TableReport>& reports,
              std::chrono::milliseconds started_at, std::chrono::milliseconds ended_at) {
  Listed tables;
  Listed views;
  int64_t rows = 0;
  for (const TableReport& report : reports) {
    (report.view ? views : tables).Add(report);
    rows += report.rows_migrated;
  }
  std::string message = tables.reports.empty() && !views.reports.empty()
                            ? std::string()
                            : tables.Text(" tables");
  if (!views.reports.empty()) {
    message += (message.empty() ? "" : " and ") + views.Text(" views");
  }
  return {
      {"migration_id", run.id},
      {"job_id", run.job_id},
      {"owner", origin.owner},
      {"status", StatusOf(reports)},
      {"message", message + " migrated"},
      {"started_at", started_at.count()},
      {"ended_at", ended_at.count()},
      {"duration_seconds", std::chrono::duration<double>(ended_at - started_at).count()},
      {"request", origin.request},
      {"rows_migrated", rows},
      {"tables_migrated", tables.num_done()},
      {"tables_failed", tables.failed},
      {"tables", std::move(tables.reports)},
      {"views_migrated", views.num_done()},
      {"views_failed", views.failed},
      {"views", std::move(views.reports)}};
}

}  // namespace

Result<std::vector<TablePair>> TablesOf(Places& places, const BulkRequest& request) {
  if (!request.tables.empty()) {
    RETURN_NOT_OK(CheckDestinations(request.tables));
    return request.tables;
  }
  const TableScope& from = request.source;
  ARROW_ASSIGN_OR_RAISE(const table::Context* context, places.Find(from.place));
  std::vector<Namespace> namespaces;
  RETURN_NOT_OK(
      ListNamespaces(context->catalog, from.ns.value_or(Namespace()), 0, &namespaces));
  const MovedNames names = MovedNames::OfScope(from.ns, request.destination.ns);
  std::vector<TablePair> tables;
  const auto add = [&](const std::vector<iceberg::TableIdent>& idents, bool is_view) {
    for (const iceberg::TableIdent& ident : idents) {
      tables.push_back(
          {.source = {from.place, ident},
           .destination = {request.destination.place, names.Of(ident).value_or(ident)},
           .options = request.options,
           .is_view = is_view});
    }
  };
  for (const Namespace& ns : namespaces) {
    ARROW_ASSIGN_OR_RAISE(const auto idents, context->catalog.ListTables(ns));
    add(idents, /*is_view=*/false);
  }
  for (const Namespace& ns : namespaces) {
    if (request.options.views) {
      ARROW_ASSIGN_OR_RAISE(const auto idents, context->catalog.ListViews(ns));
      add(idents, /*is_view=*/true);
    }
  }
  RETURN_NOT_OK(CheckDestinations(tables));
  return tables;
}

Result<Json> MigrateTables(MigrationRun run, const BulkRequest& request,
                           const std::vector<TablePair>& tables,
                           const MigrationOrigin& origin, MigrationRecords& records,
                           const TableDone& told) {
  const std::chrono::milliseconds started_at = run.lake.clock.Now();
  const auto cores = std::max<size_t>(std::thread::hardware_concurrency(), 1);
  const size_t at_once = std::clamp<size_t>(
      tables.size(), 1, static_cast<size_t>(std::max(request.parallel, 1)));
  run.threads = std::max<size_t>(1, std::max<size_t>(cores, 2) / at_once);
  std::vector<TableReport> reports(tables.size());
  std::mutex mutex;  // guards done, and calls of `told`
  size_t done = 0;
  const auto is_cancelled = [&] { return run.cancelled && run.cancelled(); };
  const auto migrate = [&](size_t i) -> Status {
    if (is_cancelled()) {
      return MakeError(ErrorCode::kCancelled, "The migration was cancelled");
    }
    reports[i] = MigrateOne(run, request, tables[i]);
    const std::lock_guard lock(mutex);
    ++done;
    if (told) {
      told(reports[i], done, tables.size());
    }
    return Status::OK();
  };
  const auto num_tables = static_cast<size_t>(
      std::ranges::find(tables, true, &TablePair::is_view) - tables.begin());
  RETURN_NOT_OK(ForEach(num_tables, at_once, migrate));
  RETURN_NOT_OK(ForEach(tables.size() - num_tables, at_once,
                        [&](size_t i) { return migrate(num_tables + i); }));
  const bool was_cut = std::ranges::any_of(reports, [](const TableReport& report) {
    return report.failure && CodeOf(*report.failure) == ErrorCode::kCancelled;
  });
  if (was_cut && is_cancelled()) {
    return MakeError(ErrorCode::kCancelled, "The migration was cancelled");
  }
  Json record = RecordOf(run, origin, reports, started_at, run.lake.clock.Now());
  RETURN_NOT_OK(records.Put(record));
  return record;
}

Json SingleAnswer(const Json& record) {
  Json answer = record;
  const bool is_view = record.at("tables").empty();
  answer.update(record.at(is_view ? "views" : "tables").at(0));
  answer.erase("tables");
  answer.erase("views");
  answer.erase("request");
  answer.erase("owner");
  const std::string what =
      is_view ? std::string("the view")
              : std::to_string(answer.value("rows_migrated", int64_t{0})) + " rows";
  answer["message"] = "Migrated " + what + " from " + answer.value("source", "") +
                      " to " + answer.value("destination", "");
  return answer;
}

}  // namespace tarn::service
