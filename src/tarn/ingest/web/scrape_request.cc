#include "tarn/ingest/web/scrape_request.h"

#include <algorithm>
#include <array>

#include <arrow/util/base64.h>
#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/ingest/web/json_path.h"
#include "tarn/ingest/web/selector.h"
#include "tarn/net/url.h"

namespace tarn::ingest::web {
namespace {

template <typename Value>
struct Word {
  std::string_view word;
  Value value;
};
constexpr Word<Content> kContents[] = {{"auto", Content::kAuto},
                                       {"html", Content::kHtml},
                                       {"json", Content::kJson},
                                       {"xml", Content::kXml}};
constexpr Word<Paging> kPagings[] = {
    {"none", Paging::kNone},     {"next", Paging::kNextLink},
    {"page", Paging::kPage},     {"offset", Paging::kOffset},
    {"cursor", Paging::kCursor}, {"link", Paging::kLinkHeader}};

Status Wrong(std::string_view name, std::string_view expected) {
  return MakeError(ErrorCode::kInvalidArgument,
                   fmt::format("Member \"{}\" must be {}", name, expected));
}

/// Reads members of one object.
class Members {
 public:
  explicit Members(const Json& json) : json_(json) {}

  const Json* Find(const char* name) const {
    const auto found = json_.find(name);
    return found == json_.end() || found->is_null() ? nullptr : &*found;
  }
  Status Text(const char* name, std::string* text) const {
    const Json* found = Find(name);
    if (found == nullptr) {
      return Status::OK();
    }
    if (!found->is_string()) {
      return Wrong(name, "a text");
    }
    *text = found->get<std::string>();
    return Status::OK();
  }
  Status Flag(const char* name, bool* flag) const {
    const Json* found = Find(name);
    if (found == nullptr) {
      return Status::OK();
    }
    if (!found->is_boolean()) {
      return Wrong(name, "true or false");
    }
    *flag = found->get<bool>();
    return Status::OK();
  }
  template <typename Number>
  Status Integer(const char* name, int64_t min, int64_t max, Number* number) const {
    const Json* found = Find(name);
    if (found == nullptr) {
      return Status::OK();
    }
    const bool is_number = found->is_number_integer() &&
                           !(found->is_number_unsigned() &&
                             found->get<uint64_t>() > static_cast<uint64_t>(INT64_MAX));
    if (!is_number || found->get<int64_t>() < min || found->get<int64_t>() > max) {
      return Wrong(name, fmt::format("a number from {} to {}", min, max));
    }
    *number = static_cast<typename Number::value_type>(found->get<int64_t>());
    return Status::OK();
  }
  /// An object of texts, numbers and booleans.
  Status Map(const char* name, Pairs* pairs) const {
    const Json* found = Find(name);
    if (found == nullptr) {
      return Status::OK();
    }
    if (!found->is_object()) {
      return Wrong(name, "an object of texts");
    }
    for (const auto& [key, value] : found->items()) {
      if (value.is_structured() || value.is_null()) {
        return Wrong(name, "an object of texts");
      }
      pairs->emplace_back(key,
                          value.is_string() ? value.get<std::string>() : DumpJson(value));
    }
    return Status::OK();
  }
  template <typename Value, size_t N>
  Status Choice(const char* name, const Word<Value> (&words)[N], Value* value) const {
    std::string text;
    RETURN_NOT_OK(Text(name, &text));
    if (text.empty()) {
      return Status::OK();
    }
    std::string known;
    for (const Word<Value>& word : words) {
      if (word.word == text) {
        *value = word.value;
        return Status::OK();
      }
      known += (known.empty() ? "" : ", ") + std::string(word.word);
    }
    return Wrong(name, "one of " + known);
  }

