// `tarn table`: looking at tables, without the SQL engine.
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>

#include "tarn/base/config.h"
#include "tarn/base/error.h"
#include "tarn/cli/command.h"
#include "tarn/cli/inspect/inspect.h"
#include "tarn/cli/table_name.h"
#include "tarn/cli/workspace.h"

namespace tarn::cli {
namespace {

constexpr char kExamples[] =
    "\nExamples:\n"
    "  tarn table list\n"
    "  tarn table show sales.orders\n"
    "  tarn table plan sales.orders --where \"order_date >= DATE '2024-06-01'\" --json\n"
    "  tarn table orphans sales.orders --older-than 1h\n"
    "  tarn table advise sales.orders\n";

struct TableOptions {
  std::string name;  // a namespace for `list`
  std::string where;
  int64_t snapshot_id = 0;
  std::string older_than = "0ms";
  std::string sample = "32MiB";
};

using Report = std::function<Status(Workspace&, const iceberg::TableIdent&,
                                    const TableOptions&, ReportFormat)>;

ReportFormat FormatOf(const Invocation& invocation) {
  return invocation.json ? ReportFormat::kJson : ReportFormat::kText;
}

FilesRequest FilesRequestOf(const iceberg::TableIdent& ident,
                            const TableOptions& options) {
  FilesRequest request{.ident = ident, .where = options.where};
  if (options.snapshot_id != 0) {
    request.snapshot_id = options.snapshot_id;
  }
  return request;
}

Status RunReport(const Invocation& invocation, const TableOptions& options,
                 const Report& report) {
  ARROW_ASSIGN_OR_RAISE(iceberg::TableIdent ident, ParseTableName(options.name));
  ARROW_ASSIGN_OR_RAISE(const auto workspace, Workspace::Open(WorkspaceOptionsOf(
                                                  invocation, HomeMode::kExisting)));
  ARROW_ASSIGN_OR_RAISE(ident, workspace->Choose(std::move(ident)));
  return report(*workspace, ident, options, FormatOf(invocation));
}

Status RunOrphans(Workspace& workspace, const iceberg::TableIdent& ident,
                  const TableOptions& options, ReportFormat format) {
  const Result<std::chrono::milliseconds> age = ParseDuration(options.older_than);
  if (!age.ok()) {
    return MakeError(ErrorCode::kUsage, "--older-than: " + age.status().message());
  }
  return ReportOrphans(workspace, ident, *age, format);
}

Status RunAdvise(Workspace& workspace, const iceberg::TableIdent& ident,
                 const TableOptions& options, ReportFormat format) {
  constexpr int64_t kSampleBytesMin = int64_t{64} << 10;
  constexpr int64_t kSampleBytesMax = int64_t{4} << 30;
  const Result<int64_t> bytes = ParseSize(options.sample);
  if (!bytes.ok() || *bytes < kSampleBytesMin || *bytes > kSampleBytesMax) {
    return MakeError(ErrorCode::kUsage,
                     "--sample must be a size like 32MiB from 64 KiB to 4 GiB, got: " +
                         options.sample);
  }
  return ReportAdvice(workspace, ident, *bytes, format);
}

/// Adds a command about one table.
CLI::App* AddReport(CLI::App& parent, Invocation& invocation,
                    const std::shared_ptr<TableOptions>& options, const std::string& name,
                    const std::string& description, Report report) {
  CLI::App* command = parent.add_subcommand(name, description);
  command->add_option("TABLE", options->name, "namespace.table")->required();
  AddCommonOptions(*command, invocation, "As JSON");
  AddCatalogOptions(*command, invocation, CatalogOption::kOneCatalog);
  command->callback([&invocation, options, report = std::move(report)] {
    invocation.run = [&invocation, options, report] {
      return RunReport(invocation, *options, report);
    };
  });
  return command;
}

void AddScanOptions(CLI::App& command, TableOptions& options) {
  command
      .add_option("--where", options.where,
                  "Only files that may hold rows with this SQL predicate")
      ->type_name("EXPR");
  command
      .add_option("--snapshot", options.snapshot_id,
                  "This snapshot instead of the current one")
      ->type_name("ID");
}

void AddList(CLI::App& parent, Invocation& invocation,
             const std::shared_ptr<TableOptions>& options) {
  CLI::App* command = parent.add_subcommand("list", "Tables and views");
  command->add_option("NAMESPACE", options->name, "Only of this namespace");
  AddCommonOptions(*command, invocation, "As JSON");
  AddCatalogOptions(*command, invocation, CatalogOption::kOneCatalog);
  command->callback([&invocation, options] {
    invocation.run = [&invocation, options]() -> Status {
      ARROW_ASSIGN_OR_RAISE(const auto workspace, Workspace::Open(WorkspaceOptionsOf(
                                                      invocation, HomeMode::kExisting)));
      return ReportTables(*workspace, options->name, FormatOf(invocation));
    };
  });
}

}  // namespace

void AddTableCommand(CLI::App& app, Invocation& invocation) {
  CLI::App* command =
      app.add_subcommand("table", "List, describe, change and drop tables");
  const auto options = std::make_shared<TableOptions>();
  AddList(*command, invocation, options);
  const auto add = [&](const std::string& name, const std::string& description,
                       Status (*report)(Workspace&, const iceberg::TableIdent&,
                                        ReportFormat)) {
    AddReport(*command, invocation, options, name, description,
              [report](Workspace& workspace, const iceberg::TableIdent& ident,
                       const TableOptions&,
                       ReportFormat format) { return report(workspace, ident, format); });
  };
  add("show", "Columns, partitions, properties and size", &ReportTable);
  add("snapshots", "Snapshots with what each changed", &ReportSnapshots);
  add("history", "Which snapshot was current when", &ReportHistory);
  CLI::App* files =
      AddReport(*command, invocation, options, "files", "Data files",
                [](Workspace& workspace, const iceberg::TableIdent& ident,
                   const TableOptions& given, ReportFormat format) {
                  return ReportFiles(workspace, FilesRequestOf(ident, given), format);
                });
  AddScanOptions(*files, *options);
  CLI::App* plan = AddReport(
      *command, invocation, options, "plan", "What a scan would read, and what it skips",
      [](Workspace& workspace, const iceberg::TableIdent& ident,
         const TableOptions& given, ReportFormat format) {
        return ReportPlan(workspace, FilesRequestOf(ident, given), format);
      });
  AddScanOptions(*plan, *options);
  CLI::App* orphans = AddReport(
      *command, invocation, options, "orphans",
      "Files in the table's directory that nothing refers to (listed, not deleted)",
      &RunOrphans);
  orphans
      ->add_option("--older-than", options->older_than,
                   "Only files older than this: 30s, 15m, 2h, 3d [0]")
      ->type_name("AGE");
  CLI::App* advise = AddReport(
      *command, invocation, options, "advise",
      "Codecs and encodings that make it smaller, tried on a sample", &RunAdvise);
  advise->add_option("--sample", options->sample, "Rows in memory to try on [32MiB]")
      ->type_name("SIZE");
  AddTableDrops(*command, invocation);
  AddTableChanges(*command, invocation);
  AddTableCopies(*command, invocation);
  AddTableLabels(*command, invocation);
  command->require_subcommand(1);
  command->footer(kExamples);
}

}  // namespace tarn::cli
