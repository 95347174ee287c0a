// Calls with OVER.
#include <algorithm>
#include <utility>

#include <duckdb/parser/expression/window_expression.hpp>
#include <fmt/format.h>

#include "tarn/engine/internal/trino/translator.h"
#include "tarn/engine/internal/trino_functions/function_table.h"

namespace tarn::engine::trino {

using duckdb::ExpressionType;
using duckdb::make_uniq;
using duckdb::WindowBoundary;
using sql::FrameUnit;
using sql::Position;
namespace node = sql::node;
using Parsed = Translator::Parsed;

namespace {

struct RankingFunction {
  std::string_view name;
  ExpressionType type;
};
constexpr RankingFunction kFunctions[] = {
    {"rank", ExpressionType::WINDOW_RANK},
    {"dense_rank", ExpressionType::WINDOW_RANK_DENSE},
    {"percent_rank", ExpressionType::WINDOW_PERCENT_RANK},
    {"row_number", ExpressionType::WINDOW_ROW_NUMBER},
    {"first_value", ExpressionType::WINDOW_FIRST_VALUE},
    {"last_value", ExpressionType::WINDOW_LAST_VALUE},
    {"nth_value", ExpressionType::WINDOW_NTH_VALUE},
    {"cume_dist", ExpressionType::WINDOW_CUME_DIST},
    {"lead", ExpressionType::WINDOW_LEAD},
    {"lag", ExpressionType::WINDOW_LAG},
    {"ntile", ExpressionType::WINDOW_NTILE},
};

bool TakesNullTreatment(const std::string& name) {
  constexpr std::string_view kNames[] = {"first_value", "last_value", "nth_value", "lead",
                                         "lag"};
  return std::ranges::find(kNames, name) != std::end(kNames);
}

std::optional<ExpressionType> TypeOfFunction(const std::string& name) {
  for (const RankingFunction& function : kFunctions) {
    if (function.name == name) {
      return function.type;
    }
  }
  return {};
}

WindowBoundary Pick(FrameUnit unit, WindowBoundary rows, WindowBoundary range,
                    WindowBoundary groups) {
  return unit == FrameUnit::kRows ? rows : unit == FrameUnit::kRange ? range : groups;
}

WindowBoundary BoundaryOf(FrameUnit unit, sql::BoundKind kind) {
  switch (kind) {
    case sql::BoundKind::kUnboundedPreceding:
      return WindowBoundary::UNBOUNDED_PRECEDING;
    case sql::BoundKind::kPreceding:
      return Pick(unit, WindowBoundary::EXPR_PRECEDING_ROWS,
                  WindowBoundary::EXPR_PRECEDING_RANGE,
                  WindowBoundary::EXPR_PRECEDING_GROUPS);
    case sql::BoundKind::kFollowing:
      return Pick(unit, WindowBoundary::EXPR_FOLLOWING_ROWS,
                  WindowBoundary::EXPR_FOLLOWING_RANGE,
                  WindowBoundary::EXPR_FOLLOWING_GROUPS);
    case sql::BoundKind::kUnboundedFollowing:
      return WindowBoundary::UNBOUNDED_FOLLOWING;
    default:
      return Pick(unit, WindowBoundary::CURRENT_ROW_ROWS,
                  WindowBoundary::CURRENT_ROW_RANGE, WindowBoundary::CURRENT_ROW_GROUPS);
  }
}

}  // namespace

sql::WindowSpecification Translator::NamedWindow(const sql::Name& name,
                                                 const Position& at) {
  const std::string folded = Folded(name.text);
  if (!windows_.empty() && windows_.back() != nullptr) {
    for (const sql::NamedWindow& window : *windows_.back()) {
      if (Folded(window.name.text) == folded) {
        return window.window;
      }
    }
  }
  Fail(ErrorCode::kInvalidArgument, at,
       fmt::format("Cannot resolve WINDOW name {}", name.text));
}

/// The window with all that the windows it builds on say.
sql::WindowSpecification Translator::Resolve(const node::Call& call, const Position& at) {
  sql::WindowSpecification window;
  if (const auto* name = std::get_if<sql::Name>(&call.over)) {
    window = NamedWindow(*name, at);
  } else {
    window = std::get<sql::WindowSpecification>(call.over);
  }
  constexpr int kBasesMax = 100;
  for (int i = 0; window.base.has_value(); ++i) {
    const sql::WindowSpecification base = NamedWindow(*window.base, at);
    if (i == kBasesMax || !window.partition_by.empty() ||
        (!window.order_by.empty() && !base.order_by.empty())) {
      Fail(ErrorCode::kInvalidArgument, at,
           fmt::format("WINDOW specification cannot override {}", window.base->text));
    }
    window.base = base.base;
    window.partition_by = base.partition_by;
    if (window.order_by.empty()) {
      window.order_by = base.order_by;
    }
    if (!window.frame.has_value()) {
      window.frame = base.frame;
    }
  }
  return window;
}

/// Frames that end before they begin, which DuckDB does not check.
void Translator::CheckFrame(const sql::WindowFrame& frame, const Position& at) const {
  using enum sql::BoundKind;
  const sql::BoundKind start = frame.start.kind;
  const sql::BoundKind end = frame.end.value_or(sql::FrameBound{}).kind;
  const auto fail = [&](const char* message) {
    Fail(ErrorCode::kInvalidArgument, at,
         std::string("INVALID_WINDOW_FRAME: ") + message);
  };
  if (start == kUnboundedFollowing) {
    fail("Window frame start cannot be UNBOUNDED FOLLOWING");
  }
  if (end == kUnboundedPreceding) {
    fail("Window frame end cannot be UNBOUNDED PRECEDING");
  }
  const bool ends_at_row =
      end != kPreceding && end != kFollowing && end != kUnboundedFollowing;
  if (start == kFollowing && end == kPreceding) {
    fail("Window frame starting from FOLLOWING cannot end with PRECEDING");
  }
  if (start == kFollowing && ends_at_row) {
    fail("Window frame starting from FOLLOWING cannot end with CURRENT ROW");
  }
  const bool starts_at_row =
      start != kPreceding && start != kFollowing && start != kUnboundedPreceding;
  if (starts_at_row && end == kPreceding) {
    fail("Window frame starting from CURRENT ROW cannot end with PRECEDING");
  }
}

/// The offset of a frame: a number of rows or groups is refused if it is negative or
/// null.
Parsed Translator::FrameOffset(const sql::WindowFrame& frame,
                               const sql::ExpressionPtr& offset) {
  Parsed value = Translate(offset);
  return frame.unit == FrameUnit::kRange
             ? std::move(value)
             : Operator("frame_offset", List(std::move(value)));
}

void Translator::SetFrame(const sql::WindowFrame& frame, duckdb::WindowExpression* call) {
  call->start = BoundaryOf(frame.unit, frame.start.kind);
  if (frame.start.offset != nullptr) {
    call->start_expr = FrameOffset(frame, frame.start.offset);
  }
  const sql::FrameBound end = frame.end.value_or(sql::FrameBound{});
  call->end = BoundaryOf(frame.unit, end.kind);
  if (end.offset != nullptr) {
    call->end_expr = FrameOffset(frame, end.offset);
  }
}

void Translator::SetWindow(const sql::WindowSpecification& window, const Position& at,
                           duckdb::WindowExpression* call) {
  for (const auto& value : window.partition_by) {
    call->partitions.push_back(Translate(value));
  }
  call->orders = Orders(window.order_by);
  call->start = WindowBoundary::UNBOUNDED_PRECEDING;
  call->end = WindowBoundary::CURRENT_ROW_RANGE;
  if (window.frame.has_value()) {
    CheckFrame(*window.frame, at);
    SetFrame(*window.frame, call);
  }
}

Parsed Translator::WindowCall(const std::string& name, const node::Call& call,
                              const Position& at) {
  const auto ranking = TypeOfFunction(name);
  std::optional<FunctionTarget> target;
  if (ranking.has_value()) {
    target = FunctionTarget{.name = name};
  } else if (name == "count" && (call.is_star || call.arguments.empty())) {
    target = FunctionTarget{.name = "count_star", .is_aggregate = true};
  } else {
    target = FindTrinoFunction(name);
  }
  if (target.has_value() && !ranking.has_value() && !target->is_aggregate) {
    Fail(ErrorCode::kInvalidArgument, at,
         "FUNCTION_NOT_WINDOW: Not a window function: " + name);
  }
  if (!target.has_value() || (!ranking.has_value() && !target->is_aggregate)) {
    Fail(ErrorCode::kNoSuchFunction, at,
         fmt::format("Function '{}' not registered as an aggregate or window function",
                     name));
  }
  auto window = make_uniq<duckdb::WindowExpression>(
      ranking.value_or(ExpressionType::WINDOW_AGGREGATE), SYSTEM_CATALOG,
      target->schema.empty() ? DEFAULT_SCHEMA : target->schema, target->name);
  window->children = Arguments(call, at);
  const bool is_shift = name == "lag" || name == "lead";
  if (is_shift && window->children.size() > 2) {
    window->default_expr = std::move(window->children[2]);
  }
  if (is_shift && window->children.size() > 1) {
    window->offset_expr = Operator("row_offset", List(std::move(window->children[1])));
    window->children.resize(1);
  }
  if (name == "nth_value" && window->children.size() == 2) {
    window->children[1] = Operator("nth_offset", List(std::move(window->children[1])));
  }
  window->ignore_nulls = call.nulls == node::NullTreatment::kIgnore;
  if (call.nulls != node::NullTreatment::kUnsaid && !TakesNullTreatment(name)) {
    Fail(ErrorCode::kInvalidArgument, at,
         "NULL_TREATMENT_NOT_ALLOWED: Cannot specify null treatment clause for " + name +
             " function");
  }
  window->distinct = call.is_distinct;
  window->arg_orders = Orders(call.order_by);
  if (call.filter != nullptr) {
    window->filter_expr = Translate(call.filter);
  }
  SetWindow(Resolve(call, at), at, window.get());
  return window;
}

}  // namespace tarn::engine::trino
