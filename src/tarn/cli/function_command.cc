// `tarn function`: functions that the catalog serves to engines.
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "tarn/base/error.h"
#include "tarn/cli/command.h"
#include "tarn/cli/inspect/print_report.h"
#include "tarn/cli/print/text_output.h"
#include "tarn/cli/table_name.h"
#include "tarn/cli/workspace.h"
#include "tarn/gateway/iceberg_rest/function_store.h"

namespace tarn::cli {
namespace {

struct FunctionArguments {
  std::string name;  // of a function, or of a namespace
  std::string file;
  bool replace = false;
};

/// A command on the functions of the home's catalog.
using Action =
    std::function<Status(gateway::FunctionStore&, const FunctionArguments&, bool json)>;

Result<Json> ReadMetadata(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return MakeError(ErrorCode::kNoSuchFile, "Cannot read function metadata: " + path);
  }
  const std::string text(std::istreambuf_iterator<char>(file), {});
  return ParseJson(text, "function metadata " + path);
}

Status List(gateway::FunctionStore& functions, const FunctionArguments& given,
            bool json) {
  // A namespace is named as a table in it would be.
  ARROW_ASSIGN_OR_RAISE(const iceberg::TableIdent any, ParseTableName(given.name + ".f"));
  ARROW_ASSIGN_OR_RAISE(const auto idents, functions.List(any.ns));
  nlohmann::ordered_json names = nlohmann::ordered_json::array();
  std::string text;
  for (const iceberg::TableIdent& ident : idents) {
    names.push_back({{"namespace", ident.ns.levels}, {"name", ident.name}});
    text += ident.ToString() + "\n";
  }
  return json ? PrintJson(names) : StandardOutput().Write(text);
}

Status Show(gateway::FunctionStore& functions, const FunctionArguments& given,
            bool json) {
  ARROW_ASSIGN_OR_RAISE(const iceberg::TableIdent ident, ParseTableName(given.name));
  ARROW_ASSIGN_OR_RAISE(const gateway::LoadedFunction function, functions.Load(ident));
  if (json) {
    return PrintJson(
        nlohmann::ordered_json(Json{{"metadata-location", function.metadata_location},
                                    {"metadata", function.metadata}}));
  }
  std::string text = "metadata  " + function.metadata_location + "\n";
  for (const Json& definition : function.metadata.value("definitions", Json::array())) {
    text += ident.name + "(" + definition.value("definition-id", "") + ")";
    const Json returned = definition.value("return-type", Json());
    text += " -> " +
            (returned.is_string() ? returned.get<std::string>() : DumpJson(returned)) +
            "\n";
    const Json current = definition.value("current-version-id", Json());
    for (const Json& version : definition.value("versions", Json::array())) {
      if (version.value("version-id", Json()) != current) {
        continue;
      }
      for (const Json& body : version.value("representations", Json::array())) {
        text += "  " + body.value("dialect", "?") + ": " + body.value("sql", "") + "\n";
      }
    }
  }
  return StandardOutput().Write(text);
}

Status Register(gateway::FunctionStore& functions, const FunctionArguments& given,
                bool json) {
  ARROW_ASSIGN_OR_RAISE(const iceberg::TableIdent ident, ParseTableName(given.name));
  ARROW_ASSIGN_OR_RAISE(Json metadata, ReadMetadata(given.file));
  ARROW_ASSIGN_OR_RAISE(const gateway::LoadedFunction function,
                        functions.Register(ident, std::move(metadata),
                                           given.replace ? catalog::IfExists::kReplace
                                                         : catalog::IfExists::kFail));
  if (json) {
    return PrintJson({{"metadata-location", function.metadata_location}});
  }
  return StandardOutput().Write(ident.ToString() + ": registered " +
                                function.metadata_location + "\n");
}

Status Drop(gateway::FunctionStore& functions, const FunctionArguments& given,
            bool json) {
  ARROW_ASSIGN_OR_RAISE(const iceberg::TableIdent ident, ParseTableName(given.name));
  RETURN_NOT_OK(functions.Drop(ident));
  return json ? PrintJson({{"dropped", ident.ToString()}})
              : StandardOutput().Write(ident.ToString() + ": dropped\n");
}

CLI::App& AddAction(CLI::App& parent, Invocation& invocation, const char* name,
                    const char* description, const char* argument,
                    const std::shared_ptr<FunctionArguments>& given, Action action) {
  CLI::App* command = parent.add_subcommand(name, description);
  command
      ->add_option(
          argument, given->name,
          argument == std::string("NAMESPACE") ? "Namespace" : "namespace.function")
      ->required();
  AddCommonOptions(*command, invocation, "As JSON");
  command->callback([&invocation, given, action = std::move(action)] {
    invocation.run = [&invocation, given, action]() -> Status {
      ARROW_ASSIGN_OR_RAISE(const auto workspace,
                            Workspace::Open({.home = invocation.home}));
      gateway::FunctionStore functions(workspace->context(),
                                       workspace->store().settings());
      return action(functions, *given, invocation.json);
    };
  });
  return *command;
}

}  // namespace

void AddFunctionCommand(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand(
      "function", "Functions that the catalog server tells engines about");
  command->require_subcommand(1);
  const auto given = std::make_shared<FunctionArguments>();
  AddAction(*command, invocation, "list", "Functions of a namespace", "NAMESPACE", given,
            &List);
  AddAction(*command, invocation, "show", "Signatures and bodies", "FUNCTION", given,
            &Show);
  CLI::App& add = AddAction(*command, invocation, "register",
                            "Put a function into the catalog from its metadata "
                            "(Iceberg's UDF specification)",
                            "FUNCTION", given, &Register);
  add.add_option("FILE", given->file, "JSON file of function metadata")->required();
  add.add_flag("--replace", given->replace,
               "Let a function that is there be what the file says");
  AddAction(*command, invocation, "drop", "Remove a function; its files stay", "FUNCTION",
            given, &Drop);
}

}  // namespace tarn::cli
