// Pages as they are once their JavaScript ran: by one headless Chromium.
//
//   Browser browser({.program = "chromium"}, clock);
//   ARROW_ASSIGN_OR_RAISE(const RenderedPage page,
//                         browser.Render({.document = page, .guard = guard}));
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tarn/base/clock.h"
#include "tarn/base/result.h"
#include "tarn/ingest/web/fetcher.h"
#include "tarn/net/address_guard.h"
#include "tarn/net/http_client.h"

namespace tarn::ingest::web {

namespace internal {
class BrowserProcess;
}  // namespace internal

/// The program that a browser of `program` would run. Errors: kNotSupported if there is
/// none, with what to install or set.
Result<std::string> FindBrowser(const std::string& program);

/// What shall be rendered, and within which limits.
struct RenderOrder {
  /// The document as a server gave it: the browser is given the same, and asks servers
  /// only for what it refers to.
  FetchedPage document;
  std::string wait_for = {};  // CSS; empty: until nothing more is loaded
  std::vector<net::HttpCookie> cookies = {};
  /// Sent to `own_origin` (as Url::Origin()) only.
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string own_origin = {};
  std::shared_ptr<const net::AddressGuard> guard = {};  // nullptr: any address
  size_t bytes_max = size_t{64} << 20;  // of the page; four times it of all it loads
  std::chrono::milliseconds timeout{60'000};
  /// How long scripts may go on once the page is loaded. Timers within it do not really
  /// wait.
  std::chrono::milliseconds script_time{10'000};
  std::function<bool()> cancelled = {};
};

struct RenderedPage {
  FetchedPage page;                      // HTML in UTF-8
  std::vector<net::HttpCookie> cookies;  // that the browser has after it
  /// Not empty: the page's scripts lead to this URL instead, and there is no page.
  std::string leads_to;
};

struct BrowserOptions {
  std::string program = {};                    // empty: what of PATH is one
  int32_t pages_max = 4;                       // at once; further ones wait
  std::chrono::milliseconds idle_max{60'000};  // it ends when it was idle for so long
};

/// One browser for all pages: started by the first, ended when idle and with this object.
/// Each page has a context of its own (cookies, storage, cache) that ends with it, and
/// reaches only what its guard allows: through a proxy of ours, names unresolved.
/// Thread-safe.
class Browser {
 public:
  Browser(BrowserOptions options, Clock& clock);
  ~Browser();
  Browser(const Browser&) = delete;
  Browser& operator=(const Browser&) = delete;

  /// A page in whose middle the browser dies is tried once more. Errors: kNotSupported
  /// (there is no browser), kInvalidArgument (`wait_for`), kTimeout, kResourceLimit,
  /// kCancelled, kUnavailable (it crashed), kIoFailed (it does not start).
  Result<RenderedPage> Render(const RenderOrder& order);

 private:
  using Process = std::shared_ptr<internal::BrowserProcess>;
  class Place;
  Status TakePlace(const std::function<bool()>& cancelled);
  void GivePlaceBack();
  Result<Process> Running(const std::function<bool()>& cancelled);
  void EndWhenIdle();

  const BrowserOptions options_;
  Clock& clock_;
  std::mutex start_mutex_;  // held while it starts; before mutex_
  std::mutex mutex_;        // of all below
  std::condition_variable changed_;
  int32_t pages_ = 0;
  std::chrono::steady_clock::time_point idle_since_;
  bool ends_ = false;
  Process process_;
  std::thread keeper_;  // ends what is idle; started with the first process
};

}  // namespace tarn::ingest::web
