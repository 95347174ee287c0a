// `tarn maintain`: compaction, expiry and the like, on one table or on all.
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "tarn/base/config.h"
#include "tarn/base/error.h"
#include "tarn/cli/command.h"
#include "tarn/cli/inspect/print_report.h"
#include "tarn/cli/interrupt.h"
#include "tarn/cli/maintain/maintain.h"
#include "tarn/cli/print/quantity.h"
#include "tarn/cli/table_name.h"
#include "tarn/cli/workspace.h"
#include "tarn/sql/filter.h"

namespace tarn::cli {
namespace {

using nlohmann::ordered_json;
using std::chrono::steady_clock;

constexpr char kExamples[] =
    "\nExamples:\n"
    "  tarn maintain compact sales.orders --dry-run\n"
    "  tarn maintain compact sales.orders --strategy zorder --columns region,customer\n"
    "  tarn maintain compact sales.orders --strategy sort --sort-by 'ts DESC'\n"
    "  tarn maintain expire sales.orders --older-than 7d --retain-last 10\n"
    "  tarn maintain leftovers --dry-run\n"
    "  tarn maintain dropped --dry-run\n"
    "  tarn maintain all --all\n";

/// The command line as it was typed.
struct MaintainArguments {
  std::string table;
  bool all_tables = false;
  bool dry_run = false;
  bool yes = false;
  std::string older_than;
  std::optional<int32_t> retain_last;
  std::vector<int64_t> snapshot_ids;
  bool clean_metadata = false;
  bool keep_files = false;
  std::string strategy;
  std::vector<std::string> sort_by;
  std::vector<std::string> columns;
  std::string where;
  std::string target_size;
  std::optional<int32_t> min_input_files;
  std::optional<double> delete_ratio;
  std::optional<int32_t> delete_files;
  std::optional<int32_t> max_commits;
  bool rewrite_all = false;
  std::string branch = iceberg::kMainBranch;
  std::string location;
  std::string prefix_mismatch = "error";
};

Result<std::optional<int64_t>> SizeOf(const std::string& text) {
  if (text.empty()) {
    return std::nullopt;
  }
  const Result<int64_t> size = ParseSize(text);
  if (!size.ok() || *size <= 0) {
    return MakeError(ErrorCode::kUsage,
                     "--target-size is a size like 128MB, not " + text);
  }
  return std::optional(*size);
}

/// The instant that is `age` ago.
Result<std::optional<std::chrono::milliseconds>> InstantOf(const std::string& age) {
  if (age.empty()) {
    return std::nullopt;
  }
  const Result<std::chrono::milliseconds> duration = ParseDuration(age);
  if (!duration.ok()) {
    return MakeError(ErrorCode::kUsage, "--older-than: " + duration.status().message());
  }
  // One millisecond on, so that age 0 includes what was made this very moment.
  return std::optional(SystemClock().Now() + std::chrono::milliseconds(1) - *duration);
}

Result<table::RewriteStrategy> StrategyOf(const std::string& name) {
  if (name == "binpack") {
    return table::RewriteStrategy::kBinPack;
  }
  if (name == "sort") {
    return table::RewriteStrategy::kSort;
  }
  if (name == "zorder") {
    return table::RewriteStrategy::kZOrder;
  }
  if (name == "hilbert") {
    return table::RewriteStrategy::kHilbert;
  }
  return MakeError(ErrorCode::kUsage,
                   "--strategy is binpack, sort, zorder or hilbert, not " + name);
}

Result<table::PrefixMismatchMode> MismatchModeOf(const std::string& name) {
  if (name == "error") {
    return table::PrefixMismatchMode::kError;
  }
  if (name == "ignore") {
    return table::PrefixMismatchMode::kIgnore;
  }
  if (name == "delete") {
    return table::PrefixMismatchMode::kDelete;
  }
  return MakeError(ErrorCode::kUsage,
                   "--prefix-mismatch is error, ignore or delete, not " + name);
}

Status ReadCompaction(const MaintainArguments& given,
                      table::RewriteDataFilesOptions* options) {
  if (!given.strategy.empty()) {
    ARROW_ASSIGN_OR_RAISE(options->strategy, StrategyOf(given.strategy));
  }
  options->sort_terms = given.sort_by;
  options->cluster_columns = given.columns;
  ARROW_ASSIGN_OR_RAISE(options->target_file_size_bytes, SizeOf(given.target_size));
  options->min_input_files = given.min_input_files.value_or(options->min_input_files);
  options->delete_ratio_threshold =
      given.delete_ratio.value_or(options->delete_ratio_threshold);
  options->delete_file_threshold = given.delete_files;
  options->rewrite_all = given.rewrite_all;
  options->remove_dangling_deletes = true;
  options->branch = given.branch;
  if (given.max_commits) {
    options->partial_progress_enabled = true;
    options->partial_progress_max_commits = *given.max_commits;
  }
  return Status::OK();
}

Result<MaintainOptions> ReadArguments(const MaintainArguments& given) {
  MaintainOptions options;
  options.dry_run = given.dry_run ? table::DryRun::kYes : table::DryRun::kNo;
  RETURN_NOT_OK(ReadCompaction(given, &options.compact));
  if (!given.where.empty()) {
    const Result<iceberg::Expression> filter = sql::ParseFilter(given.where);
    if (!filter.ok()) {
      return WithContext("--where: ", filter.status());
    }
    options.compact.filter = options.deletes.filter = *filter;
  }
  ARROW_ASSIGN_OR_RAISE(const auto instant, InstantOf(given.older_than));
  options.expire.older_than = options.orphans.older_than = instant;
  options.expire.retain_last = given.retain_last;
  for (const int64_t id : given.snapshot_ids) {
    options.expire.snapshot_ids.push_back(iceberg::SnapshotId{id});
    options.stats.snapshot_id = iceberg::SnapshotId{id};
  }
  options.expire.clean_expired_metadata = given.clean_metadata;
  if (given.keep_files) {
    options.expire.cleanup_level = table::CleanupLevel::kNone;
  }
  options.orphans.allow_recent = given.yes;
  options.orphans.location = given.location;
  ARROW_ASSIGN_OR_RAISE(options.orphans.prefix_mismatch_mode,
                        MismatchModeOf(given.prefix_mismatch));
  options.manifests.target_size_bytes = options.compact.target_file_size_bytes;
  options.manifests.rewrite_all = given.rewrite_all;
  options.manifests.branch = options.deletes.branch = given.branch;
  options.stats.columns = given.columns;
  return options;
}

/// The line on stderr while an action runs; nothing without a terminal.
class ActionLine {
 public:
  ~ActionLine() { Clear(); }

