// All matches of a regular expression in a text, as Java counts them: an empty match
// counts at the ends and beside others too.
#include <exception>
#include <optional>
#include <utility>

#include <duckdb/common/exception.hpp>
#include <duckdb/common/re2_regex.hpp>
#include <fmt/format.h>

#include "tarn/engine/internal/trino_functions/call_rewrite.h"
#include "tarn/engine/internal/trino_functions/sketch_library.h"
#include "tarn/engine/internal/trino_functions/trino_error.h"
#include "tarn/engine/internal/trino_functions/typed_scalar.h"
#include "tarn/engine/internal/trino_functions/utf8_text.h"

namespace tarn::engine {
namespace {

using duckdb::LogicalType;
using duckdb::Value;
using duckdb_re2::Match;
using Matches = duckdb::vector<Match>;

/// `pattern` is one that `pattern_text` made. The last one of a thread is kept.
const duckdb_re2::Regex& Compiled(std::string_view pattern) {
  thread_local std::string text;
  thread_local std::optional<duckdb_re2::Regex> regex;
  if (!regex.has_value() || text != pattern) {
    regex.reset();
    try {
      regex.emplace(std::string(pattern));
    } catch (const std::exception&) {
      ThrowTrino(kNotSupportedHere,
                 fmt::format("The regular expression is not supported: {}", pattern));
    }
    text = pattern;
  }
  return *regex;
}

/// Whether `matches`, which DuckDB found, ended with an empty match before the last
/// character: it does not look beyond that.
bool IsEndUnseen(std::string_view text, Matches& matches) {
  if (matches.empty() || text.empty() || matches.back().length(0) > 0) {
    return false;
  }
  return CharacterCount(text.substr(matches.back().position(0))) == 1;
}

Matches MatchesOf(std::string_view text, std::string_view pattern) {
  const std::string whole(text);
  Matches matches = duckdb_re2::RegexFindAll(whole, Compiled(pattern));
  if (IsEndUnseen(text, matches)) {
    Match at_end;
    const duckdb_re2::Regex ending(fmt::format("\\z(?:{})", pattern));
    if (duckdb_re2::RegexSearch(whole, at_end, ending)) {
      matches.push_back(at_end);
    }
  }
  return matches;
}

/// pattern_pieces(text, pattern): what is before, between and after the matches.
std::vector<std::string> Pieces(std::string_view text, std::string_view pattern) {
  std::vector<std::string> pieces;
  size_t begin = 0;
  for (Match& match : MatchesOf(text, pattern)) {
    pieces.emplace_back(text.substr(begin, match.position(0) - begin));
    begin = match.position(0) + match.length(0);
  }
  pieces.emplace_back(text.substr(begin));
  return pieces;
}

/// pattern_count(text, pattern)
int64_t CountMatches(std::string_view text, std::string_view pattern) {
  return static_cast<int64_t>(MatchesOf(text, pattern).size());
}

/// pattern_position(text, pattern, start, n): where the n-th match from the character
/// `start` on begins, counted from 1; -1 without one.
int32_t PositionOf(std::string_view text, std::string_view pattern, int64_t start,
                   int64_t occurrence) {
  if (start < 1) {
    ThrowTrino(kInvalidArgument, "start position cannot smaller than 1");
  }
  if (occurrence < 1) {
    ThrowTrino(kInvalidArgument, "occurrence cannot smaller than 1");
  }
  if (start > CharacterCount(text)) {
    return -1;
  }
  const std::string_view rest = text.substr(FirstCharacters(text, start - 1).size());
  Matches matches = MatchesOf(rest, pattern);
  if (static_cast<uint64_t>(occurrence) > matches.size()) {
    return -1;
  }
  const size_t begin = matches[static_cast<size_t>(occurrence) - 1].position(0);
  return static_cast<int32_t>(CharacterCount(rest.substr(0, begin)) + start);
}

/// A group that took no part is null. One that matched nothing at the very beginning of
/// the text looks the same.
Value GroupOf(Match& match, uint64_t group) {
  const bool took_part = match.length(group) > 0 || match.position(group) > 0;
  return took_part ? Value(match.str(group)) : Value(LogicalType::VARCHAR);
}

/// pattern_group(text, pattern, group) of the first match; null where it took no part.
std::optional<std::string> GroupOfFirst(std::string_view text, std::string_view pattern,
                                        int32_t group) {
  Match match;
  if (!duckdb_re2::RegexSearch(std::string(text), match, Compiled(pattern))) {
    return {};
  }
  const Value value =
      group == 0 ? Value(match.str(0)) : GroupOf(match, static_cast<uint64_t>(group));
  return value.IsNull() ? std::optional<std::string>() : duckdb::StringValue::Get(value);
}

/// pattern_groups(text, pattern): the groups of each match.
void RunGroups(duckdb::DataChunk& args, duckdb::ExpressionState&,
               duckdb::Vector& result) {
  const bool is_constant = args.AllConstant();
  const duckdb::idx_t count = is_constant ? 1 : args.size();
  const LogicalType groups_type = LogicalType::LIST(LogicalType::VARCHAR);
  for (duckdb::idx_t row = 0; row < count; ++row) {
    const Value text = args.data[0].GetValue(row);
    const Value pattern = args.data[1].GetValue(row);
    if (text.IsNull() || pattern.IsNull()) {
      result.SetValue(row, Value(result.GetType()));
      continue;
    }
    duckdb::vector<Value> all;
    for (Match& match :
         MatchesOf(duckdb::StringValue::Get(text), duckdb::StringValue::Get(pattern))) {
      duckdb::vector<Value> groups;
      for (uint64_t group = 1; group < match.groups.size(); ++group) {
        groups.push_back(GroupOf(match, group));
      }
      all.push_back(Value::LIST(LogicalType::VARCHAR, std::move(groups)));
    }
    result.SetValue(row, Value::LIST(groups_type, std::move(all)));
  }
  if (is_constant) {
    result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
  }
}

/// joined_pieces(pieces, replacements): null if a replacement is.
void RunJoined(duckdb::DataChunk& args, duckdb::ExpressionState&,
               duckdb::Vector& result) {
  const bool is_constant = args.AllConstant();
  const duckdb::idx_t count = is_constant ? 1 : args.size();
  for (duckdb::idx_t row = 0; row < count; ++row) {
    const Value pieces = args.data[0].GetValue(row);
    const Value replacements = args.data[1].GetValue(row);
    bool has_null = pieces.IsNull() || replacements.IsNull();
    std::string text;
    if (!has_null) {
      const auto& before = duckdb::ListValue::GetChildren(pieces);
      const auto& between = duckdb::ListValue::GetChildren(replacements);
      for (size_t i = 0; i < before.size() && !has_null; ++i) {
        text += duckdb::StringValue::Get(before[i]);
        if (i < between.size()) {
          has_null = between[i].IsNull();
          text += has_null ? "" : duckdb::StringValue::Get(between[i]);
        }
      }
    }
    result.SetValue(row, has_null ? Value(LogicalType::VARCHAR) : Value(text));
  }
  if (is_constant) {
    result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
  }
}

duckdb::ScalarFunction Function(const char* name, duckdb::vector<LogicalType> arguments,
                                const LogicalType& result,
                                duckdb::scalar_function_t run) {
  duckdb::ScalarFunction function(name, std::move(arguments), result, std::move(run));
  function.errors = duckdb::FunctionErrors::CAN_THROW_RUNTIME_ERROR;
  return function;
}

}  // namespace

void AddPatternMatches(FunctionLibrary& library) {
  const auto internal = [&](duckdb::ScalarFunction function) {
    library.Add(std::move(function), Reach::kTranslatorOnly);
  };
  const LogicalType text = LogicalType::VARCHAR;
  const LogicalType texts = LogicalType::LIST(text);
  internal(Typed<&Pieces>("pattern_pieces"));
  internal(Typed<&CountMatches>("pattern_count"));
  internal(Typed<&PositionOf>("pattern_position"));
  internal(Typed<&GroupOfFirst>("pattern_group"));
  internal(
      Function("pattern_groups", {text, text}, LogicalType::LIST(texts), &RunGroups));
  internal(Function("joined_pieces", {texts, texts}, text, &RunJoined));
}

}  // namespace tarn::engine
