// What answers about a table say of access to its files.
#pragma once

#include <cstdint>
#include <string>

#include "tarn/gateway/iceberg_rest/credential_vendor.h"
#include "tarn/gateway/iceberg_rest/rest_request.h"
#include "tarn/governance/principal.h"
#include "tarn/iceberg/table_ident.h"
#include "tarn/iceberg/table_metadata.h"

namespace tarn::gateway {

/// Members of a LoadTableResult.
struct AccessPart {
  /// `"config":{…}`, then maybe `,"storage-credentials":[…]` and so on.
  std::string members = "\"config\":{}";
  /// For the ETag: differs whenever `members` do, new credentials included, so that a
  /// client is never told to go on with a copy whose credentials are at their end.
  /// Empty if there is nothing in them.
  std::string tag = {};
};

enum class TableState : uint8_t { kCommitted, kStaged };

/// What `request` asks for (X-Iceberg-Access-Delegation) as far as it can be given:
/// credentials, else remote signing, else only what everybody may know of the store. It
/// never fails: the header is a hint. What went wrong is in the log.
AccessPart AccessPartOf(const RestRequest& request, const iceberg::TableIdent& ident,
                        const iceberg::TableMetadata& table,
                        TableState state = TableState::kCommitted);

/// `"storage-credentials":[…],` for the answer to a scan plan, or nothing: the same that
/// a load of the table would give. It never fails either.
std::string PlanCredentialsOf(const RestRequest& request,
                              const iceberg::TableIdent& ident,
                              const iceberg::TableMetadata& table);

/// What `principal` may do with the files of a table: the one place that decides it.
/// Today everybody who may call may write.
TableAccess TableAccessOf(const governance::Principal& principal,
                          const iceberg::TableIdent& ident);

/// "v1/{prefix}/namespaces/{namespace}/tables/{table}/{operation}" for `ident`, as
/// clients resolve it against the catalog's URI.
std::string TablePath(const RestRequest& request, const iceberg::TableIdent& ident,
                      const char* operation);

/// The array of the REST specification.
Json StorageCredentialsToJson(const VendedCredentials& vended);

}  // namespace tarn::gateway
