#include "tarn/gateway/api/scrape_routes.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/gateway/api/load_places.h"
#include "tarn/ingest/web/scrape_request.h"
#include "tarn/service/work/load_order.h"
#include "tarn/service/work/scrape_work.h"

namespace tarn::gateway {
namespace {

using service::ScrapeOrder;

Status ReadNewTable(const Json& body, ScrapeOrder* order) {
  const auto terms = body.find("partition_by");
  if (terms != body.end() && !terms->is_null()) {
    const Json list = terms->is_string() ? Json::array({*terms}) : *terms;
    if (!list.is_array() || !std::ranges::all_of(list, &Json::is_string)) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "Member \"partition_by\" must be a list of terms: [\"day(ts)\"]");
    }
    order->partition_by = list.get<std::vector<std::string>>();
  }
  const auto properties = body.find("properties");
  if (properties != body.end() && !properties->is_null()) {
    if (!properties->is_object() || !std::ranges::all_of(*properties, &Json::is_string)) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "Member \"properties\" must be an object of texts");
    }
    order->properties = properties->get<std::map<std::string, std::string>>();
  }
  return Status::OK();
}

/// `content`: what the answers are taken for unless the body says.
Result<JobOrder> OrderOf(const DataRequest& request, const char* content) {
  Json body = request.body();
  if (!body.contains("content")) {
    body["content"] = content;
  }
  ScrapeOrder order;
  ARROW_ASSIGN_OR_RAISE(const std::string ns, TextMember(body, "namespace", "schema"));
  ARROW_ASSIGN_OR_RAISE(const std::string table, TextMember(body, "table_name", "table"));
  if (table.empty()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Where shall it go? Give table_name and namespace");
  }
  ARROW_ASSIGN_OR_RAISE(order.into, service::TableIdentOf(ns, table));
  ARROW_ASSIGN_OR_RAISE(order.warehouse, TextMember(body, "warehouse"));
  RETURN_NOT_OK(request.services().lake.Find(order.warehouse).status());
  ARROW_ASSIGN_OR_RAISE(const std::string mode, TextMember(body, "mode"));
  ARROW_ASSIGN_OR_RAISE(order.mode, service::LoadModeFromText(mode));
  if (order.mode == ingest::LoadMode::kUpsert) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Pages are not loaded with mode upsert; take auto, create, append, "
                     "overwrite or replace");
  }
  RETURN_NOT_OK(ReadNewTable(body, &order));
  ARROW_ASSIGN_OR_RAISE(order.columns, ColumnsMember(body));
  ingest::web::ScrapeSecrets secrets;
  ARROW_ASSIGN_OR_RAISE(order.request, ingest::web::ReadScrapeRequest(body, &secrets));
  return JobOrder{.request = ScrapeOrderToJson(order),
                  .secrets = ingest::web::ScrapeSecretsToJson(secrets)};
}

Json AnswerOf(const service::JobRecord& job, const char* message) {
  Json answer = job.result;
  answer["status"] = "success";
  answer["message"] = message;
  answer["rows_scraped"] = answer.value("rows", int64_t{0});
  answer["records"] = answer["rows_scraped"];
  return answer;
}

std::vector<ApiMember> CommonMembers() {
  return {
      {"url", ApiText("Of the first page; with connection, relative to its own, or left "
                      "out")},
      {"connection", ApiText("A stored connection of type http: its URL, user or token, "
                             "and headers")},
      {"table_name", ApiText("The table; `table` is the same"), ApiNeed::kRequired},
      {"namespace", ApiText("Its namespace, unless the name has it")},
      {"mode", ApiChoice({"auto", "create", "append", "overwrite", "replace"},
                         "auto makes the table or appends to it")},
      {"params", ApiTextMap("Parameters of the URL's query")},
      {"secret_params", ApiTextMap("The same, kept in memory only")},
      {"headers", ApiTextMap("Sent to the URL's own host only; kept in memory only")},
      {"auth",
       ApiAny("{type: basic, username, password}, {type: bearer, token} or {type: "
              "header, name, value}; kept in memory only")},
      {"login", ApiAny("{url, form: {…}}: the form of that page is filled in and sent "
                       "first; cookies are kept for the scrape")},
      {"fields", ApiAny("Columns: [{name, select}] or {name: select}, where select is a "
                        "CSS selector with perhaps @attribute, or a JSON path")},
      {"pagination",
       ApiAny("none, page, offset, cursor, link, next, or {type, parameter, from, to, "
              "limit_parameter, limit, next}: next is the CSS selector of the link to "
              "the next page, or the path to the next cursor")},
      {"total_pages", ApiInteger("Pages to read at most")},
      {"max_rows", ApiInteger("No further page once there are so many rows")},
      {"interval_ms", ApiInteger("Between two requests to one host; web.request_interval "
                                 "unless given")},
      {"robots", ApiChoice({"obey", "ignore"}, "robots.txt")},
      {"typed", ApiFlag("false: every column is text")},
      {"lineage", ApiFlag("Columns source_url, scraped_at, page_number, load_id; true "
                          "unless the table has no place for them")},
      {"columns", ColumnsSchema()},
      {"partition_by", ApiList(ApiText("day(scraped_at)"), "Partitions of a new table")},
      {"properties", ApiTextMap("Properties of a new table")}};
}

