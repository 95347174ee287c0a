#include "tarn/net/http_client.h"

#include <algorithm>
#include <mutex>
#include <sys/socket.h>
#include <utility>
#include <vector>

#include <curl/curl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "tarn/base/error.h"
#include "tarn/net/http_get.h"
#include "tarn/net/internal/cookie_line.h"
#include "tarn/net/internal/curl_handle.h"
#include "tarn/net/url.h"

namespace tarn::net {
namespace {

using internal::CurlPtr;

struct ListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using ListPtr = std::unique_ptr<curl_slist, ListDeleter>;

/// One call: what curl's callbacks see.
struct Exchange {
  HttpClientResponse response;
  size_t body_bytes_max;
  const HttpClientOptions& options;
  const HttpClientRequest& request;
  std::string host = {};
  bool is_too_large = false;
  bool is_cancelled = false;
  std::string refused = {};  // the address that the guard did not allow
};

size_t OnBody(char* data, size_t size, size_t count, void* context) {
  auto& exchange = *static_cast<Exchange*>(context);
  std::string& body = exchange.response.body;
  const size_t bytes = size * count;
  if (bytes > exchange.body_bytes_max - body.size()) {
    exchange.is_too_large = true;
    return CURL_WRITEFUNC_ERROR;
  }
  body.append(data, bytes);
  return bytes;
}

/// In curl's place: it sees the address that a name has just been resolved to.
curl_socket_t OnOpenSocket(void* context, curlsocktype, curl_sockaddr* address) {
  auto& exchange = *static_cast<Exchange*>(context);
  if (!exchange.options.guard->Allows(address->addr, exchange.host)) {
    exchange.refused = AddressText(address->addr);
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

int OnProgress(void* context, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  auto& exchange = *static_cast<Exchange*>(context);
  exchange.is_cancelled = exchange.is_cancelled || exchange.request.cancelled();
  return exchange.is_cancelled ? 1 : 0;
}

std::string_view Trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  const size_t end = text.find_last_not_of(" \t\r\n");
  return begin == std::string_view::npos ? "" : text.substr(begin, end + 1 - begin);
}

/// Called for each line of each head: of a redirect, of "100 Continue", of the answer.
size_t OnHeader(char* data, size_t size, size_t count, void* context) {
  auto& response = static_cast<Exchange*>(context)->response;
  const std::string_view line(data, size * count);
  if (line.starts_with("HTTP/")) {
    response.headers = {};
    response.body.clear();
    return line.size();
  }
  const size_t colon = line.find(':');
  if (colon != std::string_view::npos && colon > 0) {
    response.headers.Add(std::string(line.substr(0, colon)),
                         std::string(Trim(line.substr(colon + 1))));
  }
  return line.size();
}

bool IsToken(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c < 0x7f &&
           std::string_view("()<>@,;:\\\"/[]?={}").find(c) == std::string_view::npos;
  });
}

bool IsHttpUrl(std::string_view url) {
  return (url.starts_with("http://") || url.starts_with("https://")) &&
         url.find_first_of(std::string_view(" \r\n\t\0", 5)) == std::string_view::npos;
}

Status CheckRequest(const HttpClientRequest& request) {
  if (!IsHttpUrl(request.url)) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Not an http or https URL: " + UrlToShow(request.url));
  }
  if (!IsToken(request.method)) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Not an HTTP method: " + request.method);
  }
  for (const auto& [name, value] : request.headers.all()) {
    if (!IsToken(name) ||
        value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
      return MakeError(ErrorCode::kInvalidArgument, "Not an HTTP header: " + name);
    }
  }
  return Status::OK();
}

ListPtr HeaderList(const HttpHeaders& headers) {
  ListPtr list;
  const auto append = [&list](const std::string& line) {
    curl_slist* const longer = curl_slist_append(list.get(), line.c_str());
    if (longer != nullptr) {
      static_cast<void>(list.release());
      list.reset(longer);
    }
  };
  append("Expect:");  // no waiting for "100 Continue" before a body
  if (headers.Find("Content-Type") == nullptr) {
    append("Content-Type:");  // curl would say it is a form
  }
  for (const auto& [name, value] : headers.all()) {
    append(value.empty() ? name + ';' : name + ": " + value);
  }
  return list;
}

void SetFile(CURL* curl, CURLoption option, const std::string& file) {
  if (!file.empty()) {
    curl_easy_setopt(curl, option, file.c_str());
  }
}

