#include "tarn/gateway/hive/hive_server.h"

#include <utility>

#include "tarn/base/metrics.h"
#include "tarn/gateway/hive/internal/hive_connection.h"
#include "tarn/net/stream_server.h"

namespace tarn::gateway {
namespace {

class ThreadedHiveServer : public HiveServer {
 public:
  ThreadedHiveServer(HiveServerOptions options, catalog::Catalog& catalog, Clock& clock)
      : options_(std::move(options)),
        locks_(clock, {.timeout = options_.lock_timeout, .wait = options_.lock_wait}),
        services_{catalog, clock, locks_, clock.Now()} {}

  ~ThreadedHiveServer() override { Shutdown(std::chrono::milliseconds(0)); }
  ThreadedHiveServer(const ThreadedHiveServer&) = delete;
  ThreadedHiveServer& operator=(const ThreadedHiveServer&) = delete;

  Status Listen() {
    ARROW_ASSIGN_OR_RAISE(server_,
                          net::StreamServer::Start(
                              {.address = options_.address,
                               .port = options_.port,
                               .connections_max = options_.connections_max},
                              [this](net::Stream& stream) {
                                hive::HiveConnection(stream, options_, services_).Run();
                              }));
    num_connections_ = ProcessMetrics().AddCallback(
        MetricKind::kGauge, "tarn_hive_connections", "Hive Metastore clients.", {},
        [this] { return static_cast<double>(server_->counts().connections); });
    num_locks_ = ProcessMetrics().AddCallback(
        MetricKind::kGauge, "tarn_hive_locks", "Locks that Hive clients have or want.",
        {}, [this] { return static_cast<double>(locks_.size()); });
    return Status::OK();
  }

  uint16_t port() const override { return server_->port(); }

  void Shutdown(std::chrono::milliseconds grace) override {
    locks_.Stop();
    if (server_ != nullptr) {
      server_->Shutdown(grace);
    }
  }

 private:
  const HiveServerOptions options_;
  hive::LockTable locks_;
  const hive::HiveServices services_;
  std::unique_ptr<net::StreamServer> server_;
  MetricCallback num_connections_;  // last: they ask the server
  MetricCallback num_locks_;
};

}  // namespace

Result<std::unique_ptr<HiveServer>> HiveServer::Start(HiveServerOptions options,
                                                      catalog::Catalog& catalog,
                                                      Clock& clock) {
  auto server = std::make_unique<ThreadedHiveServer>(std::move(options), catalog, clock);
  ARROW_RETURN_NOT_OK(server->Listen());
  return server;
}

}  // namespace tarn::gateway
