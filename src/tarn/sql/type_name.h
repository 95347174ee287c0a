// Types as people write them: parsing, and their meaning in Iceberg.
#pragma once

#include <string>
#include <string_view>

#include "tarn/base/result.h"
#include "tarn/iceberg/type.h"
#include "tarn/sql/ast.h"
#include "tarn/sql/token_stream.h"

namespace tarn::sql {

class Cursor;

/// Parses one type at the cursor. Errors: kSyntax.
Result<TypeName> ParseTypeName(TokenStream& tokens);
Result<TypeName> ParseTypeName(std::string_view text);
/// The same of Trino's grammar: fields of rows without names, INTERVAL DAY TO SECOND,
/// bigint ARRAY, qdigest(double). Errors: "… Expecting: <type>".
Result<TypeName> ParseTrinoType(Cursor& cursor);

/// The Iceberg type, children with ids counted up from `*next_id`. tinyint and smallint
/// become int as in Spark; varchar(n) and char(n) become string. Errors: kNotSupported
/// naming the type.
Result<iceberg::Type> IcebergTypeOf(const TypeName& type, iceberg::FieldId* next_id);

/// Trino's text of an Iceberg type: "timestamp(6) with time zone", "row(\"a\" integer)",
/// "varchar".
std::string TrinoTypeText(const iceberg::Type& type);

/// DuckDB's text of a written type, so that its own parser takes it; names we do not know
/// pass unchanged.
std::string DuckDbTypeText(const TypeName& type);

}  // namespace tarn::sql
