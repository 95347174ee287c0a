// The data service over HTTP, below /api/v1: jobs, tables, and what others add.
//
//   DataApi api({.services = {lake, *jobs}, .authenticator = authenticator.get(),
//                .job_routes = LoadRoutes()});
//   api.AddRoutes(&router);
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "tarn/gateway/api/data_route.h"
#include "tarn/net/router.h"

namespace tarn::governance {
class Authenticator;
}  // namespace tarn::governance

namespace tarn::gateway {

struct DataApiOptions {
  DataServices services;
  /// nullptr: everybody is AnonymousPrincipal().
  governance::Authenticator* authenticator = nullptr;
  /// How long a call waits for its job before it is answered 202.
  std::chrono::milliseconds wait_max{std::chrono::minutes(10)};
  /// Streams of events at once; more are told to ask for the job instead.
  size_t watchers_max = 24;
  /// Beside those of jobs and tables, which it has itself.
  std::vector<DataRoute> routes = {};
  std::vector<JobRoute> job_routes = {};
};

/// Handlers are thread-safe. What the options refer to outlives it, and it outlives the
/// server.
class DataApi {
 public:
  explicit DataApi(DataApiOptions options);
  ~DataApi();
  DataApi(const DataApi&) = delete;
  DataApi& operator=(const DataApi&) = delete;

  /// Also the answers to what no route below /api/v1 takes.
  void AddRoutes(net::Router* router);
  /// `document` (OpenAPI 3.1, of the server's other routes) with those of this API.
  Json Describe(Json document) const;
  /// Streams of events end now; calls that wait for a job are answered 202 when `grace`
  /// is over. Before the server shuts down.
  void Drain(std::chrono::milliseconds grace);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tarn::gateway
