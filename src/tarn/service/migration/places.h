// Where tables of a migration are: the lake's warehouses, catalogs of the settings, and
// another server that the request names.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"
#include "tarn/catalog/rest_catalog.h"
#include "tarn/service/lake.h"
#include "tarn/storage/table_writer.h"
#include "tarn/table/context.h"

namespace tarn::service {

/// The name of the server that a request gives by its URI ("source_uri").
inline constexpr char kNamedServer[] = "remote";

/// Opens each place once. Thread-safe; contexts live as long as the places. `lake`
/// outlives them.
class Places {
 public:
  /// `server`: properties of the catalog called kNamedServer; {} if there is none.
  Places(const Lake& lake, std::map<std::string, std::string> server);
  Places(const Places&) = delete;
  Places& operator=(const Places&) = delete;

  /// "" is the first warehouse. Errors: kNoSuchWarehouse, kNotSupported (a catalog that
  /// is a database), kInvalidArgument.
  Result<const table::Context*> Find(const std::string& name);
  /// What SQL calls the place; empty if SQL does not know it.
  std::string SqlNameOf(const std::string& name) const;
  /// True if it is one of the lake's own.
  bool IsWarehouse(const std::string& name) const;
  /// True if both are the same catalog.
  bool AreSame(const std::string& left, const std::string& right) const;

 private:
  struct Opened {
    std::unique_ptr<catalog::RestCatalog> catalog;  // nullptr: a warehouse
    storage::TableWriterOptions writing;
    std::unique_ptr<table::Context> context;
  };
  Result<std::unique_ptr<Opened>> Open(const std::string& name) const;
  std::string FullNameOf(const std::string& name) const;

  const Lake& lake_;
  const std::map<std::string, std::string> server_;
  std::mutex mutex_;  // guards opened_
  std::map<std::string, std::unique_ptr<Opened>> opened_;
};

/// The properties of the server that a migration's request names: its URI and warehouse
/// from `request`, token and credential from `secrets` (null: none).
std::map<std::string, std::string> NamedServerFrom(const Json& request,
                                                   const Json& secrets);

}  // namespace tarn::service
