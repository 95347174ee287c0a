// Numbers as people write them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tarn/ingest/web/value_types.h"

namespace tarn::ingest::web::internal {

/// Text of a number without what is around it.
struct NumberText {
  std::string_view core;
  std::string_view currency;  // "$", "EUR"
  bool is_percent = false;
};

/// Nothing of `text` is left out: what is neither a number nor such a mark gives unset.
std::optional<NumberText> SplitNumber(std::string_view text);

/// A number's digits, without point and leading zeros.
struct Digits {
  bool is_negative = false;
  std::string digits;  // "" is 0
  int32_t scale = 0;
};

/// Strict: groups of three, no leading zeros, no sign but '-' (and '+' of a percentage).
std::optional<Digits> ParseDigits(std::string_view core, const NumberStyle& style,
                                  bool takes_plus);

}  // namespace tarn::ingest::web::internal
