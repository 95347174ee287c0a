#include "tarn/ingest/web/scrape.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/ingest/web/charset.h"
#include "tarn/ingest/web/internal/login_form.h"
#include "tarn/ingest/web/json_path.h"
#include "tarn/ingest/web/json_rows.h"
#include "tarn/ingest/web/link_header.h"
#include "tarn/ingest/web/node_text.h"
#include "tarn/ingest/web/page_rows.h"
#include "tarn/net/http_get.h"
#include "tarn/net/url.h"

namespace tarn::ingest::web {
namespace {

/// What a page is, by what the server says and how it begins.
Content ContentOf(const FetchedPage& page, std::string_view text) {
  const std::string type = MediaTypeOf(page.content_type);
  if (type == "application/json" || type.ends_with("+json") || type == "text/json") {
    return Content::kJson;
  }
  const bool is_xhtml = type == "application/xhtml+xml";
  if (!is_xhtml &&
      (type == "application/xml" || type == "text/xml" || type.ends_with("+xml"))) {
    return Content::kXml;
  }
  if (is_xhtml || type == "text/html") {
    return Content::kHtml;
  }
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  if (text.starts_with('{') || text.starts_with('[')) {
    return Content::kJson;
  }
  const bool is_xml =
      text.starts_with("<?xml") || text.starts_with("<rss") || text.starts_with("<feed");
  return is_xml && text.find("<html") == std::string_view::npos ? Content::kXml
                                                                : Content::kHtml;
}

/// One page after it was read.
struct ReadPage {
  Document document;  // of HTML and XML
  Json json;
  int64_t rows = 0;
};

/// One scrape.
class Scraper {
 public:
  Scraper(const ScrapeRequest& request, const ScrapeSecrets& secrets,
          ScrapeContext context)
      : request_(request),
        secrets_(secrets),
        context_(std::move(context)),
        fetcher_(Options(), context_.turns, context_.clock, context_.random),
        scraped_{.rows = RowSet(context_.memory_bytes_max)} {}

  Result<ScrapedRows> Run() {
    RETURN_NOT_OK(SignIn());
    ARROW_ASSIGN_OR_RAISE(std::string url, FirstUrl());
    const int64_t pages_max =
        std::min(context_.pages_max, request_.pages_max.value_or(context_.pages_max));
    for (int64_t number = 1;; ++number) {
      if (!visited_.insert(url).second) {
        Note("the next page is one that was read before: " + net::UrlToShow(url));
        break;
      }
      ARROW_ASSIGN_OR_RAISE(const FetchedPage page, Fetch(url));
      const size_t body = std::hash<std::string>()(page.body);
      if (number > 1 && body == last_body_) {
        Note(fmt::format("page {} is the same as the one before", number));
        break;
      }
      last_body_ = body;
      const std::string shown = secrets_.params.empty() ? page.url : url;
      scraped_.pages.push_back({scraped_.rows.num_rows(), shown, number, page.read_at});
      Result<ReadPage> read = Read(page, shown);
      if (!read.ok()) {
        return WithContext(net::UrlToShow(shown) + ": ", read.status());
      }
      progress_.pages = number;
      progress_.rows = scraped_.rows.num_rows();
      progress_.bytes += static_cast<int64_t>(page.body.size());
      if (context_.on_progress) {
        context_.on_progress(progress_);
      }
      if (request_.rows_max && scraped_.rows.num_rows() >= *request_.rows_max) {
        break;
      }
      ARROW_ASSIGN_OR_RAISE(const std::optional<std::string> next,
                            NextUrl(url, page, *read, number));
      if (!next) {
        break;
      }
      if (number >= pages_max) {
        Note(fmt::format("there are more pages than the {} that were read", pages_max));
        break;
      }
      url = *next;
    }
    if (left_out_ > 0) {
      Note(
          fmt::format("{} tables match too, but have other columns than the first; "
                      "\"index\" chooses one",
                      left_out_));
    }
    if (scraped_.rows.num_rows() == 0) {
      Note(matched_ == 0 ? "nothing matches " + (request_.selector.empty()
                                                     ? std::string("(no selector)")
                                                     : request_.selector)
                         : "what matches has no text");
    }
    return std::move(scraped_);
  }

