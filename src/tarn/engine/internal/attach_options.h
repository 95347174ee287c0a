// ATTACH 'warehouse' AS name (TYPE rest, …): its options as Iceberg's properties.
#pragma once

#include <string>

#include <duckdb/common/types/value.hpp>
#include <duckdb/common/unordered_map.hpp>
#include <duckdb/parser/parsed_data/attach_info.hpp>

#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"

namespace tarn::engine {

/// The type name in ATTACH '…' AS name (TYPE rest).
inline constexpr char kRestType[] = "rest";

/// Options are Iceberg's property names in double quotes ("header.x-y"), or words of SQL
/// for the usual ones: ENDPOINT, TOKEN, CLIENT_ID, OAUTH2_SERVER_URI, …. `warehouse` is
/// the text that is attached. Errors: kInvalidArgument for other words, naming none of
/// the values.
Result<catalog::Properties> PropertiesOfAttach(
    const std::string& warehouse,
    const duckdb::unordered_map<std::string, duckdb::Value>& options);

/// Makes ATTACH of a REST catalog writable unless it says READ_ONLY: DuckDB takes a
/// warehouse that is named by an address for a file that can only be read. Errors:
/// kInvalidArgument without a name.
Status PrepareAttach(duckdb::AttachInfo* info);

}  // namespace tarn::engine
