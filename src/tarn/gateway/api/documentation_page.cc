// The OpenAPI document as a page.
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tarn/base/html_text.h"
#include "tarn/gateway/api/api_description.h"
#include "tarn/gateway/api/json_dialect.h"

namespace tarn::gateway {
namespace {

constexpr char kStyle[] =
    "body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 "
    "1rem;color:#1c2430;background:#fff}"
    "h2{margin-top:2.5rem;border-bottom:1px solid #c9d1da}"
    "details{border:1px solid #c9d1da;border-radius:6px;margin:.5rem 0;padding:.4rem "
    ".8rem}"
    "summary{cursor:pointer}code,pre{font:13px/1.45 ui-monospace,monospace}"
    "pre{background:#f2f4f7;padding:.7rem;overflow:auto;border-radius:6px}"
    "table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;"
    "padding:.25rem .6rem .25rem 0;border-bottom:1px solid #e3e7ec}"
    ".m{display:inline-block;min-width:4.2rem;font-weight:600}"
    "@media(prefers-color-scheme:dark){body{color:#dde3ea;background:#14181d}"
    "pre{background:#1e242b}h2,details{border-color:#3a434d}td,th{border-color:#2a3139}"
    "a{color:#8ab4f8}}";

std::string TextOf(const Json& object, const char* member) {
  const auto found = object.find(member);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

/// What "$ref" points to.
const Json& Resolved(const Json& document, const Json& schema) {
  const std::string ref = TextOf(schema, "$ref");
  if (!ref.starts_with("#/")) {
    return schema;
  }
  const Json::json_pointer place(ref.substr(1));
  return document.contains(place) ? document.at(place) : schema;
}

std::string TypeOf(const Json& schema) {
  if (schema.contains("enum")) {
    std::string words;
    for (const Json& word : schema["enum"]) {
      words += (words.empty() ? "" : " | ") +
               (word.is_string() ? word.get<std::string>() : DumpJson(word));
    }
    return words;
  }
  return TextOf(schema, "type");
}

bool IsNeeded(const Json& schema, const std::string& name) {
  for (const Json& part : schema.value("allOf", Json::array())) {
    if (DumpJson(part).find("\"" + name + "\"") != std::string::npos) {
      return true;
    }
  }
  for (const Json& needed : schema.value("required", Json::array())) {
    if (needed == name) {
      return true;
    }
  }
  return false;
}

/// Members of an object, each once: the other dialect's twins are left out.
std::string MembersTable(const Json& document, const Json& given) {
  const Json& schema = Resolved(document, given);
  const auto members = schema.find("properties");
  if (members == schema.end() || members->empty()) {
    return "";
  }
  std::string html = "<table>";
  for (const auto& [name, member] : members->items()) {
    const std::string snake = SnakeCaseName(name);
    if (snake != name && members->contains(snake)) {
      continue;
    }
    html += "<tr><td><code>" + HtmlText(name) + "</code>" +
            (IsNeeded(schema, name) ? " *" : "") + "</td><td>" +
            HtmlText(TypeOf(member)) + "</td><td>" +
            HtmlText(TextOf(member, "description")) + "</td></tr>";
  }
  return html + "</table>";
}

std::string ContentHtml(const Json& document, const std::string& title,
                        const Json& holder) {
  const Json content = holder.value("content", Json::object());
  if (!content.contains("application/json")) {
    return "";
  }
  const Json& json = content["application/json"];
  const std::string table =
      json.contains("schema") ? MembersTable(document, json["schema"]) : "";
  std::string html;
  if (!table.empty()) {
    html += "<p><b>" + title + "</b></p>" + table;
  }
  if (json.contains("example")) {
    html += "<pre>" + HtmlText(json["example"].dump(2)) + "</pre>";
  }
  return html;
}

std::string OperationHtml(const Json& document, const std::string& method,
                          const std::string& path, const Json& operation) {
  std::string upper = method;
  for (char& c : upper) {
    c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  std::string html = "<details><summary><span class=m>" + HtmlText(upper) +
                     "</span> <code>" + HtmlText(path) + "</code> " +
                     HtmlText(TextOf(operation, "summary")) + "</summary>";
  if (const std::string more = TextOf(operation, "description"); !more.empty()) {
    html += "<p>" + HtmlText(more) + "</p>";
  }
  std::string queries;
  for (const Json& given : operation.value("parameters", Json::array())) {
    const Json& parameter = Resolved(document, given);
    if (TextOf(parameter, "in") != "path") {
      const Json schema = parameter.value("schema", Json::object());
      queries +=
          "<tr><td><code>" + HtmlText(TextOf(parameter, "name")) + "</code></td><td>" +
          HtmlText(TextOf(parameter, "in")) + "</td><td>" +
          HtmlText(TextOf(schema, "description") + TextOf(parameter, "description")) +
          "</td></tr>";
    }
  }
  html += queries.empty() ? "" : "<p><b>Parameters</b></p><table>" + queries + "</table>";
  html +=
      ContentHtml(document, "Request", operation.value("requestBody", Json::object()));
  const Json responses = operation.value("responses", Json::object());
  html += ContentHtml(document, "Answer", responses.value("200", Json::object()));
  return html + "</details>";
}

/// By tag; what has none is the catalog's.
std::map<std::string, std::string> Sections(const Json& document) {
  std::map<std::string, std::string> sections;
  for (const auto& [path, methods] : document["paths"].items()) {
    for (const auto& [method, operation] : methods.items()) {
      const Json tags = operation.value("tags", Json::array());
      const bool is_of_api = path.starts_with("/api/");
      const std::string tag = !tags.empty() ? tags.front().get<std::string>()
                              : is_of_api   ? "Catalog objects"
                                            : "Iceberg REST catalog";
      sections[tag] += OperationHtml(document, method, path, operation);
    }
  }
  return sections;
}

}  // namespace

net::HttpResponse DocumentationAnswer(const Json& document) {
  std::string html =
      "<!doctype html><html lang=en><head><meta charset=utf-8><meta name=viewport "
      "content=\"width=device-width\"><title>Tarn: HTTP API</title><style>";
  html += kStyle;
  html +=
      "</style></head><body><h1>Tarn: HTTP API</h1><p>Names of members may be written in "
      "snake_case or camelCase; members with * must be there. For programs: <a "
      "href=\"/openapi.json\">/openapi.json</a> (OpenAPI 3.1). To click: <a "
      "href=\"/ui/\">/ui/</a>.</p>";
  for (const auto& [tag, operations] : Sections(document)) {
    html += "<h2>" + HtmlText(tag) + "</h2>" + operations;
  }
  net::HttpResponse response{.body = html + "</body></html>\n"};
  response.headers.Set("Content-Type", "text/html; charset=utf-8");
  response.headers.Set("Content-Security-Policy",
                       "default-src 'none'; style-src 'unsafe-inline'");
  response.headers.Set("X-Content-Type-Options", "nosniff");
  return response;
}

}  // namespace tarn::gateway
