// Functions of a catalog: names in a namespace to UDF metadata files (Iceberg UDF
// specification, format version 1). The catalog keeps the names in its store and the
// files, which never change, in the warehouse beside tables.
#pragma once

#include <string>
#include <vector>

#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
#include "tarn/table/context.h"

namespace tarn::catalog {
class KeyValueStore;
}  // namespace tarn::catalog

namespace tarn::gateway {

struct LoadedFunction {
  iceberg::TableIdent ident;
  std::string metadata_location;
  Json metadata;
};

/// Whether `json` is what the UDF specification calls a function: all required members,
/// definition ids that follow from their parameters, current versions that exist, one
/// body for each dialect. Errors: kInvalidArgument with the place.
Status CheckFunctionMetadata(const Json& json);

/// Thread-safe; several servers may share the store.
class FunctionStore {
 public:
  /// Both outlive it.
  FunctionStore(const table::Context& context, catalog::KeyValueStore& store)
      : context_(context), store_(store) {}

  /// Sorted by name. Errors: kNoSuchNamespace.
  Result<std::vector<iceberg::TableIdent>> List(const iceberg::Namespace& ns);
  /// Errors: kNoSuchNamespace, kNoSuchFunction; those of reading its file.
  Result<LoadedFunction> Load(const iceberg::TableIdent& ident);
  /// Writes `metadata` to a new file and lets the name stand for it. kReplace: the
  /// function of this name, which must have the same function-uuid, is what it says from
  /// now on; its old file stays. Errors: kInvalidArgument, kNoSuchNamespace,
  /// kAlreadyExists.
  Result<LoadedFunction> Register(const iceberg::TableIdent& ident, Json metadata,
                                  catalog::IfExists if_exists);
  /// Removes the name; files stay. Errors: kNoSuchNamespace, kNoSuchFunction.
  Status Drop(const iceberg::TableIdent& ident);

 private:
  std::string KeyOf(const iceberg::Namespace& ns) const;
  std::string KeyOf(const iceberg::TableIdent& ident) const;
  Result<std::string> LocationOf(const iceberg::TableIdent& ident);

  const table::Context context_;
  catalog::KeyValueStore& store_;
};

}  // namespace tarn::gateway