void SetClientOptions(CURL* curl, const HttpClientOptions& options) {
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_TCP_NODELAY, 1L);
  curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");  // all that this curl can decode
  curl_easy_setopt(curl, CURLOPT_USERAGENT, options.user_agent.c_str());
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                   long{options.connect_timeout.count()});
  curl_easy_setopt(curl, CURLOPT_MAXAGE_CONN, long{options.idle_timeout.count()});
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION,
                   options.redirects == HttpRedirects::kFollow ? 1L : 0L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, long{options.redirects_max});
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, options.verifies_tls ? 1L : 0L);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, options.verifies_tls ? 2L : 0L);
  SetFile(curl, CURLOPT_CAINFO, options.ca_file);
  SetFile(curl, CURLOPT_SSLCERT, options.certificate_file);
  SetFile(curl, CURLOPT_SSLKEY, options.key_file);
  if (options.proxy) {
    curl_easy_setopt(curl, CURLOPT_PROXY, options.proxy->c_str());
  }
}

void SetWatchers(CURL* curl, Exchange* exchange) {
  if (exchange->options.guard != nullptr && !exchange->options.guard->allows_all()) {
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, OnOpenSocket);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, exchange);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
  }
  if (exchange->request.cancelled) {
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, OnProgress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, exchange);
  }
}

void SetRequest(CURL* curl, const HttpClientRequest& request,
                const HttpClientOptions& options, curl_slist* headers,
                Exchange* exchange) {
  curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS,
                   long{request.timeout.value_or(options.timeout).count()});
  curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, request.may_be_sent_twice ? 0L : 1L);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, exchange);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, exchange);
  const bool has_body = !request.body.empty() || request.method == "POST" ||
                        request.method == "PUT" || request.method == "PATCH";
  if (request.method == "HEAD") {
    curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
  } else if (has_body) {
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.data());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
  }
  // For POST, curl itself must choose the method, or a 303 would repeat the POST.
  if (request.method != "POST" && request.method != "GET" && request.method != "HEAD") {
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  } else if (request.method == "GET" && has_body) {
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, "GET");
  }
}

/// Whether a part of the request may have been sent. curl counts what it has sent, and
/// the time at which it was ready to.
bool MayHaveBeenSent(CURL* curl) {
  long sent = 0;
  curl_off_t ready = 0;
  curl_easy_getinfo(curl, CURLINFO_REQUEST_SIZE, &sent);
  curl_easy_getinfo(curl, CURLINFO_PRETRANSFER_TIME_T, &ready);
  return sent > 0 || ready > 0;
}

ErrorCode CodeOfFailure(CURL* curl, CURLcode code) {
  switch (code) {
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
      return ErrorCode::kInvalidArgument;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
      return ErrorCode::kUnavailable;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
      return ErrorCode::kForbidden;
    case CURLE_OPERATION_TIMEDOUT:
      return MayHaveBeenSent(curl) ? ErrorCode::kTimeout : ErrorCode::kUnavailable;
    case CURLE_PARTIAL_FILE:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_WEIRD_SERVER_REPLY:
      return ErrorCode::kInvalidData;
    case CURLE_OUT_OF_MEMORY:
      return ErrorCode::kOutOfMemory;
    default:
      return ErrorCode::kIoFailed;
  }
}

/// An error if a limit, the guard or the caller ended the call.
Status StoppedByUs(const Exchange& exchange, const std::string& shown) {
  if (exchange.is_too_large) {
    return MakeError(ErrorCode::kResourceLimit,
                     fmt::format("{}: the answer is larger than {} bytes", shown,
                                 exchange.body_bytes_max));
  }
  if (exchange.is_cancelled) {
    return MakeError(ErrorCode::kCancelled, shown + " was cancelled");
  }
  return Status::OK();
}

struct ShareDeleter {
  void operator()(CURLSH* share) const { curl_share_cleanup(share); }
};
using SharePtr = std::unique_ptr<CURLSH, ShareDeleter>;

void LockCookies(CURL*, curl_lock_data, curl_lock_access, void* mutex) {
  static_cast<std::mutex*>(mutex)->lock();
}
void UnlockCookies(CURL*, curl_lock_data, void* mutex) {
  static_cast<std::mutex*>(mutex)->unlock();
}

SharePtr MakeCookies(std::mutex* mutex) {
  SharePtr share(curl_share_init());
  if (share != nullptr) {
    curl_share_setopt(share.get(), CURLSHOPT_LOCKFUNC, LockCookies);
    curl_share_setopt(share.get(), CURLSHOPT_UNLOCKFUNC, UnlockCookies);
    curl_share_setopt(share.get(), CURLSHOPT_USERDATA, mutex);
    curl_share_setopt(share.get(), CURLSHOPT_SHARE, CURL_LOCK_DATA_COOKIE);
  }
  return share;
}

}  // namespace

struct HttpClient::State {
  HttpClientOptions options;
  std::mutex mutex;
  std::mutex cookies_mutex;
  SharePtr cookies;           // nullptr unless they are kept; outlives the handles
  std::vector<CurlPtr> idle;  // the one used last at the end: its connections live

