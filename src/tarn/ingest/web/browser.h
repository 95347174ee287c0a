// Pages as they are once their JavaScript ran: by a headless Chromium.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "tarn/base/result.h"
#include "tarn/ingest/web/fetcher.h"
#include "tarn/net/address_guard.h"

namespace tarn::ingest::web {

struct BrowserOptions {
  std::string program = {};                             // empty: what of PATH is one
  std::shared_ptr<const net::AddressGuard> guard = {};  // nullptr: any address
  size_t bytes_max = size_t{64} << 20;                  // of the page
  std::chrono::milliseconds timeout{60'000};
  /// What timers of the page wait for, at most; they do not really wait.
  std::chrono::milliseconds script_time{10'000};
  std::function<bool()> cancelled = {};
};

/// The program that a browser of `program` would run. Errors: kNotSupported if there is
/// none, with what to install or set.
Result<std::string> FindBrowser(const std::string& program);

/// The page as HTML, in UTF-8. Each page has a process and a profile of its own, which
/// are gone when it returns; one page at a time in this process. The browser reaches only
/// what the guard allows: all its connections go through a proxy of ours, and it resolves
/// no names. Errors: kNotSupported (no browser), kTimeout, kResourceLimit, kCancelled,
/// kIoFailed (it does not start, or crashed).
Result<FetchedPage> RenderPage(const std::string& url, const BrowserOptions& options,
                               Clock& clock);

}  // namespace tarn::ingest::web
