// `tarn migrate`: tables to other names, namespaces, warehouses and from other catalogs.
#include <chrono>
#include <fstream>
#include <iterator>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "tarn/base/error.h"
#include "tarn/base/secret_reference.h"
#include "tarn/cli/api_client/api_client.h"
#include "tarn/cli/command.h"
#include "tarn/cli/inspect/print_report.h"
#include "tarn/cli/interrupt.h"
#include "tarn/cli/print/quantity.h"
#include "tarn/cli/print/text_output.h"
#include "tarn/cli/print/text_table.h"
#include "tarn/cli/serve/data_service.h"
#include "tarn/cli/workspace.h"
#include "tarn/net/http_message.h"
#include "tarn/service/migration/migration_record.h"
#include "tarn/service/migration/migration_report.h"
#include "tarn/service/work/migrate_work.h"

namespace tarn::cli {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kProgressEvery{200};
constexpr size_t kListed = 50;

constexpr char kFooter[] =
    "\nExamples:\n"
    "  tarn migrate staging.orders production.orders\n"
    "  tarn migrate staging production --all-tables --report report.html\n"
    "  tarn migrate old:sales.orders sales.orders         from the warehouse or catalog "
    "`old` of tarn.yaml\n"
    "  tarn migrate old: : --all-tables                   all of it\n"
    "  tarn migrate sales.orders sales.big --where 'total > 1000'\n"
    "  tarn migrate sales.orders archive.orders --history copy\n"
    "  tarn migrate sales.orders copy.orders --incremental\n"
    "  tarn migrate validate sales.orders copy.orders     the same rows?\n"
    "  tarn migrate validate --checksum                   is every table whole?\n"
    "\nA destination is committed only after its rows were read back and compared. A "
    "migration of several tables that\nwas cut off goes on where it was when it is "
    "started again.";

struct MigrateArguments {
  std::string source;
  std::string destination;
  std::string mode;
  std::string validate;
  std::string history;
  bool incremental = false;
  bool no_views = false;
  std::string where;
  std::string columns;
  std::string transform;
  bool all_tables = false;
  std::string bulk_file;
  int32_t parallel = 10;
  std::string report_file;
  std::string from_uri;
  std::string from_catalog;
  std::string from_token;
  std::string from_credential;
  bool checksum = false;
  std::string id;
};
using Arguments = std::shared_ptr<MigrateArguments>;

struct Asked {
  std::string kind;
  std::string path;  // of the data service
  Json request;
  Json secrets = nullptr;
};

/// "place:rest" or "rest"; a colon in quotes belongs to the name.
std::pair<std::string, std::string> SplitPlace(const std::string& text) {
  const size_t colon = text.find(':');
  if (colon == std::string::npos || text.find('"') < colon) {
    return {"", text};
  }
  return {text.substr(0, colon), text.substr(colon + 1)};
}

void Put(Json* request, const char* member, const std::string& text) {
  if (!text.empty()) {
    (*request)[member] = text;
  }
}

Status PutServer(const MigrateArguments& given, Asked* asked) {
  if (given.from_uri.empty()) {
    return Status::OK();
  }
  Json& request = asked->request;
  request["source_uri"] = given.from_uri;
  request["source_warehouse"] = "remote";
  Put(&request, "source_catalog", given.from_catalog);
  Json secrets = Json::object();
  for (const auto& [option, member, text] :
       {std::tuple("--from-token", "source_token", &given.from_token),
        std::tuple("--from-credential", "source_credential", &given.from_credential)}) {
    if (text->empty()) {
      continue;
    }
    if (text->find("${") == std::string::npos) {
      return MakeError(ErrorCode::kUsage,
                       std::string(option) +
                           " takes a reference like ${env:NAME} or ${file:PATH}: other "
                           "users see what is on a command line");
    }
    ARROW_ASSIGN_OR_RAISE(secrets[member], ResolveSecretReferences(*text));
  }
  if (!secrets.empty()) {
    asked->secrets = std::move(secrets);
  }
  return Status::OK();
}

void PutOptions(const MigrateArguments& given, Json* request) {
  Put(request, "mode", given.mode);
  Put(request, "validate", given.validate);
  Put(request, "history", given.history);
  Put(request, "transform", given.transform);
  Put(request, "where", given.where);
  if (!given.columns.empty()) {
    (*request)["columns"] = Json::array({given.columns});
  }
  if (given.incremental) {
    (*request)["incremental"] = true;
  }
  if (given.no_views) {
    (*request)["views"] = false;
  }
}

Result<Json> ReadBulkFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return MakeError(ErrorCode::kNoSuchFile,
                     "The list of tables cannot be read: " + path);
  }
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  ARROW_ASSIGN_OR_RAISE(Json read, ParseJson(text, path));
  return read.is_array() ? Json{{"tables", std::move(read)}} : read;
}

