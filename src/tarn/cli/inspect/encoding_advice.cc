// How a table's columns are best encoded, with the commands that make it so.
#include <chrono>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tarn/cli/inspect/inspect.h"
#include "tarn/cli/inspect/print_report.h"
#include "tarn/cli/print/quantity.h"
#include "tarn/cli/print/text_output.h"
#include "tarn/storage/advise.h"
#include "tarn/table/scan.h"

namespace tarn::cli {
namespace {

using nlohmann::ordered_json;
using storage::ColumnAdvice;
using storage::EncodingTrial;
using storage::TableAdvice;

double Milliseconds(std::chrono::nanoseconds time) {
  return static_cast<double>(time.count()) / 1e6;
}

double RatioOf(const storage::ColumnFigures& figures) {
  return figures.compressed_bytes == 0
             ? 1
             : static_cast<double>(figures.encoded_bytes) /
                   static_cast<double>(figures.compressed_bytes);
}

storage::ColumnFigures AllColumns(const TableAdvice& advice) {
  storage::ColumnFigures all;
  for (const ColumnAdvice& column : advice.columns) {
    all.encoded_bytes += column.in_files.encoded_bytes;
    all.compressed_bytes += column.in_files.compressed_bytes;
  }
  return all;
}

ordered_json TrialJson(const EncodingTrial& trial) {
  return {{"encoding", trial.how.encoding ? storage::ToString(*trial.how.encoding)
                                          : std::string_view("dictionary")},
          {"codec", storage::NameOf(trial.how.codec.compression)},
          {"level", trial.how.codec.level ? ordered_json(*trial.how.codec.level)
                                          : ordered_json(nullptr)},
          {"bytes", trial.bytes},
          {"write_ms", Milliseconds(trial.write)},
          {"read_ms", Milliseconds(trial.read)}};
}

ordered_json FilesJson(const storage::ColumnFigures& figures) {
  return {{"encoded_bytes", figures.encoded_bytes},
          {"compressed_bytes", figures.compressed_bytes},
          {"ratio", RatioOf(figures)}};
}

/// A word of a command line, in quotes if a shell would take it apart.
std::string ShellWord(const std::string& word) {
  constexpr char kPlain[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-=/:,+@%";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) {
    return word;
  }
  std::string quoted = "'";
  for (const char c : word) {
    quoted += c == '\'' ? "'\\''" : std::string(1, c);
  }
  return quoted + "'";
}

std::string SetCommand(const iceberg::TableIdent& ident, const TableAdvice& advice) {
  std::string command = "tarn table set " + ShellWord(ident.ToString());
  for (const auto& [key, value] : advice.properties) {
    command += " " + ShellWord(key + "=" + value);
  }
  for (const std::string& key : advice.removed_properties) {
    command += " " + ShellWord(key);
  }
  return command;
}

std::string SqlText(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) {
    quoted += c == '\'' ? "''" : std::string(1, c);
  }
  return quoted + "'";
}

std::string SqlName(const iceberg::TableIdent& ident) {
  std::string name;
  const auto add = [&](const std::string& part) {
    name += name.empty() ? "\"" : ".\"";
    for (const char c : part) {
      name += c == '"' ? "\"\"" : std::string(1, c);
    }
    name += '"';
  };
  for (const std::string& level : ident.ns.levels) {
    add(level);
  }
  add(ident.name);
  return name;
}

std::vector<std::string> SqlStatements(const iceberg::TableIdent& ident,
                                       const TableAdvice& advice) {
  const auto joined = [](std::string list, const std::string& item) {
    return list.empty() ? item : std::move(list) + ", " + item;
  };
  std::string set;
  for (const auto& [key, value] : advice.properties) {
    set = joined(std::move(set), SqlText(key) + " = " + SqlText(value));
  }
  std::string unset;
  for (const std::string& key : advice.removed_properties) {
    unset = joined(std::move(unset), SqlText(key));
  }
  const std::string alter = "ALTER TABLE " + SqlName(ident);
  std::vector<std::string> statements;
  if (!unset.empty()) {
    statements.push_back(alter + " UNSET TBLPROPERTIES (" + unset + ");");
  }
  if (!set.empty()) {
    statements.push_back(alter + " SET TBLPROPERTIES (" + set + ");");
  }
  return statements;
}

Status PrintAdviceJson(const iceberg::TableIdent& ident, const TableAdvice& advice) {
  ordered_json columns = ordered_json::array();
  for (const ColumnAdvice& column : advice.columns) {
    ordered_json trials = ordered_json::array();
    for (const EncodingTrial& trial : column.trials) {
      trials.push_back(TrialJson(trial));
    }
    columns.push_back({{"name", column.name},
                       {"type", column.type},
                       {"files", FilesJson(column.in_files)},
                       {"plain_bytes", column.plain_bytes},
                       {"today", TrialJson(column.today)},
                       {"advised", TrialJson(column.advised)},
                       {"trials", std::move(trials)}});
  }
  const bool changes = !advice.properties.empty() || !advice.removed_properties.empty();
  return PrintJson({{"table", ident.ToString()},
                    {"files", advice.num_files},
                    {"files_sampled", advice.files_sampled},
                    {"rows_sampled", advice.rows_sampled},
                    {"today", FilesJson(AllColumns(advice))},
                    {"sample_bytes_today", advice.today_bytes},
                    {"sample_bytes_advised", advice.advised_bytes},
                    {"columns", std::move(columns)},
                    {"properties", advice.properties},
                    {"removed_properties", advice.removed_properties},
                    {"command", changes ? ordered_json(SetCommand(ident, advice))
                                        : ordered_json(nullptr)},
                    {"sql", SqlStatements(ident, advice)}});
}

std::string TimesText(const EncodingTrial& trial) {
  return fmt::format("{:.1f} + {:.1f}", Milliseconds(trial.write),
                     Milliseconds(trial.read));
}

std::vector<std::string> ColumnRow(const ColumnAdvice& column) {
  const bool same = column.advised.how == column.today.how;
  return {column.name,
          column.type,
          fmt::format("{:.2f}", RatioOf(column.in_files)),
          BytesText(column.plain_bytes),
          ToString(column.today.how),
          BytesText(column.today.bytes),
          TimesText(column.today),
          same ? "" : ToString(column.advised.how),
          same ? "" : BytesText(column.advised.bytes),
          same ? "" : TimesText(column.advised)};
}

Status PrintAdviceText(const iceberg::TableIdent& ident, const TableAdvice& advice) {
  if (advice.columns.empty()) {
    return StandardOutput().Write(ident.ToString() + " has no rows to try on\n");
  }
  std::vector<std::vector<std::string>> rows;
  for (const ColumnAdvice& column : advice.columns) {
    rows.push_back(ColumnRow(column));
  }
  RETURN_NOT_OK(PrintTable({{"column"},
                            {"type"},
                            {"ratio", Align::kRight},
                            {"plain", Align::kRight},
                            {"today"},
                            {"size", Align::kRight},
                            {"ms", Align::kRight},
                            {"advised"},
                            {"size", Align::kRight},
                            {"ms", Align::kRight}},
                           rows));
  std::string text = fmt::format(
      "\nSample: {} from {} of {}. The files compress {:.2f} to 1.\n",
      CountText(advice.rows_sampled, "row"), GroupedText(advice.files_sampled),
      CountText(advice.num_files, "file"), RatioOf(AllColumns(advice)));
  if (advice.properties.empty() && advice.removed_properties.empty()) {
    return StandardOutput().Write(text + "Nothing else would make it clearly smaller.\n");
  }
  text +=
      fmt::format("The sample takes {} as it is written today, {} as advised.\n\n{}\n",
                  BytesText(advice.today_bytes), BytesText(advice.advised_bytes),
                  SetCommand(ident, advice));
  text += fmt::format("tarn maintain compact {} --rewrite-all\n\nor, in SQL:\n",
                      ShellWord(ident.ToString()));
  for (const std::string& statement : SqlStatements(ident, advice)) {
    text += statement + "\n";
  }
  return StandardOutput().Write(text);
}

}  // namespace

Status ReportAdvice(Workspace& workspace, const iceberg::TableIdent& ident,
                    int64_t sample_bytes_max, ReportFormat format) {
  ARROW_ASSIGN_OR_RAISE(const catalog::LoadedTable table,
                        workspace.catalog().LoadTable(ident));
  table::ScanRequest scan;
  scan.metadata = table.metadata;
  ARROW_ASSIGN_OR_RAISE(const table::ScanPlan plan,
                        table::PlanScan(workspace.io(), scan));
  std::vector<iceberg::DataFile> files;
  for (const table::FileScanTask& task : plan.tasks) {
    files.push_back(task.file);
  }
  ARROW_ASSIGN_OR_RAISE(const TableAdvice advice,
                        storage::AdviseEncodings(workspace.io(), *table.metadata, files,
                                                 workspace.writing(),
                                                 {.sample_bytes_max = sample_bytes_max}));
  return format == ReportFormat::kJson ? PrintAdviceJson(ident, advice)
                                       : PrintAdviceText(ident, advice);
}

}  // namespace tarn::cli
