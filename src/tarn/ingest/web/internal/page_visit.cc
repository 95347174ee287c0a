#include "tarn/ingest/web/internal/page_visit.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "tarn/base/digest.h"
#include "tarn/base/error.h"
#include "tarn/ingest/web/internal/browser_json.h"
#include "tarn/net/filter_proxy.h"
#include "tarn/net/http_get.h"
#include "tarn/net/url.h"

namespace tarn::ingest::web::internal {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLook{100};
/// Nothing is being loaded for so long: the network is idle.
constexpr milliseconds kQuiet{500};
/// What all that a page loads may be, beside its own size.
constexpr int64_t kTrafficFactor = 4;
/// UTF-16 units of the page's text that come at once.
constexpr int64_t kSliceUnits = int64_t{2} << 20;
constexpr char kWorld[] = "tarn";

/// The page as text, kept for the slices; its URL and size.
constexpr char kTakeText[] =
    "(() => { const d = document, e = d.documentElement; globalThis.tarnText = "
    "((d.doctype ? '<!DOCTYPE html>' : '') + (e ? e.outerHTML : '')).toWellFormed(); "
    "return {size: globalThis.tarnText.length, url: d.URL}; })()";
constexpr char kSliceText[] =
    "(() => { const t = globalThis.tarnText, c = t.charCodeAt($END - 1), "
    "e = c >= 0xd800 && c < 0xdc00 ? $END - 1 : $END; "
    "return {text: t.slice($BEGIN, e), end: Math.min(e, t.length)}; })()";

class PageVisit {
 public:
  PageVisit(DevTools& devtools, const RenderOrder& order, Clock& clock)
      : channel_(devtools),
        order_(order),
        clock_(clock),
        shown_(net::UrlToShow(order.document.url)),
        began_at_(clock.Now()),
        deadline_(began_at_ + order.timeout) {}
  ~PageVisit() {
    if (!context_.empty()) {
      channel_.Send("", "Target.disposeBrowserContext", {{"browserContextId", context_}});
    }
  }
  PageVisit(const PageVisit&) = delete;
  PageVisit& operator=(const PageVisit&) = delete;

  Result<RenderedPage> Run() {
    RETURN_NOT_OK(Open());
    navigation_ =
        channel_.Send(session_, "Page.navigate", {{"url", order_.document.url}});
    RETURN_NOT_OK(order_.wait_for.empty() ? AwaitRest() : AwaitElement());
    RenderedPage rendered;
    if (leads_to_.empty()) {
      ARROW_ASSIGN_OR_RAISE(rendered.page, TakePage());
    }
    rendered.leads_to = leads_to_;
    ARROW_ASSIGN_OR_RAISE(const Json cookies, Call("", "Storage.getCookies",
                                                   {{"browserContextId", context_}}));
    rendered.cookies = CookiesFromBrowser(cookies);
    return rendered;
  }

 private:
  /// A context with a proxy of its own, and a page in it.
  Status Open() {
    ARROW_ASSIGN_OR_RAISE(proxy_,
                          net::FilterProxy::Start({.guard = order_.guard,
                                                   .bytes_max = TrafficMax(),
                                                   .connect_timeout = order_.timeout,
                                                   .idle_timeout = order_.timeout}));
    ARROW_ASSIGN_OR_RAISE(
        const Json context,
        Call("", "Target.createBrowserContext",
             {{"disposeOnDetach", true},
              {"proxyServer", fmt::format("http://127.0.0.1:{}", proxy_->port())},
              {"proxyBypassList", "<-loopback>"}}));
    context_ = TextOf(context, "browserContextId");
    ARROW_ASSIGN_OR_RAISE(const Json target,
                          Call("", "Target.createTarget",
                               {{"url", "about:blank"}, {"browserContextId", context_}}));
    frame_ = TextOf(target, "targetId");  // the main frame has the page's id
    ARROW_ASSIGN_OR_RAISE(
        const Json attached,
        Call("", "Target.attachToTarget", {{"targetId", frame_}, {"flatten", true}}));
    session_ = TextOf(attached, "sessionId");
    channel_.Listen(session_);
    RETURN_NOT_OK(Call("", "Browser.setDownloadBehavior",
                       {{"behavior", "deny"}, {"browserContextId", context_}})
                      .status());
    for (const Json& cookie : CookiesForBrowser(order_)) {
      // Of one that it does not take it says so, and that one is left out.
      const Status taken =
          Call("", "Storage.setCookies",
               {{"cookies", Json::array({cookie})}, {"browserContextId", context_}})
              .status();
      if (!taken.ok() && CodeOf(taken) != ErrorCode::kInvalidData) {
        return taken;
      }
    }
    for (const char* domain : {"Page.enable", "Network.enable", "Inspector.enable"}) {
      RETURN_NOT_OK(Call(session_, domain, Json::object()).status());
    }
    // Of what carries headers of ours every request is looked at, also after redirects.
    Json patterns = Json::array({{{"resourceType", "Document"}}});
    if (!order_.headers.empty()) {
      patterns = Json::array({{{"urlPattern", "*"}}});
    }
    return Call(session_, "Fetch.enable", {{"patterns", std::move(patterns)}}).status();
  }