Result<Asked> BulkOf(const MigrateArguments& given) {
  Asked asked{service::kMigrateBulkJob, "/migrate/bulk", Json::object()};
  if (!given.bulk_file.empty()) {
    ARROW_ASSIGN_OR_RAISE(asked.request, ReadBulkFile(given.bulk_file));
    if (!asked.request.is_object()) {
      return MakeError(ErrorCode::kInvalidData,
                       "The list of tables must be a JSON object with tables, or a "
                       "list: " +
                           given.bulk_file);
    }
  } else {
    const auto [from_place, from] = SplitPlace(given.source);
    const auto [to_place, to] = SplitPlace(given.destination);
    Put(&asked.request, "source_warehouse", from_place);
    Put(&asked.request, "source_namespace", from);
    Put(&asked.request, "dest_warehouse", to_place);
    Put(&asked.request, "dest_namespace", to);
  }
  if (!asked.request.contains("parallel")) {
    asked.request["parallel"] = given.parallel;
  }
  return asked;
}

Result<Asked> MigrationOf(const MigrateArguments& given) {
  const bool is_bulk = given.all_tables || !given.bulk_file.empty();
  Asked asked{service::kMigrateJob, "/migrate", Json::object()};
  if (given.bulk_file.empty() && (given.source.empty() || given.destination.empty())) {
    return MakeError(ErrorCode::kUsage,
                     "What shall go where? Name SOURCE and DESTINATION, or --bulk FILE");
  }
  if (is_bulk) {
    ARROW_ASSIGN_OR_RAISE(asked, BulkOf(given));
  } else {
    const auto [from_place, from] = SplitPlace(given.source);
    const auto [to_place, to] = SplitPlace(given.destination);
    Put(&asked.request, "source_warehouse", from_place);
    asked.request["source"] = from;
    Put(&asked.request, "dest_warehouse", to_place);
    asked.request["destination"] = to;
  }
  PutOptions(given, &asked.request);
  RETURN_NOT_OK(PutServer(given, &asked));
  return asked;
}

Result<Asked> ValidationOf(const MigrateArguments& given) {
  Asked asked{service::kValidateJob, "/validate", Json::object()};
  if (!given.destination.empty()) {
    const auto [from_place, from] = SplitPlace(given.source);
    const auto [to_place, to] = SplitPlace(given.destination);
    Put(&asked.request, "source_warehouse", from_place);
    asked.request["source"] = from;
    Put(&asked.request, "dest_warehouse", to_place);
    asked.request["destination"] = to;
    Put(&asked.request, "validate", given.validate);
    RETURN_NOT_OK(PutServer(given, &asked));
    return asked;
  }
  const auto [place, name] = SplitPlace(given.source);
  Put(&asked.request, "warehouse", place);
  Put(&asked.request, given.all_tables ? "namespace" : "table", name);
  asked.request["checksum"] = given.checksum;
  return asked;
}

