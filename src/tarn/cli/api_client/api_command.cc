#include "tarn/cli/api_client/api_command.h"

#include <utility>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "tarn/cli/inspect/print_report.h"
#include "tarn/cli/workspace.h"

namespace tarn::cli {

CLI::App* AddApiCommand(CLI::App& parent, Invocation& invocation, const std::string& name,
                        const std::string& help, HomeMode mode, ApiRun run) {
  CLI::App* command = parent.add_subcommand(name, help);
  AddCommonOptions(*command, invocation, "As JSON");
  AddCatalogOptions(*command, invocation, CatalogOption::kServerOnly);
  command->callback([&invocation, mode, run = std::move(run)] {
    invocation.run = [&invocation, mode, run]() -> Status {
      ARROW_ASSIGN_OR_RAISE(const auto api, ApiCalls::Make(invocation, mode));
      return run(*api, invocation.json);
    };
  });
  return command;
}

std::string TextOf(const Json& object, const char* member) {
  const auto found = object.find(member);
  return found == object.end() || !found->is_string() ? "" : found->get<std::string>();
}

Status PrintApiJson(const Json& json) {
  return PrintJson(nlohmann::ordered_json::parse(DumpJson(json), nullptr, false));
}

}  // namespace tarn::cli
