// A call of the protocol, taken apart.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"
#include "tarn/iceberg/table_ident.h"
#include "tarn/net/http_message.h"
#include "tarn/table/context.h"

namespace tarn::gateway {

/// Who calls. Every handler gets it; what it may do is decided where it is used.
struct Principal {
  std::string name = "anonymous";
};

struct RenameRequest {
  iceberg::TableIdent from;
  iceberg::TableIdent to;
};

/// Errors of all readers: kInvalidArgument with what is wrong.
class RestRequest {
 public:
  RestRequest(const net::HttpRequest& http, const table::Context& context,
              Principal principal)
      : http_(http), context_(context), principal_(std::move(principal)) {}

  const net::HttpRequest& http() const { return http_; }
  const table::Context& context() const { return context_; }
  catalog::Catalog& catalog() const { return context_.catalog; }
  const Principal& principal() const { return principal_; }

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
  const table::Context& context_;
  Principal principal_;
};

/// Levels of a namespace joined by 0x1F, as paths and queries have them.
iceberg::Namespace NamespaceOfLevels(std::string_view text);
/// ["a", "b"].
Result<iceberg::Namespace> NamespaceOfJson(const Json& json);
/// {"namespace": ["a"], "name": "t"}.
Result<iceberg::TableIdent> IdentOfJson(const Json& json);
Json IdentToJson(const iceberg::TableIdent& ident);

/// An object's member that is a JSON object, of any other type an error.
Result<const Json*> MemberObject(const Json& json, const char* key);

}  // namespace tarn::gateway
