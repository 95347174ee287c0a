// Properties of tables as SQL names them, Trino's names and Iceberg's own, and what they
// are in metadata.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/sql/ast.h"

namespace tarn::engine {

/// The Iceberg properties that `key` = `value` means; partitioning, sorted_by and
/// location are none. Errors: kInvalidArgument for a name that there is not and for
/// values that do not fit it; kNotSupported for file formats but Parquet.
Result<std::map<std::string, std::string>> IcebergPropertiesOf(
    const std::string& key, const sql::PropertyValue& value);

/// Names of the properties that `key` = DEFAULT takes away; one that ends with a dot
/// stands for all that begin with it. Errors: kInvalidArgument.
Result<std::vector<std::string>> IcebergNamesOf(const std::string& key);

/// TBLPROPERTIES keeps names of one word that nobody knows ('owner'), as Spark does,
/// where WITH refuses them: `properties` with those under extra_properties.
sql::PropertyList KeepUnknownProperties(sql::PropertyList properties);

/// Whether IcebergPropertiesOf, or a clause of its own, knows the name.
bool IsTableProperty(const std::string& key);

/// The properties as SHOW CREATE TABLE writes them, Trino's names where it has one:
/// "max_commit_retry" → "4". Values are SQL. `extra` gets those that Trino has no name
/// for.
std::map<std::string, std::string> TrinoPropertiesOf(
    const iceberg::TableMetadata& metadata, std::map<std::string, std::string>* extra);

}  // namespace tarn::engine
