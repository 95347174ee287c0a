// What handlers of the protocol work with beside the catalog.
#pragma once

#include <string>

#include "tarn/table/context.h"

namespace tarn::catalog {
class KeyValueStore;
class OperationStore;
}  // namespace tarn::catalog

namespace tarn::gateway {

class CredentialVendor;
class LabelStore;
class PlanStore;
class ReportStore;

namespace internal {
class TextCache;
}  // namespace internal

/// Between the levels of a namespace in paths and queries, unless a setting says another.
constexpr char kLevelSeparator = '\x1F';

/// What is nullptr is not there: its routes say so, and what it would add to answers is
/// left out. All outlive the RestCatalog; thread-safe.
struct RestServices {
  catalog::OperationStore* operations = nullptr;  // idempotency keys
  catalog::KeyValueStore* settings = nullptr;     // functions, labels, shared plans
  CredentialVendor* vendor = nullptr;             // access to tables' files
  // RestCatalog makes those of these that are not given:
  PlanStore* plans = nullptr;                // scans planned for clients
  LabelStore* labels = nullptr;              // nullptr without `settings`
  ReportStore* reports = nullptr;            // metrics that clients sent
  internal::TextCache* documents = nullptr;  // metadata as it was sent
  /// What clients are told to write between levels; kLevelSeparator is always understood.
  char level_separator = kLevelSeparator;
};

/// One warehouse: what clients ask for by name, and the {prefix} of their paths.
struct RestWarehouse {
  std::string name;
  std::string location;  // clients that name it by location find it too
  table::Context context;
  RestServices services = {};
};

}  // namespace tarn::gateway