/// The line on stderr while a command of its own runs.
class ProgressLine {
 public:
  explicit ProgressLine(bool is_shown) : line_(is_shown) {}
  void Update(const service::JobProgress& progress) {
    const std::lock_guard lock(mutex_);
    const auto now = steady_clock::now();
    if (now < next_) {
      return;
    }
    next_ = now + kProgressEvery;
    line_.Show({{"state", "running"},
                {"rows", progress.rows},
                {"bytes", progress.bytes},
                {"part", progress.part ? Json(*progress.part) : Json(nullptr)},
                {"step", progress.step}});
  }
  void Clear() {
    const std::lock_guard lock(mutex_);
    line_.Clear();
  }

 private:
  std::mutex mutex_;
  JobLine line_;
  steady_clock::time_point next_ = steady_clock::now() + kProgressEvery;
};

Result<Json> RunEmbedded(const Invocation& invocation, Asked asked) {
  const Status valid = service::CheckMigrationRequest(asked.request, asked.kind);
  if (!valid.ok()) {
    return MakeError(ErrorCode::kUsage, valid.message());
  }
  ARROW_ASSIGN_OR_RAISE(const auto workspace, Workspace::Open(WorkspaceOptionsOf(
                                                  invocation, HomeMode::kCreate)));
  ARROW_ASSIGN_OR_RAISE(const auto data, DataService::MakeForCommand(*workspace));
  asked.request["reaches_server"] = true;
  ProgressLine line(!invocation.json);
  const service::MigrationCommand command{
      .lake = data->lake(),
      .records = workspace->store().documents(),
      .owner = "local",
      .cancelled = &Interrupted,
      .progress = [&](const service::JobProgress& progress) { line.Update(progress); }};
  Result<Json> result =
      service::RunMigrationCommand(command, asked.kind, asked.request, asked.secrets);
  line.Clear();
  return result;
}

Result<Json> RunOnServer(const Invocation& invocation, Asked asked) {
  ARROW_ASSIGN_OR_RAISE(const auto api, ApiClient::Make(invocation));
  if (asked.secrets.is_object()) {
    asked.request.update(asked.secrets);
  }
  ARROW_ASSIGN_OR_RAISE(Json job, api->Start(asked.path, std::move(asked.request)));
  JobLine line(!invocation.json);
  ARROW_ASSIGN_OR_RAISE(
      job, FollowJob(*api, std::move(job), [&](const Json& now) { line.Show(now); }));
  line.Clear();
  RETURN_NOT_OK(StatusOfJob(job));
  return job.value("result", Json::object());
}

Status WriteReport(const std::string& path, const Json& result) {
  if (path.empty()) {
    return Status::OK();
  }
  Json record = result;
  if (!record.contains("tables")) {
    record[result.contains("view") ? "views" : "tables"] = Json::array({result});
  }
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << service::MigrationReportHtml(record);
  file.flush();
  return file ? Status::OK()
              : MakeError(ErrorCode::kIoFailed, "The report cannot be written: " + path);
}

std::string Text(const Json& json, const char* member) {
  const auto found = json.find(member);
  if (found == json.end() || found->is_null()) {
    return "";
  }
  return found->is_string() ? found->get<std::string>() : DumpJson(*found);
}

std::string Rows(const Json& json, const char* member) {
  return GroupedText(json.value(member, int64_t{0}));
}

std::string Seconds(const Json& json) {
  return DurationText(std::chrono::milliseconds(
      static_cast<int64_t>(json.value("duration_seconds", 0.0) * 1000)));
}

/// The reports of tables, and behind them those of views.
Json ReportsIn(const Json& result) {
  Json reports = result.value("tables", Json::array({result}));
  for (const Json& view : result.value("views", Json::array())) {
    reports.push_back(view);
  }
  return reports;
}

std::string NameOf(const Json& report) {
  return Text(report, report.contains("view") ? "view" : "table");
}

