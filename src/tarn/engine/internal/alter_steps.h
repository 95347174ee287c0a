// ALTER TABLE as steps on a table's metadata: made once from the statement, run anew on
// each newer head of the table.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/metadata_change.h"
#include "tarn/iceberg/schema_update.h"
#include "tarn/iceberg/sort_order_update.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/sql/ast.h"
#include "tarn/table/alter.h"

namespace tarn::engine {

/// Adjacent schema edits become one new schema.
using SchemaEdit = std::function<Status(iceberg::SchemaUpdate&)>;
using MetadataEdit =
    std::function<Result<iceberg::MetadataChange>(const iceberg::TableMetadata&)>;
using AlterStep = std::variant<SchemaEdit, MetadataEdit>;

/// What to commit to make all `steps` on `base`, one after the other. Names of columns
/// match without regard to case. Errors: those of the steps.
Result<table::Alteration> MakeAlteration(const iceberg::TableMetadata& base,
                                         const std::vector<AlterStep>& steps,
                                         std::chrono::milliseconds now);

/// What a column's default is, once its type is known; see default_value.h.
using DefaultOf = std::function<Result<iceberg::Value>(const iceberg::Type&)>;

SchemaEdit AddColumn(iceberg::NewColumn column, const DefaultOf& default_of,
                     bool if_not_exists);
SchemaEdit DropColumn(const std::string& name, bool if_exists);
SchemaEdit RenameColumn(const std::string& name, const std::string& new_name,
                        bool if_exists);
/// `default_of` empty: no default.
SchemaEdit SetColumnDefault(const std::string& name, const DefaultOf& default_of);
SchemaEdit SetIdentifierFields(const std::vector<std::string>& names, bool drop);

/// Terms as people write them, such as "day(ts)".
MetadataEdit AddPartitionField(const std::string& term, std::optional<std::string> name);
/// `term` may also be the partition field's name.
MetadataEdit DropPartitionField(const std::string& term);
MetadataEdit ReplacePartitionField(const std::string& term, const std::string& new_term,
                                   std::optional<std::string> name);
MetadataEdit ReplacePartitioning(const std::vector<std::string>& terms);
MetadataEdit SetSortOrder(const std::vector<std::string>& terms);
MetadataEdit SetTableProperties(std::map<std::string, std::string> set,
                                std::vector<std::string> unset);
/// `new_uuid` is for a table of version 1 that has none.
MetadataEdit UpgradeTable(int32_t format_version, std::string new_uuid);

/// Steps of SET PROPERTIES and SET TBLPROPERTIES: Trino's names (partitioning, sorted_by,
/// format_version, …) and Iceberg's own. Errors: kInvalidArgument, kNotSupported.
Result<std::vector<AlterStep>> PropertySteps(const sql::alter::SetProperties& properties,
                                             const std::string& new_uuid);

}  // namespace tarn::engine
