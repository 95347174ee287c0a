// What the server's long work is done on: its warehouses, its engine, the places it
// reads.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tarn/base/clock.h"
#include "tarn/base/config.h"
#include "tarn/base/result.h"
#include "tarn/iceberg/table_ident.h"
#include "tarn/table/context.h"

namespace tarn::engine {
class Engine;
}  // namespace tarn::engine

namespace tarn::service {

struct LakeWarehouse {
  std::string name;
  std::string location;  // URI: where new tables go
  table::Context context;
};

/// Outlives all jobs. Thread-safe, as what it refers to is.
struct Lake {
  std::vector<LakeWarehouse> warehouses;  // the first one is theirs who name none
  /// The SQL engine, opened for the first who asks.
  std::function<Result<engine::Engine*>()> engine;
  io::FileIO& files;  // with the settings' credentials: what loads read
  const Config& config;
  Clock& clock;
  Random& random;
  /// A directory of the home for what must survive a restart: uploads, copies under way.
  std::string work_directory;

  /// `name` empty: the first one. Errors: kNoSuchWarehouse.
  Result<const LakeWarehouse*> Find(const std::string& name) const;
};

/// "sales.orders", "a.b.t", also with quoted parts; or `ns` and `table` apart. Errors:
/// kInvalidArgument.
Result<iceberg::TableIdent> TableIdentOf(const std::string& ns, const std::string& table);

}  // namespace tarn::service