 private:
  FetchOptions Options() const {
    FetchOptions options = context_.fetch;
    options.headers = secrets_.headers;
    options.robots = request_.obeys_robots ? RobotsRule::kObey : RobotsRule::kIgnore;
    if (request_.interval_ms) {
      options.interval = std::chrono::milliseconds(*request_.interval_ms);
    }
    options.own_origin = OwnOrigin();
    return options;
  }

  std::string OwnOrigin() const {
    const Result<net::Url> url = net::ParseUrl(request_.url);
    return url.ok() ? url->Origin() : "";
  }

  void Note(const std::string& text) {
    scraped_.note += (scraped_.note.empty() ? "" : "; ") + text;
  }

  Status SignIn() {
    if (request_.login_url.empty()) {
      return Status::OK();
    }
    const Status status =
        internal::SendLoginForm(fetcher_, request_.login_url, secrets_.login);
    return status.ok() ? status : WithContext("Signing in: ", status);
  }

  Result<std::string> FirstUrl() const {
    std::string url = request_.url;
    for (const auto& [name, value] : request_.params) {
      ARROW_ASSIGN_OR_RAISE(url, net::WithParameter(url, name, value));
    }
    const Pagination& pagination = request_.pagination;
    if (pagination.kind == Paging::kOffset) {
      ARROW_ASSIGN_OR_RAISE(url, net::WithParameter(url, pagination.limit_parameter,
                                                    std::to_string(pagination.limit)));
    }
    if (pagination.kind == Paging::kOffset || pagination.kind == Paging::kPage) {
      ARROW_ASSIGN_OR_RAISE(url, net::WithParameter(url, pagination.parameter,
                                                    std::to_string(pagination.from)));
    }
    return url;
  }

  Result<FetchedPage> Fetch(const std::string& url) {
    std::string asked = url;
    for (const auto& [name, value] : secrets_.params) {
      ARROW_ASSIGN_OR_RAISE(asked, net::WithParameter(asked, name, value));
    }
    if (!request_.renders) {
      return fetcher_.Get(asked);
    }
    if (!context_.render) {
      return MakeError(ErrorCode::kNotSupported,
                       "Pages made by JavaScript cannot be rendered here");
    }
    return FetchRendered(std::move(asked));
  }

  /// The document is got as any other is, and then given to the browser.
  Result<FetchedPage> FetchRendered(std::string url) {
    for (int32_t hop = 0; hop <= context_.fetch.redirects_max; ++hop) {
      ARROW_ASSIGN_OR_RAISE(const FetchedPage page, fetcher_.Get(url));
      if (ContentOf(page, page.body) != Content::kHtml) {
        return page;  // it has no scripts
      }
      const FetchOptions& fetch = context_.fetch;
      const RenderOrder order{.document = page,
                              .wait_for = request_.wait_for,
                              .cookies = fetcher_.Cookies(),
                              .headers = secrets_.headers,
                              .own_origin = OwnOrigin(),
                              .guard = fetch.guard,
                              .bytes_max = fetch.bytes_max,
                              .timeout = fetch.timeout,
                              .cancelled = fetch.cancelled};
      RenderedPage rendered;
      RETURN_NOT_OK(fetcher_.InTurn(
          page.url, [&] { return context_.render(order).Value(&rendered); }));
      fetcher_.KeepCookies(rendered.cookies);
      if (rendered.leads_to.empty()) {
        return std::move(rendered.page);
      }
      url = std::move(rendered.leads_to);
    }
    return MakeError(
        ErrorCode::kInvalidData,
        fmt::format("The scripts of {} lead from page to page, more than {} "
                    "times",
                    net::UrlToShow(request_.url), context_.fetch.redirects_max));
  }

