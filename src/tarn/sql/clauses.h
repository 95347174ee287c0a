// Clauses that several statements share.
#pragma once

#include <string>
#include <string_view>

#include "tarn/base/result.h"
#include "tarn/sql/ast.h"
#include "tarn/sql/token_stream.h"

namespace tarn::sql {

// All take what they read from `tokens`, the tokens of `sql`. Errors: kSyntax.

/// "(key = value, …)"; keys are names with dots or texts.
Status ParseProperties(TokenStream& tokens, PropertyList* properties);
/// "[IF EXISTS] (key, …)" after UNSET TBLPROPERTIES.
Status ParseUnsetProperties(TokenStream& tokens, std::vector<std::string>* names);
/// A property's name: 'a.b' or a.b.
Result<std::string> ParsePropertyKey(TokenStream& tokens);
/// A text, number, word or ARRAY['…'].
Result<PropertyValue> ParsePropertyValue(TokenStream& tokens);

/// The source text of a term such as "day(ts)" or "a DESC NULLS LAST", to the next comma
/// or closing parenthesis outside of its own ones, to one of `stop_words`, or to the end.
Result<std::string> TakeTerm(std::string_view sql, TokenStream& tokens,
                             std::initializer_list<std::string_view> stop_words = {});

/// The source text of the expression after DEFAULT in a column's definition.
Result<std::string> TakeDefault(std::string_view sql, TokenStream& tokens);

}  // namespace tarn::sql
