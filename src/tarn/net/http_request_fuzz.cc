// Any bytes as what a client sends: parsed in one piece and in pieces, routed, decoded.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/error.h"
#include "tarn/net/http_message.h"
#include "tarn/net/internal/gzip.h"
#include "tarn/net/internal/request_parser.h"
#include "tarn/net/internal/response_head.h"
#include "tarn/net/router.h"

namespace {

using tarn::net::HttpRequest;
using tarn::net::HttpResponse;
using tarn::net::internal::RequestParser;

constexpr size_t kHeaderBytesMax = 4096;
constexpr size_t kBodyBytesMax = 1024;

tarn::net::Router MakeRouter() {
  tarn::net::Router router;
  const auto handler = [](const HttpRequest&) { return HttpResponse{}; };
  router.Add("GET", "/v1/config", handler);
  router.Add("POST", "/v1/{prefix}/namespaces/{namespace}", handler);
  router.Add("GET", "/v1/{prefix}/tables/rename", handler, {.plus_is_space = true});
  router.Add("GET", "/ui/{path...}", handler);
  return router;
}

/// What a parser made of all requests in `bytes`, offered `step` at a time.
std::string Parse(std::string_view bytes, size_t step, const tarn::net::Router& router) {
  std::string seen;
  std::string input;
  RequestParser* parser = nullptr;
  std::vector<std::unique_ptr<RequestParser>> parsers;
  while (!bytes.empty() || !input.empty()) {
    const size_t more = std::min(step, bytes.size());
    input += bytes.substr(0, more);
    bytes.remove_prefix(more);
    bool moved = true;
    while (moved && !input.empty()) {
      if (parser == nullptr) {
        parsers.push_back(std::make_unique<RequestParser>(kHeaderBytesMax));
        parser = parsers.back().get();
      }
      const bool had_head = parser->has_head();
      const size_t taken = parser->Feed(input);
      TARN_CHECK(taken <= input.size());
      input.erase(0, taken);
      moved = taken > 0;
      HttpRequest& request = parser->request();
      if (!had_head && parser->has_head() && parser->error_status() == 0) {
        int status = 0;
        const auto* const route = router.Match(&request, &status);
        TARN_CHECK((route != nullptr) == (status == 200));
        request.QueryParameter("a");
        parser->LimitBody(kBodyBytesMax);
      }
      if (parser->error_status() != 0) {
        return seen + std::to_string(parser->error_status());
      }
      if (parser->is_done()) {
        TARN_CHECK(request.body.size() <= kBodyBytesMax);
        seen += request.method + ' ' + request.raw_path + ' ' + request.body + '\n';
        parser = nullptr;
      }
    }
    if (bytes.empty()) {
      return seen + "more";
    }
  }
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const tarn::net::Router router = MakeRouter();
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  Parse(input, size + 1, router);
  Parse(input, 7, router);
  const auto decoded = tarn::net::PercentDecode(input);
  if (decoded.ok()) {
    const auto again = tarn::net::PercentDecode(tarn::net::PercentEncode(*decoded));
    TARN_CHECK(again.ok() && *again == *decoded);
  }
  HttpRequest request;
  request.method = "GET";
  request.raw_path = '/' + std::string(input);
  int status = 0;
  router.Match(&request, &status);
  router.Refuse(request, status);
  tarn::net::FormValue(input, "a");
  tarn::net::internal::AcceptsGzip(input);
  HttpResponse response;
  response.headers.Add(std::string(input), std::string(input));
  const std::string head = tarn::net::internal::ResponseHead(response, {});
  TARN_CHECK(head.find("\r\n\r\n") == head.size() - 4);
  return 0;
}
