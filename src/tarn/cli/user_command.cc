// `tarn user`: who may sign in to the server.
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "tarn/base/error.h"
#include "tarn/cli/command.h"
#include "tarn/cli/inspect/print_report.h"
#include "tarn/cli/print/text_output.h"
#include "tarn/cli/print/time_text.h"
#include "tarn/cli/workspace.h"
#include "tarn/governance/principal_admin.h"

namespace tarn::cli {
namespace {

using governance::IssuedSecret;
using governance::PrincipalAdmin;
using governance::PrincipalChange;
using governance::PrincipalKind;
using governance::PrincipalRecord;
using Json = nlohmann::ordered_json;

constexpr char kFooter[] =
    "\nExamples:\n"
    "  tarn user add ada --admin\n"
    "  tarn user add spark --service --role writer\n"
    "  tarn user rotate spark                 a second secret; the old one stays good\n"
    "  tarn user rotate spark --end-old       the old one and its tokens end\n"
    "\nSecrets are shown once. A server that runs notices changes within "
    "auth.recheck_interval (5 s).";

/// The command line as it was typed.
struct UserArguments {
  std::string name;
  std::string client_id;
  std::vector<std::string> roles;
  std::vector<std::string> lost_roles;
  bool is_service = false;
  bool is_admin = false;
  bool is_no_admin = false;
  bool ends_old = false;
};
using Arguments = std::shared_ptr<UserArguments>;
using Run = std::function<Status(const PrincipalAdmin&, const UserArguments&, bool json)>;

std::string KindText(PrincipalKind kind) {
  return kind == PrincipalKind::kService ? "service" : "user";
}

std::string TimeOf(std::chrono::milliseconds time) {
  return TimestampText(time.count() / 1'000, 1, 'T') + "Z";
}

std::string RolesText(const std::vector<std::string>& roles) {
  std::string text;
  for (const std::string& role : roles) {
    text += (text.empty() ? "" : ", ") + role;
  }
  return text;
}

/// No hash: it is nobody's business.
Json JsonOf(const PrincipalRecord& principal) {
  Json secrets = Json::array();
  for (const auto& secret : principal.secrets) {
    secrets.push_back({{"id", secret.id}, {"created_at", TimeOf(secret.created_at)}});
  }
  return {{"name", principal.name},
          {"kind", KindText(principal.kind)},
          {"client_id", principal.client_id},
          {"roles", principal.roles},
          {"admin", principal.is_admin},
          {"disabled", principal.is_disabled},
          {"created_at", TimeOf(principal.created_at)},
          {"secrets", secrets}};
}

Status PrintSecret(const IssuedSecret& issued, const std::string& what, bool json) {
  const std::string& client_id = issued.principal.client_id;
  if (json) {
    Json answer = JsonOf(issued.principal);
    answer["client_secret"] = issued.secret;
    return PrintJson(answer);
  }
  return StandardOutput().Write(
      what + ": " + issued.principal.name + "\n" +
      FormatPairs({{"client id", client_id}, {"client secret", issued.secret}}) +
      "The secret is shown this once. Iceberg clients take both as credential=" +
      client_id + ":" + issued.secret + "\n");
}

Status PrintDone(const PrincipalRecord& principal, const std::string& what, bool json) {
  return json ? PrintJson(JsonOf(principal))
              : StandardOutput().Write(what + ": " + principal.name + "\n");
}

Status Add(const PrincipalAdmin& admin, const UserArguments& given, bool json) {
  ARROW_ASSIGN_OR_RAISE(
      const IssuedSecret issued,
      governance::AddPrincipal(admin, {.name = given.name,
                                       .kind = given.is_service ? PrincipalKind::kService
                                                                : PrincipalKind::kUser,
                                       .client_id = given.client_id,
                                       .roles = given.roles,
                                       .is_admin = given.is_admin}));
  return PrintSecret(issued, "Added", json);
}

Status List(const PrincipalAdmin& admin, const UserArguments& /*given*/, bool json) {
  ARROW_ASSIGN_OR_RAISE(const auto principals, admin.store.List());
  if (json) {
    Json all = Json::array();
    for (const PrincipalRecord& principal : principals) {
      all.push_back(JsonOf(principal));
    }
    return PrintJson(all);
  }
  std::vector<std::vector<std::string>> rows;
  for (const PrincipalRecord& principal : principals) {
    const std::string state = principal.is_disabled ? "disabled" : "enabled";
    rows.push_back({principal.name, KindText(principal.kind), principal.client_id,
                    principal.is_admin ? "yes" : "", RolesText(principal.roles), state,
                    TimeOf(principal.created_at)});
  }
  return PrintTable(
      {{"name"}, {"kind"}, {"client id"}, {"admin"}, {"roles"}, {"state"}, {"created"}},
      rows);
}

Status Show(const PrincipalAdmin& admin, const UserArguments& given, bool json) {
  ARROW_ASSIGN_OR_RAISE(const PrincipalRecord principal,
                        governance::FindPrincipal(admin.store, given.name));
  if (json) {
    return PrintJson(JsonOf(principal));
  }
  std::vector<std::pair<std::string, std::string>> pairs = {
      {"name", principal.name},
      {"kind", KindText(principal.kind)},
      {"client id", principal.client_id},
      {"admin", principal.is_admin ? "yes" : "no"},
      {"roles", RolesText(principal.roles)},
      {"state", principal.is_disabled ? "disabled" : "enabled"},
      {"created", TimeOf(principal.created_at)}};
  for (const auto& secret : principal.secrets) {
    pairs.emplace_back("secret since", TimeOf(secret.created_at));
  }
  return StandardOutput().Write(FormatPairs(pairs));
}

Status Rotate(const PrincipalAdmin& admin, const UserArguments& given, bool json) {
  ARROW_ASSIGN_OR_RAISE(
      const IssuedSecret issued,
      governance::RotateSecret(admin, given.name,
                               given.ends_old ? governance::OldSecrets::kEnd
                                              : governance::OldSecrets::kNewestStays));
  return PrintSecret(issued,
                     given.ends_old ? "A new secret, the only one of"
                                    : "A new secret beside the one before of",
                     json);
}

Status Change(const PrincipalAdmin& admin, const PrincipalChange& change,
              const std::string& name, const std::string& what, bool json) {
  ARROW_ASSIGN_OR_RAISE(const PrincipalRecord principal,
                        governance::ChangePrincipal(admin.store, name, change));
  return PrintDone(principal, what, json);
}

Status Alter(const PrincipalAdmin& admin, const UserArguments& given, bool json) {
  PrincipalChange change{.granted_roles = given.roles, .revoked_roles = given.lost_roles};
  if (given.is_admin != given.is_no_admin) {
    change.is_admin = given.is_admin;
  }
  return Change(admin, change, given.name, "Changed", json);
}

Status Drop(const PrincipalAdmin& admin, const UserArguments& given, bool json) {
  ARROW_ASSIGN_OR_RAISE(const PrincipalRecord principal,
                        governance::FindPrincipal(admin.store, given.name));
  RETURN_NOT_OK(admin.store.Drop(given.name));
  return PrintDone(principal, "Dropped", json);
}

Status RotateKey(const PrincipalAdmin& admin, const UserArguments& given, bool json) {
  ARROW_ASSIGN_OR_RAISE(const governance::SigningKey key,
                        governance::RotateSigningKey(
                            admin, given.ends_old ? governance::OldKeys::kEnd
                                                  : governance::OldKeys::kUntilUnused));
  return json ? PrintJson({{"key", key.id}, {"created_at", TimeOf(key.created_at)}})
              : StandardOutput().Write("New tokens are signed by the key " + key.id +
                                       "\n");
}

CLI::App* AddCommand(CLI::App& parent, Invocation& invocation, const Arguments& given,
                     const std::string& name, const std::string& help, Run run) {
  CLI::App* command = parent.add_subcommand(name, help);
  AddCommonOptions(*command, invocation, "As JSON");
  command->callback([&invocation, given, run = std::move(run)] {
    invocation.run = [&invocation, given, run]() -> Status {
      ARROW_ASSIGN_OR_RAISE(
          const auto workspace,
          Workspace::Open({.home = invocation.home, .mode = HomeMode::kCreate}));
      return run({workspace->store().principals(), SystemClock(), SystemRandom()}, *given,
                 invocation.json);
    };
  });
  return command;
}

CLI::App* AddNamed(CLI::App& parent, Invocation& invocation, const Arguments& given,
                   const std::string& name, const std::string& help, Run run) {
  CLI::App* command = AddCommand(parent, invocation, given, name, help, std::move(run));
  command->add_option("NAME", given->name, "Name of the principal")->required();
  return command;
}

void AddAdd(CLI::App& parent, Invocation& invocation, const Arguments& given) {
  CLI::App* command =
      AddNamed(parent, invocation, given, "add", "Add a user or a service", Add);
  command->add_flag("--service", given->is_service, "It is a program, not a person");
  command->add_flag("--admin", given->is_admin, "May change principals and the server");
  command->add_option("--role", given->roles, "Has this role; may be repeated")
      ->type_name("ROLE");
  command->add_option("--client-id", given->client_id, "What it signs in with [its name]")
      ->type_name("ID");
}

void AddAlter(CLI::App& parent, Invocation& invocation, const Arguments& given) {
  CLI::App* command = AddNamed(parent, invocation, given, "alter",
                               "Change roles and administration", Alter);
  command->add_option("--grant-role", given->roles, "Has this role from now on")
      ->type_name("ROLE");
  command->add_option("--revoke-role", given->lost_roles, "Has it no longer")
      ->type_name("ROLE");
  CLI::Option* is = command->add_flag("--admin", given->is_admin, "Is an administrator");
  command->add_flag("--no-admin", given->is_no_admin, "Is none")->excludes(is);
}

}  // namespace

void AddUserCommand(CLI::App& app, Invocation& invocation) {
  const auto given = std::make_shared<UserArguments>();
  CLI::App* user = app.add_subcommand("user", "Who may sign in to the server");
  user->require_subcommand(1);
  user->footer(kFooter);
  AddAdd(*user, invocation, given);
  AddCommand(*user, invocation, given, "list", "All principals", List);
  AddNamed(*user, invocation, given, "show", "One principal", Show);
  AddNamed(*user, invocation, given, "rotate",
           "A new secret; the newest of the old ones stays good", Rotate)
      ->add_flag("--end-old", given->ends_old,
                 "The old secrets and the tokens that they gave end");
  AddAlter(*user, invocation, given);
  const auto set_disabled = [](bool is_disabled) {
    return [is_disabled](const PrincipalAdmin& admin, const UserArguments& named,
                         bool json) {
      return Change(admin, {.is_disabled = is_disabled}, named.name,
                    is_disabled ? "Disabled" : "Enabled", json);
    };
  };
  AddNamed(*user, invocation, given, "disable", "Refuse it until it is enabled again",
           set_disabled(true));
  AddNamed(*user, invocation, given, "enable", "Let it sign in again",
           set_disabled(false));
  AddNamed(*user, invocation, given, "drop", "Remove it", Drop);
  AddCommand(*user, invocation, given, "rotate-key",
             "A new key for signing tokens; the old ones stay while their tokens do",
             RotateKey)
      ->add_flag("--end-tokens", given->ends_old,
                 "All tokens end: everybody must sign in again");
}

}  // namespace tarn::cli
