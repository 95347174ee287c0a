// The web console: a page for people at /ui/.
//
//   console::AddRoutes(&router);
#pragma once

#include <span>

#include "tarn/console/asset.h"
#include "tarn/net/router.h"

namespace tarn::console {

/// GET /ui/… gives the console's files, and its page for every path that is none: the
/// page itself knows what to show there. "/" and "/ui" lead to it. What it shows comes
/// from the other surfaces of the same server, so none of this needs a principal.
void AddRoutes(net::Router* router);

/// The same with other files, sorted by path, which outlive the router. One is
/// "index.html".
void AddRoutes(std::span<const Asset> assets, net::Router* router);

}  // namespace tarn::console
