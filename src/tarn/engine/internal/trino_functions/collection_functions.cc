// Functions of arrays and maps that depend on types, and what their macros check with.
#include <algorithm>

#include <fmt/format.h>

#include "tarn/engine/internal/trino_functions/call_rewrite.h"
#include "tarn/engine/internal/trino_functions/function_library.h"
#include "tarn/engine/internal/trino_functions/function_table.h"
#include "tarn/engine/internal/trino_functions/trino_error.h"
#include "tarn/engine/internal/trino_functions/typed_scalar.h"

namespace tarn::engine {
namespace {

using duckdb::LogicalType;
using duckdb::Value;
using Id = duckdb::LogicalTypeId;

ExpressionPtr Cardinality(const BoundCall& call) {
  auto size = call.Own(call.IdOf(0) == Id::MAP ? "cardinality" : "len", call.Arguments());
  return call.Cast(std::move(size), LogicalType::BIGINT);
}

ExpressionPtr Reverse(const BoundCall& call) {
  if (call.IdOf(0) != Id::LIST) {
    return call.Ours("reverse_text", call.Arguments());
  }
  auto last = call.Own("len", ListOf(call.Argument(0)));
  auto indexes =
      call.Own("generate_series", ListOf(std::move(last), ConstantOf(Value::BIGINT(1)),
                                         ConstantOf(Value::BIGINT(-1))));
  return call.Own("list_select", ListOf(call.Argument(0), std::move(indexes)));
}

// --- sequence --------------------------------------------------------------------------

int64_t CheckedStep(int64_t first, int64_t last, int64_t step) {
  if (step == 0) {
    ThrowTrino(kInvalidArgument, "step must not be zero");
  }
  if ((step > 0 && last < first) || (step < 0 && last > first)) {
    ThrowTrino(kInvalidArgument,
               "sequence stop value should be greater than or equal to start value if "
               "step is greater than zero otherwise stop should be less than or equal to "
               "start");
  }
  constexpr int64_t kEntriesMax = 10'000;
  if ((last - first) / step >= kEntriesMax) {
    ThrowTrino(kInvalidArgument,
               "result of sequence function must not have more than 10000 entries");
  }
  return step;
}

int64_t DefaultStep(int64_t first, int64_t last) { return last >= first ? 1 : -1; }

ExpressionPtr SequenceOfNumbers(const BoundCall& call) {
  auto first = call.Cast(call.Argument(0), LogicalType::BIGINT);
  auto last = call.Cast(call.Argument(1), LogicalType::BIGINT);
  auto step = call.size() == 3
                  ? call.Cast(call.Argument(2), LogicalType::BIGINT)
                  : call.Ours("default_step", ListOf(first->Copy(), last->Copy()));
  auto checked =
      call.Ours("checked_step", ListOf(first->Copy(), last->Copy(), std::move(step)));
  return call.Own("generate_series",
                  ListOf(std::move(first), std::move(last), std::move(checked)));
}

ExpressionPtr Sequence(const BoundCall& call) {
  const LogicalType type = call.TypeOf(0);
  if (type.id() != Id::DATE && type.id() != Id::TIMESTAMP &&
      type.id() != Id::TIMESTAMP_SEC && type.id() != Id::TIMESTAMP_MS &&
      type.id() != Id::TIMESTAMP_TZ) {
    return SequenceOfNumbers(call);
  }
  const duckdb::interval_t day{.months = 0, .days = 1, .micros = 0};
  auto step = call.size() == 3 ? call.Argument(2) : ConstantOf(Value::INTERVAL(day));
  const LogicalType moment =
      type.id() == Id::TIMESTAMP_TZ ? LogicalType::TIMESTAMP_TZ : LogicalType::TIMESTAMP;
  auto series = call.Own("generate_series",
                         ListOf(call.Cast(call.Argument(0), moment),
                                call.Cast(call.Argument(1), moment), std::move(step)));
  return call.Cast(std::move(series), LogicalType::LIST(type));
}

/// The state of a reduction after a step, in the type that it has: same_state(x, state).
ExpressionPtr SameState(const BoundCall& call) {
  const LogicalType from = call.TypeOf(0);
  const LogicalType to = call.TypeOf(1);
  const bool is_decimal =
      from.id() == Id::DECIMAL && to.id() == Id::DECIMAL &&
      duckdb::DecimalType::GetScale(from) == duckdb::DecimalType::GetScale(to);
  const bool is_wider = from.IsIntegral() && (to.IsIntegral() || to.id() == Id::DOUBLE);
  const bool is_real = from.id() == Id::FLOAT && to.id() == Id::DOUBLE;
  if (from != to && from.id() != Id::SQLNULL && !is_decimal && !is_wider && !is_real) {
    ThrowTrino(kNotSupportedHere,
               fmt::format("A state of {} that becomes {} is not supported; cast the "
                           "first state and the lambda's result to one type",
                           TrinoTypeName(to), TrinoTypeName(from)));
  }
  return call.Cast(call.Argument(0), to);
}

// --- checks ----------------------------------------------------------------------------

int64_t CheckedLength(int64_t length) {
  if (length < 0) {
    ThrowTrino(kInvalidArgument, "length must be greater than or equal to 0");
  }
  return length;
}

int64_t CheckedOrder(int64_t order) {
  if (order < -1 || order > 1) {
    ThrowTrino(kInvalidArgument, "Lambda comparator must return either -1, 0, or 1");
  }
  return order;
}

int64_t SequenceStep(int64_t start, int64_t stop, int64_t step) {
  if (start < stop ? step <= 0 : start > stop && step >= 0) {
    ThrowTrino(kInvalidArgument,
               fmt::format("Step must be {} for sequence [{}, {}]",
                           start < stop ? "positive" : "negative", start, stop));
  }
  return step == 0 ? 1 : step;
}

int64_t CheckedRepeat(int64_t count) {
  constexpr int64_t kCountMax = 10'000;
  if (count < 0) {
    ThrowTrino(kInvalidArgument,
               "count argument of repeat function must be greater than or equal to 0");
  }
  if (count > kCountMax) {
    ThrowTrino(kInvalidArgument,
               "count argument of repeat function must be less than or equal to 10000");
  }
  return count;
}

int64_t CheckedStart(int64_t start) {
  if (start < 1) {
    ThrowTrino(kInvalidArgument, "start position cannot be smaller than 1");
  }
  return start;
}

int64_t CheckedTrim(int64_t length, int64_t size) {
  if (size < 0) {
    ThrowTrino(kInvalidArgument, fmt::format("size must not be negative: {}", size));
  }
  if (size > length) {
    ThrowTrino(
        kInvalidArgument,
        fmt::format("size must not exceed array cardinality {}: {}", length, size));
  }
  return size;
}

int64_t PositiveCount(int64_t count) {
  if (count <= 0) {
    ThrowTrino(kInvalidArgument, "N must be positive");
  }
  return count;
}

/// Keys and values in turn.
std::vector<std::string> SplitEntries(std::string_view text, std::string_view entries,
                                      std::string_view pairs, bool unique) {
  if (entries.empty() || pairs.empty()) {
    ThrowTrino(kInvalidArgument,
               fmt::format("{} is empty",
                           entries.empty() ? "entryDelimiter" : "keyValueDelimiter"));
  }
  std::vector<std::string> parts;
  while (!text.empty()) {
    const size_t end = text.find(entries);
    const std::string_view entry = text.substr(0, end);
    const size_t at = entry.find(pairs);
    if (at == std::string_view::npos ||
        entry.find(pairs, at + pairs.size()) != std::string_view::npos) {
      ThrowTrino(
          kInvalidArgument,
          fmt::format("Key-value delimiter must appear exactly once in each entry. "
                      "Bad input: '{}'",
                      entry));
    }
    std::string key(entry.substr(0, at));
    for (size_t i = 0; unique && i < parts.size(); i += 2) {
      if (parts[i] == key) {
        ThrowTrino(kInvalidArgument,
                   fmt::format("Duplicate keys ({}) are not allowed", key));
      }
    }
    parts.push_back(std::move(key));
    parts.emplace_back(entry.substr(at + pairs.size()));
    text = end == std::string_view::npos ? "" : text.substr(end + entries.size());
  }
  return parts;
}

}  // namespace

void AddCollections(FunctionLibrary& library) {
  library.Add(Rewritten<&Cardinality>("cardinality", 1));
  library.Add(Rewritten<&Reverse>("reverse", 1));
  library.Add(Rewritten<&Sequence>("sequence", 2));
  library.Add(Rewritten<&Sequence>("sequence", 3));
  const auto internal = [&](duckdb::ScalarFunction function) {
    library.Add(std::move(function), Reach::kTranslatorOnly);
  };
  internal(Typed<&CheckedStep>("checked_step"));
  internal(Typed<&DefaultStep>("default_step"));
  internal(Typed<&CheckedLength>("checked_length"));
  internal(Rewritten<&SameState>("same_state", 2));
  internal(Typed<&CheckedOrder>("checked_order"));
  internal(Typed<&SequenceStep>("sequence_step"));
  internal(Typed<&CheckedRepeat>("checked_repeat"));
  internal(Typed<&CheckedStart>("checked_start"));
  internal(Typed<&CheckedTrim>("checked_trim"));
  internal(Typed<&PositiveCount>("positive_count"));
  internal(Typed<&SplitEntries>("split_entries"));
}

}  // namespace tarn::engine
