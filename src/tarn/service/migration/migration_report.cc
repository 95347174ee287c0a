#include "tarn/service/migration/migration_report.h"

#include <string_view>
#include <utility>
#include <vector>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "tarn/base/html_text.h"

namespace tarn::service {
namespace {

constexpr char kStyle[] =
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 "
    "1rem;color:#1c2330;background:#fff}"
    "h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}"
    "table{border-collapse:collapse;width:100%}"
    "th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid #d8dde6;"
    "vertical-align:top}td.n{text-align:right;font-variant-numeric:tabular-nums}"
    "code{font:13px ui-monospace,monospace;word-break:break-all}"
    ".good{color:#0a6b2d}.bad{color:#b00020;font-weight:600}"
    "@media(prefers-color-scheme:dark){body{background:#12161d;color:#dfe5ee}"
    "th,td{border-color:#333c4a}.good{color:#5fd38a}.bad{color:#ff8a8a}}";

std::string Shown(const Json& value) {
  if (value.is_string()) {
    return HtmlText(value.get_ref<const std::string&>());
  }
  if (value.is_null()) {
    return "–";
  }
  if (value.is_boolean()) {
    return value.get<bool>() ? "yes" : "no";
  }
  if (value.is_number_float()) {
    return fmt::format("{:.3f}", value.get<double>());
  }
  return HtmlText(DumpJson(value));
}

std::string Member(const Json& json, const char* name) {
  return json.contains(name) ? Shown(json[name]) : "–";
}

std::string StatusText(const Json& json) {
  const std::string status = json.value("status", "");
  const bool is_bad = status == "error" || status == "partial" || status == "mismatch" ||
                      status == "damaged";
  return fmt::format("<span class=\"{}\">{}</span>", is_bad ? "bad" : "good",
                     HtmlText(status));
}

std::string TimeText(const Json& record, const char* name) {
  if (!record.contains(name) || !record[name].is_number_integer()) {
    return "–";
  }
  const std::chrono::sys_time<std::chrono::milliseconds> time{
      std::chrono::milliseconds(record[name].get<int64_t>())};
  return fmt::format("{:%Y-%m-%d %H:%M:%S} UTC",
                     std::chrono::time_point_cast<std::chrono::seconds>(time));
}

std::string Row(const std::vector<std::pair<std::string, bool>>& cells) {
  std::string row = "<tr>";
  for (const auto& [text, is_number] : cells) {
    row += (is_number ? "<td class=\"n\">" : "<td>") + text + "</td>";
  }
  return row + "</tr>\n";
}

/// Why it failed, or what is to be known about it.
std::string Remark(const Json& report) {
  if (report.contains("error")) {
    return "<br>" + Member(report["error"], "code") + ": " +
           Member(report["error"], "message");
  }
  return report.contains("note") ? "<br>" + Member(report, "note") : std::string();
}

std::string MigrationRow(const Json& table) {
  return Row({{Member(table, "source"), false},
              {Member(table, "destination"), false},
              {StatusText(table) + Remark(table), false},
              {Member(table, "mode"), false},
              {Member(table, "rows_migrated"), true},
              {Member(table, "row_count_match"), false},
              {Member(table, "checksum_match"), false},
              {"<code>" + Member(table, "destination_checksum") + "</code>", false},
              {"<code>" + Member(table, "snapshot_id") + "</code>", false},
              {Member(table, "duration_seconds"), true}});
}

std::string ViewRow(const Json& view) {
  std::string dialects;
  for (const Json& dialect : view.value("dialects", Json::array())) {
    dialects += (dialects.empty() ? "" : ", ") + Shown(dialect);
  }
  return Row({{Member(view, "source"), false},
              {Member(view, "destination"), false},
              {StatusText(view) + Remark(view), false},
              {Member(view, "mode"), false},
              {dialects, false},
              {Member(view, "names_rewritten"), true},
              {Member(view, "definition_match"), false},
              {Member(view, "duration_seconds"), true}});
}

/// Of a table, or of a view, of which only its metadata is looked at.
std::string IntegrityRow(const Json& table) {
  return Row({{Member(table, table.contains("view") ? "view" : "table"), false},
              {StatusText(table), false},
              {Member(table, "snapshots"), true},
              {Member(table, "files"), true},
              {Member(table, "bytes"), true},
              {Member(table, "rows"), true},
              {"<code>" + Member(table, "checksum") + "</code>", false},
              {Member(table, "problem_count"), true}});
}

/// Rows that differ, and files with problems.
std::string Details(const Json& table) {
  std::string rows;
  for (const Json& difference : table.value("differences", Json::array())) {
    rows += Row({{"only in the " + Member(difference, "only_in"), false},
                 {"<code>" + Member(difference, "row") + "</code>", false}});
  }
  for (const Json& problem : table.value("problems", Json::array())) {
    rows += Row({{Member(problem, "problem"), false},
                 {"<code>" + Member(problem, "file") + "</code>", false}});
  }
  if (rows.empty()) {
    return rows;
  }
  return "<h2>" + Member(table, table.contains("view") ? "view" : "table") +
         "</h2>\n<table>" + rows + "</table>\n";
}

constexpr char kMigrationHead[] =
    "<tr><th>Source</th><th>Destination</th><th>Status</th><th>Mode</th><th>Rows</th>"
    "<th>Counts match</th><th>Checksums match</th><th>Checksum</th><th>Snapshot</th>"
    "<th>Seconds</th></tr>\n";
constexpr char kViewHead[] =
    "<tr><th>View</th><th>Destination</th><th>Status</th><th>Mode</th><th>Dialects</th>"
    "<th>Names rewritten</th><th>Definitions match</th><th>Seconds</th></tr>\n";
constexpr char kIntegrityHead[] =
    "<tr><th>Table</th><th>Status</th><th>Snapshots</th><th>Files</th><th>Bytes</th>"
    "<th>Rows</th><th>Checksum</th><th>Problems</th></tr>\n";

}  // namespace

std::string MigrationReportHtml(const Json& record) {
  const bool is_migration = record.contains("migration_id");
  const std::string title = is_migration ? "Migration " + Member(record, "migration_id")
                                         : std::string("Validation");
  std::string page =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width\"><title>" +
      title + "</title><style>" + kStyle + "</style></head><body>\n<h1>" + title + ": " +
      StatusText(record) + "</h1>\n";
  page += fmt::format("<p>Begun {}, ended {}; {} s.", TimeText(record, "started_at"),
                      TimeText(record, "ended_at"), Member(record, "duration_seconds"));
  if (is_migration) {
    page += fmt::format(" By {}. {} rows.", Member(record, "owner"),
                        Member(record, "rows_migrated"));
  }
  page += "</p>\n";
  const bool has_pairs = is_migration || record.contains("source");
  const Json tables = record.value("tables", Json::array());
  const Json views = record.value("views", Json::array());
  std::string details;
  std::string rows;
  for (const Json& table : tables) {
    rows += has_pairs ? MigrationRow(table) : IntegrityRow(table);
    details += Details(table);
  }
  std::string view_rows;
  for (const Json& view : views) {
    (has_pairs ? view_rows : rows) += has_pairs ? ViewRow(view) : IntegrityRow(view);
    details += Details(view);
  }
  if (!rows.empty() || view_rows.empty()) {
    page += "<table>" + std::string(has_pairs ? kMigrationHead : kIntegrityHead) + rows +
            "</table>\n";
  }
  if (!view_rows.empty()) {
    page += "<table>" + std::string(kViewHead) + view_rows + "</table>\n";
  }
  return page + details + "</body></html>\n";
}

}  // namespace tarn::service
