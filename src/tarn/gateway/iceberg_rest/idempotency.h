// Idempotency-Key (REST specification): a request that is sent again with its key is
// answered again and not done again, whichever server of the catalog gets it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "tarn/base/clock.h"
#include "tarn/base/result.h"
#include "tarn/catalog/operation_store.h"
#include "tarn/gateway/iceberg_rest/routes.h"

namespace tarn::gateway {

struct IdempotencyOptions {
  /// For so long clients may use a key again; it is kept twice as long.
  std::chrono::minutes lifetime{30};
  size_t answers_bytes_max = size_t{8} << 20;  // in memory; more are made again
  size_t answer_bytes_max = size_t{1} << 20;   // of one that is kept
  /// How long a request waits for the same one that is under way; then 503.
  std::chrono::milliseconds wait_max{30'000};
};

/// Thread-safe.
///
/// Keys are kept in memory with their answers, and in `operations` with the change, in
/// one transaction. An answer of success is not written there: after a restart, or on
/// another server, it is made from what the catalog holds now, as the specification
/// allows. So it costs no second write, and no credential gets into the database.
class Idempotency {
 public:
  /// `clock` outlives it.
  Idempotency(IdempotencyOptions options, Clock& clock);
  ~Idempotency();
  Idempotency(const Idempotency&) = delete;
  Idempotency& operator=(const Idempotency&) = delete;

  /// The answer of `route` to `request`, done now or before. Without a key: as if it were
  /// not there.
  net::HttpResponse Answer(const RestRequest& request, const RestRoute& route);

  /// "PT30M": for /v1/config.
  std::string LifetimeText() const;

 private:
  struct Entry;
  using EntryPtr = std::shared_ptr<Entry>;
  using Response = net::HttpResponse;

  Response AnswerKeyed(const RestRequest& request, const RestRoute& route,
                       const catalog::Operation& operation);
  /// Of a request that another one with its key has answered, or is answering; nullptr
  /// with `*mine` set if it is this one's turn.
  std::optional<Response> AnswerOfOther(const catalog::Operation& operation,
                                        EntryPtr* mine);
  Result<std::optional<Response>> FindInStore(const RestRequest& request,
                                              const RestRoute& route,
                                              const catalog::Operation& operation);
  Response Run(const RestRequest& request, const RestRoute& route,
               const catalog::Operation& operation);
  void Settle(const EntryPtr& entry, const Response& response);
  void ForgetOld();
  void Prune(catalog::OperationStore* operations);

  const IdempotencyOptions options_;
  Clock& clock_;
  std::mutex mutex_;
  std::condition_variable settled_;
  // Guarded by mutex_:
  std::unordered_map<std::string, EntryPtr> entries_;
  std::list<EntryPtr> by_age_;  // settled ones, the oldest first
  size_t bytes_ = 0;
  std::chrono::milliseconds next_prune_{0};
};

}  // namespace tarn::gateway
