#include "tarn/cli/version_command.h"

#include <CLI/CLI.hpp>
#include <arrow/config.h>
#include <nlohmann/json.hpp>

#include "tarn/cli/command.h"
#include "tarn/cli/print/text_output.h"
#include "tarn/cli/print/text_table.h"
#include "tarn/engine/version.h"

namespace tarn::cli {
namespace {

constexpr char kTarnVersion[] = TARN_VERSION;
constexpr char kReadsFormats[] = "1, 2, 3";
constexpr char kWritesFormats[] = "2";

Status PrintVersion(bool json) {
  if (json) {
    const nlohmann::ordered_json answer = {{"tarn", kTarnVersion},
                                           {"duckdb", DuckDbVersion()},
                                           {"arrow", ArrowVersion()},
                                           {"iceberg_format_read", {1, 2, 3}},
                                           {"iceberg_format_written", {2}}};
    return StandardOutput().Write(answer.dump(2) + "\n");
  }
  return StandardOutput().Write(
      VersionLine() + "\n" +
      FormatPairs({{"DuckDB", DuckDbVersion()},
                   {"Arrow", ArrowVersion()},
                   {"Iceberg formats read", kReadsFormats},
                   {"Iceberg formats written", kWritesFormats}}));
}

}  // namespace

std::string VersionNumber() { return kTarnVersion; }

std::string VersionLine() { return std::string("tarn ") + kTarnVersion; }

std::string ArrowVersion() { return arrow::GetBuildInfo().version_string; }

std::string DuckDbVersion() { return engine::DuckDbVersion(); }

void AddVersionCommand(CLI::App& app, Invocation& invocation) {
  CLI::App* command =
      app.add_subcommand("version", "Versions of Tarn and of what it is built on");
  command->add_flag("--json", invocation.json, "As JSON: {tarn, duckdb, arrow, …}");
  command->callback([&invocation] {
    invocation.run = [&invocation] { return PrintVersion(invocation.json); };
  });
}

}  // namespace tarn::cli
