#include "tarn/gateway/trino/external_sign_in.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "tarn/base/digest.h"
#include "tarn/base/error.h"
#include "tarn/base/html_text.h"
#include "tarn/base/json_fields.h"
#include "tarn/gateway/iceberg_rest/token_routes.h"

namespace tarn::gateway::trino {
namespace {

constexpr char kPath[] = "/oauth2/token";
constexpr size_t kFormBytesMax = size_t{16} << 10;
constexpr size_t kIdDigits = 64;  // 256 bits

constexpr char kPage[] = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Sign in to Tarn</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:24rem;margin:15vh auto;padding:0 1rem}}
label{{display:block;margin:.8rem 0}}input{{display:block;width:100%;font:inherit;padding:.3rem;box-sizing:border-box}}
button{{font:inherit;padding:.4rem 1.2rem}}.wrong{{color:#a00}}</style></head>
<body><h1>{title}</h1>
{body}
</body></html>
)";

constexpr char kForm[] =
    R"(<p>A program asks to work in your name. Go on only if you have just started one.</p>
{message}<form method="post"><label>Name or client id <input name="name" autocomplete="username" required autofocus></label>
<label>Secret <input name="secret" type="password" autocomplete="current-password" required></label>
<button>Sign in</button></form>)";

std::string Hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) {
    text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  }
  return text;
}

std::string PageKey(std::string_view id) { return Hex(Sha256(id)); }

/// Whether it can be an id or a digest of one.
bool IsKey(std::string_view text) {
  return text.size() == kIdDigits &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

net::HttpResponse Page(int status, const char* title, const std::string& body) {
  net::HttpResponse response{
      .status = status,
      .body = fmt::format(kPage, fmt::arg("title", title), fmt::arg("body", body))};
  response.headers.Set("Content-Type", "text/html; charset=utf-8");
  response.headers.Set("Cache-Control", "no-store");
  response.headers.Set("Content-Security-Policy",
                       "default-src 'none'; style-src 'unsafe-inline'; form-action "
                       "'self'; frame-ancestors 'none'; base-uri 'none'");
  response.headers.Set("Referrer-Policy", "no-referrer");
  response.headers.Set("X-Content-Type-Options", "nosniff");
  return response;
}

net::HttpResponse Form(int status, std::string_view message) {
  const std::string said =
      message.empty() ? "" : "<p class=\"wrong\">" + HtmlText(message) + "</p>\n";
  return Page(status, "Sign in to Tarn", fmt::format(kForm, fmt::arg("message", said)));
}

net::HttpResponse NoSuchSignIn() {
  return Page(404, "No such sign-in", "<p>Start the program again.</p>");
}

net::HttpResponse JsonAnswer(const Json& json) {
  net::HttpResponse response{.body = json.dump()};
  response.headers.Set("Content-Type", "application/json");
  response.headers.Set("Cache-Control", "no-store");
  return response;
}

}  // namespace

std::string ExternalSignIn::Challenge(const net::HttpRequest& request) {
  std::string id;
  while (id.size() < kIdDigits) {
    id += fmt::format("{:016x}", random_.Next());
  }
  return fmt::format(
      "Bearer x_redirect_server=\"{0}{1}/initiate/{2}\", "
      "x_token_server=\"{0}{1}/{3}\"",
      PublicUrlOf(request, options_.public_url), kPath, PageKey(id), id);
}

void ExternalSignIn::AddRoutes(net::Router* router) {
  const std::string page = std::string(kPath) + "/initiate/{key}";
  const std::string token = std::string(kPath) + "/{id}";
  router->Add("GET", page,
              [this](const net::HttpRequest& request) { return ShowPage(request); });
  router->Add("POST", page,
              [this](const net::HttpRequest& request) { return SignIn(request); },
              {.body_bytes_max = kFormBytesMax, .lane = net::Lane::kLong});
  router->Add("GET", token,
              [this](const net::HttpRequest& request) { return GiveToken(request); },
              {.is_logged = false, .lane = net::Lane::kLong});
  router->Add("DELETE", token,
              [this](const net::HttpRequest& request) { return ForgetToken(request); },
              {.is_logged = false});
}

net::HttpResponse ExternalSignIn::ShowPage(const net::HttpRequest& request) const {
  return IsKey(*request.PathParameter("key")) ? Form(200, "") : NoSuchSignIn();
}

net::HttpResponse ExternalSignIn::SignIn(const net::HttpRequest& request) {
  const std::string& key = *request.PathParameter("key");
  if (!IsKey(key)) {
    return NoSuchSignIn();
  }
  const auto issued = authenticator_.SignIn(
      {.client_id = net::FormValue(request.body, "name").value_or(""),
       .client_secret = net::FormValue(request.body, "secret").value_or("")},
      "", request.remote_address);
  if (!issued.ok()) {
    return Form(InfoOf(CodeOf(issued.status())).http_status, issued.status().message());
  }
  {
    const std::lock_guard lock(mutex_);
    ForgetOld();
    if (tokens_.size() >= options_.tokens_max) {
      return Form(503, "Too many sign-ins at once: try again in a minute");
    }
    tokens_[key] = {.token = issued->token, .at = clock_.Now()};
  }
  signed_in_.notify_all();
  net::HttpResponse response =
      Page(200, "Signed in",
           "<p>The program goes on as <b>" + HtmlText(issued->principal.name) +
               "</b>. You can close this page.</p>");
  response.principal = issued->principal.name;
  return response;
}

net::HttpResponse ExternalSignIn::GiveToken(const net::HttpRequest& request) {
  const std::string& id = *request.PathParameter("id");
  if (!IsKey(id)) {
    return JsonAnswer(Json{{"error", "There is no such sign-in"}});
  }
  const std::string key = PageKey(id);
  std::unique_lock lock(mutex_);
  ForgetOld();
  if (num_waiting_ < options_.waiting_max) {
    ++num_waiting_;
    signed_in_.wait_for(lock, options_.wait, [&] { return tokens_.contains(key); });
    --num_waiting_;
  }
  const auto found = tokens_.find(key);
  // What is given is kept: an answer may be lost on its way.
  return found == tokens_.end()
             ? JsonAnswer(Json{{"nextUri", PublicUrlOf(request, options_.public_url) +
                                               kPath + "/" + id}})
             : JsonAnswer(Json{{"token", found->second.token}});
}

net::HttpResponse ExternalSignIn::ForgetToken(const net::HttpRequest& request) {
  const std::lock_guard lock(mutex_);
  tokens_.erase(PageKey(*request.PathParameter("id")));
  return {.status = 204};
}

void ExternalSignIn::ForgetOld() {
  const auto now = clock_.Now();
  std::erase_if(tokens_, [&](const auto& entry) {
    return now - entry.second.at > options_.token_kept;
  });
}

}  // namespace tarn::gateway::trino
