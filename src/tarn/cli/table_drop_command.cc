// `tarn table drop`, and the way back: `dropped` and `undrop`.
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "tarn/base/error.h"
#include "tarn/cli/command.h"
#include "tarn/cli/inspect/print_report.h"
#include "tarn/cli/interrupt.h"
#include "tarn/cli/print/quantity.h"
#include "tarn/cli/table_name.h"
#include "tarn/cli/workspace.h"
#include "tarn/table/maintenance/purge_table.h"

namespace tarn::cli {
namespace {

using catalog::DroppedTable;
using iceberg::TableIdent;
using nlohmann::ordered_json;

constexpr char kDropExamples[] =
    "\nA dropped table can be brought back for as long as catalog.undrop_retention says "
    "[7d].\n"
    "\nExamples:\n"
    "  tarn table drop sales.orders\n"
    "  tarn table undrop sales.orders --as sales.orders_back\n"
    "  tarn table drop sales.orders --purge        # its files go when its time is over\n"
    "  tarn table drop sales.orders --purge --now  # they go at once, for good\n";

/// The command line as it was typed.
struct DropArguments {
  std::string table;  // `dropped`: a namespace; `undrop`: a name or an id
  std::string as;
  bool purge = false;
  bool now = false;
};
using Command = std::function<Status(Workspace&, const DropArguments&, bool as_json)>;

/// What became of a table or view.
struct Dropped {
  std::string type = "table";
  std::string location = {};  // "" where nothing tells
  std::optional<std::chrono::milliseconds> undrop_until = {};
  bool purges = false;
  std::optional<table::PurgeTableResult> purged = {};  // its files have gone
};

ordered_json InstantJson(const std::optional<std::chrono::milliseconds>& instant) {
  return instant ? ordered_json(InstantText(*instant)) : ordered_json(nullptr);
}

Status PrintDropped(const TableIdent& ident, const Dropped& dropped, bool as_json) {
  const auto deleted =
      static_cast<int64_t>(dropped.purged ? dropped.purged->files.size() : 0);
  if (as_json) {
    return PrintJson({{"status", "ok"},
                      {"dropped", ident.ToString()},
                      {"type", dropped.type},
                      {"location", dropped.location},
                      {"undrop_until", InstantJson(dropped.undrop_until)},
                      {"deleted_files_count", deleted}});
  }
  std::string text = "Dropped " + dropped.type + " " + ident.ToString();
  if (dropped.undrop_until) {
    text += "; `tarn table undrop " + ident.ToString() + "` brings it back until " +
            InstantText(*dropped.undrop_until);
  }
  if (dropped.purged) {
    text += " and deleted " + CountText(deleted, "file");
  } else if (dropped.purges) {
    text += ", then its files go";
  } else if (!dropped.location.empty()) {
    text += "; its files stay in " + dropped.location;
  }
  return StandardOutput().Write(text + "\n");
}

Status DropView(catalog::Catalog& catalog, const TableIdent& ident,
                const Status& no_table, Dropped* dropped) {
  const auto view = catalog.LoadView(ident);
  if (!view.ok()) {
    return CodeOf(view.status()) == ErrorCode::kNoSuchView ? no_table : view.status();
  }
  dropped->type = "view";
  dropped->location = view->metadata->location;
  return catalog.DropView(ident);
}

Status DropTableOf(Workspace& workspace, const TableIdent& ident,
                   const DropArguments& given, Dropped* dropped) {
  catalog::Catalog& catalog = workspace.catalog();
  if (workspace.is_other()) {
    if (given.now) {
      return MakeError(ErrorCode::kUsage,
                       "--now is for the home's own tables: another server decides for "
                       "how long it keeps " +
                           ident.ToString());
    }
    dropped->purges = given.purge;
    return catalog.DropTable(ident, {.purges = given.purge});  // the server's work
  }
  if (given.purge) {
    table::PurgeTableOptions options;
    options.control.is_cancelled = &Interrupted;
    const auto purge = given.now ? &table::PurgeTable : &table::DropTableWithFiles;
    ARROW_ASSIGN_OR_RAISE(dropped->purged, purge(workspace.context(), ident, options));
    dropped->purges = true;
    dropped->undrop_until = dropped->purged->kept_until;
    if (dropped->undrop_until) {
      dropped->purged.reset();
    }
    return Status::OK();
  }
  RETURN_NOT_OK(catalog.DropTable(ident, {.for_good = given.now}));
  if (!given.now && catalog.undrop_retention().count() > 0) {
    dropped->undrop_until = SystemClock().Now() + catalog.undrop_retention();
  }
  return Status::OK();
}

Status RunDrop(Workspace& workspace, const DropArguments& given, bool as_json) {
  ARROW_ASSIGN_OR_RAISE(TableIdent ident, ParseTableName(given.table));
  ARROW_ASSIGN_OR_RAISE(ident, workspace.Choose(std::move(ident)));
  Dropped dropped;
  // A table whose metadata is damaged can still be dropped; then where its files are is
  // not known.
  const auto table = workspace.catalog().LoadTable(ident);
  if (table.ok()) {
    dropped.location = table->metadata->location;
  }
  Status status = DropTableOf(workspace, ident, given, &dropped);
  if (!status.ok() && CodeOf(status) == ErrorCode::kNoSuchTable) {
    status = DropView(workspace.catalog(), ident, status, &dropped);
  }
  RETURN_NOT_OK(status);
  RETURN_NOT_OK(PrintDropped(ident, dropped, as_json));
  if (!dropped.purged || dropped.purged->failed_files.empty()) {
    return Status::OK();
  }
  return MakeError(
      ErrorCode::kIoFailed,
      "The table was dropped, but " +
          CountText(static_cast<int64_t>(dropped.purged->failed_files.size()), "file") +
          " could not be deleted: " + dropped.purged->first_failure);
}

Result<iceberg::Namespace> NamespaceNamed(const std::string& text) {
  if (text.empty()) {
    return iceberg::Namespace();
  }
  // A namespace is named as a table in it is, without the table.
  ARROW_ASSIGN_OR_RAISE(const TableIdent ident, ParseTableName(text + ".t"));
  return ident.ns;
}

Status RunDropped(Workspace& workspace, const DropArguments& given, bool as_json) {
  ARROW_ASSIGN_OR_RAISE(const auto ns, NamespaceNamed(given.table));
  ARROW_ASSIGN_OR_RAISE(const auto dropped, workspace.catalog().ListDroppedTables(ns));
  ordered_json list = ordered_json::array();
  std::vector<std::vector<std::string>> rows;
  for (const DroppedTable& table : dropped) {
    list.push_back({{"id", table.id},
                    {"table", table.ident.ToString()},
                    {"metadata_location", table.metadata_location},
                    {"dropped_at", InstantText(table.dropped_at)},
                    {"undrop_until", InstantText(table.expires_at)},
                    {"purge", table.purges}});
    rows.push_back({table.ident.ToString(), InstantText(table.dropped_at),
                    InstantText(table.expires_at), table.purges ? "files go" : "",
                    table.id});
  }
  return as_json
             ? PrintJson(list)
             : PrintTable({{"table"}, {"dropped"}, {"undrop until"}, {"then"}, {"id"}},
                          rows);
}

Status RunUndrop(Workspace& workspace, const DropArguments& given, bool as_json) {
  catalog::Catalog& catalog = workspace.catalog();
  std::optional<TableIdent> as;
  if (!given.as.empty()) {
    ARROW_ASSIGN_OR_RAISE(as, ParseTableName(given.as));
  }
  ARROW_ASSIGN_OR_RAISE(const auto dropped, catalog.ListDroppedTables({}));
  const auto ident = ParseTableName(given.table);  // an id is none
  const DroppedTable* wanted = nullptr;
  for (const DroppedTable& table : dropped) {  // the newest first
    const bool is_named = ident.ok() && table.ident == *ident;
    if (table.id == given.table || (is_named && wanted == nullptr)) {
      wanted = &table;
    }
  }
  if (wanted == nullptr) {
    return MakeError(ErrorCode::kNoSuchTable,
                     "No dropped table of this name or id can be brought back (`tarn "
                     "table dropped` lists those that can): " +
                         given.table);
  }
  ARROW_ASSIGN_OR_RAISE(const auto table, catalog.UndropTable(wanted->id, as));
  if (as_json) {
    return PrintJson({{"status", "ok"},
                      {"table", table.ident.ToString()},
                      {"metadata_location", table.metadata_location}});
  }
  return StandardOutput().Write("Brought back table " + table.ident.ToString() + "\n");
}

CLI::App* Add(CLI::App& parent, Invocation& invocation,
              const std::shared_ptr<DropArguments>& given, const std::string& name,
              const std::string& description, Command run) {
  CLI::App* command = parent.add_subcommand(name, description);
  AddCommonOptions(*command, invocation, "As JSON");
  AddCatalogOptions(*command, invocation, CatalogOption::kOneCatalog);
  command->callback([&invocation, given, run = std::move(run)] {
    invocation.run = [&invocation, given, run]() -> Status {
      ARROW_ASSIGN_OR_RAISE(const auto workspace, Workspace::Open(WorkspaceOptionsOf(
                                                      invocation, HomeMode::kExisting)));
      return run(*workspace, *given, invocation.json);
    };
  });
  return command;
}

}  // namespace

void AddTableDrops(CLI::App& table_command, Invocation& invocation) {
  const auto given = std::make_shared<DropArguments>();
  CLI::App* drop = Add(table_command, invocation, given, "drop",
                       "Remove a table or view from the catalog", &RunDrop);
  drop->add_option("TABLE", given->table, "namespace.table")->required();
  drop->add_flag("--purge", given->purge,
                 "Its files go too, once it can no longer be brought back");
  drop->add_flag("--now", given->now, "It cannot be brought back");
  drop->footer(kDropExamples);
  CLI::App* dropped = Add(table_command, invocation, given, "dropped",
                          "Dropped tables that can be brought back", &RunDropped);
  dropped->add_option("NAMESPACE", given->table, "Only of this namespace");
  CLI::App* undrop = Add(table_command, invocation, given, "undrop",
                         "Bring back a dropped table", &RunUndrop);
  undrop
      ->add_option("TABLE", given->table,
                   "namespace.table (the one dropped last), or an id of `dropped`")
      ->required();
  undrop->add_option("--as", given->as, "Under this name")->type_name("TABLE");
}

}  // namespace tarn::cli
