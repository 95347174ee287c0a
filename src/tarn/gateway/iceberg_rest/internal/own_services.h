// What a RestCatalog makes for its handlers where nobody gives it.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "tarn/gateway/iceberg_rest/internal/text_cache.h"
#include "tarn/gateway/iceberg_rest/label_store.h"
#include "tarn/gateway/iceberg_rest/plan_store.h"
#include "tarn/gateway/iceberg_rest/report_store.h"
#include "tarn/gateway/iceberg_rest/rest_services.h"

namespace tarn::gateway::internal {

class OwnServices {
 public:
  /// Gives each warehouse the services that it lacks; they live as long as this.
  void Complete(std::vector<RestWarehouse>* warehouses) {
    for (RestWarehouse& warehouse : *warehouses) {
      Clock& clock = warehouse.context.clock;
      RestServices& services = warehouse.services;
      if (services.plans == nullptr) {
        plans_.push_back(std::make_unique<PlanStore>(
            PlanStoreOptions(), clock, warehouse.context.random, services.settings));
        services.plans = plans_.back().get();
      }
      if (services.labels == nullptr && services.settings != nullptr) {
        labels_.push_back(std::make_unique<LabelStore>(*services.settings, clock));
        services.labels = labels_.back().get();
      }
      if (services.reports == nullptr) {
        reports_.push_back(std::make_unique<ReportStore>(ReportStoreOptions(), clock));
        services.reports = reports_.back().get();
      }
      if (services.documents == nullptr) {
        services.documents = &documents_;
      }
    }
  }

 private:
  static constexpr size_t kDocumentsBytesMax = size_t{64} << 20;

  TextCache documents_{"answers", kDocumentsBytesMax};
  std::vector<std::unique_ptr<LabelStore>> labels_;
  std::vector<std::unique_ptr<ReportStore>> reports_;
  std::vector<std::unique_ptr<PlanStore>> plans_;
};

}  // namespace tarn::gateway::internal
