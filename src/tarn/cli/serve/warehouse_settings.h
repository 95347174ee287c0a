// The setting `warehouses`, taken apart:
//
//   warehouses:
//     finance: s3://finance/lake
//     ops:
//       location: s3://ops/lake
//       vend.s3.mode: sts            # instead of the server's
#pragma once

#include <string>
#include <vector>

#include "tarn/base/config.h"
#include "tarn/base/result.h"

namespace tarn::cli {

struct WarehouseSettings {
  std::string name;
  std::string location;
  Config config;  // the server's, with the warehouse's own vend.*
};

/// Sorted by name. Errors: kInvalidArgument for a warehouse without a location, a setting
/// that warehouses do not have, or a value that does not fit.
Result<std::vector<WarehouseSettings>> WarehouseSettingsFrom(const Config& config);

}  // namespace tarn::cli
