// Any bytes as a form that asks for a token: headers up to the first empty line, then the
// body.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "tarn/base/error.h"
#include "tarn/gateway/iceberg_rest/token_request.h"
#include "tarn/gateway/iceberg_rest/token_routes.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  tarn::net::HttpRequest request;
  const size_t line_end = std::min(text.find('\n'), text.size());
  request.headers.Add("Authorization", std::string(text.substr(0, line_end)));
  request.headers.Add("Content-Type", "application/x-www-form-urlencoded");
  request.headers.Add("Host", std::string(text.substr(0, line_end)));
  text.remove_prefix(std::min(text.size(), line_end + 1));
  request.body = std::string(text);
  const auto parsed = tarn::gateway::ParseTokenRequest(request);
  const auto* const error = std::get_if<tarn::gateway::OAuthError>(&parsed);
  const auto answer = tarn::gateway::AnswerTokenRequest(request, nullptr);
  TARN_CHECK(answer.status == (error == nullptr ? 200 : error->status));
  const std::string url = tarn::gateway::PublicUrlOf(request, "");
  TARN_CHECK(url.find_first_of("/?#\r\n @", 8) == std::string::npos);
  return 0;
}
