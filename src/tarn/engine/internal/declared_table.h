// Tables as SQL declares them: columns, partition terms and properties, turned into
// metadata.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/table_ident.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/sql/ast.h"
#include "tarn/table/write.h"

namespace tarn::engine {

struct DeclaredTable {
  iceberg::TableIdent ident;
  std::vector<iceberg::Field> fields;          // ids unique; the table gets fresh ones
  std::vector<std::string> partitioning = {};  // "day(ts)", "bucket(id, 16)", "region"
  std::vector<std::string> sorted_by = {};
  /// Trino's table properties (format, location, format_version, …) and Iceberg's own,
  /// whose names hold a dot or a dash.
  sql::PropertyList properties = {};
  std::optional<std::string> comment = {};
};

/// Metadata of the new table. Its location is the property, else the catalog's choice.
/// Errors: kInvalidArgument (unknown property, bad partitioning, doubled column),
/// kNoSuchColumn, kSyntax, kNotSupported (unknown format versions, other file formats).
Result<std::shared_ptr<const iceberg::TableMetadata>> MakeDeclaredTable(
    const table::Context& context, const DeclaredTable& declared);

/// `base` with the columns, partitioning and properties of `declared` (CREATE OR REPLACE
/// TABLE); uuid, location and snapshots stay. Errors: the same; kNotSupported for another
/// location or a lower format version.
Result<std::shared_ptr<const iceberg::TableMetadata>> MakeReplacingTable(
    const table::Context& context, const DeclaredTable& declared,
    const iceberg::TableMetadata& base);

}  // namespace tarn::engine
