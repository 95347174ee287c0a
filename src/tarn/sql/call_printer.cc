#include <array>
#include <string>

#include "tarn/sql/internal/expression_printer.h"
#include "tarn/sql/letter_case.h"
#include "tarn/sql/printer.h"

namespace tarn::sql {
namespace {

void AppendBound(const FrameBound& bound, std::string* out) {
  switch (bound.kind) {
    case BoundKind::kUnboundedPreceding:
      *out += "UNBOUNDED PRECEDING";
      return;
    case BoundKind::kUnboundedFollowing:
      *out += "UNBOUNDED FOLLOWING";
      return;
    case BoundKind::kCurrentRow:
      *out += "CURRENT ROW";
      return;
    case BoundKind::kPreceding:
    case BoundKind::kFollowing:
      AppendExpression(*bound.offset, out);
      *out += bound.kind == BoundKind::kPreceding ? " PRECEDING" : " FOLLOWING";
  }
}

void AppendFrame(const WindowFrame& frame, std::string* out) {
  *out += frame.unit == FrameUnit::kRows    ? "ROWS "
          : frame.unit == FrameUnit::kRange ? "RANGE "
                                            : "GROUPS ";
  *out += frame.end.has_value() ? "BETWEEN " : "";
  AppendBound(frame.start, out);
  if (frame.end.has_value()) {
    *out += " AND ";
    AppendBound(*frame.end, out);
  }
}

void AppendArguments(const std::vector<node::Argument>& arguments, std::string* out) {
  for (size_t i = 0; i < arguments.size(); ++i) {
    *out += i == 0 ? "" : ", ";
    if (arguments[i].name.has_value()) {
      *out += PrintName(*arguments[i].name) + " => ";
    }
    AppendExpression(*arguments[i].value, out);
  }
}

void AppendOverflow(const node::Overflow& overflow, std::string* out) {
  if (overflow.is_error) {
    *out += " ON OVERFLOW  ERROR";
    return;
  }
  *out += " ON OVERFLOW  TRUNCATE";
  *out += overflow.filler.has_value() ? " " + QuotedText(*overflow.filler) : "";
  *out += overflow.with_count ? " WITH COUNT" : " WITHOUT COUNT";
}

/// TRIM, POSITION, GROUPING and LISTAGG, whose names are no functions' names in the
/// grammar; "" for all others.
std::string_view FormOf(const node::Call& call) {
  constexpr std::array<std::string_view, 4> kForms = {"trim", "position", "grouping",
                                                      "listagg"};
  if (call.name.size() == 1 && !call.name[0].is_quoted) {
    for (const std::string_view form : kForms) {
      if (call.name[0].text == form) {
        return form;
      }
    }
  }
  return "";
}

void AppendForm(const node::Call& call, std::string_view form, std::string* out) {
  const auto& arguments = call.arguments;
  if (form == "trim") {
    *out += "trim(BOTH ";
    if (arguments.size() > 1) {
      AppendExpression(*arguments[1].value, out);
      *out += " ";
    }
    *out += "FROM ";
    AppendExpression(*arguments[0].value, out);
  } else if (form == "position") {
    *out += "strpos(";
    AppendArguments({arguments[1], arguments[0]}, out);
  } else if (form == "grouping") {
    *out += "GROUPING (";
    AppendArguments(arguments, out);
  } else {
    *out += call.is_distinct ? "LISTAGG(DISTINCT " : "LISTAGG(";
    AppendArguments(arguments, out);
    *out += arguments.size() < 2 ? ", ''" : "";
    AppendOverflow(call.overflow.value_or(node::Overflow{}), out);
    *out += ") WITHIN GROUP (ORDER BY ";
    AppendSortItems(call.within_group, out);
  }
  *out += ")";
}

/// Trino knows these as more than functions, and writes them in capitals.
std::string CallName(const node::Call& call) {
  if (call.name.size() == 1 && !call.name[0].is_quoted) {
    const std::string name = Lower(call.name[0].text);
    if (name == "if") {
      return "IF";
    }
    if (name == "coalesce") {
      return "COALESCE";
    }
    if (name == "nullif") {
      return "NULLIF";
    }
    if (name == "try") {
      return "TRY";
    }
  }
  return PrintNames(call.name);
}

}  // namespace

void AppendWindow(const WindowSpecification& window, std::string* out) {
  std::string text;
  const auto separate = [&text] { text += text.empty() ? "" : " "; };
  if (window.base.has_value()) {
    text += PrintName(*window.base);
  }
  if (!window.partition_by.empty()) {
    separate();
    text += "PARTITION BY ";
    AppendExpressions(window.partition_by, ", ", &text);
  }
  if (!window.order_by.empty()) {
    separate();
    text += "ORDER BY ";
    AppendSortItems(window.order_by, &text);
  }
  if (window.frame.has_value()) {
    separate();
    AppendFrame(*window.frame, &text);
  }
  *out += text;
}

void AppendCall(const node::Call& call, std::string* out) {
  const std::string_view form = FormOf(call);
  if (!form.empty()) {
    AppendForm(call, form, out);
  } else {
    *out += CallName(call) + "(";
    *out += call.is_distinct ? "DISTINCT " : "";
    const bool is_count = call.name.size() == 1 && Lower(call.name[0].text) == "count" &&
                          call.arguments.empty() && call.order_by.empty();
    *out += call.is_star || is_count ? "*" : "";
    AppendArguments(call.arguments, out);
    if (!call.order_by.empty()) {
      *out += " ORDER BY ";
      AppendSortItems(call.order_by, out);
    }
    *out += ")";
  }
  if (call.filter != nullptr) {
    *out += " FILTER (WHERE ";
    AppendExpression(*call.filter, out);
    *out += ")";
  }
  if (call.nulls != node::NullTreatment::kUnsaid) {
    *out +=
        call.nulls == node::NullTreatment::kIgnore ? " IGNORE NULLS" : " RESPECT NULLS";
  }
  if (const auto* name = std::get_if<Name>(&call.over)) {
    *out += " OVER " + PrintName(*name);
  } else if (const auto* window = std::get_if<WindowSpecification>(&call.over)) {
    *out += " OVER (";
    AppendWindow(*window, out);
    *out += ")";
  }
}

}  // namespace tarn::sql
