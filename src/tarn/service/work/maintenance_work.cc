#include "tarn/service/work/maintenance_work.h"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "tarn/base/config.h"
#include "tarn/base/error.h"
#include "tarn/catalog/catalog.h"
#include "tarn/service/maintenance_report.h"
#include "tarn/sql/filter.h"

namespace tarn::service {
namespace {

using std::chrono::milliseconds;

/// The options of all actions, made from an order at the moment it is done.
struct Options {
  table::RewriteDataFilesOptions compact = {};
  table::RewriteDeleteFilesOptions deletes = {};
  table::RewriteManifestsOptions manifests = {};
  table::ComputeTableStatsOptions stats = {};
  table::ComputePartitionStatsOptions partition_stats = {};
  table::ExpireSnapshotsOptions expire = {};
  table::RemoveOrphanFilesOptions orphans = {};

  void ShareWithAll(table::DryRun dry_run, const table::ActionControl& control) {
    const auto share = [&](auto&... options) {
      ((options.dry_run = dry_run, options.control = control), ...);
    };
    share(compact, deletes, manifests, stats, partition_stats, expire, orphans);
  }
};

using Action = Result<Json> (*)(const table::Context&, const iceberg::TableIdent&,
                                const Options&);

Result<Json> Compact(const table::Context& context, const iceberg::TableIdent& ident,
                     const Options& options) {
  ARROW_ASSIGN_OR_RAISE(const auto result,
                        table::RewriteDataFiles(context, ident, options.compact));
  return Json(ReportOf(result));
}

Result<Json> RewriteDeletes(const table::Context& context,
                            const iceberg::TableIdent& ident, const Options& options) {
  ARROW_ASSIGN_OR_RAISE(const auto result,
                        RewriteAllDeletes(context, ident, options.deletes));
  return Json(ReportOf(result));
}

Result<Json> RewriteManifests(const table::Context& context,
                              const iceberg::TableIdent& ident, const Options& options) {
  ARROW_ASSIGN_OR_RAISE(const auto result,
                        table::RewriteManifests(context, ident, options.manifests));
  return Json(ReportOf(result));
}

Result<Json> ComputeStats(const table::Context& context, const iceberg::TableIdent& ident,
                          const Options& options) {
  ARROW_ASSIGN_OR_RAISE(const auto result,
                        table::ComputeTableStats(context, ident, options.stats));
  return Json(ReportOf(result));
}

Result<Json> ComputePartitions(const table::Context& context,
                               const iceberg::TableIdent& ident, const Options& options) {
  ARROW_ASSIGN_OR_RAISE(const auto result, table::ComputePartitionStats(
                                               context, ident, options.partition_stats));
  return Json(ReportOf(result));
}

Result<Json> Expire(const table::Context& context, const iceberg::TableIdent& ident,
                    const Options& options) {
  ARROW_ASSIGN_OR_RAISE(const auto result,
                        table::ExpireSnapshots(context, ident, options.expire));
  return Json(ReportOf(result, ReportFiles::kCounted));
}

Result<Json> RemoveOrphans(const table::Context& context,
                           const iceberg::TableIdent& ident, const Options& options) {
  ARROW_ASSIGN_OR_RAISE(const auto result,
                        table::RemoveOrphanFiles(context, ident, options.orphans));
  return Json(ReportOf(result, ReportFiles::kCounted));
}

/// In the order in which they are done.
constexpr std::pair<std::string_view, Action> kActions[] = {
    {"compact", &Compact},
    {"deletes", &RewriteDeletes},
    {"manifests", &RewriteManifests},
    {"stats", &ComputeStats},
    {"partition-stats", &ComputePartitions},
    {"expire", &Expire},
    {"orphans", &RemoveOrphans}};

constexpr std::pair<std::string_view, table::RewriteStrategy> kStrategies[] = {
    {"binpack", table::RewriteStrategy::kBinPack},
    {"sort", table::RewriteStrategy::kSort},
    {"zorder", table::RewriteStrategy::kZOrder},
    {"hilbert", table::RewriteStrategy::kHilbert}};

Status Wrong(const std::string& message) {
  return MakeError(ErrorCode::kInvalidArgument, message);
}

/// The instant that is `age` ago.
Result<std::optional<milliseconds>> InstantOf(const std::string& age, milliseconds now) {
  if (age.empty()) {
    return std::nullopt;
  }
  ARROW_ASSIGN_OR_RAISE(const milliseconds duration, ParseDuration(age));
  return std::optional(now - duration);
}

Status ReadCompaction(const MaintenanceOrder& order,
                      table::RewriteDataFilesOptions* options) {
  if (!order.strategy.empty()) {
    const auto* const found =
        std::ranges::find(kStrategies, order.strategy,
                          &std::pair<std::string_view, table::RewriteStrategy>::first);
    if (found == std::end(kStrategies)) {
      return Wrong("strategy is binpack, sort, zorder or hilbert, not " + order.strategy);
    }
    options->strategy = found->second;
  }
  options->sort_terms = order.sort_by;
  options->cluster_columns = order.columns;
  if (!order.target_size.empty()) {
    ARROW_ASSIGN_OR_RAISE(options->target_file_size_bytes, ParseSize(order.target_size));
    if (*options->target_file_size_bytes <= 0) {
      return Wrong("target_size is a size like 128MB, not " + order.target_size);
    }
  }
  options->min_input_files = order.min_input_files.value_or(options->min_input_files);
  options->rewrite_all = order.rewrite_all;
  options->remove_dangling_deletes = true;
  if (order.max_commits) {
    options->partial_progress_enabled = true;
    options->partial_progress_max_commits = *order.max_commits;
  }
  return Status::OK();
}

Result<Options> OptionsOf(const MaintenanceOrder& order, milliseconds now) {
  Options options;
  RETURN_NOT_OK(ReadCompaction(order, &options.compact));
  if (!order.where.empty()) {
    ARROW_ASSIGN_OR_RAISE(options.compact.filter, sql::ParseFilter(order.where));
    options.deletes.filter = options.compact.filter;
  }
  ARROW_ASSIGN_OR_RAISE(options.expire.older_than, InstantOf(order.older_than, now));
  options.expire.retain_last = order.retain_last;
  options.expire.clean_expired_metadata = order.clean_metadata;
  ARROW_ASSIGN_OR_RAISE(options.orphans.older_than,
                        InstantOf(order.orphans_older_than, now));
  constexpr milliseconds kGrace = std::chrono::hours(24);
  if (options.orphans.older_than && *options.orphans.older_than > now - kGrace) {
    return Wrong(
        "orphans_older_than is at least 24h: younger files may be of somebody "
        "who writes now");
  }
  options.manifests.target_size_bytes = options.compact.target_file_size_bytes;
  options.manifests.rewrite_all = order.rewrite_all;
  options.stats.columns = order.columns;
  if (!order.branch.empty()) {
    options.compact.branch = options.deletes.branch = options.manifests.branch =
        order.branch;
  }
  return options;
}

Status ListTables(catalog::Catalog& catalog, const iceberg::Namespace& parent,
                  std::vector<iceberg::TableIdent>* tables) {
  if (!parent.levels.empty()) {
    ARROW_ASSIGN_OR_RAISE(const auto found, catalog.ListTables(parent));
    tables->insert(tables->end(), found.begin(), found.end());
  }
  ARROW_ASSIGN_OR_RAISE(const auto children, catalog.ListNamespaces(parent));
  for (const iceberg::Namespace& child : children) {
    RETURN_NOT_OK(ListTables(catalog, child, tables));
  }
  return Status::OK();
}

Result<std::vector<iceberg::TableIdent>> TablesOf(const MaintenanceOrder& order,
                                                  catalog::Catalog& catalog) {
  if (!order.table.empty()) {
    ARROW_ASSIGN_OR_RAISE(auto ident, TableIdentOf(order.ns, order.table));
    return std::vector{std::move(ident)};
  }
  iceberg::Namespace parent;
  if (!order.ns.empty()) {
    ARROW_ASSIGN_OR_RAISE(const auto any, TableIdentOf(order.ns, "any"));
    parent = any.ns;
  }
  std::vector<iceberg::TableIdent> tables;
  RETURN_NOT_OK(ListTables(catalog, parent, &tables));
  return tables;
}

/// What the actions did with one table; the first that fails ends its turn.
Status RunOnTable(const MaintenanceOrder& order, const Options& options,
                  const table::Context& context, const iceberg::TableIdent& ident,
                  Json* report) {
  for (const auto& [name, action] : kActions) {
    if (std::ranges::find(order.actions, name) == order.actions.end()) {
      continue;
    }
    Result<Json> done = action(context, ident, options);
    if (!done.ok()) {
      return WithContext(fmt::format("{}, {}: ", ident.ToString(), name), done.status());
    }
    (*report)[std::string(name)] = *std::move(done);
  }
  return Status::OK();
}

Result<Json> RunMaintenance(const Lake& lake, JobContext& context) {
  ARROW_ASSIGN_OR_RAISE(const MaintenanceOrder order,
                        MaintenanceOrderFromJson(context.job().request));
  ARROW_ASSIGN_OR_RAISE(const LakeWarehouse* const warehouse, lake.Find(order.warehouse));
  ARROW_ASSIGN_OR_RAISE(Options options, OptionsOf(order, lake.clock.Now()));
  ARROW_ASSIGN_OR_RAISE(const auto tables, TablesOf(order, warehouse->context.catalog));
  Json reports = Json::array();
  Status first_error;
  int64_t num_failed = 0;
  for (size_t i = 0; i < tables.size(); ++i) {
    const auto part = [&] {
      return static_cast<double>(i) / static_cast<double>(tables.size());
    };
    table::ActionControl control;
    control.is_cancelled = [&context] { return context.cancelled(); };
    control.progress = [&](const table::ActionProgress& progress) {
      context.Report(
          {.part = part(),
           .step = fmt::format("{}: {}", tables[i].ToString(), progress.stage)});
    };
    options.ShareWithAll(order.dry_run ? table::DryRun::kYes : table::DryRun::kNo,
                         control);
    context.Report({.part = part(), .step = tables[i].ToString()});
    Json report = {{"table", tables[i].ToString()}};
    const Status status =
        RunOnTable(order, options, warehouse->context, tables[i], &report);
    if (!status.ok() && CodeOf(status) == ErrorCode::kCancelled) {
      return status;
    }
    // A table that was dropped meanwhile has no need of it any more.
    const bool has_gone =
        !status.ok() && order.table.empty() && CodeOf(status) == ErrorCode::kNoSuchTable;
    if (!status.ok() && !has_gone) {
      ++num_failed;
      first_error = first_error.ok() ? status : first_error;
      report["error"] = status.message();
    }
    reports.push_back(std::move(report));
  }
  if (num_failed > 0) {
    const std::string counts = fmt::format(
        "{} of {} tables failed, the first with: ", num_failed, tables.size());
    return WithContext(tables.size() == 1 ? "" : counts, first_error);
  }
  return Json{{"warehouse", warehouse->name},
              {"dry_run", order.dry_run},
              {"tables_count", tables.size()},
              {"tables", std::move(reports)}};
}

Result<std::vector<std::string>> TextsOf(const JsonFields& fields, std::string_view key) {
  const Json* const value = fields.Find(key);
  if (value == nullptr) {
    return std::vector<std::string>();
  }
  if (value->is_string()) {
    return std::vector{value->get<std::string>()};
  }
  ARROW_ASSIGN_OR_RAISE(const Json* const array, fields.Array(key));
  return StringArray(*array, key);
}

Result<bool> FlagOf(const JsonFields& fields, std::string_view key) {
  const Json* const value = fields.Find(key);
  if (value != nullptr && !value->is_boolean()) {
    return Wrong(std::string(key) + " is true or false");
  }
  return value != nullptr && value->get<bool>();
}

Status CheckActions(std::vector<std::string>* actions) {
  if (actions->size() == 1 && actions->front() == "all") {
    actions->clear();
    for (const auto& [name, action] : kActions) {
      actions->emplace_back(name);
    }
  }
  if (actions->empty()) {
    return Wrong(
        "actions says what is done: compact, deletes, manifests, stats, "
        "partition-stats, expire, orphans, or all");
  }
  for (const std::string& action : *actions) {
    if (std::ranges::find(kActions, action,
                          &std::pair<std::string_view, Action>::first) ==
        std::end(kActions)) {
      return Wrong(
          "There is no such action of maintenance (compact, deletes, manifests, "
          "stats, partition-stats, expire, orphans, all): " +
          action);
    }
  }
  return Status::OK();
}

Status ReadTexts(const JsonFields& fields, MaintenanceOrder* order) {
  const std::pair<const char*, std::string*> texts[] = {
      {"warehouse", &order->warehouse},
      {"namespace", &order->ns},
      {"table", &order->table},
      {"older_than", &order->older_than},
      {"orphans_older_than", &order->orphans_older_than},
      {"strategy", &order->strategy},
      {"where", &order->where},
      {"target_size", &order->target_size},
      {"branch", &order->branch}};
  for (const auto& [name, text] : texts) {
    ARROW_ASSIGN_OR_RAISE(const auto value, fields.OptionalString(name));
    *text = value.value_or("");
  }
  return Status::OK();
}

}  // namespace

Json MaintenanceOrderToJson(const MaintenanceOrder& order) {
  Json json = {{"actions", order.actions}};
  const auto put = [&json](const char* name, const auto& value) {
    if (!Json(value).empty()) {
      json[name] = value;
    }
  };
  const auto put_text = [&json](const char* name, const std::string& value) {
    if (!value.empty()) {
      json[name] = value;
    }
  };
  put_text("warehouse", order.warehouse);
  put_text("namespace", order.ns);
  put_text("table", order.table);
  put_text("older_than", order.older_than);
  put_text("orphans_older_than", order.orphans_older_than);
  put_text("strategy", order.strategy);
  put_text("where", order.where);
  put_text("target_size", order.target_size);
  put_text("branch", order.branch);
  put("sort_by", order.sort_by);
  put("columns", order.columns);
  const std::pair<const char*, const std::optional<int32_t>&> numbers[] = {
      {"retain_last", order.retain_last},
      {"min_input_files", order.min_input_files},
      {"max_commits", order.max_commits}};
  for (const auto& [name, number] : numbers) {
    if (number) {
      json[name] = *number;
    }
  }
  const std::pair<const char*, bool> flags[] = {{"dry_run", order.dry_run},
                                                {"clean_metadata", order.clean_metadata},
                                                {"rewrite_all", order.rewrite_all}};
  for (const auto& [name, flag] : flags) {
    if (flag) {
      json[name] = true;
    }
  }
  return json;
}

Result<MaintenanceOrder> MaintenanceOrderFromJson(const Json& json) {
  ARROW_ASSIGN_OR_RAISE(const auto fields, JsonFields::Make(json, "maintenance job"));
  MaintenanceOrder order;
  RETURN_NOT_OK(ReadTexts(fields, &order));
  ARROW_ASSIGN_OR_RAISE(order.actions, TextsOf(fields, "actions"));
  if (order.actions.empty()) {
    ARROW_ASSIGN_OR_RAISE(order.actions, TextsOf(fields, "action"));
  }
  RETURN_NOT_OK(CheckActions(&order.actions));
  ARROW_ASSIGN_OR_RAISE(order.sort_by, TextsOf(fields, "sort_by"));
  ARROW_ASSIGN_OR_RAISE(order.columns, TextsOf(fields, "columns"));
  ARROW_ASSIGN_OR_RAISE(order.retain_last, fields.OptionalInt32("retain_last"));
  ARROW_ASSIGN_OR_RAISE(order.min_input_files, fields.OptionalInt32("min_input_files"));
  ARROW_ASSIGN_OR_RAISE(order.max_commits, fields.OptionalInt32("max_commits"));
  ARROW_ASSIGN_OR_RAISE(order.dry_run, FlagOf(fields, "dry_run"));
  ARROW_ASSIGN_OR_RAISE(order.clean_metadata, FlagOf(fields, "clean_metadata"));
  ARROW_ASSIGN_OR_RAISE(order.rewrite_all, FlagOf(fields, "rewrite_all"));
  if (!order.table.empty()) {
    RETURN_NOT_OK(TableIdentOf(order.ns, order.table).status());
  }
  // Any moment will do: what is wrong with them is wrong always.
  constexpr milliseconds kSomeTime = std::chrono::hours(24 * 365 * 50);
  RETURN_NOT_OK(OptionsOf(order, kSomeTime).status());
  return order;
}

JobKind MakeMaintenanceKind(const Lake& lake) {
  return {.run = [&lake](JobContext& context) { return RunMaintenance(lake, context); },
          .find_done = [](const JobRecord&) { return std::optional<Json>(); }};
}

}  // namespace tarn::service