Json ScrapeAnswer() {
  return ApiObject({{"message", ApiText("")},
                    {"table", ApiText("namespace.table")},
                    {"rows_scraped", ApiInteger("Rows that the table has got")},
                    {"rows", ApiInteger("The same")},
                    {"records", ApiInteger("The same")},
                    {"columns", ApiList(ApiText(""), "Of the pages")},
                    {"lineage_columns", ApiList(ApiText(""), "Added by the scrape")},
                    {"source_url", ApiText("")},
                    {"pages", ApiInteger("That were read")},
                    {"note", ApiText("What was left out, and why")},
                    {"mode", ApiText("What auto became")},
                    {"snapshot_id", ApiInteger("")},
                    {"files_written", ApiInteger("")},
                    {"bytes_written", ApiInteger("")},
                    {"duration_seconds", ApiNumber("")}});
}

/// What both calls take, beside what their descriptions name.
std::vector<std::string> AlsoOfScrapes() {
  return {"table",   "schema",   "next_selector", "login_url", "max_pages",
          "content", "index",    "header",        "links",     "footnotes",
          "render",  "selector", "flatten_depth"};
}

JobRoute PageRoute() {
  std::vector<ApiMember> members = CommonMembers();
  members.insert(
      members.begin() + 1,
      {{"selector",
        ApiText("CSS: table.wikitable, ul li, .data-row, [data-id]; of a JSON "
                "answer the path to its records; of XML the element of a "
                "row. Unless given: tables, all, what is repeated")},
       {"content", ApiChoice({"auto", "html", "json", "xml"}, "What the answers are")},
       {"index", ApiInteger("Only the nth of what matches, from 0")},
       {"header", ApiFlag("Whether a table's first row is its head; by its cells unless "
                          "given")},
       {"links", ApiFlag("A column more where a table's cells have links")},
       {"footnotes", ApiFlag("Keep marks of footnotes")},
       {"render", ApiFlag("Pages are made by JavaScript: let a browser run it")},
       {"wait_for", ApiText("With render: CSS selector of what the page must have; until "
                            "nothing more is loaded unless given")}});
  return {
      .path = "/scrape",
      .kind = service::kScrapeKind,
      .order = [](const DataRequest& request) { return OrderOf(request, "auto"); },
      .answer =
          [](const service::JobRecord& job) { return AnswerOf(job, "Web page scraped"); },
      .about = {.tag = "Web",
                .summary = "Scrape web pages into a table",
                .request = ApiObject(std::move(members)),
                .example = {{"url",
                             "https://en.wikipedia.org/wiki/List_of_countries_by_GDP"},
                            {"selector", "table.wikitable"},
                            {"table_name", "countries_gdp"},
                            {"namespace", "web_data"}},
                .answer = ScrapeAnswer(),
                .also = AlsoOfScrapes()}};
}

JobRoute ApiRoute() {
  std::vector<ApiMember> members = CommonMembers();
  members.insert(members.begin() + 1,
                 {{"selector", ApiText("The path to the records: data.items, $.a[*].b; "
                                       "the whole answer unless given")},
                  {"flatten_depth",
                   ApiInteger("Objects within records become columns so deep; 1 unless "
                              "given. What is deeper, and lists, is JSON text")}});
  return {
      .path = "/scrape-api",
      .kind = service::kScrapeKind,
      .order = [](const DataRequest& request) { return OrderOf(request, "json"); },
      .answer =
          [](const service::JobRecord& job) { return AnswerOf(job, "API data loaded"); },
      .about = {.tag = "Web",
                .summary = "Load records of a JSON API into a table",
                .request = ApiObject(std::move(members)),
                .example = {{"url", "https://api.example.com/items"},
                            {"selector", "data.items"},
                            {"table_name", "items"},
                            {"namespace", "api_data"},
                            {"params", {{"limit", 100}, {"offset", 0}}},
                            {"pagination", "offset"},
                            {"total_pages", 50}},
                .answer = ScrapeAnswer(),
                .also = AlsoOfScrapes()}};
}

}  // namespace

std::vector<JobRoute> MakeScrapeRoutes() {
  std::vector<JobRoute> routes;
  routes.push_back(PageRoute());
  routes.push_back(ApiRoute());
  return routes;
}

}  // namespace tarn::gateway
