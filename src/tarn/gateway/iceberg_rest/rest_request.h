// A call of the protocol, taken apart.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"
#include "tarn/gateway/iceberg_rest/rest_services.h"
#include "tarn/governance/principal.h"
#include "tarn/iceberg/table_ident.h"
#include "tarn/net/http_message.h"
#include "tarn/table/context.h"

namespace tarn::gateway {

struct RenameRequest {
  iceberg::TableIdent from;
  iceberg::TableIdent to;
};

/// Errors of all readers: kInvalidArgument with what is wrong.
class RestRequest {
 public:
  /// What is given outlives it.
  RestRequest(const net::HttpRequest& http, const RestWarehouse& warehouse,
              const governance::Principal& principal)
      : http_(http), warehouse_(warehouse), principal_(principal) {}

  const net::HttpRequest& http() const { return http_; }
  const RestWarehouse& warehouse() const { return warehouse_; }
  const RestServices& services() const { return warehouse_.services; }
  const table::Context& context() const { return warehouse_.context; }
  catalog::Catalog& catalog() const { return warehouse_.context.catalog; }
  const governance::Principal& principal() const { return principal_; }

  /// A namespace as clients write it in paths and queries. With a separator that names
  /// may have in them too, what exists decides what is meant. Errors: of the catalog.
  Result<iceberg::Namespace> NamespaceOf(std::string_view text) const;
  /// {namespace} of the path.
  Result<iceberg::Namespace> PathNamespace() const;
  /// {namespace} and {table} or {view} of the path.
  Result<iceberg::TableIdent> PathIdent() const;
  Result<Json> Body() const;
  /// The body of a rename: {"source": …, "destination": …}.
  Result<RenameRequest> Rename() const;
  bool QueryFlag(std::string_view name) const;

 private:
  const net::HttpRequest& http_;
  const RestWarehouse& warehouse_;
  const governance::Principal& principal_;
};

/// ["a", "b"].
Result<iceberg::Namespace> NamespaceOfJson(const Json& json);
/// {"namespace": ["a"], "name": "t"}.
Result<iceberg::TableIdent> IdentOfJson(const Json& json);
Json IdentToJson(const iceberg::TableIdent& ident);

/// An object's member that is a JSON object, of any other type an error.
Result<const Json*> MemberObject(const Json& json, const char* key);

}  // namespace tarn::gateway
