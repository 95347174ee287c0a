// One page in a browser: its context, its document, its scripts, and what became of it.
#pragma once

#include "tarn/base/clock.h"
#include "tarn/base/result.h"
#include "tarn/ingest/web/browser.h"
#include "tarn/ingest/web/internal/devtools.h"

namespace tarn::ingest::web::internal {

/// Blocks until the page is rendered or a limit is reached; its context is gone
/// afterwards. Errors: those of Browser::Render(); kUnavailable if the browser has gone.
Result<RenderedPage> VisitPage(DevTools& devtools, const RenderOrder& order,
                               Clock& clock);

}  // namespace tarn::ingest::web::internal
