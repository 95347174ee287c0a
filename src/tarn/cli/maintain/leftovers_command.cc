// `tarn maintain leftovers`: the files that are being written, and those that dead
// programs left.
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "tarn/base/config.h"
#include "tarn/base/error.h"
#include "tarn/cli/inspect/print_report.h"
#include "tarn/cli/interrupt.h"
#include "tarn/cli/maintain/maintain.h"
#include "tarn/cli/print/quantity.h"
#include "tarn/table/maintenance/remove_left_over_files.h"

namespace tarn::cli {
namespace {

using nlohmann::ordered_json;
using std::chrono::milliseconds;
using table::LeftOverFate;
using table::LeftOverFile;

constexpr char kExamples[] =
    "\nFiles in hand belong to programs that run now. Left-over files are those of "
    "programs that\nwere killed or lost power; such a file goes if no snapshot of any "
    "table refers to it and\nnothing has been heard of it for an hour.\n"
    "\nExamples:\n"
    "  tarn maintain leftovers --dry-run\n"
    "  tarn maintain leftovers --older-than 10m\n";

struct LeftoversArguments {
  bool dry_run = false;
  bool yes = false;
  std::string older_than;
};

Result<table::RemoveLeftOverFilesOptions> OptionsOf(const LeftoversArguments& given) {
  table::RemoveLeftOverFilesOptions options;
  options.dry_run = given.dry_run ? table::DryRun::kYes : table::DryRun::kNo;
  options.allow_in_doubt = given.yes;
  options.control.is_cancelled = &Interrupted;
  if (given.older_than.empty()) {
    return options;
  }
  const Result<milliseconds> age = ParseDuration(given.older_than);
  if (!age.ok()) {
    return MakeError(ErrorCode::kUsage, "--older-than: " + age.status().message());
  }
  constexpr milliseconds kSafe = std::chrono::minutes(5);
  if (*age < kSafe && !given.yes && !given.dry_run) {
    return MakeError(
        ErrorCode::kUsage,
        "--older-than: a commit whose answer was lost may still land after " +
            DurationText(kSafe) + "; give --yes if nothing has written since");
  }
  // One millisecond on, so that age 0 includes what was made this very moment.
  options.older_than = SystemClock().Now() + milliseconds(1) - *age;
  return options;
}

ordered_json FileJson(const storage::JournaledFile& file, int64_t bytes) {
  return {{"path", file.location},
          {"table", file.table},
          {"state", std::string(storage::ToString(file.state))},
          {"bytes", bytes},
          {"rows", file.rows},
          {"opened", InstantText(file.opened)},
          {"age_seconds", (SystemClock().Now() - file.opened).count() / 1'000},
          {"process", file.process}};
}

ordered_json ReportJson(const table::RemoveLeftOverFilesResult& result, bool dry_run) {
  ordered_json in_hand = ordered_json::array();
  for (const storage::JournaledFile& file : result.in_hand) {
    in_hand.push_back(FileJson(file, file.bytes));
  }
  ordered_json left_over = ordered_json::array();
  for (const LeftOverFile& file : result.left_over) {
    ordered_json one = FileJson(file.journaled, file.bytes);
    one["stored_as"] =
        file.location.empty() ? ordered_json(nullptr) : ordered_json(file.location);
    one["fate"] = std::string(table::ToString(file.fate));
    one["reason"] = file.reason;
    left_over.push_back(std::move(one));
  }
  return {{"action", "leftovers"},
          {"dry_run", dry_run},
          {"in_hand", std::move(in_hand)},
          {"left_over", std::move(left_over)},
          {"removed_files_count", result.removed_files_count},
          {"removed_bytes", result.removed_bytes},
          {"failed_files_count", result.failed_files_count}};
}

std::string FateText(const LeftOverFile& file, bool dry_run) {
  switch (file.fate) {
    case LeftOverFate::kRemoved:
      return dry_run ? "would be removed" : "removed";
    case LeftOverFate::kCommitted:
      return "belongs to the table";
    case LeftOverFate::kGone:
      return "is not there any more";
    case LeftOverFate::kYoung:
      return "stays, too young";
    case LeftOverFate::kInDoubt:
      return "stays: " + file.reason;
    case LeftOverFate::kFailed:
      return "could not be removed: " + file.reason;
  }
  return "";
}

std::vector<std::string> Cells(const storage::JournaledFile& file, int64_t bytes) {
  return {std::string(storage::ToString(file.state)), BytesText(bytes),
          GroupedText(file.rows), DurationText(SystemClock().Now() - file.opened),
          std::to_string(file.process)};
}

Status PrintFiles(const table::RemoveLeftOverFilesResult& result, bool dry_run) {
  const TextColumn bytes{"size", Align::kRight};
  const TextColumn rows{"rows", Align::kRight};
  const TextColumn age{"age", Align::kRight};
  const TextColumn process{"process", Align::kRight};
  std::vector<std::vector<std::string>> lines;
  for (const storage::JournaledFile& file : result.in_hand) {
    lines.push_back(Cells(file, file.bytes));
    lines.back().push_back(file.location);
  }
  if (!lines.empty()) {
    RETURN_NOT_OK(PrintTable({{"in hand"}, bytes, rows, age, process, {"file"}}, lines));
  }
  lines.clear();
  for (const LeftOverFile& file : result.left_over) {
    lines.push_back(Cells(file.journaled, file.bytes));
    lines.back().push_back(FateText(file, dry_run));
    lines.back().push_back(file.journaled.location);
  }
  if (!lines.empty()) {
    RETURN_NOT_OK(PrintTable(
        {{"left over"}, bytes, rows, age, process, {"what becomes of it"}, {"file"}},
        lines));
  }
  return StandardOutput().Write(
      CountText(static_cast<int64_t>(result.in_hand.size()), "file") + " in hand, " +
      CountText(static_cast<int64_t>(result.left_over.size()), "file") +
      " left over by programs that died; " + (dry_run ? "would remove " : "removed ") +
      CountText(result.removed_files_count, "file") + ", " +
      BytesText(result.removed_bytes) + "\n");
}

Status RunLeftovers(const Invocation& invocation, const LeftoversArguments& given) {
  ARROW_ASSIGN_OR_RAISE(const table::RemoveLeftOverFilesOptions options,
                        OptionsOf(given));
  ARROW_ASSIGN_OR_RAISE(const auto workspace, Workspace::Open({.home = invocation.home}));
  ARROW_ASSIGN_OR_RAISE(
      const table::RemoveLeftOverFilesResult result,
      table::RemoveLeftOverFiles(workspace->context(), workspace->journal_directory(),
                                 options));
  return invocation.json ? PrintJson(ReportJson(result, given.dry_run))
                         : PrintFiles(result, given.dry_run);
}

}  // namespace

void AddLeftoversCommand(CLI::App& parent, Invocation& invocation) {
  const auto given = std::make_shared<LeftoversArguments>();
  CLI::App* command = parent.add_subcommand(
      "leftovers", "Show files being written, remove what dead programs left");
  command->add_flag("--dry-run", given->dry_run, "Say what would be done, do nothing");
  command
      ->add_option("--older-than", given->older_than,
                   "Only files not heard of for longer than this [1h]")
      ->type_name("AGE");
  command->add_flag(
      "--yes", given->yes,
      "Nothing writes now, and no other catalog has tables here: young files and those "
      "of tables that the catalog does not have may go too");
  AddCommonOptions(*command, invocation, "As JSON");
  command->footer(kExamples);
  command->callback([&invocation, given] {
    invocation.run = [&invocation, given] { return RunLeftovers(invocation, *given); };
  });
}

}  // namespace tarn::cli
