// What stands between the quotes of Trino's X'…' and U&'…'.
#pragma once

#include <string>
#include <string_view>

#include "tarn/base/result.h"

namespace tarn::sql {

/// The bytes of "65 0aFF"; blanks are allowed. Errors: kSyntax, without a place.
Result<std::string> DecodeHexLiteral(std::string_view digits);

/// `text` with \2603 and \+01F600 as UTF-8; two escapes are one. `escape` is one
/// character. Errors: kSyntax, without a place.
Result<std::string> DecodeUnicodeLiteral(std::string_view text, std::string_view escape);

}  // namespace tarn::sql