Status PrintMigration(const Json& result) {
  std::vector<std::vector<std::string>> rows;
  for (const Json& table : ReportsIn(result)) {
    const bool is_view = table.contains("view");
    std::string note = Text(table, "note");
    if (table.contains("error")) {
      note = Text(table["error"], "message");
    }
    rows.push_back({Text(table, "source"), Text(table, "destination"),
                    Text(table, "status"),
                    is_view ? "view" : Rows(table, "rows_migrated"),
                    Text(table, is_view ? "definition_match" : "checksum_match"),
                    Seconds(table), note});
  }
  RETURN_NOT_OK(PrintTable({{"source"},
                            {"destination"},
                            {"status"},
                            {"rows", Align::kRight},
                            {"match"},
                            {"took", Align::kRight},
                            {"note"}},
                           rows));
  return StandardOutput().Write(
      "Migration " + Text(result, "migration_id") + ": " + Text(result, "status") + ", " +
      Rows(result, "rows_migrated") + " rows, " + Seconds(result) + "\n");
}

Status PrintComparison(const Json& result) {
  const bool is_view = result.contains("view");
  const bool is_valid = result.value("valid", false);
  std::string text = Text(result, "source") + " and " + Text(result, "destination");
  if (is_view) {
    text += is_valid ? " say the same\n" : " differ\n";
  } else {
    text += (is_valid ? " hold the same rows: " : " differ: ") +
            Rows(result, "source_rows") + " and " + Rows(result, "destination_rows") +
            " rows\n";
  }
  for (const Json& difference : result.value("differences", Json::array())) {
    text += "  only in the " + Text(difference, "only_in") + ": " +
            Text(difference, "row") + "\n";
  }
  return StandardOutput().Write(text);
}

Status PrintIntegrity(const Json& result) {
  std::vector<std::vector<std::string>> rows;
  std::string problems;
  for (const Json& table : ReportsIn(result)) {
    rows.push_back({NameOf(table), Text(table, "status"), Rows(table, "snapshots"),
                    Rows(table, "files"), BytesText(table.value("bytes", int64_t{0})),
                    Rows(table, "problem_count")});
    for (const Json& problem : table.value("problems", Json::array())) {
      problems += Text(problem, "file") + ": " + Text(problem, "problem") + "\n";
    }
  }
  RETURN_NOT_OK(PrintTable({{"table"},
                            {"status"},
                            {"snapshots", Align::kRight},
                            {"files", Align::kRight},
                            {"size", Align::kRight},
                            {"problems", Align::kRight}},
                           rows));
  return StandardOutput().Write(problems);
}

/// The exit code's reason, after all was printed.
Status Verdict(const Json& result) {
  const int64_t failed = result.value("tables_failed", int64_t{0}) +
                         result.value("views_failed", int64_t{0});
  if (failed > 0) {
    return MakeError(ErrorCode::kInvalidData,
                     GroupedText(failed) +
                         " tables or views were not migrated; `tarn migrate show " +
                         Text(result, "migration_id") +
                         "` says why, and the same command goes on with them");
  }
  if (!result.value("valid", true)) {
    return MakeError(
        ErrorCode::kInvalidData,
        result.contains("problem_count")
            ? "Tables are damaged: " + Rows(result, "problem_count") + " problems"
            : Text(result, "source") + " and " + Text(result, "destination") + " differ");
  }
  return Status::OK();
}

Status RunAsked(const Invocation& invocation, const MigrateArguments& given,
                Result<Asked> asked) {
  RETURN_NOT_OK(asked.status());
  const bool is_validation = asked->kind == service::kValidateJob;
  ARROW_ASSIGN_OR_RAISE(const Json result,
                        invocation.server.empty()
                            ? RunEmbedded(invocation, *std::move(asked))
                            : RunOnServer(invocation, *std::move(asked)));
  RETURN_NOT_OK(WriteReport(given.report_file, result));
  if (invocation.json) {
    RETURN_NOT_OK(StandardOutput().Write(result.dump(2) + "\n"));
  } else if (!is_validation) {
    RETURN_NOT_OK(PrintMigration(result));
  } else {
    RETURN_NOT_OK(result.contains("differences") ? PrintComparison(result)
                                                 : PrintIntegrity(result));
  }
  RETURN_NOT_OK(StandardOutput().Flush());
  return Verdict(result);
}

