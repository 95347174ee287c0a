#include "tarn/service/http_connection.h"

#include <algorithm>

#include "tarn/base/digest.h"
#include "tarn/base/error.h"

namespace tarn::service {
namespace {

std::string TextOf(const Json& members, const char* name) {
  const auto found = members.find(name);
  return found == members.end() || !found->is_string() ? "" : found->get<std::string>();
}

Status NotHeaders() {
  return MakeError(
      ErrorCode::kInvalidArgument,
      "headers of a stored connection is an object of texts: {\"X-API-Key\": "
      "\"…\"}");
}

/// Characters that would begin another header are refused by who sends it.
Result<Json> HeadersOf(const std::string& text) {
  const Result<Json> json = ParseJson(text, "headers");
  const bool is_right =
      json.ok() && json->is_object() && std::ranges::all_of(*json, &Json::is_string);
  return is_right ? json : NotHeaders();
}

}  // namespace

Result<std::string> HttpHeadersText(const Json& headers) {
  if (headers.is_string()) {
    const std::string& text = headers.get_ref<const std::string&>();
    // A reference to a secret is looked up when it is used.
    return text.find("${") == std::string::npos
               ? HeadersOf(text).Map([&](const Json&) { return text; })
               : Result<std::string>(text);
  }
  const std::string text = DumpJson(headers);
  RETURN_NOT_OK(HeadersOf(text).status());
  return text;
}

Result<std::vector<std::pair<std::string, std::string>>> HttpConnectionHeaders(
    const Json& members) {
  std::vector<std::pair<std::string, std::string>> headers;
  if (const std::string text = TextOf(members, "headers"); !text.empty()) {
    ARROW_ASSIGN_OR_RAISE(const Json given, HeadersOf(text));
    for (const auto& [name, value] : given.items()) {
      headers.emplace_back(name, value.get<std::string>());
    }
  }
  const std::string token = TextOf(members, "token");
  const std::string user = TextOf(members, "user");
  if (!token.empty()) {
    headers.emplace_back("Authorization", "Bearer " + token);
  } else if (!user.empty()) {
    headers.emplace_back(
        "Authorization",
        "Basic " + Base64Encode(user + ":" + TextOf(members, "password")));
  }
  return headers;
}

}  // namespace tarn::service
