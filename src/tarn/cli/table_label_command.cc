// `tarn table label`: what the catalog says about a table or view and its columns.
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "tarn/base/error.h"
#include "tarn/cli/command.h"
#include "tarn/cli/inspect/print_report.h"
#include "tarn/cli/print/text_output.h"
#include "tarn/cli/table_name.h"
#include "tarn/cli/workspace.h"
#include "tarn/gateway/iceberg_rest/label_store.h"

namespace tarn::cli {
namespace {

struct LabelArguments {
  std::string table;
  std::string column;
  std::vector<std::string> set;
  std::vector<std::string> removed;
};

/// What labels can be put on.
struct Labelled {
  std::string uuid;
  std::shared_ptr<const iceberg::Schema> schema;
};

Result<Labelled> Find(Workspace& workspace, const iceberg::TableIdent& ident) {
  const auto table = workspace.catalog().LoadTable(ident);
  if (table.ok()) {
    return Labelled{table->metadata->table_uuid, table->metadata->schema_ptr()};
  }
  const auto view = workspace.catalog().LoadView(ident);
  if (!view.ok()) {
    return table.status();
  }
  const iceberg::ViewMetadata& metadata = *view->metadata;
  return Labelled{metadata.view_uuid,
                  metadata.FindSchema(metadata.current_version().schema_id)};
}

/// The labels that the command is about: the object's own, or one column's.
Result<gateway::Labels::Map*> Chosen(const Labelled& labelled,
                                     const LabelArguments& given,
                                     gateway::Labels* labels) {
  if (given.column.empty()) {
    return &labels->object;
  }
  const iceberg::Field* field = labelled.schema->FindByName(given.column);
  if (field == nullptr) {
    return MakeError(ErrorCode::kNoSuchColumn, "Column does not exist: " + given.column);
  }
  return &labels->fields[field->id];
}

Status Change(const LabelArguments& given, gateway::Labels::Map* labels) {
  for (const std::string& text : given.set) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      return MakeError(ErrorCode::kUsage, "--set takes KEY=VALUE, not " + text);
    }
    (*labels)[text.substr(0, equals)] = text.substr(equals + 1);
  }
  for (const std::string& key : given.removed) {
    labels->erase(key);
  }
  return Status::OK();
}

Status Print(const iceberg::Schema& schema, const gateway::Labels& labels, bool json) {
  if (json) {
    return PrintJson(nlohmann::ordered_json(gateway::LabelsToJson(labels)));
  }
  std::string text;
  for (const auto& [key, value] : labels.object) {
    text += key + " = " + value + "\n";
  }
  for (const auto& [id, map] : labels.fields) {
    const std::string& name = schema.NameOf(id);
    for (const auto& [key, value] : map) {
      text += (name.empty() ? "field " + std::to_string(id) : name) + ": " + key + " = " +
              value + "\n";
    }
  }
  return StandardOutput().Write(text.empty() ? "No labels.\n" : text);
}

Status Run(const Invocation& invocation, const LabelArguments& given) {
  ARROW_ASSIGN_OR_RAISE(const iceberg::TableIdent ident, ParseTableName(given.table));
  ARROW_ASSIGN_OR_RAISE(const auto workspace, Workspace::Open({.home = invocation.home}));
  ARROW_ASSIGN_OR_RAISE(const Labelled labelled, Find(*workspace, ident));
  gateway::LabelStore store(workspace->store().settings(), SystemClock());
  ARROW_ASSIGN_OR_RAISE(gateway::Labels labels, store.Load(labelled.uuid));
  ARROW_ASSIGN_OR_RAISE(gateway::Labels::Map* const chosen,
                        Chosen(labelled, given, &labels));
  RETURN_NOT_OK(Change(given, chosen));
  std::erase_if(labels.fields, [](const auto& field) { return field.second.empty(); });
  if (!given.set.empty() || !given.removed.empty()) {
    // As the server would be asked to keep them: the same limits hold.
    ARROW_ASSIGN_OR_RAISE(labels, gateway::LabelsFromJson(gateway::LabelsToJson(labels)));
    RETURN_NOT_OK(store.Save(labelled.uuid, labels));
  }
  return Print(*labelled.schema, labels, invocation.json);
}

}  // namespace

void AddTableLabels(CLI::App& table_command, Invocation& invocation) {
  const auto given = std::make_shared<LabelArguments>();
  CLI::App* command = table_command.add_subcommand(
      "label", "Labels of a table or view and its columns, which clients are told");
  command->add_option("TABLE", given->table, "namespace.table")->required();
  command
      ->add_option("--column", given->column,
                   "Change the labels of this column, not those of the table")
      ->type_name("NAME");
  command->add_option("--set", given->set, "Set a label; may be given more than once")
      ->type_name("KEY=VALUE");
  command
      ->add_option("--remove", given->removed,
                   "Remove a label; may be given more than once")
      ->type_name("KEY");
  AddCommonOptions(*command, invocation, "As JSON");
  command->callback([&invocation, given] {
    invocation.run = [&invocation, given] { return Run(invocation, *given); };
  });
}

}  // namespace tarn::cli
