// What shall be scraped, as people write it down.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"

namespace tarn::ingest::web {

using Pairs = std::vector<std::pair<std::string, std::string>>;

enum class Content : uint8_t { kAuto, kHtml, kJson, kXml };

enum class Paging : uint8_t {
  kNone,
  kNextLink,    // a selector finds the link to the next page
  kPage,        // a parameter counts pages
  kOffset,      // a parameter counts rows, another says how many
  kCursor,      // a path in the answer leads to the parameter's next value, or to a URL
  kLinkHeader,  // the header Link has the next page
};

struct Pagination {
  Paging kind = Paging::kNone;
  std::string next = {};       // kNextLink: CSS; kCursor: the path to it
  std::string parameter = {};  // kPage: "page", kOffset: "offset", kCursor: "cursor"
  std::string limit_parameter = "limit";
  int64_t limit = 100;             // rows of a page
  int64_t from = 1;                // the first page's number, or offset
  std::optional<int64_t> to = {};  // the last page's number
};

struct ScrapeRequest {
  std::string url;
  std::string connection = {};  // a stored one: `url` may be relative to its own
  std::string selector = {};    // CSS; a path of JSON; empty: tables, or the whole answer
  Content content = Content::kAuto;
  Pairs params = {};
  Pairs fields = {};  // columns: name and selector or path
  Pagination pagination = {};
  std::optional<int64_t> pages_max = {};
  std::optional<int64_t> rows_max = {};
  std::optional<int64_t> interval_ms = {};
  bool obeys_robots = true;
  std::optional<int32_t> index = {};  // only the nth of what the selector finds, from 0
  std::optional<bool> header = {};
  bool keeps_links = false;
  bool keeps_footnotes = false;
  int32_t flatten_depth = 1;
  bool is_typed = true;
  bool has_lineage = true;
  bool renders = false;
  std::string wait_for = {};   // CSS; of a rendered page: what must be there
  std::string login_url = {};  // a form is sent there first
};

/// What must not be written down.
struct ScrapeSecrets {
  Pairs headers = {};
  Pairs params = {};  // of the URL's query
  Pairs login = {};   // fields of the form
};

/// Reads a body of the API, names in snake_case: url, selector, params, pagination, … ,
/// and headers, auth, login, secret_params into `secrets`. Members that it does not know
/// are not its own. Errors: kInvalidArgument.
Result<ScrapeRequest> ReadScrapeRequest(const Json& body, ScrapeSecrets* secrets);

/// Puts the request on its connection's URL, and adds what is sent with it where the
/// request has nothing of its own. Errors: kInvalidArgument for URLs that are not of the
/// connection's own origin: what is secret is for that one only.
Status PutOnConnection(const std::string& base, const Pairs& headers,
                       ScrapeRequest* request, ScrapeSecrets* secrets);

/// A body that ReadScrapeRequest() reads as the same: what a job's record has.
Json ScrapeRequestToJson(const ScrapeRequest& request);
/// Null if there are none.
Json ScrapeSecretsToJson(const ScrapeSecrets& secrets);
/// Errors: kInvalidData.
Result<ScrapeSecrets> ScrapeSecretsFromJson(const Json& json);

}  // namespace tarn::ingest::web
