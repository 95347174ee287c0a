#include "tarn/sql/clauses.h"

#include <algorithm>

namespace tarn::sql {
namespace {

/// The source text up to where `stops` says so, at least one token of it; "" if there is
/// none.
template <typename Stops>
std::string TakeText(std::string_view sql, TokenStream& tokens, Stops stops) {
  const size_t start = tokens.Peek().offset;
  size_t end = start;
  int depth = 0;
  while (!tokens.AtEnd() && !tokens.PeekSymbol(";")) {
    const bool closes = tokens.PeekSymbol(")") || tokens.PeekSymbol("]");
    if (depth == 0 && (closes || tokens.PeekSymbol(",") || (end > start && stops()))) {
      break;
    }
    if (tokens.PeekSymbol("(") || tokens.PeekSymbol("[")) {
      ++depth;
    } else if (closes) {
      --depth;
    }
    end = tokens.Take().end;
  }
  return std::string(sql.substr(start, end - start));
}

/// MAP(ARRAY['k', …], ARRAY['v', …]) as ARRAY['k', 'v', …].
Result<PropertyValue> ParsePropertyMap(TokenStream& tokens) {
  tokens.Take();
  RETURN_NOT_OK(tokens.ExpectSymbol("("));
  ARROW_ASSIGN_OR_RAISE(const PropertyValue keys, ParsePropertyValue(tokens));
  RETURN_NOT_OK(tokens.ExpectSymbol(","));
  ARROW_ASSIGN_OR_RAISE(const PropertyValue values, ParsePropertyValue(tokens));
  using List = std::vector<std::string>;
  const auto* key_list = std::get_if<List>(&keys);
  const auto* value_list = std::get_if<List>(&values);
  if (key_list == nullptr || value_list == nullptr ||
      key_list->size() != value_list->size()) {
    return tokens.Mismatch("MAP(ARRAY['…'], ARRAY['…']) with as many values as keys");
  }
  RETURN_NOT_OK(tokens.ExpectSymbol(")"));
  List pairs;
  for (size_t i = 0; i < key_list->size(); ++i) {
    pairs.push_back((*key_list)[i]);
    pairs.push_back((*value_list)[i]);
  }
  return pairs;
}

}  // namespace

Result<std::string> ParsePropertyKey(TokenStream& tokens) {
  if (tokens.Peek().kind == TokenKind::kString) {
    return tokens.Take().text;
  }
  ARROW_ASSIGN_OR_RAISE(const QualifiedName name, tokens.ExpectQualifiedName());
  std::string key;
  for (const std::string& part : name.parts) {
    key += (key.empty() ? "" : ".") + part;
  }
  return key;
}

Result<PropertyValue> ParsePropertyValue(TokenStream& tokens) {
  if (tokens.PeekKeyword("map") && tokens.PeekSymbol("(", 1)) {
    return ParsePropertyMap(tokens);
  }
  if (tokens.TakeKeywords({"array"})) {
    std::vector<std::string> values;
    RETURN_NOT_OK(tokens.ExpectSymbol("["));
    while (!tokens.TakeSymbol("]")) {
      ARROW_ASSIGN_OR_RAISE(std::string value, tokens.ExpectString());
      values.push_back(std::move(value));
      if (!tokens.TakeSymbol(",") && !tokens.PeekSymbol("]")) {
        return tokens.Mismatch("',' or ']'");
      }
    }
    return values;
  }
  const std::string sign = tokens.TakeSymbol("-") ? "-" : "";
  switch (tokens.Peek().kind) {
    case TokenKind::kString:
    case TokenKind::kWord:
      if (!sign.empty()) {
        return tokens.Mismatch("<number>");
      }
      [[fallthrough]];
    case TokenKind::kInteger:
    case TokenKind::kDecimal:
    case TokenKind::kDouble:
      return sign + tokens.Take().text;
    default:
      return tokens.Mismatch("a property value: text, number, true, false or ARRAY['…']");
  }
}

Status ParseProperties(TokenStream& tokens, PropertyList* properties) {
  RETURN_NOT_OK(tokens.ExpectSymbol("("));
  if (tokens.TakeSymbol(")")) {
    return Status::OK();
  }
  do {
    ARROW_ASSIGN_OR_RAISE(const std::string key, ParsePropertyKey(tokens));
    RETURN_NOT_OK(tokens.ExpectSymbol("="));
    ARROW_ASSIGN_OR_RAISE((*properties)[key], ParsePropertyValue(tokens));
  } while (tokens.TakeSymbol(","));
  return tokens.ExpectSymbol(")");
}

Status ParseUnsetProperties(TokenStream& tokens, std::vector<std::string>* names) {
  tokens.TakeKeywords({"if", "exists"});
  RETURN_NOT_OK(tokens.ExpectSymbol("("));
  do {
    ARROW_ASSIGN_OR_RAISE(std::string key, ParsePropertyKey(tokens));
    names->push_back(std::move(key));
  } while (tokens.TakeSymbol(","));
  return tokens.ExpectSymbol(")");
}

Result<std::string> TakeTerm(std::string_view sql, TokenStream& tokens,
                             std::initializer_list<std::string_view> stop_words) {
  std::string term = TakeText(sql, tokens, [&] {
    return std::any_of(stop_words.begin(), stop_words.end(),
                       [&](std::string_view word) { return tokens.PeekKeyword(word); });
  });
  if (term.empty()) {
    return tokens.Mismatch("a column or a transform of one, such as day(ts)");
  }
  return term;
}

Result<std::string> TakeDefault(std::string_view sql, TokenStream& tokens) {
  std::string text = TakeText(sql, tokens, [&] {
    for (const std::string_view word :
         {"comment", "first", "last", "before", "after", "not", "null"}) {
      if (tokens.PeekKeyword(word)) {
        return true;
      }
    }
    return false;
  });
  if (text.empty()) {
    return tokens.Mismatch("<expression>");
  }
  return text;
}

}  // namespace tarn::sql
