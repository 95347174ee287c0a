// The database behind catalogs: a SQLite file or PostgreSQL, with the tables that every
// SQL/JDBC catalog shares (so PyIceberg's SqlCatalog and Java's JdbcCatalog open the same
// one) and Tarn's own, whose names begin with tarn_.
//
//   ARROW_ASSIGN_OR_RAISE(auto store, OpenStore({.uri = "/srv/tarn/catalog.db"}, io,
//                                               SystemClock(), SystemRandom()));
//   auto catalog = store->OpenCatalog({.warehouse = "s3://lake"});
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "tarn/base/clock.h"
#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
#include "tarn/catalog/document_store.h"
#include "tarn/catalog/key_value_store.h"
#include "tarn/catalog/operation_store.h"
#include "tarn/io/file_io.h"

namespace tarn::governance {
class PrincipalStore;
}  // namespace tarn::governance

namespace tarn::catalog {

struct StoreOptions {
  /// "postgresql://[user@]host[:port]/database[?parameters]" as libpq takes it (PG*
  /// variables and the password file count too), else the path of a SQLite file, made if
  /// missing.
  std::string uri;
  int32_t connections_max = 16;  // PostgreSQL only, to the server at once
  /// How long one call waits: for locks of others, for a free connection, for a server
  /// that restarts.
  std::chrono::milliseconds wait_max{15'000};
};

struct CatalogOptions {
  std::string name = "iceberg";  // `catalog_name` in the rows: the warehouse's name
  std::string warehouse;         // default location of tables, absolute
  /// How long dropped tables can be brought back; 0: not at all.
  std::chrono::milliseconds undrop_retention{0};
};

/// Thread-safe. Several processes may have one store open; a connection does not cross
/// fork(): open after it.
class Store {
 public:
  virtual ~Store() = default;

  /// Shares the store's connections, and may outlive it. One process opens a catalog once
  /// (its cache and queue are the object's).
  virtual std::unique_ptr<Catalog> OpenCatalog(CatalogOptions options) = 0;

  virtual OperationStore& operations() = 0;
  virtual KeyValueStore& settings() = 0;
  virtual DocumentStore& documents() = 0;
  virtual governance::PrincipalStore& principals() = 0;

  /// The database to show to people: never a password.
  virtual const std::string& location() const = 0;
};

/// `io`, `clock` and `random` outlive the store and its catalogs. Tables of Tarn that are
/// missing or older than this program are made or brought up to date; servers that start
/// at once do not disturb each other. Errors: kInvalidArgument (not a URI), kInvalidData
/// (not a catalog database, or one of a newer Tarn), kUnavailable (nobody answers),
/// kForbidden, kUnauthenticated, kIoFailed.
Result<std::unique_ptr<Store>> OpenStore(const StoreOptions& options, io::FileIO& io,
                                         Clock& clock, Random& random);

/// `uri` as it may be shown: of a PostgreSQL URI only host, port and database.
std::string ShownStoreLocation(const std::string& uri);

}  // namespace tarn::catalog
