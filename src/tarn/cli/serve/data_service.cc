#include "tarn/cli/serve/data_service.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "tarn/base/clock.h"
#include "tarn/cli/serve/job_owners.h"
#include "tarn/cli/serve/warehouse_settings.h"
#include "tarn/gateway/api/connection_routes.h"
#include "tarn/gateway/api/export_routes.h"
#include "tarn/gateway/api/job_json.h"
#include "tarn/gateway/api/load_routes.h"
#include "tarn/gateway/api/migrate_routes.h"
#include "tarn/gateway/api/preview_routes.h"
#include "tarn/gateway/api/schedule_routes.h"
#include "tarn/gateway/api/scrape_routes.h"
#include "tarn/gateway/api/upload_routes.h"
#include "tarn/gateway/api/work_routes.h"
#include "tarn/gateway/sql_access.h"
#include "tarn/service/work/load_work.h"
#include "tarn/service/work/maintenance_work.h"
#include "tarn/service/work/migrate_work.h"
#include "tarn/service/work/scrape_work.h"
#include "tarn/service/work/sql_work.h"
#include "tarn/service/work/store_upload_work.h"

namespace tarn::cli {
namespace {

/// All calls that are done as jobs.
std::vector<gateway::JobRoute> JobRoutes() {
  std::vector<gateway::JobRoute> routes;
  const auto add = [&routes](std::vector<gateway::JobRoute> more) {
    std::ranges::move(more, std::back_inserter(routes));
  };
  add(gateway::MakeLoadRoutes());
  add(gateway::MakeMigrateJobRoutes());
  add(gateway::MakeStoreUploadRoutes());
  add(gateway::MakeScrapeRoutes());
  add(gateway::MakeWorkRoutes());
  return routes;
}

/// All calls that are answered at once, but for those of jobs and tables.
std::vector<gateway::DataRoute> DataRoutes(Workspace& workspace,
                                           service::Connections& connections,
                                           std::shared_ptr<service::SharedWeb> web,
                                           service::Scheduler& scheduler) {
  std::vector<gateway::DataRoute> routes;
  const auto add = [&routes](std::vector<gateway::DataRoute> more) {
    std::ranges::move(more, std::back_inserter(routes));
  };
  add(gateway::MakeMigrationRoutes(workspace.store().documents()));
  add(gateway::MakeUploadRoutes());
  add(gateway::MakeConnectionRoutes(connections));
  add(gateway::MakeScheduleRoutes(scheduler, JobRoutes()));
  add(gateway::MakePreviewRoutes(connections, std::move(web), JobRoutes()));
  add(gateway::MakeExportRoutes());
  return routes;
}

}  // namespace

/// Each kind of job has a line here.
void DataService::AddKinds() {
  const auto connection = [this](const std::string& name,
                                 const std::string& owner) -> Result<Json> {
    ARROW_ASSIGN_OR_RAISE(const service::JobOwner found, find_owner_(owner));
    return connections_->SecretsOf(name, found.principal);
  };
  jobs_->AddKind(service::kLoadKind, service::MakeLoadKind(*lake_, connection));
  jobs_->AddKind(service::kSqlKind, service::MakeSqlKind(*lake_, find_owner_));
  jobs_->AddKind(service::kMaintenanceKind, service::MakeMaintenanceKind(*lake_));
  catalog::DocumentStore& documents = workspace_.store().documents();
  jobs_->AddKind(service::kMigrateJob, service::MakeMigrateKind(*lake_, documents));
  jobs_->AddKind(service::kMigrateBulkJob,
                 service::MakeMigrateBulkKind(*lake_, documents));
  jobs_->AddKind(service::kValidateJob, service::MakeValidateKind(*lake_));
  jobs_->AddKind(service::kStoreUploadKind,
                 service::MakeStoreUploadKind(*lake_, connection));
  jobs_->AddKind(service::kScrapeKind, service::MakeScrapeKind(*lake_, web_, connection));
}

std::unique_ptr<DataService> DataService::Make(
    Workspace& workspace, const std::vector<gateway::RestWarehouse>& warehouses) {
  std::unique_ptr<DataService> service(new DataService(workspace));
  std::vector<service::LakeWarehouse> lake;
  for (const gateway::RestWarehouse& warehouse : warehouses) {
    lake.push_back({.name = warehouse.name,
                    .location = warehouse.location,
                    .context = warehouse.context});
  }
  service->Open(std::move(lake), /*takes_over=*/true);
  return service;
}

Result<std::unique_ptr<DataService>> DataService::MakeForCommand(Workspace& workspace) {
  std::unique_ptr<DataService> service(new DataService(workspace));
  std::vector<service::LakeWarehouse> lake = {{.name = workspace.catalog().name(),
                                               .location = workspace.warehouse_location(),
                                               .context = workspace.context()}};
  ARROW_ASSIGN_OR_RAISE(const auto others, WarehouseSettingsFrom(workspace.config()));
  for (const WarehouseSettings& other : others) {
    const std::string location = WarehouseUri(other.location);
    service->catalogs_.push_back(workspace.OpenWarehouse(other.name, location));
    lake.push_back({.name = other.name,
                    .location = location,
                    .context = workspace.ContextOf(*service->catalogs_.back())});
  }
  service->Open(std::move(lake), /*takes_over=*/false);
  return service;
}

void DataService::Open(std::vector<service::LakeWarehouse> warehouses, bool takes_over) {
  lake_ = std::make_unique<service::Lake>(
      service::Lake{.warehouses = std::move(warehouses),
                    .engine = [workspace = &workspace_] { return workspace->engine(); },
                    .files = workspace_.home_io(),
                    .config = workspace_.config(),
                    .clock = SystemClock(),
                    .random = SystemRandom(),
                    .work_directory = workspace_.home() + "/work"});
  web_ = std::make_shared<service::SharedWeb>(*lake_);
  const Config& config = workspace_.config();
  is_server_ = takes_over;
  find_owner_ = MakeOwnerFinder(workspace_, [this] { return signs_in_; });
  connections_ = std::make_unique<service::Connections>(
      service::ConnectionsOptions{.documents = workspace_.store().documents(),
                                  .clock = SystemClock(),
                                  .key_file = workspace_.home() + "/connections.key"});
  jobs_ = service::JobManager::Make(
      {.documents = workspace_.store().documents(),
       .clock = SystemClock(),
       .random = SystemRandom(),
       .running_max = static_cast<int32_t>(config.GetInteger("jobs.running_max")),
       .queued_max = static_cast<int32_t>(config.GetInteger("jobs.queued_max")),
       .history = config.GetDuration("jobs.history"),
       .takes_over = takes_over});
  AddKinds();
  scheduler_ = service::Scheduler::Make({.documents = workspace_.store().documents(),
                                         .jobs = *jobs_,
                                         .clock = SystemClock(),
                                         .random = SystemRandom(),
                                         .find_owner = find_owner_});
}

DataService::~DataService() { Stop(); }

Json DataService::Show(const service::JobRecord& job) const {
  return gateway::JobView(JobRoutes()).Show(job, SystemClock().Now());
}

void DataService::AddRoutes(governance::Authenticator* authenticator,
                            net::Router* router) {
  signs_in_ = authenticator != nullptr;
  api_ = std::make_unique<gateway::DataApi>(gateway::DataApiOptions{
      .services = {.lake = *lake_,
                   .jobs = *jobs_,
                   .access = gateway::SqlAccessFrom(workspace_.config())},
      .authenticator = authenticator,
      .wait_max = workspace_.config().GetDuration("api.wait_max"),
      .routes = DataRoutes(workspace_, *connections_, web_, *scheduler_),
      .job_routes = JobRoutes()});
  api_->AddRoutes(router);
}

Json DataService::Describe(Json document) const {
  return api_ == nullptr ? document : api_->Describe(std::move(document));
}

void DataService::Drain(std::chrono::milliseconds grace) {
  if (api_ != nullptr) {
    api_->Drain(grace);
  }
}

Status DataService::Start() {
  RETURN_NOT_OK(jobs_->Start());
  if (is_server_) {
    scheduler_->Start();
  }
  return Status::OK();
}

void DataService::Stop() {
  scheduler_->Stop();
  jobs_->Stop();
}

std::vector<MetricCallback> DataService::AddMetrics() {
  std::vector<MetricCallback> added;
  added.push_back(ProcessMetrics().AddCallback(
      MetricKind::kGauge, "tarn_jobs_running", "Jobs that run in this process.", {},
      [this] { return static_cast<double>(jobs_->counts().running); }));
  added.push_back(ProcessMetrics().AddCallback(
      MetricKind::kGauge, "tarn_jobs_queued", "Jobs that wait for this process.", {},
      [this] { return static_cast<double>(jobs_->counts().queued); }));
  return added;
}

}  // namespace tarn::cli
