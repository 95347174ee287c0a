// Literals of clients' filters, which often do not know their column's type.
#pragma once

#include <optional>

#include <nlohmann/json_fwd.hpp>

#include "tarn/iceberg/type.h"

namespace tarn::iceberg::internal {

struct Literal {
  Type type;
  Value value;
};

/// A bare value or {"type": "literal", "value": …, "data-type": …}, to compare with a
/// term of type `wanted`; its type may be a wider one (a long for an int), which Bind
/// fits. `given` is the literal's type where a set says it; unknown: nobody does. unset
/// if it cannot be compared with the term.
std::optional<Literal> ClientLiteral(const nlohmann::json& json, const Type& given,
                                     const Type& wanted);

}  // namespace tarn::iceberg::internal