 private:
  const Json& json_;
};

template <typename Value, size_t N>
std::string WordOf(const Word<Value> (&words)[N], Value value) {
  const auto found = std::ranges::find(words, value, &Word<Value>::value);
  return std::string(found->word);
}

bool Has(const Pairs& pairs, std::string_view name) {
  return std::ranges::any_of(pairs, [&](const auto& pair) { return pair.first == name; });
}

/// Pages that are asked for without a word on how: by the parameters that are there.
void GuessPaging(const Pairs& params, int64_t pages, Pagination* pagination) {
  if (pages <= 1 || pagination->kind != Paging::kNone) {
    return;
  }
  pagination->kind = Has(params, "offset") ? Paging::kOffset : Paging::kPage;
}

int64_t NumberOr(const Pairs& pairs, std::string_view name, int64_t otherwise) {
  for (const auto& [key, value] : pairs) {
    if (key == name && !value.empty() && value.size() < 12 &&
        std::ranges::all_of(value, [](char c) { return c >= '0' && c <= '9'; })) {
      return std::stoll(value);
    }
  }
  return otherwise;
}

/// What is left out is taken from the parameters.
void FillPaging(const Pairs& params, bool has_from, bool has_limit,
                Pagination* pagination) {
  if (pagination->parameter.empty()) {
    pagination->parameter = pagination->kind == Paging::kOffset   ? "offset"
                            : pagination->kind == Paging::kCursor ? "cursor"
                                                                  : "page";
  }
  if (!has_limit) {
    pagination->limit = NumberOr(params, pagination->limit_parameter, pagination->limit);
  }
  if (!has_from) {
    pagination->from = NumberOr(params, pagination->parameter,
                                pagination->kind == Paging::kOffset ? 0 : 1);
  }
}

Status ReadPagination(const Json& body, ScrapeRequest* request) {
  const Members members(body);
  Pagination& pagination = request->pagination;
  std::optional<int64_t> total;
  std::optional<int64_t> from;
  std::optional<int64_t> limit;
  RETURN_NOT_OK(members.Integer("total_pages", 1, 1'000'000, &total));
  RETURN_NOT_OK(members.Text("next_selector", &pagination.next));
  if (!pagination.next.empty()) {
    pagination.kind = Paging::kNextLink;
  }
  const Json* given = members.Find("pagination");
  if (given != nullptr && given->is_string()) {
    RETURN_NOT_OK(members.Choice("pagination", kPagings, &pagination.kind));
  } else if (given != nullptr) {
    if (!given->is_object()) {
      return Wrong("pagination",
                   "an object or one of none, next, page, offset, cursor, "
                   "link");
    }
    const Members inner(*given);
    RETURN_NOT_OK(inner.Choice("type", kPagings, &pagination.kind));
    RETURN_NOT_OK(inner.Text("next", &pagination.next));
    RETURN_NOT_OK(inner.Text("parameter", &pagination.parameter));
    RETURN_NOT_OK(inner.Text("limit_parameter", &pagination.limit_parameter));
    RETURN_NOT_OK(inner.Integer("limit", 1, 1'000'000, &limit));
    RETURN_NOT_OK(inner.Integer("from", 0, 1'000'000'000, &from));
    RETURN_NOT_OK(inner.Integer("to", 0, 1'000'000'000, &pagination.to));
  }
  if (total) {
    request->pages_max =
        request->pages_max ? std::min(*request->pages_max, *total) : total;
  }
  GuessPaging(request->params, total.value_or(1), &pagination);
  pagination.limit = limit.value_or(pagination.limit);
  pagination.from = from.value_or(pagination.from);
  FillPaging(request->params, from.has_value(), limit.has_value(), &pagination);
  if ((pagination.kind == Paging::kNextLink || pagination.kind == Paging::kCursor) &&
      pagination.next.empty()) {
    return Wrong("pagination.next", pagination.kind == Paging::kNextLink
                                        ? "the CSS selector of the link to the next page"
                                        : "the path to the next cursor in the answer");
  }
  if (pagination.kind == Paging::kNextLink) {
    return Selector::Parse(pagination.next).status();
  }
  return pagination.kind == Paging::kCursor ? JsonPath::Parse(pagination.next).status()
                                            : Status::OK();
}

/// {"type": "basic", "username", "password"}, {"type": "bearer", "token"}, {"type":
/// "header", "name", "value"}.
Status ReadAuth(const Json& body, ScrapeSecrets* secrets) {
  const Members members(body);
  const Json* auth = members.Find("auth");
  if (auth == nullptr) {
    return Status::OK();
  }
  if (!auth->is_object()) {
    return Wrong("auth", "an object: {\"type\": \"bearer\", \"token\": …}");
  }
  const Members inner(*auth);
  std::string type;
  std::string user;
  std::string password;
  std::string token;
  std::string name = "X-API-Key";
  RETURN_NOT_OK(inner.Text("type", &type));
  RETURN_NOT_OK(inner.Text("username", &user));
  RETURN_NOT_OK(inner.Text("user", &user));
  RETURN_NOT_OK(inner.Text("password", &password));
  RETURN_NOT_OK(inner.Text("token", &token));
  RETURN_NOT_OK(inner.Text("value", &token));
  RETURN_NOT_OK(inner.Text("name", &name));
  if (type == "basic" || (type.empty() && !user.empty())) {
    secrets->headers.emplace_back(
        "Authorization", "Basic " + arrow::util::base64_encode(user + ':' + password));
  } else if (type == "bearer" || (type.empty() && !token.empty())) {
    secrets->headers.emplace_back("Authorization", "Bearer " + token);
  } else if (type == "header") {
    secrets->headers.emplace_back(name, token);
  } else {
    return Wrong("auth.type", "basic, bearer or header");
  }
  return Status::OK();
}

Status ReadLogin(const Json& body, ScrapeRequest* request, ScrapeSecrets* secrets) {
  const Members members(body);
  RETURN_NOT_OK(members.Text("login_url", &request->login_url));
  const Json* login = members.Find("login");
  if (login == nullptr) {
    return Status::OK();
  }
  if (!login->is_object()) {
    return Wrong("login", "an object: {\"url\": …, \"form\": {…}}");
  }
  RETURN_NOT_OK(Members(*login).Text("url", &request->login_url));
  RETURN_NOT_OK(Members(*login).Map("fields", &secrets->login));
  RETURN_NOT_OK(Members(*login).Map("form", &secrets->login));
  return request->login_url.empty() ? Wrong("login.url", "a URL") : Status::OK();
}

bool IsAbsolute(const std::string& url) { return url.find("://") < url.find('/'); }

/// `text` below `base`, whose path counts as a folder.
Result<std::string> UrlBelow(const net::Url& base, const std::string& text) {
  net::Url folder = base;
  folder.query.clear();
  if (!folder.path.ends_with('/')) {
    folder.path += '/';
  }
  ARROW_ASSIGN_OR_RAISE(const std::string resolved,
                        text.empty() ? Result<std::string>(base.Text())
                                     : net::ResolveUrl(folder.Text(), text));
  ARROW_ASSIGN_OR_RAISE(const net::Url url, net::ParseUrl(resolved));
  if (url.Origin() != base.Origin()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "The URL is not of the connection's own server, which is " +
                         base.Origin() + ": " + url.Origin());
  }
  return url.Text();
}

/// User and password of a URL ride with the secrets.
Status ReadUrl(const Json& body, ScrapeRequest* request, ScrapeSecrets* secrets) {
  RETURN_NOT_OK(Members(body).Text("url", &request->url));
  RETURN_NOT_OK(Members(body).Text("connection", &request->connection));
  if (!request->connection.empty() && !IsAbsolute(request->url)) {
    return Status::OK();  // PutOnConnection() makes it whole
  }
  if (request->url.empty()) {
    return MakeError(ErrorCode::kInvalidArgument, "What shall be scraped? Give its url");
  }
  ARROW_ASSIGN_OR_RAISE(const net::Url url, net::ParseUrl(request->url));
  if (!url.user.empty() || !url.password.empty()) {
    secrets->headers.emplace_back(
        "Authorization",
        "Basic " + arrow::util::base64_encode(url.user + ':' + url.password));
  }
  request->url = url.Text();
  if (request->login_url.empty() ||
      (!request->connection.empty() && !IsAbsolute(request->login_url))) {
    return Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(const net::Url login, net::ParseUrl(request->login_url));
  request->login_url = login.Text();
  return Status::OK();
}

Json ObjectOf(const Pairs& pairs) {
  Json object = Json::object();
  for (const auto& [name, value] : pairs) {
    object[name] = value;
  }
  return object;
}

/// Columns keep their order, so they are a list here.
Json ListOf(const Pairs& pairs) {
  Json list = Json::array();
  for (const auto& [name, value] : pairs) {
    list.push_back({{"name", name}, {"select", value}});
  }
  return list;
}

Status ReadFields(const Json& body, Pairs* fields) {
  const Members members(body);
  const Json* found = members.Find("fields");
  if (found == nullptr || found->is_object()) {
    return members.Map("fields", fields);
  }
  const bool is_list =
      found->is_array() && std::ranges::all_of(*found, [](const Json& field) {
        return field.is_object() && field.contains("name") && field.contains("select") &&
               field["name"].is_string() && field["select"].is_string();
      });
  if (!is_list) {
    return Wrong("fields",
                 "an object of selectors by the names of columns, or a list of "
                 "{\"name\": …, \"select\": …}");
  }
  for (const Json& field : *found) {
    fields->emplace_back(field["name"].get<std::string>(),
                         field["select"].get<std::string>());
  }
  return Status::OK();
}

}  // namespace

Status PutOnConnection(const std::string& base, const Pairs& headers,
                       ScrapeRequest* request, ScrapeSecrets* secrets) {
  ARROW_ASSIGN_OR_RAISE(const net::Url url, net::ParseUrl(base));
  ARROW_ASSIGN_OR_RAISE(request->url, UrlBelow(url, request->url));
  if (!request->login_url.empty()) {
    ARROW_ASSIGN_OR_RAISE(request->login_url, UrlBelow(url, request->login_url));
  }
  for (const auto& header : headers) {
    if (!Has(secrets->headers, header.first)) {
      secrets->headers.push_back(header);
    }
  }
  return Status::OK();
}

Result<ScrapeRequest> ReadScrapeRequest(const Json& body, ScrapeSecrets* secrets) {
  ScrapeRequest request;
  const Members members(body);
  RETURN_NOT_OK(ReadLogin(body, &request, secrets));
  RETURN_NOT_OK(ReadUrl(body, &request, secrets));
  RETURN_NOT_OK(members.Text("selector", &request.selector));
  RETURN_NOT_OK(members.Choice("content", kContents, &request.content));
  RETURN_NOT_OK(members.Map("params", &request.params));
  RETURN_NOT_OK(ReadFields(body, &request.fields));
  RETURN_NOT_OK(members.Integer("max_pages", 1, 1'000'000, &request.pages_max));
  RETURN_NOT_OK(members.Integer("max_rows", 1, INT64_MAX, &request.rows_max));
  RETURN_NOT_OK(members.Integer("interval_ms", 0, 600'000, &request.interval_ms));
  RETURN_NOT_OK(members.Integer("index", 0, 1'000'000, &request.index));
  std::optional<int32_t> depth;
  RETURN_NOT_OK(members.Integer("flatten_depth", 0, 20, &depth));
  request.flatten_depth = depth.value_or(request.flatten_depth);
  std::string robots;
  RETURN_NOT_OK(members.Text("robots", &robots));
  if (!robots.empty() && robots != "obey" && robots != "ignore") {
    return Wrong("robots", "obey or ignore");
  }
  request.obeys_robots = robots != "ignore";
  if (members.Find("header") != nullptr) {
    bool header = false;
    RETURN_NOT_OK(members.Flag("header", &header));
    request.header = header;
  }
  RETURN_NOT_OK(members.Flag("links", &request.keeps_links));
  RETURN_NOT_OK(members.Flag("footnotes", &request.keeps_footnotes));
  RETURN_NOT_OK(members.Flag("typed", &request.is_typed));
  RETURN_NOT_OK(members.Flag("lineage", &request.has_lineage));
  RETURN_NOT_OK(members.Flag("render", &request.renders));
  RETURN_NOT_OK(members.Text("wait_for", &request.wait_for));
  if (!request.wait_for.empty() && !request.renders) {
    return Wrong("wait_for", "left out, or render be true: only a browser waits");
  }
  RETURN_NOT_OK(ReadPagination(body, &request));
  RETURN_NOT_OK(members.Map("headers", &secrets->headers));
  RETURN_NOT_OK(members.Map("secret_params", &secrets->params));
  RETURN_NOT_OK(ReadAuth(body, secrets));
  return request;
}

Json ScrapeRequestToJson(const ScrapeRequest& request) {
  const Pagination& pagination = request.pagination;
  Json json = {{"url", request.url},
               {"connection", request.connection},
               {"selector", request.selector},
               {"content", WordOf(kContents, request.content)},
               {"params", ObjectOf(request.params)},
               {"fields", ListOf(request.fields)},
               {"pagination",
                {{"type", WordOf(kPagings, pagination.kind)},
                 {"next", pagination.next},
                 {"parameter", pagination.parameter},
                 {"limit_parameter", pagination.limit_parameter},
                 {"limit", pagination.limit},
                 {"from", pagination.from}}},
               {"robots", request.obeys_robots ? "obey" : "ignore"},
               {"links", request.keeps_links},
               {"footnotes", request.keeps_footnotes},
               {"flatten_depth", request.flatten_depth},
               {"typed", request.is_typed},
               {"lineage", request.has_lineage},
               {"render", request.renders},
               {"wait_for", request.wait_for},
               {"login_url", request.login_url}};
  const auto add = [](Json& into, const char* name, const auto& value) {
    if (value) {
      into[name] = *value;
    }
  };
  add(json["pagination"], "to", pagination.to);
  add(json, "max_pages", request.pages_max);
  add(json, "max_rows", request.rows_max);
  add(json, "interval_ms", request.interval_ms);
  add(json, "index", request.index);
  add(json, "header", request.header);
  return json;
}

Json ScrapeSecretsToJson(const ScrapeSecrets& secrets) {
  if (secrets.headers.empty() && secrets.params.empty() && secrets.login.empty()) {
    return nullptr;
  }
  return {{"headers", ObjectOf(secrets.headers)},
          {"secret_params", ObjectOf(secrets.params)},
          {"login", ObjectOf(secrets.login)}};
}

Result<ScrapeSecrets> ScrapeSecretsFromJson(const Json& json) {
  ScrapeSecrets secrets;
  if (json.is_null()) {
    return secrets;
  }
  const Members members(json);
  RETURN_NOT_OK(members.Map("headers", &secrets.headers));
  RETURN_NOT_OK(members.Map("secret_params", &secrets.params));
  RETURN_NOT_OK(members.Map("login", &secrets.login));
  return secrets;
}

}  // namespace tarn::ingest::web
