#include "tarn/engine/internal/trino/lake_names.h"

#include <utility>

#include "tarn/base/error.h"
#include "tarn/engine/internal/trino/statement_host.h"

namespace tarn::engine::trino {

std::vector<std::string> FoldedParts(const sql::statement::ObjectName& name) {
  std::vector<std::string> parts;
  for (const sql::Name& part : name.parts) {
    parts.push_back(FoldName(part.text));
  }
  return parts;
}

Result<FoundSchema> LakeNames::SchemaOf(std::vector<std::string> parts) {
  const ResolvedSchema current = front_end_.CurrentPath();
  FoundSchema found{.catalog = current.catalog, .schema = current.schema};
  if (parts.size() == 1) {
    found.schema = parts[0];
  } else if (parts.size() > 1) {
    if (!front_end_.IsCatalog(parts[0])) {
      return ErrorAt(ErrorCode::kNoSuchNamespace, at_, "",
                     "Catalog '" + parts[0] + "' not found");
    }
    found.catalog = parts[0];
    parts.erase(parts.begin());
    found.schema = iceberg::Namespace{parts}.ToString();
  }
  found.ours = front_end_.FindOurs(found.catalog);
  if (found.ours != nullptr) {
    found.entry = found.ours->FindSchema(context_, found.schema);
  }
  const bool may_be_catalog = parts.size() == 1 && found.entry == nullptr;
  if (may_be_catalog && front_end_.IsCatalog(parts[0])) {
    const ResolvedSchema resolved = front_end_.SplitSchema(parts);
    found = {.catalog = resolved.catalog, .schema = resolved.schema};
    found.ours = front_end_.FindOurs(found.catalog);
    found.entry =
        found.ours == nullptr ? nullptr : found.ours->FindSchema(context_, found.schema);
  }
  if (found.entry != nullptr) {
    found.schema = found.entry->name;
  }
  return found;
}

Result<FoundSchema> LakeNames::Schema(const sql::statement::ObjectName& name) {
  return SchemaOf(FoldedParts(name));
}

Result<FoundObject> LakeNames::Object(std::vector<std::string> parts) {
  FoundObject found;
  found.name = parts.back();
  parts.pop_back();
  ARROW_ASSIGN_OR_RAISE(found.in, SchemaOf(std::move(parts)));
  if (found.in.entry != nullptr) {
    ARROW_ASSIGN_OR_RAISE(found.object, TransactionOf(found.in).view().Find(
                                            found.in.entry->ns(), found.name));
  }
  return found;
}

Result<FoundObject> LakeNames::Object(const sql::statement::ObjectName& name) {
  return Object(FoldedParts(name));
}

Status LakeNames::NoSuchTable(const FoundObject& found) const {
  return ErrorAt(ErrorCode::kNoSuchTable, at_, "",
                 "Table '" + found.Text() + "' does not exist");
}

Result<FoundObject> LakeNames::Table(const sql::statement::ObjectName& name) {
  ARROW_ASSIGN_OR_RAISE(FoundObject found, Object(name));
  if (found.in.ours != nullptr && !found.is_table()) {
    return NoSuchTable(found);
  }
  return found;
}

IcebergTransaction& LakeNames::TransactionOf(const FoundSchema& found) {
  return IcebergTransaction::Get(context_, *found.ours);
}

}  // namespace tarn::engine::trino
