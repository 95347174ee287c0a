// `tarn doctor`: is everything there that Tarn needs?
#include <algorithm>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "tarn/base/error.h"
#include "tarn/cli/command.h"
#include "tarn/cli/doctor/checks.h"
#include "tarn/cli/inspect/print_report.h"
#include "tarn/cli/print/quantity.h"
#include "tarn/cli/print/text_output.h"
#include "tarn/cli/workspace.h"

namespace tarn::cli {
namespace {

std::string HealthName(Health health) {
  switch (health) {
    case Health::kOk:
      return "ok";
    case Health::kWarning:
      return "warning";
    case Health::kFailed:
      return "failed";
  }
  return "";
}

Status RunDoctor(const Invocation& invocation) {
  const std::vector<Finding> findings = RunChecks(HomeDirectory(invocation.home));
  Health worst = Health::kOk;
  int64_t failed = 0;
  nlohmann::ordered_json checks = nlohmann::ordered_json::array();
  std::string text;
  for (const Finding& finding : findings) {
    worst = std::max(worst, finding.health);
    failed += finding.health == Health::kFailed ? 1 : 0;
    nlohmann::ordered_json entry = {{"check", finding.check},
                                    {"status", HealthName(finding.health)},
                                    {"detail", finding.detail}};
    if (!finding.fix.empty()) {
      entry["fix"] = finding.fix;
    }
    checks.push_back(std::move(entry));
    text += FormatPairs(
        {{finding.check +
              std::string(18 - std::min<size_t>(18, finding.check.size()), ' ') +
              HealthName(finding.health) +
              std::string(8 - HealthName(finding.health).size(), ' '),
          finding.detail}});
    if (!finding.fix.empty()) {
      text += "    -> " + finding.fix + "\n";
    }
  }
  if (invocation.json) {
    RETURN_NOT_OK(
        PrintJson({{"status", HealthName(worst)}, {"checks", std::move(checks)}}));
  } else {
    RETURN_NOT_OK(StandardOutput().Write(text));
  }
  RETURN_NOT_OK(StandardOutput().Flush());
  if (failed == 0) {
    return Status::OK();
  }
  return MakeError(ErrorCode::kUnavailable,
                   CountText(failed, "check") + " failed; the fixes are above");
}

}  // namespace

void AddDoctorCommand(CLI::App& app, Invocation& invocation) {
  CLI::App* command =
      app.add_subcommand("doctor",
                         "Check libraries, disk, permissions, limits, ports and the "
                         "object store, with a fix for each finding");
  AddCommonOptions(*command, invocation,
                   "As JSON: {status, checks: [{check, status, detail, fix}]}");
  command->callback([&invocation] {
    invocation.run = [&invocation] { return RunDoctor(invocation); };
  });
}

}  // namespace tarn::cli