  CurlPtr Take() {
    {
      const std::lock_guard lock(mutex);
      if (!idle.empty()) {
        CurlPtr curl = std::move(idle.back());
        idle.pop_back();
        return curl;
      }
    }
    return CurlPtr(curl_easy_init());
  }

  void GiveBack(CurlPtr curl) {
    curl_easy_reset(curl.get());  // keeps the connections
    const std::lock_guard lock(mutex);
    if (idle.size() < static_cast<size_t>(std::max(0, options.idle_handles_max))) {
      idle.push_back(std::move(curl));
    }
  }
};

HttpClient::HttpClient(HttpClientOptions options) : state_(std::make_unique<State>()) {
  internal::EnsureCurlStarted();
  state_->options = std::move(options);
  if (state_->options.keeps_cookies) {
    state_->cookies = MakeCookies(&state_->cookies_mutex);
  }
}

HttpClient::~HttpClient() = default;

Result<HttpClientResponse> HttpClient::Send(const HttpClientRequest& request) {
  ARROW_RETURN_NOT_OK(CheckRequest(request));
  CurlPtr curl = state_->Take();
  if (curl == nullptr) {
    return MakeError(ErrorCode::kOutOfMemory, "Cannot start an HTTP call");
  }
  const HttpClientOptions& options = state_->options;
  const ListPtr headers = HeaderList(request.headers);
  Exchange exchange{.response = {},
                    .body_bytes_max = options.body_bytes_max,
                    .options = options,
                    .request = request};
  SetClientOptions(curl.get(), options);
  SetRequest(curl.get(), request, options, headers.get(), &exchange);
  if (options.guard != nullptr) {
    ARROW_ASSIGN_OR_RAISE(const Url url, ParseUrl(request.url));
    // A redirect may lead to another host, whose name nobody allowed.
    exchange.host = options.redirects == HttpRedirects::kNever ? url.host : "";
  }
  SetWatchers(curl.get(), &exchange);
  if (state_->cookies != nullptr) {
    curl_easy_setopt(curl.get(), CURLOPT_SHARE, state_->cookies.get());
    curl_easy_setopt(curl.get(), CURLOPT_COOKIEFILE, "");  // turns them on
  }
  const CURLcode code = curl_easy_perform(curl.get());
  if (state_->cookies != nullptr) {
    // Frees the list of files, which a reset would lose; the shared cookies stay.
    curl_easy_setopt(curl.get(), CURLOPT_COOKIEFILE, nullptr);
  }
  const std::string shown = request.method + ' ' + UrlToShow(request.url);
  ARROW_RETURN_NOT_OK(StoppedByUs(exchange, shown));
  if (code == CURLE_COULDNT_CONNECT && !exchange.refused.empty()) {
    return MakeError(ErrorCode::kForbidden,
                     fmt::format("{}: the address is not public, and not among those "
                                 "that may be reached (setting web.private_addresses): "
                                 "{}",
                                 shown, exchange.refused));
  }
  if (code != CURLE_OK) {
    // Its connections may be in any state: the handle is not used again.
    return MakeError(CodeOfFailure(curl.get(), code),
                     fmt::format("{} failed: {}", shown, curl_easy_strerror(code)));
  }
  long status = 0;
  const char* url = nullptr;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(curl.get(), CURLINFO_EFFECTIVE_URL, &url);
  exchange.response.status = static_cast<int>(status);
  exchange.response.url = url == nullptr ? request.url : url;
  state_->GiveBack(std::move(curl));
  return std::move(exchange.response);
}

std::vector<HttpCookie> HttpClient::Cookies() {
  std::vector<HttpCookie> cookies;
  const CurlPtr curl = state_->cookies == nullptr ? nullptr : CurlPtr(curl_easy_init());
  if (curl == nullptr) {
    return cookies;
  }
  curl_easy_setopt(curl.get(), CURLOPT_SHARE, state_->cookies.get());
  curl_slist* lines = nullptr;
  curl_easy_getinfo(curl.get(), CURLINFO_COOKIELIST, &lines);
  const ListPtr list(lines);
  for (const curl_slist* line = lines; line != nullptr; line = line->next) {
    auto cookie = internal::CookieOfLine(line->data);
    if (cookie) {
      cookies.push_back(std::move(*cookie));
    }
  }
  return cookies;
}

void HttpClient::KeepCookies(const std::vector<HttpCookie>& cookies) {
  const CurlPtr curl = state_->cookies == nullptr ? nullptr : CurlPtr(curl_easy_init());
  if (curl == nullptr) {
    return;
  }
  curl_easy_setopt(curl.get(), CURLOPT_SHARE, state_->cookies.get());
  for (const HttpCookie& cookie : cookies) {
    const auto line = internal::LineOfCookie(cookie);
    if (line) {
      curl_easy_setopt(curl.get(), CURLOPT_COOKIELIST, line->c_str());
    }
  }
}

}  // namespace tarn::net
