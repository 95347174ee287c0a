// Types as Trino's client protocol names them.
//
//   TrinoType type = TypeOfField(*schema.field(0));
//   type.Display();  // "decimal(12, 2)"
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"

namespace tarn::gateway::trino {

/// A type's name and its arguments: numbers (a length, precision and scale) or types.
struct TrinoType {
  std::string name;  // raw: "varchar", "timestamp with time zone", "row"
  std::vector<int64_t> numbers = {};
  std::vector<TrinoType> types = {};
  /// Of a row, as long as `types`; unset for fields without a name.
  std::vector<std::optional<std::string>> field_names = {};

  /// "varchar(3)", "timestamp(3) with time zone", "row(x bigint, \"Y y\" varchar)".
  std::string Display() const;
  /// Appends {"rawType":"varchar","arguments":[{"kind":"LONG","value":3}]}.
  void AppendSignature(std::string* json) const;
  /// Digits of a second of a time or timestamp, 3 if it does not say; -1 for other types.
  int32_t SecondDigits() const;

  bool operator==(const TrinoType&) const = default;
};

inline constexpr int64_t kUnboundedLength = 2'147'483'647;  // of varchar
/// Key of the Arrow field metadata in which the engine says a column's type.
inline constexpr char kTypeMetadataKey[] = "trino.type";

/// Reads what Display() writes, in any case and spacing. Errors: kInvalidArgument.
Result<TrinoType> ParseTrinoType(std::string_view text);

/// What the field's metadata says, else what fits its Arrow type.
TrinoType TypeOfField(const arrow::Field& field);

/// For clients without the capability PARAMETRIC_DATETIME: times and timestamps with
/// three digits, and their types without a number.
TrinoType WithThreeDigits(const TrinoType& type);
/// How such a client is told of a type from WithThreeDigits().
TrinoType WithoutDigits(const TrinoType& type);

}  // namespace tarn::gateway::trino
