// A selector as it was parsed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/result.h"

namespace tarn::ingest::web::internal {

struct Complex;

enum class TestKind : uint8_t {
  kType,
  kId,
  kClass,
  kHasAttribute,
  kAttributeIs,       // =
  kAttributeHasWord,  // ~=
  kAttributeDashed,   // |=
  kAttributeBegins,   // ^=
  kAttributeEnds,     // $=
  kAttributeHas,      // *=
  kNthChild,          // step * n + offset
  kNthLastChild,
  kNthOfType,
  kLastOfType,
  kEmpty,
  kRoot,
  kContains,
  kNot,
  kIs,
  kHas,
};

/// One condition of an element.
struct Test {
  TestKind kind;
  std::string name = {};   // of the type or attribute
  std::string value = {};  // also id, class, text
  bool ignores_case = false;
  int32_t step = 0;
  int32_t offset = 0;
  std::vector<Complex> list = {};  // of kNot, kIs, kHas
};

enum class Combinator : uint8_t { kNone, kDescendant, kChild, kNext, kLater };

struct Compound {
  std::vector<Test> tests;
  /// What stands between it and the one before; of the first one of :has() what stands
  /// between the element and it.
  Combinator before = Combinator::kNone;
};

struct Complex {
  std::vector<Compound> compounds;
};

/// Errors: kInvalidArgument.
Result<std::vector<Complex>> ParseSelectorList(std::string_view text);

}  // namespace tarn::ingest::web::internal