  int64_t TrafficMax() const {
    return static_cast<int64_t>(
        std::min(order_.bytes_max, size_t{INT64_MAX} / kTrafficFactor) * kTrafficFactor);
  }

  Status Check() {
    if (!channel_.is_open()) {
      return MakeError(ErrorCode::kUnavailable,
                       "The browser ended while it rendered " + shown_);
    }
    if (order_.cancelled && order_.cancelled()) {
      return MakeError(ErrorCode::kCancelled, "Cancelled while rendering " + shown_);
    }
    if (proxy_ != nullptr && proxy_->bytes() > TrafficMax()) {
      return MakeError(
          ErrorCode::kResourceLimit,
          fmt::format("{}: the page loads more than {} bytes (web.bytes_max)", shown_,
                      TrafficMax()));
    }
    if (clock_.Now() >= deadline_) {
      return MakeError(ErrorCode::kTimeout,
                       fmt::format("{} was not rendered within {} ms (web.timeout){}",
                                   shown_, order_.timeout.count(), Reason()));
    }
    return Status::OK();
  }

  std::string Reason() const {
    if (!order_.wait_for.empty() && was_asked_) {
      return ": nothing matches wait_for: " + order_.wait_for;
    }
    return is_loaded_ ? ": its scripts do not end" : ": it is still being loaded";
  }

  /// Waits for one message at most, and acts on it.
  Result<std::optional<DevToolsMessage>> Step(milliseconds wait = kLook) {
    RETURN_NOT_OK(Check());
    std::optional<DevToolsMessage> message = channel_.Receive(wait);
    if (message && !message->id) {
      RETURN_NOT_OK(OnEvent(message->method, message->body));
    }
    if (message && message->id == navigation_) {
      const std::string error =
          message->error.empty() ? TextOf(message->body, "errorText") : message->error;
      if (!error.empty() && leads_to_.empty()) {
        return MakeError(ErrorCode::kInvalidData,
                         fmt::format("The browser does not show {}: {}", shown_, error));
      }
    }
    return message;
  }

  /// Errors: kInvalidData with what the browser says.
  Result<Json> Call(const std::string& session, const char* method, Json params) {
    const int64_t id = channel_.Send(session, method, std::move(params));
    while (true) {
      ARROW_ASSIGN_OR_RAISE(auto message, Step());
      if (message && message->id == id) {
        if (!message->error.empty()) {
          return MakeError(ErrorCode::kInvalidData,
                           fmt::format("The browser refuses {} for {}: {}", method,
                                       shown_, message->error));
        }
        return std::move(message->body);
      }
    }
  }

