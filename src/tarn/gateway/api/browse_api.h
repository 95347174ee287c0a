// What people look at: read-only figures of warehouses, tables and their files, for the
// console and for scripts. Small answers, one page at a time, below /api/v1.
//
//   BrowseApi browse({.warehouses = warehouses, .authenticator = authenticator.get()});
//   browse.AddRoutes(&router);
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tarn/base/clock.h"
#include "tarn/gateway/iceberg_rest/rest_services.h"
#include "tarn/net/router.h"

namespace tarn::governance {
class Authenticator;
}  // namespace tarn::governance

namespace tarn::gateway {

struct BrowseApiOptions {
  /// As clients of the catalog know them; the first one is theirs who name none.
  std::vector<RestWarehouse> warehouses;
  /// nullptr: everybody is AnonymousPrincipal().
  governance::Authenticator* authenticator = nullptr;
  std::string version = {};  // of the program
  /// Commits of this process so far; asked once a second.
  std::function<int64_t()> num_commits = nullptr;
};

/// Handlers are thread-safe. What the options refer to outlives it, and it outlives the
/// server.
class BrowseApi {
 public:
  /// Starts a thread that counts commits, if `num_commits` is set.
  explicit BrowseApi(BrowseApiOptions options);
  ~BrowseApi();
  BrowseApi(const BrowseApi&) = delete;
  BrowseApi& operator=(const BrowseApi&) = delete;

  void AddRoutes(net::Router* router);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tarn::gateway