Result<std::vector<Json>> ListRecords(const Invocation& invocation) {
  if (!invocation.server.empty()) {
    ARROW_ASSIGN_OR_RAISE(const auto api, ApiClient::Make(invocation));
    ARROW_ASSIGN_OR_RAISE(const Json answer,
                          api->Get("/migrations?limit=" + std::to_string(kListed)));
    return answer.value("migrations", std::vector<Json>());
  }
  ARROW_ASSIGN_OR_RAISE(const auto workspace, Workspace::Open(WorkspaceOptionsOf(
                                                  invocation, HomeMode::kExisting)));
  return service::MigrationRecords(workspace->store().documents()).List("", "", kListed);
}

Status RunList(const Invocation& invocation) {
  ARROW_ASSIGN_OR_RAISE(const std::vector<Json> records, ListRecords(invocation));
  if (invocation.json) {
    return StandardOutput().Write(Json(records).dump(2) + "\n");
  }
  std::vector<std::vector<std::string>> rows;
  for (const Json& record : records) {
    rows.push_back(
        {Text(record, "migration_id"), Text(record, "status"), Text(record, "owner"),
         Rows(record, "tables_migrated"), Rows(record, "tables_failed"),
         Rows(record, "rows_migrated"),
         InstantText(std::chrono::milliseconds(record.value("ended_at", int64_t{0})))});
  }
  return PrintTable({{"migration"},
                     {"status"},
                     {"by"},
                     {"tables", Align::kRight},
                     {"failed", Align::kRight},
                     {"rows", Align::kRight},
                     {"ended"}},
                    rows);
}

Result<Json> FindRecord(const Invocation& invocation, const std::string& id) {
  if (!invocation.server.empty()) {
    ARROW_ASSIGN_OR_RAISE(const auto api, ApiClient::Make(invocation));
    return api->Get("/migrations/" + net::PercentEncode(id));
  }
  ARROW_ASSIGN_OR_RAISE(const auto workspace, Workspace::Open(WorkspaceOptionsOf(
                                                  invocation, HomeMode::kExisting)));
  ARROW_ASSIGN_OR_RAISE(
      auto record, service::MigrationRecords(workspace->store().documents()).Find(id));
  if (!record) {
    return MakeError(ErrorCode::kNoSuchJob, "There is no such migration: " + id);
  }
  return *std::move(record);
}

Status RunShow(const Invocation& invocation, const MigrateArguments& given) {
  ARROW_ASSIGN_OR_RAISE(const Json record, FindRecord(invocation, given.id));
  RETURN_NOT_OK(WriteReport(given.report_file, record));
  return invocation.json ? StandardOutput().Write(record.dump(2) + "\n")
                         : PrintMigration(record);
}

void AddText(CLI::App& command, const std::string& flag, std::string& value,
             const std::string& type, const std::string& help) {
  command.add_option(flag, value, help)->type_name(type);
}

void AddSourceServer(CLI::App& command, const Arguments& given) {
  AddText(command, "--from-uri", given->from_uri, "URL",
          "The source is in the REST catalog at this URL");
  AddText(command, "--from-catalog", given->from_catalog, "NAME",
          "The warehouse that its clients name, if it has several");
  AddText(command, "--from-token", given->from_token, "REFERENCE",
          "Its bearer token: ${env:NAME} or ${file:PATH}");
  AddText(command, "--from-credential", given->from_credential, "REFERENCE",
          "Its client's id:secret: ${env:NAME} or ${file:PATH}");
}