  Status OnEvent(const std::string& method, const Json& params) {
    if (method == "Fetch.requestPaused") {
      OnRequest(params);
    } else if (method == "Network.requestWillBeSent") {
      loading_.insert(TextOf(params, "requestId"));
      quiet_since_ = clock_.Now();
    } else if (method == "Network.loadingFinished" || method == "Network.loadingFailed") {
      loading_.erase(TextOf(params, "requestId"));
      quiet_since_ = clock_.Now();
    } else if (method == "Page.loadEventFired") {
      is_loaded_ = true;
      quiet_since_ = clock_.Now();
    } else if (method == "Page.javascriptDialogOpening") {
      channel_.Send(session_, "Page.handleJavaScriptDialog",
                    {{"accept", TextOf(params, "type") == "beforeunload"}});
    } else if (method == "Emulation.virtualTimeBudgetExpired") {
      time_is_up_ = true;
    } else if (method == "Inspector.targetCrashed") {
      return MakeError(ErrorCode::kUnavailable,
                       "The page crashed, perhaps for want of memory: " + shown_);
    }
    return Status::OK();
  }

  void OnRequest(const Json& params) {
    const std::string id = TextOf(params, "requestId");
    const Json request = params.value("request", Json::object());
    const std::string url = TextOf(request, "url");
    const bool is_main = TextOf(params, "resourceType") == "Document" &&
                         TextOf(params, "frameId") == frame_;
    if (is_main && !is_given_) {
      is_given_ = true;
      channel_.Send(session_, "Fetch.fulfillRequest",
                    {{"requestId", id},
                     {"responseCode", 200},
                     {"responseHeaders", HeadersForBrowser(order_.document)},
                     {"body", Base64Encode(order_.document.body)}});
      return;
    }
    if (is_main && TextOf(request, "method") == "GET" && net::ParseUrl(url).ok()) {
      // As any other document it is got in turn, by robots.txt. A page that only renews
      // itself from time to time stays as it is.
      if (!is_at_rest_ || url != order_.document.url) {
        leads_to_ = url;
      }
      channel_.Send(session_, "Fetch.failRequest",
                    {{"requestId", id}, {"errorReason", "Aborted"}});
      return;
    }
    Json answer = {{"requestId", id}};
    if (!order_.headers.empty()) {
      answer["headers"] = RequestHeaders(request, url, order_);
    }
    channel_.Send(session_, "Fetch.continueRequest", std::move(answer));
  }

  /// The load event, then no loading for a while, then what timers do.
  Status AwaitRest() {
    while (!is_loaded_ && leads_to_.empty()) {
      RETURN_NOT_OK(Step().status());
    }
    // Enough of the time is left to take the page.
    const milliseconds end =
        std::min(clock_.Now() + order_.script_time,
                 std::max(clock_.Now(), began_at_ + order_.timeout * 3 / 4));
    quiet_since_ = clock_.Now();
    while (leads_to_.empty() && clock_.Now() < end &&
           (!loading_.empty() || clock_.Now() - quiet_since_ < kQuiet)) {
      RETURN_NOT_OK(Step(milliseconds(20)).status());
    }
    is_at_rest_ = true;
    channel_.Send(session_, "Emulation.setVirtualTimePolicy",
                  {{"policy", "pauseIfNetworkFetchesPending"},
                   {"budget", order_.script_time.count()}});
    while (leads_to_.empty() && clock_.Now() < end && !time_is_up_) {
      RETURN_NOT_OK(Step().status());
    }
    return Status::OK();
  }

  Status AwaitElement() {
    const std::string expression = fmt::format("document.querySelector({}) !== null",
                                               DumpJson(Json(order_.wait_for)));
    while (leads_to_.empty()) {
      if (is_given_) {
        ARROW_ASSIGN_OR_RAISE(const Json found, Evaluate(expression));
        was_asked_ = true;
        if (found == Json(true)) {
          break;
        }
      }
      const milliseconds again = clock_.Now() + kLook;
      while (clock_.Now() < again && leads_to_.empty()) {
        RETURN_NOT_OK(Step(milliseconds(20)).status());
      }
    }
    return Status::OK();
  }

