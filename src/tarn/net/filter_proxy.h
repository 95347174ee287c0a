// An HTTP proxy on loopback that only leads to addresses that a guard allows: for
// programs that reach the network themselves, like a browser.
//
//   ARROW_ASSIGN_OR_RAISE(auto proxy, FilterProxy::Start({.guard = guard}));
//   … --proxy-server=http://127.0.0.1:<proxy->port()>
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include "tarn/base/result.h"
#include "tarn/net/address_guard.h"

namespace tarn::net {

struct FilterProxyOptions {
  std::shared_ptr<const AddressGuard> guard = {};  // nullptr: any address
  int64_t bytes_max = int64_t{256} << 20;  // of all connections together, from servers
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds idle_timeout{60'000};
};

/// Thread-safe. Ends when destroyed, with all connections.
class FilterProxy {
 public:
  /// Errors: kIoFailed.
  static Result<std::unique_ptr<FilterProxy>> Start(FilterProxyOptions options);
  virtual ~FilterProxy() = default;
  virtual uint16_t port() const = 0;
  /// That came from servers so far. Once it is more than `bytes_max` nothing comes any
  /// more.
  virtual int64_t bytes() const = 0;
};

}  // namespace tarn::net
