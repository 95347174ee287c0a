// What the connections of one server share.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "tarn/net/http_server.h"
#include "tarn/net/internal/tls_context.h"
#include "tarn/net/internal/worker_pool.h"
#include "tarn/net/router.h"

namespace tarn::net::internal {

class Connection;

/// The connections that are open. Thread-safe.
class ConnectionList {
 public:
  void Add(const std::shared_ptr<Connection>& connection);
  void Remove(const Connection* connection);
  std::vector<std::shared_ptr<Connection>> All() const;
  int64_t size() const { return size_.load(); }

 private:
  mutable std::mutex mutex_;
  std::map<const Connection*, std::weak_ptr<Connection>> connections_;
  std::atomic<int64_t> size_{0};
};

/// Outlives its connections.
struct ServerCore {
  ServerCore(HttpServerOptions server_options, const Router& server_router)
      : options(std::move(server_options)),
        router(server_router),
        workers(options.worker_threads, options.queue_max) {}

  const HttpServerOptions options;
  const Router& router;
  std::unique_ptr<TlsContext> tls;  // nullptr without TLS
  ConnectionList connections;
  std::atomic<int64_t> requests{0};
  std::atomic<int64_t> in_progress{0};
  std::atomic<int64_t> refused{0};
  std::atomic<bool> is_draining{false};
  WorkerPool workers;
};

}  // namespace tarn::net::internal
