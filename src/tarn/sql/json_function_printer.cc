#include <string>

#include "tarn/sql/internal/expression_printer.h"
#include "tarn/sql/printer.h"

namespace tarn::sql {
namespace {

using node::JsonBehavior;
using node::JsonFunction;

std::string FormatText(const std::string& format) {
  std::string text;
  for (const char c : format) {
    text += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return text.empty() ? text : " FORMAT " + text;
}

/// " NULL", as what comes before it; defaults are told, as Trino does.
void AppendBehavior(JsonBehavior behavior, const ExpressionPtr& value, std::string* out) {
  switch (behavior) {
    case JsonBehavior::kUnsaid:
    case JsonBehavior::kNull:
      *out += " NULL";
      return;
    case JsonBehavior::kError:
      *out += " ERROR";
      return;
    case JsonBehavior::kEmptyArray:
      *out += " EMPTY ARRAY";
      return;
    case JsonBehavior::kEmptyObject:
      *out += " EMPTY OBJECT";
      return;
    case JsonBehavior::kDefault:
      *out += " DEFAULT ";
      AppendExpression(*value, out);
      return;
    case JsonBehavior::kTrue:
      *out += " TRUE";
      return;
    case JsonBehavior::kFalse:
      *out += " FALSE";
      return;
    case JsonBehavior::kUnknown:
      *out += " UNKNOWN";
      return;
  }
}

std::string_view WrapperText(node::JsonWrapper wrapper) {
  switch (wrapper) {
    case node::JsonWrapper::kConditional:
      return " WITH CONDITIONAL ARRAY WRAPPER";
    case node::JsonWrapper::kUnconditional:
      return " WITH UNCONDITIONAL ARRAY WRAPPER";
    case node::JsonWrapper::kUnsaid:
    case node::JsonWrapper::kWithout:
      break;
  }
  return " WITHOUT ARRAY WRAPPER";
}

void AppendReturning(const std::optional<TypeName>& type, const std::string& format,
                     std::string* out) {
  if (type.has_value()) {
    *out += " RETURNING " + PrintType(*type) + FormatText(format);
  }
}

std::string_view QuotesText(node::JsonQuotes quotes) {
  switch (quotes) {
    case node::JsonQuotes::kKeep:
      return " KEEP QUOTES ON SCALAR STRING";
    case node::JsonQuotes::kOmit:
      return " OMIT QUOTES ON SCALAR STRING";
    case node::JsonQuotes::kUnsaid:
      break;
  }
  return "";
}

}  // namespace

void AppendJsonArgument(const node::JsonArgument& argument, std::string* out) {
  AppendExpression(*argument.value, out);
  *out += FormatText(argument.format);
}

void AppendJsonPassing(const std::vector<node::JsonArgument>& passing, std::string* out) {
  for (size_t i = 0; i < passing.size(); ++i) {
    *out += i == 0 ? " PASSING " : ", ";
    AppendJsonArgument(passing[i], out);
    *out += " AS " + PrintName(passing[i].name.value_or(Name{}));
  }
}

void AppendJsonColumn(const node::JsonPath& call, bool has_path, std::string* out) {
  *out += PrintType(*call.returning) + FormatText(call.returning_format);
  *out += has_path ? " PATH " + QuotedText(call.path) : "";
  if (call.function == JsonFunction::kQuery) {
    *out += WrapperText(call.wrapper);
    *out += QuotesText(call.quotes);
  }
  AppendBehavior(call.on_empty, call.empty_default, out);
  *out += " ON EMPTY";
  if (call.on_error != JsonBehavior::kUnsaid) {
    AppendBehavior(call.on_error, call.error_default, out);
    *out += " ON ERROR";
  }
}

void AppendJsonPath(const node::JsonPath& call, std::string* out) {
  *out += call.function == JsonFunction::kExists  ? "JSON_EXISTS("
          : call.function == JsonFunction::kValue ? "JSON_VALUE("
                                                  : "JSON_QUERY(";
  AppendExpression(*call.input.value, out);
  *out += FormatText(call.input.format.empty() ? "json" : call.input.format);
  *out += ", " + QuotedText(call.path);
  AppendJsonPassing(call.passing, out);
  AppendReturning(call.returning, call.returning_format, out);
  if (call.function == JsonFunction::kExists) {
    const bool is_unsaid = call.on_error == JsonBehavior::kUnsaid;
    AppendBehavior(is_unsaid ? JsonBehavior::kFalse : call.on_error, nullptr, out);
    *out += " ON ERROR)";
    return;
  }
  if (call.function == JsonFunction::kQuery) {
    *out += WrapperText(call.wrapper);
    *out += QuotesText(call.quotes);
  }
  AppendBehavior(call.on_empty, call.empty_default, out);
  *out += " ON EMPTY";
  AppendBehavior(call.on_error, call.error_default, out);
  *out += " ON ERROR)";
}

void AppendJsonConstructor(const node::JsonConstructor& call, std::string* out) {
  *out += call.is_object ? "JSON_OBJECT(" : "JSON_ARRAY(";
  for (size_t i = 0; i < call.members.size(); ++i) {
    const node::JsonMember& member = call.members[i];
    *out += i == 0 ? "" : ", ";
    if (member.key != nullptr) {
      *out += "KEY ";
      AppendExpression(*member.key, out);
      *out += " VALUE ";
    }
    AppendJsonArgument(member.value, out);
  }
  if (!call.members.empty()) {
    const bool is_null = call.nulls == node::JsonNulls::kNull ||
                         (call.nulls == node::JsonNulls::kUnsaid && call.is_object);
    *out += is_null ? " NULL ON NULL" : " ABSENT ON NULL";
    if (call.is_object) {
      *out +=
          call.unique_keys.value_or(false) ? " WITH UNIQUE KEYS" : " WITHOUT UNIQUE KEYS";
    }
  }
  AppendReturning(call.returning, call.returning_format, out);
  *out += ")";
}

}  // namespace tarn::sql
