// The catalog of another server that speaks the Iceberg REST protocol: Polaris,
// Lakekeeper, Nessie, Glue, S3 Tables, or another Tarn.
//
//   ARROW_ASSIGN_OR_RAISE(auto lake, OpenRestCatalog(
//       {.name = "lake", .properties = {{"uri", "https://host/catalog"},
//                                       {"credential", "id:${env:LAKE_SECRET}"}}},
//       clock, random));
//   table::Context context{*lake, lake->files(), clock, random};
#pragma once

#include <memory>
#include <string>

#include "tarn/base/clock.h"
#include "tarn/catalog/catalog.h"
#include "tarn/io/file_io.h"

namespace tarn::catalog {

struct RestCatalogOptions {
  std::string name;  // in SQL and in messages
  /// Iceberg's names, as PyIceberg and Java have them (docs/user/other-catalogs.md): uri,
  /// warehouse, credential, token, scope, header.*, rest.*, s3.*, …. Values may be
  /// references to secrets (base/secret_reference.h), read when the server is first
  /// asked.
  Properties properties;
  /// How files are reached where neither `properties` nor the server says.
  Properties file_properties = {};
  KeyManagement* keys = nullptr;  // of encrypted tables; outlives the catalog
};

/// Beside those of Catalog, any method may fail with kUnauthenticated, kForbidden,
/// kUnavailable (after several tries), kTimeout, kIoFailed, kInvalidData (no such
/// protocol) and kNotSupported (the server lacks the operation). Changes are sent once
/// unless it is certain that the server has not acted on them, or it knows them by an
/// idempotency key. No secret is in a message.
class RestCatalog : public Catalog {
 public:
  /// Asks the server what it is, unless that is known. Every other method does so first.
  virtual Status Connect() = 0;
  /// The files of its tables, with credentials that the server vends and those of the
  /// options elsewhere. Lives as long as the catalog.
  virtual io::FileIO& files() = 0;
};

/// The server is not asked before the first call. `clock` and `random` outlive the
/// catalog. Errors: kInvalidArgument for properties that make no sense.
Result<std::unique_ptr<RestCatalog>> OpenRestCatalog(RestCatalogOptions options,
                                                     Clock& clock, Random& random);

}  // namespace tarn::catalog
