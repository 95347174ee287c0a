// Names as Hive has them: databases with a catalog in front, names without case, patterns
// and filters.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/result.h"

namespace tarn::gateway::hive {

/// ASCII letters as small ones: Hive knows no other names.
std::string FoldName(std::string_view name);

/// "shop" of "shop", "@hive#shop"; empty of "@hive#" and "@hive#!", which mean all
/// databases or none in particular. There is one catalog, whatever it is called.
std::string DatabaseOf(std::string_view text);

/// "*" and "%" stand for any text, "|" parts alternatives, case does not matter. ".*" is
/// "*". An empty pattern fits everything. In time linear in each alternative's length and
/// that of the name.
bool FitsPattern(std::string_view pattern, std::string_view name);

/// One comparison of a filter on a table's parameters; values are compared as texts,
/// without case. "%" in a LIKE stands for any text.
struct ParameterFilter {
  enum class Operator { kEquals, kNotEquals, kLike };
  std::string key;
  Operator op = Operator::kEquals;
  std::string value;

  bool Fits(const std::optional<std::string>& parameter) const;
};

/// `hive_filter_field_params__KEY = "VALUE"`, with <>, != or LIKE too, joined by AND.
/// Errors: kNotSupported for anything else.
Result<std::vector<ParameterFilter>> ParseTableFilter(std::string_view filter);

}  // namespace tarn::gateway::hive