  /// The expression's value, in a world where the page's scripts changed nothing; null if
  /// the page just became another one. Errors: kInvalidArgument if it throws.
  Result<Json> Evaluate(const std::string& expression) {
    ARROW_ASSIGN_OR_RAISE(const Json world,
                          Call(session_, "Page.createIsolatedWorld",
                               {{"frameId", frame_}, {"worldName", kWorld}}));
    const int64_t id =
        channel_.Send(session_, "Runtime.evaluate",
                      {{"expression", expression},
                       {"contextId", world.value("executionContextId", Json(0))},
                       {"returnByValue", true}});
    while (true) {
      ARROW_ASSIGN_OR_RAISE(auto message, Step());
      if (!message || message->id != id) {
        continue;
      }
      if (!message->error.empty()) {
        return Json(nullptr);
      }
      if (message->body.contains("exceptionDetails")) {
        return was_asked_ || order_.wait_for.empty()
                   ? MakeError(ErrorCode::kInvalidData,
                               "The browser cannot read the page " + shown_)
                   : MakeError(ErrorCode::kInvalidArgument,
                               "The browser takes it for no CSS selector: wait_for: " +
                                   order_.wait_for);
      }
      const Json result = message->body.value("result", Json::object());
      return result.is_object() ? result.value("value", Json()) : Json();
    }
  }

  Result<FetchedPage> TakePage() {
    ARROW_ASSIGN_OR_RAISE(const Json about, Evaluate(kTakeText));
    if (!about.is_object()) {
      return MakeError(ErrorCode::kInvalidData,
                       "The page goes away while it is read; name what to wait for "
                       "(wait_for): " +
                           shown_);
    }
    FetchedPage page{.url = order_.document.url,
                     .content_type = "text/html; charset=utf-8",
                     .body = {},
                     .headers = order_.document.headers,
                     .read_at = clock_.Now()};
    // Scripts may have named the page anew; links count from there.
    const Result<net::Url> url = net::ParseUrl(TextOf(about, "url"));
    if (url.ok()) {
      page.url = url->Text();
    }
    const int64_t size = IntegerOf(about, "size");
    for (int64_t begin = 0; begin < size;) {
      ARROW_ASSIGN_OR_RAISE(const Json slice, Evaluate(SliceOf(begin)));
      const int64_t end = slice.is_object() ? IntegerOf(slice, "end") : 0;
      if (end <= begin) {
        return MakeError(ErrorCode::kInvalidData,
                         "The page goes away while it is read: " + shown_);
      }
      page.body += TextOf(slice, "text");
      begin = end;
      if (page.body.size() > order_.bytes_max) {
        return MakeError(ErrorCode::kResourceLimit,
                         fmt::format("{}: the rendered page is larger than {} bytes",
                                     shown_, order_.bytes_max));
      }
    }
    return page;
  }

  static std::string SliceOf(int64_t begin) {
    std::string text = kSliceText;
    const auto replace = [&text](std::string_view name, int64_t value) {
      for (size_t at = text.find(name); at != std::string::npos; at = text.find(name)) {
        text.replace(at, name.size(), std::to_string(value));
      }
    };
    replace("$BEGIN", begin);
    replace("$END", begin + kSliceUnits);
    return text;
  }

  DevToolsChannel channel_;
  const RenderOrder& order_;
  Clock& clock_;
  const std::string shown_;
  const milliseconds began_at_;
  const milliseconds deadline_;
  std::unique_ptr<net::FilterProxy> proxy_;
  std::string context_;
  std::string session_;
  std::string frame_;
  std::optional<int64_t> navigation_;
  std::string leads_to_;
  std::set<std::string> loading_;
  milliseconds quiet_since_{0};
  bool is_given_ = false;  // the browser has its document
  bool is_loaded_ = false;
  bool is_at_rest_ = false;  // loaded, and nothing more came for a while
  bool time_is_up_ = false;  // timers were run
  bool was_asked_ = false;   // whether wait_for matches
};

}  // namespace

Result<RenderedPage> VisitPage(DevTools& devtools, const RenderOrder& order,
                               Clock& clock) {
  return PageVisit(devtools, order, clock).Run();
}

}  // namespace tarn::ingest::web::internal
