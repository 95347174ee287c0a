#include "tarn/service/migration/bulk_migration.h"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "tarn/service/migration/run_parallel.h"

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

/// `ns`, which lies in `from`, in `to`.
Namespace Moved(const Namespace& ns, const std::optional<Namespace>& from,
                const std::optional<Namespace>& to) {
  if (!from || !to) {
    return ns;
  }
  Namespace moved = *to;
  moved.levels.insert(
      moved.levels.end(),
      ns.levels.begin() + static_cast<std::ptrdiff_t>(from->levels.size()),
      ns.levels.end());
  return moved;
}

Status CheckDestinations(const std::vector<TablePair>& tables) {
  std::set<std::string> destinations;
  for (const TablePair& pair : tables) {
    if (!destinations.insert(pair.destination.ToString()).second) {
      return MakeError(ErrorCode::kInvalidArgument, "Two tables of the migration go to " +
                                                        pair.destination.ToString());
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

Json RecordOf(const MigrationRun& run, const MigrationOrigin& origin,
              const std::vector<TableReport>& reports,
              std::chrono::milliseconds started_at, std::chrono::milliseconds ended_at) {
  Json tables = Json::array();
  int64_t rows = 0;
  int64_t failed = 0;
  for (const TableReport& report : reports) {
    tables.push_back(TableReportToJson(report));
    rows += report.rows_migrated;
    failed += report.is_done() ? 0 : 1;
  }
  const std::string status = StatusOf(reports);
  return {
      {"migration_id", run.id},
      {"job_id", run.job_id},
      {"owner", origin.owner},
      {"status", status},
      {"message", std::to_string(std::ssize(reports) - failed) + " of " +
                      std::to_string(reports.size()) + " tables migrated"},
      {"started_at", started_at.count()},
      {"ended_at", ended_at.count()},
      {"duration_seconds", std::chrono::duration<double>(ended_at - started_at).count()},
      {"request", origin.request},
      {"rows_migrated", rows},
      {"tables_migrated", std::ssize(reports) - failed},
      {"tables_failed", failed},
      {"tables", std::move(tables)}};
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
  std::vector<TablePair> tables;
  for (const Namespace& ns : namespaces) {
    ARROW_ASSIGN_OR_RAISE(const auto idents, context->catalog.ListTables(ns));
    for (const iceberg::TableIdent& ident : idents) {
      TablePair& pair = tables.emplace_back();
      pair.source = {from.place, ident};
      pair.destination = {request.destination.place,
                          {Moved(ns, from.ns, request.destination.ns), ident.name}};
      pair.options = request.options;
    }
  }
  RETURN_NOT_OK(CheckDestinations(tables));
  return tables;
}

Result<Json> MigrateTables(MigrationRun run, const std::vector<TablePair>& tables,
                           int32_t parallel, const MigrationOrigin& origin,
                           MigrationRecords& records, const TableDone& told) {
  const std::chrono::milliseconds started_at = run.lake.clock.Now();
  const auto cores = std::max<size_t>(std::thread::hardware_concurrency(), 1);
  const size_t at_once =
      std::clamp<size_t>(tables.size(), 1, static_cast<size_t>(std::max(parallel, 1)));
  run.threads = std::max<size_t>(1, std::max<size_t>(cores, 2) / at_once);
  std::vector<TableReport> reports(tables.size());
  std::mutex mutex;  // guards done, and calls of `told`
  size_t done = 0;
  const auto is_cancelled = [&] { return run.cancelled && run.cancelled(); };
  RETURN_NOT_OK(ForEach(tables.size(), at_once, [&](size_t i) -> Status {
    if (is_cancelled()) {
      return MakeError(ErrorCode::kCancelled, "The migration was cancelled");
    }
    reports[i] = MigrateTable(run, tables[i]);
    const std::lock_guard lock(mutex);
    ++done;
    if (told) {
      told(reports[i], done, tables.size());
    }
    return Status::OK();
  }));
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
  answer.update(record.at("tables").at(0));
  answer.erase("tables");
  answer.erase("request");
  answer.erase("owner");
  answer["message"] = "Migrated " +
                      std::to_string(answer.value("rows_migrated", int64_t{0})) +
                      " rows from " + answer.value("source", "") + " to " +
                      answer.value("destination", "");
  return answer;
}

}  // namespace tarn::service
