// `tarn maintain dropped`: what becomes of dropped tables whose time is over.
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "tarn/base/error.h"
#include "tarn/cli/inspect/print_report.h"
#include "tarn/cli/interrupt.h"
#include "tarn/cli/maintain/maintain.h"
#include "tarn/cli/print/quantity.h"
#include "tarn/table/maintenance/purge_dropped_tables.h"

namespace tarn::cli {
namespace {

using nlohmann::ordered_json;

constexpr char kExamples[] =
    "\nOnly files of tables that were dropped with --purge (or a client's PURGE) go, and "
    "of those\nonly what no other table, dropped or not, refers to.\n"
    "\nExamples:\n"
    "  tarn maintain dropped --dry-run\n";

std::string FateOf(const table::PurgedTable& purged, bool dry_run) {
  if (!purged.problem.empty()) {
    return "files stay: " + purged.problem;
  }
  if (!purged.table.purges) {
    return "files stay";
  }
  return (dry_run ? "would delete " : "deleted ") +
         CountText(static_cast<int64_t>(purged.files.size()), "file");
}

Status PrintResult(const table::PurgeDroppedTablesResult& result, bool dry_run,
                   bool as_json) {
  ordered_json list = ordered_json::array();
  std::vector<std::vector<std::string>> rows;
  for (const table::PurgedTable& purged : result.tables) {
    const std::string name = purged.table.ident.ToString();
    list.push_back({{"id", purged.table.id},
                    {"table", name},
                    {"dropped_at", InstantText(purged.table.dropped_at)},
                    {"purge", purged.table.purges},
                    {"deleted_files_count", purged.files.size()},
                    {"failed_files_count", purged.failed_files.size()},
                    {"problem", purged.problem},
                    {"forgotten", purged.is_forgotten}});
    rows.push_back({name, InstantText(purged.table.dropped_at), FateOf(purged, dry_run)});
  }
  if (as_json) {
    return PrintJson({{"action", "dropped"}, {"dry_run", dry_run}, {"tables", list}});
  }
  if (rows.empty()) {
    return StandardOutput().Write("No dropped table's time is over\n");
  }
  return PrintTable({{"table"}, {"dropped"}, {"what becomes of it"}}, rows);
}

Status RunPurge(const Invocation& invocation, bool dry_run) {
  ARROW_ASSIGN_OR_RAISE(const auto workspace, Workspace::Open({.home = invocation.home}));
  table::PurgeDroppedTablesOptions options;
  options.dry_run = dry_run ? table::DryRun::kYes : table::DryRun::kNo;
  options.control.is_cancelled = &Interrupted;
  ARROW_ASSIGN_OR_RAISE(const auto result,
                        table::PurgeDroppedTables(workspace->context(), options));
  RETURN_NOT_OK(PrintResult(result, dry_run, invocation.json));
  for (const table::PurgedTable& purged : result.tables) {
    if (!purged.problem.empty() && !purged.is_forgotten && !dry_run) {
      return MakeError(ErrorCode::kIoFailed,
                       "Files of a dropped table could not be deleted, run this again: " +
                           purged.table.ident.ToString() + ": " + purged.problem);
    }
  }
  return Status::OK();
}

}  // namespace

void AddDroppedCommand(CLI::App& parent, Invocation& invocation) {
  const auto dry_run = std::make_shared<bool>(false);
  CLI::App* command = parent.add_subcommand(
      "dropped", "Forget dropped tables whose time is over, delete purged ones' files");
  command->add_flag("--dry-run", *dry_run, "Say what would be done, do nothing");
  AddCommonOptions(*command, invocation, "As JSON");
  command->footer(kExamples);
  command->callback([&invocation, dry_run] {
    invocation.run = [&invocation, dry_run] { return RunPurge(invocation, *dry_run); };
  });
}

}  // namespace tarn::cli
