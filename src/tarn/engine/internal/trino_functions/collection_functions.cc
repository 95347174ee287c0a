// Functions of arrays and maps that depend on types, and what their macros check with.
#include <algorithm>

#include <duckdb/common/types/interval.hpp>
#include <duckdb/common/types/timestamp.hpp>
#include <fmt/format.h>

#include "tarn/engine/internal/trino_functions/call_rewrite.h"
#include "tarn/engine/internal/trino_functions/function_library.h"
#include "tarn/engine/internal/trino_functions/function_table.h"
#include "tarn/engine/internal/trino_functions/sketch_types.h"
#include "tarn/engine/internal/trino_functions/trino_error.h"
#include "tarn/engine/internal/trino_functions/typed_scalar.h"

namespace tarn::engine {
namespace {

using duckdb::LogicalType;
using duckdb::Value;
using Id = duckdb::LogicalTypeId;

ExpressionPtr Cardinality(const BoundCall& call) {
  if (IsHyperLogLog(call.TypeOf(0))) {
    return call.Ours("set_cardinality", call.Arguments());
  }
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

/// first, first + step, first + 2 * step … up to `last`: months are counted from the
/// first moment, so that the ends of months stay what they can be.
Value MomentsOf(duckdb::timestamp_t first, duckdb::timestamp_t last,
                duckdb::interval_t step) {
  if (step.months == 0 && step.days == 0 && step.micros == 0) {
    ThrowTrino(kInvalidArgument, "interval must not be zero");
  }
  const bool is_forward = duckdb::Interval::Add(first, step) > first;
  if (is_forward ? last < first : last > first) {
    ThrowTrino(kInvalidArgument,
               "sequence stop value should be greater than or equal to start value if "
               "step is greater than zero otherwise stop should be less than or equal to "
               "start");
  }
  constexpr int32_t kEntriesMax = 10'000;
  duckdb::vector<Value> moments;
  for (int32_t i = 0;; ++i) {
    duckdb::interval_t shift;
    if (__builtin_mul_overflow(step.months, i, &shift.months) ||
        __builtin_mul_overflow(step.days, i, &shift.days) ||
        __builtin_mul_overflow(step.micros, int64_t{i}, &shift.micros)) {
      break;
    }
    const duckdb::timestamp_t moment = duckdb::Interval::Add(first, shift);
    if (is_forward ? moment > last : moment < last) {
      break;
    }
    if (i == kEntriesMax) {
      ThrowTrino(kInvalidArgument,
                 "result of sequence function must not have more than 10000 entries");
    }
    moments.push_back(Value::TIMESTAMP(moment));
  }
  return Value::LIST(LogicalType::TIMESTAMP, std::move(moments));
}

void RunMoments(duckdb::DataChunk& args, duckdb::ExpressionState&,
                duckdb::Vector& result) {
  for (duckdb::idx_t row = 0; row < args.size(); ++row) {
    const Value first = args.GetValue(0, row);
    const Value last = args.GetValue(1, row);
    const Value step = args.GetValue(2, row);
    const bool is_null = first.IsNull() || last.IsNull() || step.IsNull();
    result.SetValue(row, is_null ? Value(result.GetType())
                                 : MomentsOf(first.GetValue<duckdb::timestamp_t>(),
                                             last.GetValue<duckdb::timestamp_t>(),
                                             step.GetValue<duckdb::interval_t>()));
  }
  if (args.AllConstant()) {
    result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
  }
}

duckdb::ScalarFunction MakeMoments() {
  duckdb::ScalarFunction function(
      "sequence_of_moments",
      {LogicalType::TIMESTAMP, LogicalType::TIMESTAMP, LogicalType::INTERVAL},
      LogicalType::LIST(LogicalType::TIMESTAMP), &RunMoments);
  function.errors = duckdb::FunctionErrors::CAN_THROW_RUNTIME_ERROR;
  return function;
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
  Expressions parts = ListOf(call.Cast(call.Argument(0), moment),
                             call.Cast(call.Argument(1), moment), std::move(step));
  auto series = type.id() == Id::TIMESTAMP_TZ
                    ? call.Own("generate_series", std::move(parts))
                    : call.Ours("sequence_of_moments", std::move(parts));
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

// --- LISTAGG ---------------------------------------------------------------------------

constexpr size_t kListedBytesMax = 1 << 20;

/// What LISTAGG joins is text.
ExpressionPtr ListedText(const BoundCall& call) {
  const auto id = call.IdOf(0);
  if (id != duckdb::LogicalTypeId::VARCHAR && id != duckdb::LogicalTypeId::SQLNULL) {
    ThrowTrino(kTypeMismatch, "Expected expression of varchar, but '" +
                                  call.Peek(0).ToString() + "' has " +
                                  TrinoTypeName(call.TypeOf(0)) + " type");
  }
  return call.Argument(0);
}

std::string LimitedList(std::string_view text) {
  if (text.size() > kListedBytesMax) {
    ThrowTrino(kMemoryOfFunction,
               "Concatenated string has the length in bytes larger than the maximum "
               "output length 1048576");
  }
  return std::string(text);
}

/// The texts of a list up to the limit; then the filler, and how many are left out.
std::string CutList(const duckdb::vector<duckdb::Value>& texts,
                    const std::string& separator, const std::string& filler,
                    bool with_count) {
  std::string joined;
  size_t taken = 0;
  size_t count = 0;
  bool is_full = false;
  for (const duckdb::Value& value : texts) {
    if (value.IsNull()) {
      continue;
    }
    ++count;
    const auto& text = duckdb::StringValue::Get(value);
    const size_t needed = text.size() + (taken == 0 ? 0 : separator.size());
    is_full = is_full || joined.size() + needed > kListedBytesMax;
    if (!is_full) {
      joined += (taken == 0 ? "" : separator) + text;
      ++taken;
    }
  }
  if (is_full) {
    joined += (taken == 0 ? "" : separator) + filler;
    joined += with_count ? "(" + std::to_string(count - taken) + ")" : "";
  }
  return joined;
}

/// cut_list(texts, separator, filler, with_count)
void RunCutList(duckdb::DataChunk& args, duckdb::ExpressionState&,
                duckdb::Vector& result) {
  for (duckdb::idx_t row = 0; row < args.size(); ++row) {
    const duckdb::Value list = args.GetValue(0, row);
    const duckdb::Value separator = args.GetValue(1, row);
    const bool is_empty =
        list.IsNull() || separator.IsNull() ||
        std::ranges::all_of(duckdb::ListValue::GetChildren(list),
                            [](const duckdb::Value& value) { return value.IsNull(); });
    result.SetValue(row, is_empty
                             ? duckdb::Value(duckdb::LogicalType::VARCHAR)
                             : duckdb::Value(CutList(
                                   duckdb::ListValue::GetChildren(list),
                                   duckdb::StringValue::Get(separator),
                                   duckdb::StringValue::Get(args.GetValue(2, row)),
                                   duckdb::BooleanValue::Get(args.GetValue(3, row)))));
  }
  if (args.AllConstant()) {
    result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
  }
}

duckdb::ScalarFunction MakeCutList() {
  using duckdb::LogicalType;
  duckdb::ScalarFunction function(
      "cut_list",
      {LogicalType::LIST(LogicalType::VARCHAR), LogicalType::VARCHAR,
       LogicalType::VARCHAR, LogicalType::BOOLEAN},
      LogicalType::VARCHAR, &RunCutList);
  function.null_handling = duckdb::FunctionNullHandling::SPECIAL_HANDLING;
  return function;
}

// --- offsets in windows ----------------------------------------------------------------

int64_t FrameOffset(int64_t offset) {
  if (offset < 0) {
    ThrowTrino(kInvalidFrame, "Window frame offset value must not be negative or null");
  }
  return offset;
}

/// Of lag and lead.
int64_t RowOffset(int64_t offset) {
  if (offset < 0) {
    ThrowTrino(kInvalidArgument, "Offset must be at least 0");
  }
  return offset;
}

/// Of nth_value.
int64_t NthOffset(int64_t offset) {
  if (offset < 1) {
    ThrowTrino(kInvalidArgument, "Offset must be at least 1");
  }
  return offset;
}

}  // namespace

void AddCollections(FunctionLibrary& library) {
  library.Add(Typed<&FrameOffset>("frame_offset"), Reach::kTranslatorOnly);
  library.Add(Typed<&RowOffset>("row_offset"), Reach::kTranslatorOnly);
  library.Add(Typed<&NthOffset>("nth_offset"), Reach::kTranslatorOnly);
  library.Add(Rewritten<&ListedText>("listed_text", 1), Reach::kTranslatorOnly);
  library.Add(Typed<&LimitedList>("limited_list"), Reach::kTranslatorOnly);
  library.Add(MakeMoments(), Reach::kTranslatorOnly);
  library.Add(MakeCutList(), Reach::kTranslatorOnly);
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
