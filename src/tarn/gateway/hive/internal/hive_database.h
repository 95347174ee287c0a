// A namespace of one level as Hive's Database.
#pragma once

#include <string>

#include "tarn/catalog/catalog.h"
#include "tarn/gateway/hive/internal/thrift_value.h"

namespace tarn::gateway::hive {

/// Fields of Hive's Database, and of CreateDatabaseRequest.
struct DatabaseField {
  enum : int16_t {
    kName = 1,
    kDescription = 2,
    kLocation = 3,
    kParameters = 4,
    kOwnerName = 6,
    kOwnerType = 7,
  };
};

/// Errors: kNoSuchNamespace.
Result<ThriftStruct> HiveDatabase(catalog::Catalog& catalog,
                                  const iceberg::Namespace& ns);

/// What `database` says as properties. `present` is what the namespace had, and
/// `present_location` where its tables went: what was only shown is not written down.
catalog::Properties PropertiesOf(const ThriftStruct& database,
                                 const catalog::Properties& present,
                                 const std::string& present_location);

}  // namespace tarn::gateway::hive
