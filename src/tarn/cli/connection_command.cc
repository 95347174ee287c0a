// `tarn connection`: hosts, users and passwords under a name.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "tarn/base/config.h"
#include "tarn/base/error.h"
#include "tarn/cli/api_client/api_command.h"
#include "tarn/cli/command.h"
#include "tarn/cli/inspect/print_report.h"
#include "tarn/cli/print/text_output.h"
#include "tarn/cli/print/text_table.h"
#include "tarn/cli/workspace.h"
#include "tarn/net/http_message.h"

namespace tarn::cli {
namespace {

constexpr char kFooter[] =
    "\nExamples:\n"
    "  tarn connection add shop postgres host=db.example.com database=shop user=reader "
    "--secret password=SHOP_PASSWORD\n"
    "  tarn connection add lake s3 endpoint=https://s3.example.com "
    "--secret access_key=KEY_ID --secret secret_key=KEY\n"
    "  tarn connection test shop\n"
    "  tarn connection list\n"
    "\n--secret names a variable of the environment, which is read now: what is typed on "
    "a "
    "command line others can see.\nSecrets are kept encrypted, under the key in the "
    "home's "
    "connections.key.";

struct ConnectionArguments {
  std::string name;
  std::string type;
  std::vector<std::string> members;
  std::vector<std::string> secrets;
  std::string description;
  std::string bucket;
  bool is_shared = false;
};
using Arguments = std::shared_ptr<ConnectionArguments>;
using Run = Status (*)(ApiCalls&, const ConnectionArguments&, bool json);

std::string PathOf(const ConnectionArguments& given, const char* action = "") {
  return "/connections/" + net::PercentEncode(given.name) + action;
}

/// "host=db, port=5432".
std::string MembersText(const Json& settings) {
  std::string text;
  for (const auto& [name, value] : settings.items()) {
    text += (text.empty() ? "" : ", ") + name + "=" +
            (value.is_string() ? value.get<std::string>() : DumpJson(value));
  }
  return text;
}

Status RunList(ApiCalls& api, const ConnectionArguments& /*given*/, bool json) {
  ARROW_ASSIGN_OR_RAISE(const Json answer, api.Call("GET", "/connections"));
  const Json connections = answer.value("connections", Json::array());
  if (json) {
    return PrintApiJson(connections);
  }
  std::vector<std::vector<std::string>> rows;
  for (const Json& connection : connections) {
    rows.push_back({TextOf(connection, "name"), TextOf(connection, "type"),
                    TextOf(connection, "owner"),
                    connection.value("shared", false) ? "yes" : "",
                    MembersText(connection.value("settings", Json::object()))});
  }
  return PrintTable({{"connection"}, {"type"}, {"owner"}, {"shared"}, {"settings"}},
                    rows);
}

/// "a=b" as a pair. Errors: kUsage, without what follows the sign.
Result<std::pair<std::string, std::string>> SplitMember(const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    return MakeError(ErrorCode::kUsage, "Members are given as NAME=VALUE");
  }
  return std::pair(text.substr(0, equals), text.substr(equals + 1));
}

bool IsSecretName(const std::string& name) {
  for (const char* secret : {"password", "token", "headers", "access_key", "secret_key",
                             "session_token", "connection_string"}) {
    if (name == secret) {
      return true;
    }
  }
  return false;
}

Status RunAdd(ApiCalls& api, const ConnectionArguments& given, bool json) {
  Json body = {{"name", given.name},
               {"type", given.type},
               {"description", given.description},
               {"shared", given.is_shared}};
  for (const std::string& member : given.members) {
    ARROW_ASSIGN_OR_RAISE(const auto pair, SplitMember(member));
    if (IsSecretName(pair.first)) {
      return MakeError(
          ErrorCode::kUsage,
          "Others see what is typed on a command line: put it into a variable "
          "of the environment, and give --secret " +
              pair.first + "=VARIABLE");
    }
    const Json number = Json::parse(pair.second, nullptr, false);
    const bool is_plain = number.is_number_integer() || number.is_boolean();
    body[pair.first] = is_plain ? number : Json(pair.second);
  }
  for (const std::string& secret : given.secrets) {
    ARROW_ASSIGN_OR_RAISE(const auto pair, SplitMember(secret));
    const auto variables = EnvironmentVariables();
    const auto found = variables.find(pair.second);
    if (found == variables.end()) {
      return MakeError(ErrorCode::kUsage,
                       "There is no such variable of the environment: " + pair.second);
    }
    body[pair.first] = found->second;
  }
  ARROW_ASSIGN_OR_RAISE(const Json kept, api.Call("POST", "/connections", body));
  return json ? PrintApiJson(kept)
              : StandardOutput().Write("Stored: " + given.name + "\n");
}

Status RunTest(ApiCalls& api, const ConnectionArguments& given, bool json) {
  Json body = Json::object();
  if (!given.bucket.empty()) {
    body["bucket"] = given.bucket;
  }
  ARROW_ASSIGN_OR_RAISE(const Json answer,
                        api.Call("POST", PathOf(given, "/test"), body));
  return json ? PrintApiJson(answer)
              : StandardOutput().Write(given.name + ": " + TextOf(answer, "message") +
                                       "\n");
}

Status RunRemove(ApiCalls& api, const ConnectionArguments& given, bool json) {
  ARROW_ASSIGN_OR_RAISE(const Json answer, api.Call("DELETE", PathOf(given)));
  return json ? PrintApiJson(answer)
              : StandardOutput().Write("Removed: " + given.name + "\n");
}

CLI::App* AddOne(CLI::App& parent, Invocation& invocation, const Arguments& given,
                 const std::string& name, const std::string& help, Run run) {
  return AddApiCommand(
      parent, invocation, name, help,
      run == &RunAdd ? HomeMode::kCreate : HomeMode::kExisting,
      [given, run](ApiCalls& api, bool json) { return run(api, *given, json); });
}

CLI::App* AddNamed(CLI::App& parent, Invocation& invocation, const Arguments& given,
                   const std::string& name, const std::string& help, Run run) {
  CLI::App* command = AddOne(parent, invocation, given, name, help, run);
  command->add_option("NAME", given->name, "The connection's name")->required();
  return command;
}

}  // namespace

void AddConnectionCommand(CLI::App& app, Invocation& invocation) {
  const auto given = std::make_shared<ConnectionArguments>();
  CLI::App* connection = app.add_subcommand(
      "connection", "Stored connections: databases and stores that loads read");
  connection->require_subcommand(1);
  connection->footer(kFooter);
  AddOne(*connection, invocation, given, "list", "All connections", &RunList);
  CLI::App* add = AddNamed(*connection, invocation, given, "add", "A new one", &RunAdd);
  add->add_option("TYPE", given->type, "postgres, mysql, odbc, s3 or http")->required();
  add->add_option("MEMBER", given->members, "host=…, port=…, database=…, user=…");
  add->add_option("--secret", given->secrets,
                  "A secret, and the variable that holds it: password=SHOP_PASSWORD")
      ->type_name("MEMBER=VARIABLE")
      ->allow_extra_args(false);
  add->add_option("--description", given->description, "For people")->type_name("TEXT");
  add->add_flag("--shared", given->is_shared, "Others may use it; they do not see it");
  CLI::App* test =
      AddNamed(*connection, invocation, given, "test", "Connect once", &RunTest);
  test->add_option("--bucket", given->bucket, "Of s3: the bucket to try")
      ->type_name("NAME");
  AddNamed(*connection, invocation, given, "remove", "Forget it", &RunRemove);
}

}  // namespace tarn::cli