  Result<ReadPage> Read(const FetchedPage& page, const std::string& url) {
    ARROW_ASSIGN_OR_RAISE(const std::string text,
                          DecodeText(page.body, CharsetOf(page.body, page.content_type)));
    const int64_t rows_before = scraped_.rows.num_rows();
    ReadPage read;
    const Content content =
        request_.content == Content::kAuto ? ContentOf(page, text) : request_.content;
    switch (content) {
      case Content::kJson:
        RETURN_NOT_OK(ReadJson(text, &read));
        break;
      case Content::kXml: {
        ARROW_ASSIGN_OR_RAISE(read.document, ParseXml(text));
        RETURN_NOT_OK(ReadDocument(read.document, Content::kXml, url));
        break;
      }
      default: {
        ARROW_ASSIGN_OR_RAISE(read.document, ParseHtml(text));
        RETURN_NOT_OK(ReadDocument(read.document, Content::kHtml, url));
        break;
      }
    }
    read.rows = scraped_.rows.num_rows() - rows_before;
    return read;
  }

  Status ReadJson(const std::string& text, ReadPage* read) {
    ARROW_ASSIGN_OR_RAISE(read->json, ParseJson(text, "the answer"));
    ARROW_ASSIGN_OR_RAISE(const JsonPath path, JsonPath::Parse(request_.selector));
    JsonRowsOptions options{.fields = {}, .flatten_depth = request_.flatten_depth};
    for (const auto& [name, text_of_path] : request_.fields) {
      ARROW_ASSIGN_OR_RAISE(JsonPath field, JsonPath::Parse(text_of_path));
      options.fields.push_back({name, std::move(field)});
    }
    ARROW_ASSIGN_OR_RAISE(const int64_t records,
                          AddJsonRows(read->json, path, options, &scraped_.rows));
    matched_ += records;
    return Status::OK();
  }

  Status ReadDocument(const Document& document, Content content, const std::string& url) {
    PageRowsOptions options{.fields = {},
                            .index = request_.index,
                            .header = request_.header,
                            .keeps_links = request_.keeps_links,
                            .keeps_footnotes = request_.keeps_footnotes,
                            .base_url = BaseUrl(document, url)};
    for (const auto& [name, text] : request_.fields) {
      ARROW_ASSIGN_OR_RAISE(options.fields.emplace_back(), Field::Parse(name, text));
    }
    std::string text = request_.selector;
    if (text.empty()) {
      text = content == Content::kXml ? RowElementOf(document) : "table";
      // Names of XML may have a prefix, which selectors write with a backslash.
      const size_t colon = text.find(':');
      text = colon == std::string::npos ? text : text.insert(colon, "\\");
    }
    ARROW_ASSIGN_OR_RAISE(const Selector selector, Selector::Parse(text));
    ARROW_ASSIGN_OR_RAISE(const PageFindings findings,
                          content == Content::kXml
                              ? AddXmlRows(document, selector, options, &scraped_.rows)
                              : AddHtmlRows(document, selector, options, &scraped_.rows));
    matched_ += findings.matched;
    left_out_ += findings.left_out;
    return Status::OK();
  }

  /// Where the page's links start from: a base element may say so.
  static std::string BaseUrl(const Document& document, const std::string& url) {
    for (NodeId id = 1; id < document.size(); ++id) {
      if (document.node(id).name == "base") {
        const std::string* base = document.Attribute(id, "href");
        return base == nullptr ? url : net::ResolveUrl(url, *base).ValueOr(url);
      }
      if (document.node(id).name == "body") {
        break;
      }
    }
    return url;
  }

