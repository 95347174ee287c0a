// A whole scrape: signing in, page after page, rows out of each.
#pragma once

#include <cstdint>
#include <functional>

#include "tarn/base/clock.h"
#include "tarn/base/result.h"
#include "tarn/ingest/web/browser.h"
#include "tarn/ingest/web/fetcher.h"
#include "tarn/ingest/web/scrape_request.h"
#include "tarn/ingest/web/scrape_source.h"

namespace tarn::ingest::web {

struct ScrapeProgress {
  int64_t pages = 0;
  int64_t rows = 0;
  int64_t bytes = 0;
};

/// What a page is once its scripts ran.
using Renderer = std::function<Result<RenderedPage>(const RenderOrder& order)>;

struct ScrapeContext {
  HostTurns& turns;
  Clock& clock;
  Random& random;
  FetchOptions fetch =
      {};                // interval, robots, headers are the request's where it has any
  Renderer render = {};  // empty: there is none
  int64_t pages_max = 1'000;
  int64_t memory_bytes_max = int64_t{256} << 20;
  std::function<void(const ScrapeProgress&)> on_progress = {};
};

/// All rows of all pages, or an error: nothing in between. Errors: those of Fetcher; also
/// kInvalidArgument (selector, path), kInvalidData (the answer is not what was said),
/// kNotSupported (no renderer).
Result<ScrapedRows> Scrape(const ScrapeRequest& request, const ScrapeSecrets& secrets,
                           ScrapeContext context);

}  // namespace tarn::ingest::web