  void Update(const table::ActionProgress& progress) {
    const auto now = steady_clock::now();
    const std::lock_guard lock(mutex_);
    if (!show_ || now < next_) {
      return;
    }
    constexpr std::chrono::milliseconds kEvery{200};
    next_ = now + kEvery;
    std::string line = "\r" + progress.stage + " " + GroupedText(progress.done);
    if (progress.total > 0) {
      line += " of " + GroupedText(progress.total);
    }
    PrintToStderr(line + "\x1b[K");
    drawn_ = true;
  }
  void Clear() {
    if (drawn_) {
      PrintToStderr("\r\x1b[K");
    }
    drawn_ = false;
  }

 private:
  const bool show_ = IsTerminal(2);
  std::mutex mutex_;  // guards what follows
  bool drawn_ = false;
  steady_clock::time_point next_ = steady_clock::now() + std::chrono::milliseconds(500);
};

Status ListTables(catalog::Catalog& catalog, const iceberg::Namespace& parent,
                  std::vector<iceberg::TableIdent>* tables) {
  ARROW_ASSIGN_OR_RAISE(const auto children, catalog.ListNamespaces(parent));
  for (const iceberg::Namespace& child : children) {
    ARROW_ASSIGN_OR_RAISE(const auto found, catalog.ListTables(child));
    tables->insert(tables->end(), found.begin(), found.end());
    RETURN_NOT_OK(ListTables(catalog, child, tables));
  }
  return Status::OK();
}

Result<MaintainReport> RunAction(Workspace& workspace, const iceberg::TableIdent& ident,
                                 MaintainOptions options, MaintainAction action) {
  ActionLine line;
  table::ActionControl control;
  control.is_cancelled = &Interrupted;
  control.progress = [&](const table::ActionProgress& progress) {
    line.Update(progress);
  };
  options.ShareWithAll(control);
  return action(workspace, ident, options);
}

/// Every table gets its turn, whatever became of those before.
Status RunOnAll(Workspace& workspace, const MaintainOptions& options,
                MaintainAction action, bool as_json) {
  std::vector<iceberg::TableIdent> tables;
  RETURN_NOT_OK(ListTables(workspace.catalog(), {}, &tables));
  ordered_json list = ordered_json::array();
  int64_t failed = 0;
  Status first_error;
  for (const iceberg::TableIdent& ident : tables) {
    const Result<MaintainReport> report = RunAction(workspace, ident, options, action);
    if (report.ok()) {
      list.push_back(report->json);
      RETURN_NOT_OK(as_json ? Status::OK() : StandardOutput().Write(report->text));
      continue;
    }
    if (CodeOf(report.status()) == ErrorCode::kCancelled) {
      return report.status();
    }
    ++failed;
    first_error = first_error.ok() ? report.status() : first_error;
    const std::string message = report.status().message();
    list.push_back({{"table", ident.ToString()}, {"error", message}});
    RETURN_NOT_OK(as_json ? Status::OK()
                          : StandardOutput().Write(ident.ToString() +
                                                   ": failed: " + message + "\n"));
  }
  if (as_json) {
    RETURN_NOT_OK(PrintJson(list));
  }
  if (failed == 0) {
    return Status::OK();
  }
  return MakeError(CodeOf(first_error),
                   CountText(failed, "table") + " of " + std::to_string(tables.size()) +
                       " failed, the first with: " + first_error.message());
}

Status RunMaintain(const Invocation& invocation, const MaintainArguments& given,
                   MaintainAction action) {
  if (given.table.empty() != given.all_tables) {
    return MakeError(ErrorCode::kUsage, "Name one table, or give --all for all of them");
  }
  ARROW_ASSIGN_OR_RAISE(const MaintainOptions options, ReadArguments(given));
  ARROW_ASSIGN_OR_RAISE(const auto workspace, Workspace::Open(WorkspaceOptionsOf(
                                                  invocation, HomeMode::kExisting)));
  if (given.all_tables) {
    return RunOnAll(*workspace, options, action, invocation.json);
  }
  ARROW_ASSIGN_OR_RAISE(iceberg::TableIdent ident, ParseTableName(given.table));
  ARROW_ASSIGN_OR_RAISE(ident, workspace->Choose(std::move(ident)));
  ARROW_ASSIGN_OR_RAISE(const MaintainReport report,
                        RunAction(*workspace, ident, options, action));
  return invocation.json ? PrintJson(report.json) : StandardOutput().Write(report.text);
}

using Arguments = std::shared_ptr<MaintainArguments>;

CLI::App* AddAction(CLI::App& parent, Invocation& invocation, const Arguments& given,
                    const std::string& name, const std::string& description,
                    MaintainAction action) {
  CLI::App* command = parent.add_subcommand(name, description);
  command->add_option("TABLE", given->table, "namespace.table");
  command->add_flag("--all", given->all_tables, "Every table of the warehouse");
  command->add_flag("--dry-run", given->dry_run, "Say what would be done, do nothing");
  AddCommonOptions(*command, invocation, "As JSON");
  AddCatalogOptions(*command, invocation, CatalogOption::kOneCatalog);
  command->callback([&invocation, given, action] {
    invocation.run = [&invocation, given, action] {
      return RunMaintain(invocation, *given, action);
    };
  });
  return command;
}

void AddBranch(CLI::App& command, const Arguments& given) {
  command.add_option("--branch", given->branch, "This branch instead of main")
      ->type_name("NAME");
}

void AddWhere(CLI::App& command, const Arguments& given, const std::string& help) {
  command.add_option("--where", given->where, help)->type_name("EXPR");
}

void AddCompactionOptions(CLI::App& command, const Arguments& given) {
  command
      .add_option("--strategy", given->strategy,
                  "binpack, sort, zorder or hilbert; sort if there is an order, else "
                  "binpack")
      ->type_name("NAME");
  command
      .add_option(
          "--sort-by", given->sort_by,
          "A term of --strategy sort, may be repeated; the table's order if absent")
      ->type_name("TERM")
      ->allow_extra_args(false);
  command.add_option("--columns", given->columns, "Columns of zorder and hilbert")
      ->type_name("NAMES")
      ->delimiter(',')
      ->allow_extra_args(false);
  AddWhere(command, given, "Only files that may hold rows with this SQL predicate");
  command
      .add_option("--target-size", given->target_size,
                  "Size of the new files [write.target-file-size-bytes, 512MB]")
      ->type_name("SIZE");
  command
      .add_option("--min-input-files", given->min_input_files,
                  "Small files of a partition that are worth it [5]")
      ->type_name("N");
  command
      .add_option("--delete-ratio", given->delete_ratio,
                  "Share of deleted rows from which a file is rewritten [0.3]")
      ->type_name("R");
  command
      .add_option("--delete-files", given->delete_files,
                  "Delete files from which a file is rewritten")
      ->type_name("N");
  command
      .add_option("--max-commits", given->max_commits,
                  "Commit what is done in up to N commits, keep it if the rest fails")
      ->type_name("N");
  command.add_flag("--rewrite-all", given->rewrite_all, "Also files of a good size");
  AddBranch(command, given);
}

void AddExpiryOptions(CLI::App& command, const Arguments& given) {
  command
      .add_option("--older-than", given->older_than,
                  "Snapshots older than this: 12h, 7d [5d, or the table's property]")
      ->type_name("AGE");
  command
      .add_option("--retain-last", given->retain_last,
                  "Snapshots of each branch that stay [1]")
      ->type_name("N");
  command.add_option("--snapshot", given->snapshot_ids, "This snapshot; may be repeated")
      ->type_name("ID")
      ->allow_extra_args(false);
  command.add_flag("--clean-metadata", given->clean_metadata,
                   "Also schemas and partition specs that nothing uses any more");
  command.add_flag("--keep-files", given->keep_files, "Delete no file");
}

void AddOrphanOptions(CLI::App& command, const Arguments& given) {
  command
      .add_option("--older-than", given->older_than,
                  "Only files older than this [3d]; under 24h needs --yes")
      ->type_name("AGE");
  command.add_flag("--yes", given->yes, "Nothing writes now: young files may go too");
  command.add_option("--location", given->location, "This directory, not the table's")
      ->type_name("DIR");
  command
      .add_option("--prefix-mismatch", given->prefix_mismatch,
                  "Files named under another prefix: error, ignore or delete [error]")
      ->type_name("MODE");
}

void AddManifestOptions(CLI::App& command, const Arguments& given) {
  command
      .add_option("--target-size", given->target_size,
                  "Size of a manifest [commit.manifest.target-size-bytes, 8MB]")
      ->type_name("SIZE");
  command.add_flag("--rewrite-all", given->rewrite_all, "Also manifests that are fine");
  AddBranch(command, given);
}

void AddStatsOptions(CLI::App& command, const Arguments& given, bool with_columns) {
  command.add_option("--snapshot", given->snapshot_ids, "This snapshot, not the current")
      ->type_name("ID")
      ->allow_extra_args(false);
  if (with_columns) {
    command.add_option("--columns", given->columns, "These columns; all if absent")
        ->type_name("NAMES")
        ->delimiter(',')
        ->allow_extra_args(false);
  }
}

}  // namespace

void AddMaintainCommand(CLI::App& app, Invocation& invocation) {
  CLI::App* command =
      app.add_subcommand("maintain", "Keep tables small and quick: compact, expire, …");
  const auto given = std::make_shared<MaintainArguments>();
  const auto add = [&](const std::string& name, const std::string& description,
                       MaintainAction action) -> CLI::App& {
    return *AddAction(*command, invocation, given, name, description, action);
  };
  AddCompactionOptions(add("compact",
                           "Rewrite data files to a good size and order, "
                           "without their deletes",
                           &Compact),
                       given);
  AddExpiryOptions(
      add("expire", "Expire old snapshots and delete what only they read", &Expire),
      given);
  AddOrphanOptions(add("orphans", "Delete files that nothing refers to", &RemoveOrphans),
                   given);
  AddManifestOptions(add("manifests", "Rewrite manifests to a good size, by partition",
                         &RewriteManifestFiles),
                     given);
  CLI::App& deletes =
      add("deletes", "Rewrite delete files: to deletion vectors, or fewer files",
          &RewriteDeletes);
  AddWhere(deletes, given,
           "Only deletes of files that may hold rows with this predicate");
  AddBranch(deletes, given);
  AddStatsOptions(
      add("stats", "Count distinct values of columns, for the optimizer", &ComputeStats),
      given, true);
  AddStatsOptions(
      add("partition-stats", "Write statistics of the partitions", &ComputePartitions),
      given, false);
  AddLeftoversCommand(*command, invocation);
  AddDroppedCommand(*command, invocation);
  AddExpiryOptions(add("all", "All of these, in the order that suits", &MaintainAll),
                   given);
  command->require_subcommand(1);
  command->footer(kExamples);
}

}  // namespace tarn::cli
