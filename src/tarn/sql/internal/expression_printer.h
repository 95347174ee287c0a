// The printers that expressions and queries share; printer.h is the way in.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tarn/sql/expression.h"
#include "tarn/sql/query.h"

namespace tarn::sql {

/// The rows of a query, each beginning with `indent` steps of three blanks.
void AppendQuery(const Query& query, int indent, std::string* out);
void AppendExpression(const Expression& expression, std::string* out);
void AppendSortItems(const std::vector<SortItem>& items, std::string* out);
void AppendExpressions(const std::vector<ExpressionPtr>& list, std::string_view separator,
                       std::string* out);
/// What stands between the parentheses after OVER.
void AppendWindow(const WindowSpecification& window, std::string* out);
/// 'it''s'.
std::string QuotedText(std::string_view text);
/// "(a, b)".
std::string PrintNameList(const std::vector<Name>& names);

void AppendCall(const node::Call& call, std::string* out);
void AppendJsonPath(const node::JsonPath& call, std::string* out);
void AppendJsonConstructor(const node::JsonConstructor& call, std::string* out);
/// value [FORMAT JSON].
void AppendJsonArgument(const node::JsonArgument& argument, std::string* out);
/// " PASSING value AS name, …"; nothing without values.
void AppendJsonPassing(const std::vector<node::JsonArgument>& passing, std::string* out);
/// What stands behind the name of a column of JSON_TABLE.
void AppendJsonColumn(const node::JsonPath& call, bool has_path, std::string* out);

}  // namespace tarn::sql
