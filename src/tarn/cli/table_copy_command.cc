// `tarn table rewrite-path` and `register`: a table's copy at another place.
#include <memory>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "tarn/cli/command.h"
#include "tarn/cli/inspect/print_report.h"
#include "tarn/cli/interrupt.h"
#include "tarn/cli/print/quantity.h"
#include "tarn/cli/table_name.h"
#include "tarn/cli/workspace.h"
#include "tarn/table/maintenance/rewrite_table_path.h"

namespace tarn::cli {
namespace {

struct CopyArguments {
  std::string table;
  table::RewriteTablePathOptions options = {};
  std::string metadata_location;
};

Status RunRewrite(const Invocation& invocation, const CopyArguments& given) {
  ARROW_ASSIGN_OR_RAISE(iceberg::TableIdent ident, ParseTableName(given.table));
  ARROW_ASSIGN_OR_RAISE(const auto workspace, Workspace::Open(WorkspaceOptionsOf(
                                                  invocation, HomeMode::kExisting)));
  ARROW_ASSIGN_OR_RAISE(ident, workspace->Choose(std::move(ident)));
  table::RewriteTablePathOptions options = given.options;
  options.control.is_cancelled = &Interrupted;
  ARROW_ASSIGN_OR_RAISE(const auto result,
                        RewriteTablePath(workspace->context(), ident, options));
  if (invocation.json) {
    return PrintJson(
        {{"latest_version", result.latest_version},
         {"staging_location", result.staging_location},
         {"file_list_location", result.file_list_location},
         {"rewritten_metadata_files_count", result.rewritten_metadata_files_count},
         {"rewritten_manifest_lists_count", result.rewritten_manifest_lists_count},
         {"rewritten_manifests_count", result.rewritten_manifests_count},
         {"rewritten_delete_files_count", result.rewritten_delete_files_count},
         {"files_to_copy_count", result.files_to_copy_count}});
  }
  return StandardOutput().Write(
      ident.ToString() + ": " + CountText(result.files_to_copy_count, "file") +
      " to copy, listed in " + result.file_list_location +
      "; then register the copy with its " + result.latest_version + "\n");
}

Status RunRegister(const Invocation& invocation, const CopyArguments& given) {
  ARROW_ASSIGN_OR_RAISE(iceberg::TableIdent ident, ParseTableName(given.table));
  ARROW_ASSIGN_OR_RAISE(const auto workspace, Workspace::Open(WorkspaceOptionsOf(
                                                  invocation, HomeMode::kCreate)));
  ARROW_ASSIGN_OR_RAISE(ident, workspace->Choose(std::move(ident)));
  const std::string location = io::AbsoluteLocation(given.metadata_location);
  ARROW_ASSIGN_OR_RAISE(const auto table,
                        workspace->catalog().RegisterTable(ident, location));
  if (invocation.json) {
    return PrintJson({{"status", "ok"},
                      {"table", ident.ToString()},
                      {"metadata_location", table.metadata_location},
                      {"location", table.metadata->location}});
  }
  return StandardOutput().Write(ident.ToString() + ": registered, at " +
                                table.metadata->location + "\n");
}

}  // namespace

void AddTableCopies(CLI::App& table_command, Invocation& invocation) {
  const auto given = std::make_shared<CopyArguments>();
  CLI::App* rewrite = table_command.add_subcommand(
      "rewrite-path", "Prepare a copy at another place: its metadata, and what to copy");
  rewrite->add_option("TABLE", given->table, "namespace.table")->required();
  rewrite
      ->add_option("--from", given->options.source_prefix, "What every path begins with")
      ->type_name("PREFIX")
      ->required();
  rewrite->add_option("--to", given->options.target_prefix, "What takes its place")
      ->type_name("PREFIX")
      ->required();
  rewrite
      ->add_option("--staging", given->options.staging_location,
                   "Where the new metadata goes [a directory in the table's metadata]")
      ->type_name("DIR");
  rewrite
      ->add_option("--start", given->options.start_version,
                   "Only what came after this metadata file, which was copied before")
      ->type_name("FILE");
  rewrite
      ->add_option("--end", given->options.end_version,
                   "Up to this metadata file [the current one]")
      ->type_name("FILE");
  AddCommonOptions(*rewrite, invocation, "As JSON");
  AddCatalogOptions(*rewrite, invocation, CatalogOption::kOneCatalog);
  rewrite->callback([&invocation, given] {
    invocation.run = [&invocation, given] { return RunRewrite(invocation, *given); };
  });

  CLI::App* registration = table_command.add_subcommand(
      "register", "Add a table that exists, by its metadata file");
  registration->add_option("TABLE", given->table, "namespace.table")->required();
  registration
      ->add_option("METADATA", given->metadata_location, "Location of the metadata file")
      ->required();
  AddCommonOptions(*registration, invocation, "As JSON");
  AddCatalogOptions(*registration, invocation, CatalogOption::kOneCatalog);
  registration->callback([&invocation, given] {
    invocation.run = [&invocation, given] { return RunRegister(invocation, *given); };
  });
}

}  // namespace tarn::cli
