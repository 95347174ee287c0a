#include "tarn/service/work/scrape_work.h"

#include <algorithm>
#include <array>
#include <utility>

#include <arrow/type.h>

#include "tarn/base/error.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/ingest/chosen_columns_json.h"
#include "tarn/ingest/web/browser.h"
#include "tarn/net/http_get.h"
#include "tarn/service/http_connection.h"
#include "tarn/service/work/job_snapshot.h"
#include "tarn/service/work/load_order.h"

namespace tarn::service {
namespace {

using ingest::LoadMode;
using ingest::web::ScrapeContext;
using ingest::web::ScrapedRows;
using ingest::web::ScrapeSecrets;
using std::chrono::milliseconds;

constexpr char kSourceProperty[] = "tarn.source";
constexpr char kModeProperty[] = "tarn.load-mode";
constexpr char kPagesProperty[] = "tarn.pages-read";
constexpr std::array<std::string_view, 4> kLineageColumns = {"source_url", "scraped_at",
                                                             "page_number", "load_id"};

/// Which columns of lineage go into the table; one that is there may have no place.
Result<ingest::web::ScrapeSourceOptions> SourceOptions(const table::Context& context,
                                                       const ScrapeOrder& order,
                                                       LoadMode mode,
                                                       const std::string& load_id) {
  ingest::web::ScrapeSourceOptions options{.is_typed = order.request.is_typed,
                                           .has_lineage = order.request.has_lineage,
                                           .load_id = load_id};
  if (mode != LoadMode::kAppend && mode != LoadMode::kOverwrite) {
    return options;
  }
  ARROW_ASSIGN_OR_RAISE(const auto table, context.catalog.LoadTable(order.into));
  const auto& fields = table.metadata->schema().fields();
  const auto has = [&](std::string_view name) {
    return std::ranges::any_of(
        fields, [&](const iceberg::Field& field) { return field.name == name; });
  };
  options.has_lineage =
      options.has_lineage && has("source_url") && has("scraped_at") && has("page_number");
  if (!has("load_id")) {
    options.load_id.clear();
  }
  return options;
}

/// Columns of lineage are taken beside those that were chosen.
Result<std::unique_ptr<ingest::Source>> TakeColumns(
    std::unique_ptr<ingest::Source> source, std::vector<ingest::ChosenColumn> columns) {
  if (columns.empty()) {
    return source;
  }
  for (const auto& field : source->schema()->fields()) {
    const bool is_ours =
        std::ranges::find(kLineageColumns, field->name()) != kLineageColumns.end();
    if (is_ours && std::ranges::find(columns, field->name(),
                                     &ingest::ChosenColumn::source) == columns.end()) {
      columns.push_back({.source = field->name(), .name = field->name()});
    }
  }
  return ingest::WithChosenColumns(std::move(source), std::move(columns));
}

Result<ScrapeOutcome> LoadRows(const table::Context& context, const ScrapeOrder& order,
                               const std::shared_ptr<const ScrapedRows>& rows,
                               LoadMode mode, const ScrapeRun& run) {
  ScrapeOutcome outcome{.load = {},
                        .mode = mode,
                        .pages = static_cast<int64_t>(rows->pages.size()),
                        .note = rows->note};
  const std::string shown = net::UrlToShow(order.request.url);
  ARROW_ASSIGN_OR_RAISE(const auto options,
                        SourceOptions(context, order, mode, run.load_id));
  ARROW_ASSIGN_OR_RAISE(auto scraped, ingest::web::MakeScrapeSource(rows, options));
  ARROW_ASSIGN_OR_RAISE(const auto source,
                        TakeColumns(std::move(scraped), order.columns));
  ingest::LoadRequest request;
  request.into = order.into;
  request.source = shown;
  request.mode = mode;
  const bool makes_table = mode == LoadMode::kCreate || mode == LoadMode::kReplace;
  if (makes_table || order.mode) {
    request.partition_by = order.partition_by;
  }
  request.properties = order.properties;
  request.comments = ingest::CommentsOf(order.columns);
  request.summary = run.summary;
  request.summary[kSourceProperty] = shown;
  request.summary["tarn.source-format"] = "web";
  request.summary[kModeProperty] = LoadModeText(mode);
  request.summary[kPagesProperty] = std::to_string(outcome.pages);
  request.cancelled = run.cancelled;
  request.on_progress = [&](int64_t loaded, int64_t bytes, std::optional<double>) {
    if (run.on_progress) {
      run.on_progress("loading", loaded, bytes);
    }
  };
  ARROW_ASSIGN_OR_RAISE(outcome.load, ingest::Load(context, *source, request));
  return outcome;
}

struct Summary {
  std::string mode;
  int64_t pages = 0;
  int64_t rows = 0;
  int64_t files = 0;
  int64_t bytes = 0;
  std::optional<iceberg::SnapshotId> snapshot_id = {};
  std::shared_ptr<const iceberg::Schema> schema;
  std::string note = {};
  milliseconds duration{0};
};

Json ResultOf(const ScrapeOrder& order, const LakeWarehouse& warehouse,
              const Summary& summary) {
  Json columns = Json::array();
  Json lineage = Json::array();
  for (const iceberg::Field& field : summary.schema->fields()) {
    const bool is_ours =
        order.request.has_lineage &&
        std::ranges::find(kLineageColumns, field.name) != kLineageColumns.end();
    (is_ours ? lineage : columns).push_back(field.name);
  }
  Json result = {
      {"table", order.into.ToString()},
      {"warehouse", warehouse.name},
      {"source_url", order.request.url},
      {"pages", summary.pages},
      {"rows", summary.rows},
      {"columns", std::move(columns)},
      {"lineage_columns", std::move(lineage)},
      {"mode", summary.mode},
      {"files_written", summary.files},
      {"bytes_written", summary.bytes},
      {"duration_seconds", static_cast<double>(summary.duration.count()) / 1e3},
      {"snapshot_id", nullptr}};
  if (summary.snapshot_id) {
    result["snapshot_id"] = summary.snapshot_id->value;
  }
  if (!summary.note.empty()) {
    result["note"] = summary.note;
  }
  return result;
}

Result<Json> RunScrape(const Lake& lake, const ConnectionGiver& connections,
                       SharedWeb& shared, JobContext& job) {
  const milliseconds began_at = lake.clock.Now();
  ARROW_ASSIGN_OR_RAISE(ScrapeOrder order, ScrapeOrderFromJson(job.job().request));
  ARROW_ASSIGN_OR_RAISE(ScrapeSecrets secrets,
                        ingest::web::ScrapeSecretsFromJson(job.secrets()));
  RETURN_NOT_OK(
      JoinWebConnection(connections, job.job().owner, &order.request, &secrets));
  ARROW_ASSIGN_OR_RAISE(const LakeWarehouse* const warehouse, lake.Find(order.warehouse));
  ARROW_ASSIGN_OR_RAISE(
      auto web, ScrapeContextFrom(lake.config, lake.clock, lake.random, shared.turns,
                                  shared.browser, ScrapeReach::kConfigured));
  ScrapeRun run{.web = std::move(web)};
  run.load_id = job.job().id;
  run.summary = {{kJobIdProperty, job.job().id}};
  run.cancelled = [&job] { return job.cancelled(); };
  run.on_progress = [&job](const std::string& step, int64_t rows, int64_t bytes) {
    job.Report({.rows = rows, .bytes = bytes, .step = step});
  };
  ARROW_ASSIGN_OR_RAISE(const ScrapeOutcome outcome,
                        ScrapeInto(warehouse->context, order, secrets, std::move(run)));
  return ResultOf(order, *warehouse,
                  {.mode = LoadModeText(outcome.mode),
                   .pages = outcome.pages,
                   .rows = outcome.load.rows_loaded,
                   .files = outcome.load.files_written,
                   .bytes = outcome.load.bytes_written,
                   .snapshot_id = outcome.load.snapshot_id,
                   .schema = outcome.load.schema,
                   .note = outcome.note,
                   .duration = lake.clock.Now() - began_at});
}

Result<std::optional<Json>> FindScrape(const Lake& lake, const JobRecord& job) {
  ARROW_ASSIGN_OR_RAISE(ScrapeOrder order, ScrapeOrderFromJson(job.request));
  ARROW_ASSIGN_OR_RAISE(const LakeWarehouse* const warehouse, lake.Find(order.warehouse));
  ARROW_ASSIGN_OR_RAISE(const auto done,
                        FindJobSnapshot(warehouse->context.catalog, order.into, job.id));
  if (!done) {
    return std::optional<Json>();
  }
  const auto mode = done->snapshot.summary.find(kModeProperty);
  const auto source = done->snapshot.summary.find(kSourceProperty);
  if (!order.request.connection.empty() && source != done->snapshot.summary.end()) {
    order.request.url = source->second;
  }
  return std::optional(ResultOf(
      order, *warehouse,
      {.mode = mode == done->snapshot.summary.end() ? "" : mode->second,
       .pages = SummaryNumber(done->snapshot, kPagesProperty),
       .rows = SummaryNumber(done->snapshot, "added-records"),
       .files = SummaryNumber(done->snapshot, "added-data-files"),
       .bytes = SummaryNumber(done->snapshot, "added-files-size"),
       .snapshot_id = done->snapshot.id,
       .schema = done->table.metadata->SchemaOf(done->snapshot),
       .duration =
           std::max(milliseconds(0), done->snapshot.timestamp -
                                         job.started_at.value_or(job.created_at))}));
}

}  // namespace

Json ScrapeOrderToJson(const ScrapeOrder& order) {
  Json json = ingest::web::ScrapeRequestToJson(order.request);
  json["warehouse"] = order.warehouse;
  json["namespace"] = order.into.ns.levels;
  json["table"] = order.into.name;
  json["mode"] = LoadModeText(order.mode);
  if (!order.columns.empty()) {
    json["columns"] = ingest::ChosenColumnsToJson(order.columns);
  }
  json["partition_by"] = order.partition_by;
  json["properties"] = order.properties;
  return json;
}

Result<ScrapeOrder> ScrapeOrderFromJson(const Json& json) {
  ARROW_ASSIGN_OR_RAISE(const JsonFields fields,
                        JsonFields::Make(json, "the scrape's request"));
  ScrapeOrder order;
  ARROW_ASSIGN_OR_RAISE(const auto warehouse, fields.OptionalString("warehouse"));
  order.warehouse = warehouse.value_or("");
  ARROW_ASSIGN_OR_RAISE(const Json* const ns, fields.Array("namespace"));
  ARROW_ASSIGN_OR_RAISE(order.into.ns.levels, StringArray(*ns, "namespace"));
  ARROW_ASSIGN_OR_RAISE(order.into.name, fields.String("table"));
  ARROW_ASSIGN_OR_RAISE(const std::string mode, fields.String("mode"));
  ARROW_ASSIGN_OR_RAISE(order.mode, LoadModeFromText(mode));
  if (const Json* const columns = fields.Find("columns")) {
    ARROW_ASSIGN_OR_RAISE(order.columns, ingest::ChosenColumnsFromJson(*columns));
  }
  ARROW_ASSIGN_OR_RAISE(const Json* const terms, fields.OptionalArray("partition_by"));
  if (terms != nullptr) {
    ARROW_ASSIGN_OR_RAISE(order.partition_by, StringArray(*terms, "partition_by"));
  }
  ARROW_ASSIGN_OR_RAISE(order.properties, fields.StringMap("properties"));
  ScrapeSecrets none;
  ARROW_ASSIGN_OR_RAISE(order.request, ingest::web::ReadScrapeRequest(json, &none));
  return order;
}

ingest::web::BrowserOptions BrowserOptionsFrom(const Config& config) {
  return {.program = config.GetText("web.chromium"),
          .pages_max = static_cast<int32_t>(config.GetInteger("web.browser_pages")),
          .idle_max = config.GetDuration("web.browser_idle")};
}

SharedWeb::SharedWeb(const Lake& lake)
    : turns(lake.clock), browser(BrowserOptionsFrom(lake.config), lake.clock) {}

Status JoinWebConnection(const ConnectionGiver& connections, const std::string& owner,
                         ingest::web::ScrapeRequest* request, ScrapeSecrets* secrets) {
  const std::string& name = request->connection;
  if (name.empty()) {
    return Status::OK();
  }
  if (!connections) {
    return MakeError(ErrorCode::kNoSuchConnection,
                     "This server keeps no connections: " + name);
  }
  ARROW_ASSIGN_OR_RAISE(const Json kept, connections(name, owner));
  if (kept.value("type", "") != "http") {
    return MakeError(
        ErrorCode::kInvalidArgument,
        "A scrape takes a connection of type http; of another type is " + name);
  }
  ARROW_ASSIGN_OR_RAISE(const auto headers, HttpConnectionHeaders(kept));
  const Status status =
      ingest::web::PutOnConnection(kept.value("url", ""), headers, request, secrets);
  return status.ok() ? status : WithContext("Stored connection " + name + ": ", status);
}

Result<ScrapeContext> ScrapeContextFrom(const Config& config, Clock& clock,
                                        Random& random, ingest::web::HostTurns& turns,
                                        ingest::web::Browser& browser,
                                        ScrapeReach reach) {
  ScrapeContext context{.turns = turns, .clock = clock, .random = random};
  if (reach == ScrapeReach::kConfigured) {
    ARROW_ASSIGN_OR_RAISE(
        net::AddressGuard guard,
        net::AddressGuard::Make(config.GetText("web.private_addresses")));
    context.fetch.guard = std::make_shared<const net::AddressGuard>(std::move(guard));
  }
  context.fetch.bytes_max = static_cast<size_t>(config.GetInteger("web.bytes_max"));
  context.fetch.timeout = config.GetDuration("web.timeout");
  context.fetch.interval = config.GetDuration("web.request_interval");
  context.fetch.user_agent = config.GetText("web.user_agent");
  context.pages_max = config.GetInteger("web.pages_max");
  context.memory_bytes_max = config.GetInteger("web.memory_max");
  context.render = [&browser](const ingest::web::RenderOrder& order) {
    return browser.Render(order);
  };
  return context;
}

Result<ScrapeOutcome> ScrapeInto(const table::Context& context, const ScrapeOrder& order,
                                 const ScrapeSecrets& secrets, ScrapeRun run) {
  run.web.fetch.cancelled = run.cancelled;
  run.web.on_progress = [&run](const ingest::web::ScrapeProgress& progress) {
    if (run.on_progress) {
      run.on_progress("page " + std::to_string(progress.pages), progress.rows,
                      progress.bytes);
    }
  };
  ARROW_ASSIGN_OR_RAISE(const bool exists, context.catalog.TableExists(order.into));
  const LoadMode mode =
      order.mode.value_or(exists ? LoadMode::kAppend : LoadMode::kCreate);
  if (exists && mode == LoadMode::kCreate) {
    return MakeError(ErrorCode::kAlreadyExists,
                     "Table exists already; append, overwrite and replace are the modes "
                     "for it: " +
                         order.into.ToString());
  }
  ARROW_ASSIGN_OR_RAISE(ScrapedRows scraped,
                        ingest::web::Scrape(order.request, secrets, run.web));
  const auto rows = std::make_shared<const ScrapedRows>(std::move(scraped));
  Result<ScrapeOutcome> outcome = LoadRows(context, order, rows, mode, run);
  const bool was_made_meanwhile = !outcome.ok() && !order.mode &&
                                  mode == LoadMode::kCreate &&
                                  CodeOf(outcome.status()) == ErrorCode::kAlreadyExists;
  return was_made_meanwhile ? LoadRows(context, order, rows, LoadMode::kAppend, run)
                            : std::move(outcome);
}

JobKind MakeScrapeKind(const Lake& lake, std::shared_ptr<SharedWeb> web,
                       ConnectionGiver connections) {
  return {.run = [&lake, web = std::move(web), connections = std::move(connections)](
                     JobContext& job) { return RunScrape(lake, connections, *web, job); },
          .find_done = [&lake](const JobRecord& job) { return FindScrape(lake, job); }};
}

}  // namespace tarn::service