  /// unset: this was the last page.
  Result<std::optional<std::string>> NextUrl(const std::string& url,
                                             const FetchedPage& page,
                                             const ReadPage& read, int64_t number) const {
    const Pagination& pagination = request_.pagination;
    const auto with =
        [&](const std::string& value) -> Result<std::optional<std::string>> {
      ARROW_ASSIGN_OR_RAISE(std::string next,
                            net::WithParameter(url, pagination.parameter, value));
      return std::optional(std::move(next));
    };
    switch (pagination.kind) {
      case Paging::kNone:
        return std::optional<std::string>();
      case Paging::kPage: {
        const int64_t next = pagination.from + number;
        const bool is_over = read.rows == 0 || (pagination.to && next > *pagination.to);
        return is_over ? std::optional<std::string>() : with(std::to_string(next));
      }
      case Paging::kOffset:
        return read.rows < pagination.limit
                   ? std::optional<std::string>()
                   : with(std::to_string(pagination.from + number * pagination.limit));
      case Paging::kCursor:
        return NextByCursor(url, read.json);
      case Paging::kLinkHeader: {
        for (const auto& [name, value] : page.headers.all()) {
          const bool is_link = name.size() == 4 && (name[0] == 'L' || name[0] == 'l');
          const auto target = is_link ? LinkTarget(value, "next") : std::nullopt;
          if (target) {
            return Link(page.url, *target);
          }
        }
        return std::optional<std::string>();
      }
      case Paging::kNextLink:
        return NextByLink(page.url, read.document);
    }
    return std::optional<std::string>();
  }

  static Result<std::optional<std::string>> Link(const std::string& base,
                                                 const std::string& target) {
    ARROW_ASSIGN_OR_RAISE(const std::string url, net::ResolveUrl(base, target));
    ARROW_ASSIGN_OR_RAISE(const net::Url parts, net::ParseUrl(url));
    return std::optional(parts.Text());
  }

  Result<std::optional<std::string>> NextByCursor(const std::string& url,
                                                  const Json& json) const {
    ARROW_ASSIGN_OR_RAISE(const JsonPath path, JsonPath::Parse(request_.pagination.next));
    const std::vector<const Json*> found = path.Find(json);
    const Json cursor = found.empty() ? Json() : *found.front();
    if (cursor.is_null() || cursor.is_boolean() || cursor.is_structured()) {
      return std::optional<std::string>();
    }
    const std::string text =
        cursor.is_string() ? cursor.get<std::string>() : DumpJson(cursor);
    if (text.empty()) {
      return std::optional<std::string>();
    }
    const bool is_url = text.starts_with("http://") || text.starts_with("https://") ||
                        text.starts_with('/') || text.starts_with('?');
    if (is_url) {
      return Link(url, text);
    }
    ARROW_ASSIGN_OR_RAISE(std::string next,
                          net::WithParameter(url, request_.pagination.parameter, text));
    return std::optional(std::move(next));
  }

  Result<std::optional<std::string>> NextByLink(const std::string& url,
                                                const Document& document) const {
    ARROW_ASSIGN_OR_RAISE(const Selector selector,
                          Selector::Parse(request_.pagination.next));
    ARROW_ASSIGN_OR_RAISE(const std::vector<NodeId> ids, selector.Select(document, 0));
    const std::string base = BaseUrl(document, url);
    for (const NodeId id : ids) {
      for (NodeId at = id; at != kNoNode; at = document.Next(at, id)) {
        const std::string* link = document.Attribute(at, "href");
        if (link != nullptr && !link->empty() && !link->starts_with('#')) {
          return Link(base, *link);
        }
      }
    }
    return std::optional<std::string>();
  }

  const ScrapeRequest& request_;
  const ScrapeSecrets& secrets_;
  ScrapeContext context_;
  Fetcher fetcher_;
  ScrapedRows scraped_;
  ScrapeProgress progress_;
  std::set<std::string> visited_;
  size_t last_body_ = 0;
  int64_t matched_ = 0;
  int64_t left_out_ = 0;
};

}  // namespace

Result<ScrapedRows> Scrape(const ScrapeRequest& request, const ScrapeSecrets& secrets,
                           ScrapeContext context) {
  return Scraper(request, secrets, std::move(context)).Run();
}

}  // namespace tarn::ingest::web
