// `tarn table` commands that change a table: branches, tags, the current snapshot,
// properties, format version.
#include <charconv>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "tarn/base/config.h"
#include "tarn/base/error.h"
#include "tarn/cli/command.h"
#include "tarn/cli/inspect/print_report.h"
#include "tarn/cli/print/quantity.h"
#include "tarn/cli/table_name.h"
#include "tarn/cli/workspace.h"
#include "tarn/iceberg/property_update.h"
#include "tarn/iceberg/value.h"
#include "tarn/table/alter.h"
#include "tarn/table/snapshot_refs.h"

namespace tarn::cli {
namespace {

using catalog::LoadedTable;
using iceberg::RefType;
using iceberg::TableIdent;

/// The command line as it was typed.
struct ChangeArguments {
  std::string table;
  std::string ref;       // a branch or tag
  std::string to;        // a ref, snapshot id, wap.id or name
  std::string to_time;   // rollback
  std::string snapshot;  // a ref or snapshot id
  std::string max_ref_age;
  std::string max_snapshot_age;
  std::optional<int32_t> min_snapshots;
  bool replace = false;
  bool if_exists = false;
  int32_t version = 0;
  std::vector<std::string> properties;
};

/// What was done, as the end of "ns.t: …".
struct Changed {
  LoadedTable table;
  std::string text;
};
using Change =
    std::function<Result<Changed>(Workspace&, const TableIdent&, const ChangeArguments&)>;
using Arguments = std::shared_ptr<ChangeArguments>;

Result<std::optional<iceberg::SnapshotId>> SnapshotOf(Workspace& workspace,
                                                      const TableIdent& ident,
                                                      const std::string& text) {
  if (text.empty()) {
    return std::nullopt;
  }
  ARROW_ASSIGN_OR_RAISE(const LoadedTable table, workspace.catalog().LoadTable(ident));
  ARROW_ASSIGN_OR_RAISE(const iceberg::SnapshotId id,
                        table::SnapshotNamed(*table.metadata, text));
  return std::optional(id);
}

Result<std::optional<std::chrono::milliseconds>> AgeOf(const std::string& text,
                                                       const char* option) {
  if (text.empty()) {
    return std::nullopt;
  }
  const Result<std::chrono::milliseconds> age = ParseDuration(text);
  if (!age.ok()) {
    return MakeError(ErrorCode::kUsage,
                     std::string(option) + ": " + age.status().message());
  }
  return std::optional(*age);
}

Result<table::RefRetention> RetentionOf(const ChangeArguments& given) {
  table::RefRetention retention;
  retention.min_snapshots_to_keep = given.min_snapshots;
  ARROW_ASSIGN_OR_RAISE(retention.max_ref_age, AgeOf(given.max_ref_age, "--max-ref-age"));
  ARROW_ASSIGN_OR_RAISE(retention.max_snapshot_age,
                        AgeOf(given.max_snapshot_age, "--max-snapshot-age"));
  return retention;
}

Result<Changed> MakeRef(Workspace& workspace, const TableIdent& ident,
                        const ChangeArguments& given, RefType type) {
  table::NewRef ref;
  ref.name = given.ref;
  ref.type = type;
  ARROW_ASSIGN_OR_RAISE(ref.snapshot_id, SnapshotOf(workspace, ident, given.snapshot));
  ARROW_ASSIGN_OR_RAISE(ref.retention, RetentionOf(given));
  ref.if_exists =
      given.replace ? table::IfRefExists::kReplace : table::IfRefExists::kFail;
  ARROW_ASSIGN_OR_RAISE(LoadedTable table,
                        table::CreateRef(workspace.context(), ident, ref));
  const auto made = table.metadata->refs.find(given.ref);
  const std::string at =
      made == table.metadata->refs.end()
          ? ""
          : " at snapshot " + std::to_string(made->second.snapshot_id.value);
  return Changed{std::move(table),
                 (type == RefType::kTag ? "tag " : "branch ") + given.ref + at};
}

Result<Changed> Tag(Workspace& workspace, const TableIdent& ident,
                    const ChangeArguments& given) {
  return MakeRef(workspace, ident, given, RefType::kTag);
}

Result<Changed> Branch(Workspace& workspace, const TableIdent& ident,
                       const ChangeArguments& given) {
  return MakeRef(workspace, ident, given, RefType::kBranch);
}

Result<Changed> DropRef(Workspace& workspace, const TableIdent& ident,
                        const ChangeArguments& given) {
  ARROW_ASSIGN_OR_RAISE(LoadedTable table, table::DropRef(workspace.context(), ident,
                                                          given.ref, given.if_exists));
  return Changed{std::move(table), "dropped " + given.ref};
}

Changed CurrentSnapshot(LoadedTable table) {
  const auto& current = table.metadata->current_snapshot_id;
  std::string text =
      "current snapshot is " + (current ? std::to_string(current->value) : "none");
  return {std::move(table), std::move(text)};
}

/// "2024-01-31 10:00:00" and the like, UTC unless it has a zone.
Result<std::chrono::milliseconds> TimeOf(const std::string& text) {
  const Result<iceberg::Value> micros =
      iceberg::ValueFromString(iceberg::Type::TimestampTz(), text);
  if (!micros.ok()) {
    return MakeError(ErrorCode::kUsage, "--to-time: " + micros.status().message());
  }
  return std::chrono::floor<std::chrono::milliseconds>(
      std::chrono::microseconds(std::get<int64_t>(*micros)));
}

Result<Changed> Rollback(Workspace& workspace, const TableIdent& ident,
                         const ChangeArguments& given) {
  if (given.to.empty() == given.to_time.empty()) {
    return MakeError(ErrorCode::kUsage, "Give --to SNAPSHOT or --to-time TIME");
  }
  if (!given.to_time.empty()) {
    ARROW_ASSIGN_OR_RAISE(const auto time, TimeOf(given.to_time));
    ARROW_ASSIGN_OR_RAISE(LoadedTable table,
                          table::RollbackToTimestamp(workspace.context(), ident, time));
    return CurrentSnapshot(std::move(table));
  }
  ARROW_ASSIGN_OR_RAISE(const auto id, SnapshotOf(workspace, ident, given.to));
  ARROW_ASSIGN_OR_RAISE(LoadedTable table,
                        table::RollbackToSnapshot(workspace.context(), ident, *id));
  return CurrentSnapshot(std::move(table));
}

Result<Changed> SetCurrent(Workspace& workspace, const TableIdent& ident,
                           const ChangeArguments& given) {
  ARROW_ASSIGN_OR_RAISE(const auto id, SnapshotOf(workspace, ident, given.to));
  ARROW_ASSIGN_OR_RAISE(LoadedTable table,
                        table::SetCurrentSnapshot(workspace.context(), ident, *id));
  return CurrentSnapshot(std::move(table));
}

Result<Changed> FastForward(Workspace& workspace, const TableIdent& ident,
                            const ChangeArguments& given) {
  ARROW_ASSIGN_OR_RAISE(LoadedTable table, table::FastForward(workspace.context(), ident,
                                                              given.ref, given.to));
  const auto branch = table.metadata->refs.find(given.ref);
  const std::string at = branch == table.metadata->refs.end()
                             ? given.to
                             : std::to_string(branch->second.snapshot_id.value);
  return Changed{std::move(table), "branch " + given.ref + " at snapshot " + at};
}

Result<Changed> CherryPick(Workspace& workspace, const TableIdent& ident,
                           const ChangeArguments& given) {
  ARROW_ASSIGN_OR_RAISE(const auto id, SnapshotOf(workspace, ident, given.to));
  ARROW_ASSIGN_OR_RAISE(LoadedTable table,
                        table::CherryPick(workspace.context(), ident, *id));
  return CurrentSnapshot(std::move(table));
}

Result<Changed> Publish(Workspace& workspace, const TableIdent& ident,
                        const ChangeArguments& given) {
  ARROW_ASSIGN_OR_RAISE(LoadedTable table,
                        table::PublishChanges(workspace.context(), ident, given.to));
  return CurrentSnapshot(std::move(table));
}

Result<Changed> Alter(
    Workspace& workspace, const TableIdent& ident,
    const std::function<Result<iceberg::MetadataChange>(const iceberg::TableMetadata&)>&
        change,
    std::string text) {
  ARROW_ASSIGN_OR_RAISE(
      LoadedTable table,
      table::AlterTable(
          workspace.context(), ident,
          [&](const iceberg::TableMetadata& base) -> Result<table::Alteration> {
            ARROW_ASSIGN_OR_RAISE(iceberg::MetadataChange made, change(base));
            return table::Alteration{std::move(made.requirements),
                                     std::move(made.updates)};
          }));
  return Changed{std::move(table), std::move(text)};
}

Result<Changed> Upgrade(Workspace& workspace, const TableIdent& ident,
                        const ChangeArguments& given) {
  const std::string uuid = NewUuid(SystemRandom());
  return Alter(
      workspace, ident,
      [&](const iceberg::TableMetadata& base) {
        return iceberg::UpgradeFormat(base, given.version, uuid);
      },
      "format version is " + std::to_string(given.version));
}

Result<Changed> SetProperties(Workspace& workspace, const TableIdent& ident,
                              const ChangeArguments& given) {
  std::map<std::string, std::string> set;
  std::vector<std::string> unset;
  for (const std::string& property : given.properties) {
    const size_t equals = property.find('=');
    if (equals == 0) {
      return MakeError(ErrorCode::kUsage, "A property needs a name: " + property);
    }
    if (equals == std::string::npos) {
      unset.push_back(property);
    } else {
      set[property.substr(0, equals)] = property.substr(equals + 1);
    }
  }
  std::vector<std::pair<int64_t, const char*>> counts = {
      {static_cast<int64_t>(set.size()), "set "},
      {static_cast<int64_t>(unset.size()), "removed "}};
  std::string text;
  for (const auto& [count, verb] : counts) {
    if (count > 0) {
      text += (text.empty() ? "" : ", ") +
              (verb + std::to_string(count) + (count == 1 ? " property" : " properties"));
    }
  }
  return Alter(
      workspace, ident,
      [&](const iceberg::TableMetadata& base) {
        return iceberg::UpdateProperties(base, set, unset);
      },
      text);
}

Status Run(const Invocation& invocation, const ChangeArguments& given,
           const Change& change) {
  ARROW_ASSIGN_OR_RAISE(TableIdent ident, ParseTableName(given.table));
  ARROW_ASSIGN_OR_RAISE(const auto workspace, Workspace::Open(WorkspaceOptionsOf(
                                                  invocation, HomeMode::kExisting)));
  ARROW_ASSIGN_OR_RAISE(ident, workspace->Choose(std::move(ident)));
  ARROW_ASSIGN_OR_RAISE(const Changed changed, change(*workspace, ident, given));
  if (!invocation.json) {
    return StandardOutput().Write(ident.ToString() + ": " + changed.text + "\n");
  }
  const iceberg::TableMetadata& metadata = *changed.table.metadata;
  nlohmann::ordered_json refs = nlohmann::ordered_json::object();
  for (const auto& [name, ref] : metadata.refs) {
    refs[name] = ref.snapshot_id.value;
  }
  const auto& current = metadata.current_snapshot_id;
  return PrintJson(
      {{"status", "ok"},
       {"table", ident.ToString()},
       {"metadata_location", changed.table.metadata_location},
       {"current_snapshot_id", current ? nlohmann::ordered_json(current->value)
                                       : nlohmann::ordered_json(nullptr)},
       {"format_version", metadata.format_version},
       {"refs", std::move(refs)}});
}

CLI::App& AddChange(CLI::App& parent, Invocation& invocation, const Arguments& given,
                    const std::string& name, const std::string& description,
                    Change change) {
  CLI::App* command = parent.add_subcommand(name, description);
  command->add_option("TABLE", given->table, "namespace.table")->required();
  AddCommonOptions(*command, invocation, "As JSON");
  AddCatalogOptions(*command, invocation, CatalogOption::kOneCatalog);
  command->callback([&invocation, given, change = std::move(change)] {
    invocation.run = [&invocation, given, change] {
      return Run(invocation, *given, change);
    };
  });
  return *command;
}

void AddRefOptions(CLI::App& command, const Arguments& given, bool is_branch) {
  command.add_option("NAME", given->ref, "Name of the branch or tag")->required();
  command
      .add_option("--snapshot", given->snapshot,
                  "Snapshot id, branch or tag it points to [the current one]")
      ->type_name("SNAPSHOT");
  command
      .add_option("--max-ref-age", given->max_ref_age,
                  "How old it may become until expiry drops it: 30d")
      ->type_name("AGE");
  if (is_branch) {
    command
        .add_option("--max-snapshot-age", given->max_snapshot_age,
                    "Age from which expiry takes its snapshots")
        ->type_name("AGE");
    command
        .add_option("--min-snapshots", given->min_snapshots,
                    "Snapshots that stay whatever their age")
        ->type_name("N");
  }
  command.add_flag("--replace", given->replace, "Move it if it exists");
}

void AddTarget(CLI::App& command, const Arguments& given, const std::string& help) {
  command.add_option("SNAPSHOT", given->to, help)->required();
}

}  // namespace

void AddTableChanges(CLI::App& table_command, Invocation& invocation) {
  const auto given = std::make_shared<ChangeArguments>();
  const auto add = [&](const std::string& name, const std::string& description,
                       Change change) -> CLI::App& {
    return AddChange(table_command, invocation, given, name, description,
                     std::move(change));
  };
  AddRefOptions(add("tag", "Name a snapshot for good", &Tag), given, false);
  AddRefOptions(add("branch", "Start a branch", &Branch), given, true);
  CLI::App& drop = add("drop-ref", "Drop a branch or tag", &DropRef);
  drop.add_option("NAME", given->ref, "Name of the branch or tag")->required();
  drop.add_flag("--if-exists", given->if_exists, "No error if there is none");
  CLI::App& forward =
      add("fast-forward", "Move a branch on to another's head", &FastForward);
  forward.add_option("BRANCH", given->ref, "The branch to move")->required();
  forward.add_option("TO", given->to, "The branch or tag whose head it gets")->required();
  CLI::App& rollback = add("rollback", "Make an earlier snapshot current", &Rollback);
  rollback
      .add_option("--to", given->to, "Snapshot id or tag, an ancestor of the current")
      ->type_name("SNAPSHOT");
  rollback
      .add_option("--to-time", given->to_time,
                  "What was current then: '2024-01-31 10:00:00', UTC")
      ->type_name("TIME");
  AddTarget(add("set-current", "Make any snapshot current", &SetCurrent), given,
            "Snapshot id, branch or tag");
  AddTarget(add("cherry-pick", "Apply the change of a staged snapshot", &CherryPick),
            given, "Snapshot id");
  CLI::App& publish = add("publish", "Apply what was staged under a wap.id", &Publish);
  publish.add_option("WAP_ID", given->to, "Its wap.id")->required();
  CLI::App& upgrade = add("upgrade", "Raise the format version", &Upgrade);
  upgrade.add_option("--to", given->version, "Format version, 2 or 3")->required();
  CLI::App& set = add("set", "Set properties, or remove those without =", &SetProperties);
  set.add_option("PROPERTY", given->properties, "NAME=VALUE or NAME")->required();
}

}  // namespace tarn::cli