void AddMigrationOptions(CLI::App& command, const Arguments& given) {
  AddText(command, "--validate", given->validate, "LEVEL",
          "What is compared: full (all rows), sample (a few columns), count, none "
          "[full]");
  AddText(command, "--mode", given->mode, "MODE",
          "A destination that exists: fail, append, overwrite (its rows) or replace "
          "(its schema too) [fail]");
  AddText(command, "--history", given->history, "HOW",
          "Keep all snapshots: copy (files of its own) or register (the same files)");
  command.add_flag("--incremental", given->incremental,
                   "Only what was appended since the last migration to the destination");
  AddText(command, "--where", given->where, "SQL", "Only rows for which this is true");
  AddText(command, "--columns", given->columns, "SQL",
          "Only these columns, or expressions with names: 'id, upper(name) AS name'");
  AddText(command, "--transform", given->transform, "SQL",
          "A whole SELECT over the table called source");
  command.add_flag("--all-tables", given->all_tables,
                   "SOURCE and DESTINATION are namespaces; all tables of it, and views");
  command.add_flag("--no-views", given->no_views, "Tables alone");
  AddText(command, "--bulk", given->bulk_file, "FILE",
          "The tables are in this JSON file, as POST /api/v1/migrate/bulk takes them");
  command.add_option("--parallel", given->parallel, "Tables at once [10]")
      ->type_name("N")
      ->check(CLI::Range(1, 10));
}

}  // namespace

void AddMigrateCommand(CLI::App& app, Invocation& invocation) {
  const auto given = std::make_shared<MigrateArguments>();
  CLI::App* command =
      app.add_subcommand("migrate", "Copy tables elsewhere, compare, then commit");
  command->add_option("SOURCE", given->source, "[place:]namespace.table");
  command->add_option("DESTINATION", given->destination, "[place:]namespace.table");
  AddMigrationOptions(*command, given);
  AddSourceServer(*command, given);
  AddText(*command, "--report", given->report_file, "FILE", "Write a report as HTML");
  AddCommonOptions(*command, invocation, "The result as JSON");
  AddCatalogOptions(*command, invocation, CatalogOption::kServerOnly);
  command->footer(kFooter);
  command->callback([&invocation, given, command] {
    if (command->get_subcommands().empty()) {
      invocation.run = [&invocation, given] {
        return RunAsked(invocation, *given, MigrationOf(*given));
      };
    }
  });
  const auto add = [&](const char* name, const char* help) {
    CLI::App* below = command->add_subcommand(name, help);
    AddCommonOptions(*below, invocation, "The result as JSON");
    AddCatalogOptions(*below, invocation, CatalogOption::kServerOnly);
    return below;
  };
  CLI::App* validate = add("validate",
                           "Compare two tables, or check that tables are "
                           "whole");
  validate->add_option("SOURCE", given->source,
                       "[place:]namespace.table; none: all tables");
  validate->add_option("DESTINATION", given->destination, "The table to compare it with");
  AddText(*validate, "--validate", given->validate, "LEVEL",
          "What is compared: full, sample or count [full]");
  validate->add_flag("--checksum", given->checksum, "Read all rows of what is checked");
  validate->add_flag("--all-tables", given->all_tables, "SOURCE is a namespace");
  AddSourceServer(*validate, given);
  AddText(*validate, "--report", given->report_file, "FILE", "Write a report as HTML");
  validate->callback([&invocation, given] {
    invocation.run = [&invocation, given] {
      return RunAsked(invocation, *given, ValidationOf(*given));
    };
  });
  add("list", "Migrations that have ended, the newest first")->callback([&invocation] {
    invocation.run = [&invocation] { return RunList(invocation); };
  });
  CLI::App* show = add("show", "A migration's report");
  show->add_option("MIGRATION", given->id, "Its id")->required();
  AddText(*show, "--report", given->report_file, "FILE", "Write the report as HTML");
  show->callback([&invocation, given] {
    invocation.run = [&invocation, given] { return RunShow(invocation, *given); };
  });
}

}  // namespace tarn::cli
