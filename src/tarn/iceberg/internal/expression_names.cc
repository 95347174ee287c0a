#include "tarn/iceberg/internal/expression_names.h"

#include <algorithm>
#include <array>

namespace tarn::iceberg::internal {
namespace {

struct Name {
  std::string_view text;
  Operation op;
};

constexpr std::array kNames = {
    Name{"true", Operation::kTrue},
    Name{"false", Operation::kFalse},
    Name{"and", Operation::kAnd},
    Name{"or", Operation::kOr},
    Name{"not", Operation::kNot},
    Name{"is-null", Operation::kIsNull},
    Name{"not-null", Operation::kNotNull},
    Name{"is-nan", Operation::kIsNaN},
    Name{"not-nan", Operation::kNotNaN},
    Name{"lt", Operation::kLess},
    Name{"lt-eq", Operation::kLessEqual},
    Name{"gt", Operation::kGreater},
    Name{"gt-eq", Operation::kGreaterEqual},
    Name{"eq", Operation::kEqual},
    Name{"not-eq", Operation::kNotEqual},
    Name{"starts-with", Operation::kStartsWith},
    Name{"not-starts-with", Operation::kNotStartsWith},
    Name{"in", Operation::kIn},
    Name{"not-in", Operation::kNotIn},
};

}  // namespace

std::optional<Operation> OperationNamed(std::string name) {
  std::ranges::replace(name, '_', '-');
  const auto found = std::ranges::find(kNames, std::string_view(name), &Name::text);
  return found == kNames.end() ? std::nullopt : std::optional(found->op);
}

std::string_view NameOfOperation(Operation op) {
  return std::ranges::find(kNames, op, &Name::op)->text;
}

bool PassesNulls(Operation op) {
  return op == Operation::kNotEqual || op == Operation::kNotIn ||
         op == Operation::kNotStartsWith || op == Operation::kNotNaN;
}

bool TakesNoLiteral(Operation op) {
  return op == Operation::kIsNull || op == Operation::kNotNull ||
         op == Operation::kIsNaN || op == Operation::kNotNaN;
}

bool TakesSet(Operation op) { return op == Operation::kIn || op == Operation::kNotIn; }

}  // namespace tarn::iceberg::internal
