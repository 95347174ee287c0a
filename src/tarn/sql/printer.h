// Trees as text of Trino's grammar, laid out as Trino's own formatter does it: what
// PREPARE hands to clients, and what SHOW CREATE VIEW shows. Parsing the text gives a
// tree of the same meaning, and printing that one gives the same text.
#pragma once

#include <string>

#include "tarn/sql/expression.h"
#include "tarn/sql/query.h"
#include "tarn/sql/statement.h"

namespace tarn::sql {

/// "((id > ?) AND (name = 'a'))".
std::string PrintExpression(const Expression& expression);
/// Ends with a line break, as Trino's does.
std::string PrintQuery(const Query& query);
/// Queries and changes of data are printed; other statements are returned as written.
std::string PrintStatement(const TrinoStatement& statement);

std::string PrintName(const Name& name);
std::string PrintNames(const std::vector<Name>& names);  // a.b.c
/// "decimal(10, 2)", "ROW(x integer, y varchar)".
std::string PrintType(const TypeName& type);

}  // namespace tarn::sql
