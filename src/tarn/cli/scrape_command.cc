// `tarn scrape`: web pages and APIs into a table.
#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/type.h>
#include <nlohmann/json.hpp>

#include "tarn/base/error.h"
#include "tarn/base/secret_reference.h"
#include "tarn/cli/api_client/api_client.h"
#include "tarn/cli/command.h"
#include "tarn/cli/interrupt.h"
#include "tarn/cli/load/load_options.h"
#include "tarn/cli/print/quantity.h"
#include "tarn/cli/print/text_output.h"
#include "tarn/cli/print/text_table.h"
#include "tarn/cli/table_name.h"
#include "tarn/cli/workspace.h"
#include "tarn/service/work/load_order.h"
#include "tarn/service/work/scrape_work.h"

namespace tarn::cli {
namespace {

constexpr int64_t kPreviewRows = 10;
constexpr int kPreviewWidth = 40;

constexpr char kFooter[] =
    "\nExamples:\n"
    "  tarn scrape https://example.org/countries --select table.wikitable --dry-run\n"
    "  tarn scrape https://example.org/countries --select table.wikitable --into "
    "web.countries\n"
    "  tarn scrape https://shop.example.org/list --select .product --field name=h3 "
    "--field 'link=h3 a@href'\n"
    "      --next 'a.next' --into web.products\n"
    "  tarn scrape https://api.example.org/items --select data.items --pages offset "
    "--param limit=100 --into api.items\n"
    "  tarn scrape https://api.example.org/me --bearer '${env:TOKEN}' --into api.me\n"
    "\nValues of --header, --bearer, --login-field and --secret-param may be ${env:NAME} "
    "or ${file:PATH}, so that no\nsecret is on the command line.";

struct ScrapeArguments {
  std::string url;
  std::string into;
  std::string select;
  std::string content = "auto";
  std::string mode = "auto";
  std::vector<std::string> fields;
  std::vector<std::string> params;
  std::vector<std::string> secret_params;
  std::vector<std::string> headers;
  std::string bearer;
  std::string login;
  std::vector<std::string> login_fields;
  std::string next;
  std::string pages;
  int64_t max_pages = 0;
  int64_t max_rows = 0;
  int64_t interval_ms = -1;
  int32_t index = -1;
  int32_t flatten_depth = 1;
  bool ignores_robots = false;
  bool links = false;
  bool as_text = false;
  bool without_lineage = false;
  bool renders = false;
  std::string wait_for;
  std::string connection;
  bool is_dry = false;
};

enum class Values : uint8_t { kPlain, kSecret };

Result<Json> ObjectOf(const std::vector<std::string>& pairs, const char* option,
                      Values values) {
  Json object = Json::object();
  for (const std::string& text : pairs) {
    if (values == Values::kSecret && text.find('=') == std::string::npos) {
      return MakeError(ErrorCode::kUsage, std::string(option) + " takes NAME=VALUE");
    }
    ARROW_ASSIGN_OR_RAISE(auto pair, SplitPair(text, option));
    if (values == Values::kSecret) {
      ARROW_ASSIGN_OR_RAISE(pair.second, ResolveSecretReferences(pair.second));
    }
    object[pair.first] = pair.second;
  }
  return object;
}

Status AddSecrets(const ScrapeArguments& given, Json* body) {
  ARROW_ASSIGN_OR_RAISE((*body)["headers"],
                        ObjectOf(given.headers, "--header", Values::kSecret));
  ARROW_ASSIGN_OR_RAISE((*body)["secret_params"],
                        ObjectOf(given.secret_params, "--secret-param", Values::kSecret));
  if (!given.bearer.empty()) {
    ARROW_ASSIGN_OR_RAISE(const std::string token, ResolveSecretReferences(given.bearer));
    (*body)["auth"] = {{"type", "bearer"}, {"token", token}};
  }
  if (!given.login.empty()) {
    ARROW_ASSIGN_OR_RAISE(Json form,
                          ObjectOf(given.login_fields, "--login-field", Values::kSecret));
    (*body)["login"] = {{"url", given.login}, {"form", std::move(form)}};
  }
  return Status::OK();
}

/// The body of POST /api/v1/scrape.
Result<Json> BodyOf(const ScrapeArguments& given) {
  Json body = {{"url", given.url},
               {"selector", given.select},
               {"content", given.content},
               {"mode", given.mode},
               {"robots", given.ignores_robots ? "ignore" : "obey"},
               {"links", given.links},
               {"typed", !given.as_text},
               {"lineage", !given.without_lineage},
               {"flatten_depth", given.flatten_depth},
               {"render", given.renders},
               {"wait_for", given.wait_for},
               {"connection", given.connection}};
  ARROW_ASSIGN_OR_RAISE(body["params"],
                        ObjectOf(given.params, "--param", Values::kPlain));
  Json fields = Json::array();
  for (const std::string& text : given.fields) {
    ARROW_ASSIGN_OR_RAISE(const auto pair, SplitPair(text, "--field"));
    fields.push_back({{"name", pair.first}, {"select", pair.second}});
  }
  body["fields"] = std::move(fields);
  if (!given.pages.empty()) {
    body["pagination"] = {{"type", given.pages}, {"next", given.next}};
  } else if (!given.next.empty()) {
    body["pagination"] = {{"type", "next"}, {"next", given.next}};
  }
  const auto add = [&](const char* name, int64_t value, int64_t unset) {
    if (value != unset) {
      body[name] = value;
    }
  };
  add("max_pages", given.max_pages, 0);
  add("max_rows", given.max_rows, 0);
  add("interval_ms", given.interval_ms, -1);
  add("index", given.index, -1);
  RETURN_NOT_OK(AddSecrets(given, &body));
  return body;
}

/// Wrong values of options are wrong usage, whichever module noticed them.
template <typename T>
Result<T> AsUsage(Result<T> result) {
  if (result.ok() || CodeOf(result.status()) != ErrorCode::kInvalidArgument) {
    return result;
  }
  return MakeError(ErrorCode::kUsage, result.status().message());
}

std::string CellText(const arrow::Array& array, int64_t row) {
  const auto scalar = array.GetScalar(row);
  if (!scalar.ok() || !(*scalar)->is_valid) {
    return {};
  }
  const std::string text = (*scalar)->ToString();
  if (text.size() <= kPreviewWidth) {
    return text;
  }
  size_t end = kPreviewWidth;  // not within a character
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) {
    --end;
  }
  return text.substr(0, end) + "…";
}

/// What would be loaded: columns and the first rows.
Status Preview(const Invocation& invocation, const service::ScrapeOrder& order,
               const ingest::web::ScrapeSecrets& secrets,
               ingest::web::ScrapeContext context) {
  ARROW_ASSIGN_OR_RAISE(ingest::web::ScrapedRows rows,
                        ingest::web::Scrape(order.request, secrets, std::move(context)));
  const int64_t num_rows = rows.rows.num_rows();
  const auto num_pages = static_cast<int64_t>(rows.pages.size());
  ARROW_ASSIGN_OR_RAISE(
      const auto source,
      ingest::web::MakeScrapeSource(
          std::make_shared<const ingest::web::ScrapedRows>(std::move(rows)),
          {.is_typed = order.request.is_typed, .has_lineage = false}));
  ARROW_ASSIGN_OR_RAISE(const auto batch, source->Next());
  const int64_t shown = std::min(kPreviewRows, batch->num_rows());
  std::vector<std::vector<std::string>> texts(static_cast<size_t>(shown));
  std::vector<TextColumn> columns;
  nlohmann::ordered_json fields = nlohmann::ordered_json::array();
  for (int i = 0; i < batch->num_columns(); ++i) {
    const auto& field = batch->schema()->field(i);
    columns.push_back({.name = field->name()});
    fields.push_back({{"name", field->name()}, {"type", field->type()->ToString()}});
    for (int64_t row = 0; row < shown; ++row) {
      texts[static_cast<size_t>(row)].push_back(CellText(*batch->column(i), row));
    }
  }
  if (invocation.json) {
    const nlohmann::ordered_json answer = {
        {"status", "ok"},    {"rows", num_rows}, {"pages", num_pages},
        {"columns", fields}, {"preview", texts}, {"note", source->note()}};
    return StandardOutput().Write(answer.dump(2) + "\n");
  }
  std::string text = FormatTextTable(columns, texts);
  text += CountText(num_rows, "row") + " on " + CountText(num_pages, "page") +
          "; nothing was loaded\n";
  if (!source->note().empty()) {
    text += "Note: " + source->note() + "\n";
  }
  return StandardOutput().Write(text);
}

Status PrintResult(const Invocation& invocation, const Json& result) {
  if (invocation.json) {
    return StandardOutput().Write(result.dump(2) + "\n");
  }
  std::string text = "Loaded " + CountText(result.value("rows", int64_t{0}), "row") +
                     " of " + CountText(result.value("pages", int64_t{0}), "page") +
                     " into " + result.value("table", "") + "\n";
  const std::string note = result.value("note", "");
  return StandardOutput().Write(note.empty() ? text : text + "Note: " + note + "\n");
}

Status ScrapeOnServer(const Invocation& invocation, const ScrapeArguments& given,
                      Json body) {
  ARROW_ASSIGN_OR_RAISE(const auto api, ApiClient::Make(invocation));
  body["table_name"] = given.into;
  JobLine line(!invocation.json);
  ARROW_ASSIGN_OR_RAISE(Json job, api->Start("/scrape", std::move(body)));
  ARROW_ASSIGN_OR_RAISE(
      job, FollowJob(*api, std::move(job), [&](const Json& now) { line.Show(now); }));
  line.Clear();
  RETURN_NOT_OK(StatusOfJob(job));
  return PrintResult(invocation, job.value("result", Json::object()));
}

Status ScrapeHere(const Invocation& invocation, const ScrapeArguments& given,
                  service::ScrapeOrder order, const ingest::web::ScrapeSecrets& secrets) {
  const auto begin = std::chrono::steady_clock::now();
  const std::string home = HomeDirectory(invocation.home);
  ingest::web::HostTurns turns(SystemClock());
  if (given.is_dry) {
    ARROW_ASSIGN_OR_RAISE(const Config config, ReadConfig(home));
    ingest::web::Browser browser(service::BrowserOptionsFrom(config), SystemClock());
    ARROW_ASSIGN_OR_RAISE(
        ingest::web::ScrapeContext context,
        service::ScrapeContextFrom(config, SystemClock(), SystemRandom(), turns, browser,
                                   service::ScrapeReach::kAll));
    context.fetch.cancelled = &Interrupted;
    return Preview(invocation, order, secrets, std::move(context));
  }
  ARROW_ASSIGN_OR_RAISE(const auto workspace, Workspace::Open(WorkspaceOptionsOf(
                                                  invocation, HomeMode::kCreate)));
  ARROW_ASSIGN_OR_RAISE(order.into, workspace->Choose(std::move(order.into)));
  ingest::web::Browser browser(service::BrowserOptionsFrom(workspace->config()),
                               SystemClock());
  ARROW_ASSIGN_OR_RAISE(
      ingest::web::ScrapeContext web,
      service::ScrapeContextFrom(workspace->config(), SystemClock(), SystemRandom(),
                                 turns, browser, service::ScrapeReach::kAll));
  service::ScrapeRun run{.web = std::move(web)};
  run.cancelled = &Interrupted;
  JobLine line(!invocation.json);
  run.on_progress = [&](const std::string& step, int64_t rows, int64_t bytes) {
    line.Show({{"state", "running"}, {"step", step}, {"rows", rows}, {"bytes", bytes}});
  };
  ARROW_ASSIGN_OR_RAISE(
      const service::ScrapeOutcome outcome,
      service::ScrapeInto(workspace->context(), order, secrets, std::move(run)));
  line.Clear();
  Json columns = Json::array();
  for (const iceberg::Field& field : outcome.load.schema->fields()) {
    columns.push_back({{"name", field.name}, {"type", field.type.ToString()}});
  }
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
  Json result = {{"status", "ok"},
                 {"table", order.into.ToString()},
                 {"mode", service::LoadModeText(outcome.mode)},
                 {"rows", outcome.load.rows_loaded},
                 {"pages", outcome.pages},
                 {"source_url", order.request.url},
                 {"columns", std::move(columns)},
                 {"duration_seconds", elapsed.count()}};
  if (outcome.load.snapshot_id) {
    result["snapshot_id"] = outcome.load.snapshot_id->value;
  }
  if (!outcome.note.empty()) {
    result["note"] = outcome.note;
  }
  return PrintResult(invocation, result);
}

Status RunScrape(const Invocation& invocation, const ScrapeArguments& given) {
  if (given.into.empty() && !given.is_dry) {
    return MakeError(ErrorCode::kUsage,
                     "Where shall it go? Name the table with --into namespace.table, or "
                     "look first with --dry-run");
  }
  if (!given.connection.empty() && (invocation.server.empty() || given.is_dry)) {
    return MakeError(
        ErrorCode::kUsage,
        "Stored connections are a server's: --connection goes with --server, "
        "and not with --dry-run");
  }
  ARROW_ASSIGN_OR_RAISE(Json body, AsUsage(BodyOf(given)));
  ingest::web::ScrapeSecrets secrets;
  service::ScrapeOrder order;
  ARROW_ASSIGN_OR_RAISE(order.request,
                        AsUsage(ingest::web::ReadScrapeRequest(body, &secrets)));
  ARROW_ASSIGN_OR_RAISE(order.mode, AsUsage(service::LoadModeFromText(given.mode)));
  if (!given.into.empty()) {
    ARROW_ASSIGN_OR_RAISE(order.into, AsUsage(ParseTableName(given.into)));
  }
  if (!invocation.server.empty() && !given.is_dry) {
    return ScrapeOnServer(invocation, given, std::move(body));
  }
  return ScrapeHere(invocation, given, std::move(order), secrets);
}

void AddPairs(CLI::App& command, const char* name, std::vector<std::string>& pairs,
              const char* help) {
  command.add_option(name, pairs, help)
      ->type_name("NAME=VALUE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void AddSourceOptions(CLI::App& command, ScrapeArguments& given) {
  command.add_option("URL", given.url, "The first page")->required();
  command
      .add_option(
          "--select", given.select,
          "CSS selector of tables, rows or blocks; of JSON the path to the records "
          "[tables, or the whole answer]")
      ->type_name("SELECTOR");
  AddPairs(
      command, "--field", given.fields,
      "A column: a selector within each row, with @attribute for one; of JSON a path");
  command.add_option("--content", given.content, "auto, html, json or xml [auto]")
      ->type_name("TYPE");
  command.add_option("--index", given.index, "Only the nth of what matches, from 0")
      ->type_name("N");
  command.add_flag("--links", given.links, "A column more where cells have links");
  command
      .add_option("--flatten", given.flatten_depth,
                  "Objects within JSON records become columns so deep [1]")
      ->type_name("DEPTH");
  command.add_flag("--text", given.as_text, "Leave every column text");
  command.add_flag("--render", given.renders, "Let a browser run the page's JavaScript");
  command
      .add_option("--wait-for", given.wait_for,
                  "With --render: CSS selector of what the page must have [until nothing "
                  "more is loaded]")
      ->type_name("SELECTOR");
  AddPairs(command, "--param", given.params, "A parameter of the URL's query");
  AddPairs(command, "--secret-param", given.secret_params,
           "The same, in no column and no record");
  command
      .add_option("--connection", given.connection,
                  "With --server: a stored connection of type http, below which URL is")
      ->type_name("NAME");
  AddPairs(command, "--header", given.headers, "A header, for the URL's own host only");
  command.add_option("--bearer", given.bearer, "A token")->type_name("TOKEN");
  command.add_option("--login", given.login, "A page whose form is sent first")
      ->type_name("URL");
  AddPairs(command, "--login-field", given.login_fields, "A field of that form");
}

void AddPageOptions(CLI::App& command, ScrapeArguments& given) {
  command
      .add_option(
          "--next", given.next,
          "CSS selector of the link to the next page; with --pages cursor the path "
          "to the next cursor")
      ->type_name("SELECTOR");
  command
      .add_option("--pages", given.pages,
                  "How further pages are asked for: page, offset, cursor, link or next")
      ->type_name("WAY");
  command.add_option("--max-pages", given.max_pages, "Pages to read at most")
      ->type_name("N");
  command
      .add_option("--max-rows", given.max_rows,
                  "No further page once there are so many rows")
      ->type_name("N");
  command
      .add_option("--interval-ms", given.interval_ms,
                  "Pause between two requests to one host [setting web.request_interval]")
      ->type_name("MS");
  command.add_flag("--ignore-robots", given.ignores_robots,
                   "Read what robots.txt does not want to be read");
}

}  // namespace

void AddScrapeCommand(CLI::App& app, Invocation& invocation) {
  CLI::App* command =
      app.add_subcommand("scrape", "Load web pages or an API's records into a table");
  const auto given = std::make_shared<ScrapeArguments>();
  AddSourceOptions(*command, *given);
  AddPageOptions(*command, *given);
  command->add_option("--into", given->into, "The table: namespace.table")
      ->type_name("TABLE");
  command
      ->add_option("--mode", given->mode,
                   "auto: make the table or append to it; create; append; overwrite; "
                   "replace [auto]")
      ->type_name("MODE");
  command->add_flag("--no-lineage", given->without_lineage,
                    "No columns source_url, scraped_at and page_number");
  command->add_flag("--dry-run", given->is_dry,
                    "Show columns and first rows; load nothing");
  AddCommonOptions(*command, invocation, "The result as JSON");
  AddCatalogOptions(*command, invocation, CatalogOption::kServerOnly);
  command->footer(kFooter);
  command->callback([&invocation, given] {
    invocation.run = [&invocation, given] { return RunScrape(invocation, *given); };
  });
}

}  // namespace tarn::cli
