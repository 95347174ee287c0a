// The server's long work: its jobs, what they work on, and the API that starts them. Also
// for commands that do a job without a server.
#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "tarn/base/metrics.h"
#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
#include "tarn/cli/workspace.h"
#include "tarn/gateway/api/data_api.h"
#include "tarn/gateway/iceberg_rest/rest_services.h"
#include "tarn/service/connections.h"
#include "tarn/service/job_manager.h"
#include "tarn/service/job_owner.h"
#include "tarn/service/lake.h"
#include "tarn/service/scheduler.h"

namespace tarn::service {
struct SharedWeb;
}  // namespace tarn::service

namespace tarn::cli {

/// Threads start with the first job, but for one that looks for jobs of dead servers.
class DataService {
 public:
  /// On the warehouses that a server serves. `workspace` outlives it, and so do all that
  /// these refer to.
  static std::unique_ptr<DataService> Make(
      Workspace& workspace, const std::vector<gateway::RestWarehouse>& warehouses);
  /// For a command: on the home's own warehouse and those of the setting `warehouses`;
  /// leaves alone what dead servers left. Errors: kInvalidArgument for settings that do
  /// not fit.
  static Result<std::unique_ptr<DataService>> MakeForCommand(Workspace& workspace);
  /// As Stop().
  ~DataService();

  service::Lake& lake() { return *lake_; }
  service::JobManager& jobs() { return *jobs_; }
  /// As the API shows it, now.
  Json Show(const service::JobRecord& job) const;

  /// Puts the API on the router, which must not outlive it. `authenticator` (nullptr:
  /// everybody may call) outlives it. Before Start().
  void AddRoutes(governance::Authenticator* authenticator, net::Router* router);
  /// OpenAPI: `document` with the API's calls.
  Json Describe(Json document) const;

  /// Schedules run too, unless it is for a command.
  Status Start();
  /// Streams of events end, and no call waits longer than `grace` for its job.
  void Drain(std::chrono::milliseconds grace);
  /// Jobs that run are cancelled and go to the next server; returns when they have ended.
  /// Before what they work on goes.
  void Stop();

  /// "running", "queued".
  std::vector<MetricCallback> AddMetrics();

 private:
  explicit DataService(Workspace& workspace) : workspace_(workspace) {}
  void Open(std::vector<service::LakeWarehouse> warehouses, bool takes_over);
  void AddKinds();

  Workspace& workspace_;
  std::vector<std::unique_ptr<catalog::Catalog>> catalogs_;  // of a command's warehouses
  std::unique_ptr<service::Lake> lake_;
  std::shared_ptr<service::SharedWeb> web_;
  bool signs_in_ = false;  // whether callers have to
  bool is_server_ = false;
  service::OwnerFinder find_owner_;
  std::unique_ptr<service::Connections> connections_;
  std::unique_ptr<service::JobManager> jobs_;
  std::unique_ptr<service::Scheduler> scheduler_;
  std::unique_ptr<gateway::DataApi> api_;  // nullptr before AddRoutes()
};

}  // namespace tarn::cli
