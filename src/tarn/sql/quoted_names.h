// Spark's back-quoted names in standard SQL's quotes.
#pragma once

#include <string>
#include <string_view>

namespace tarn::sql {

/// `sql` with each `name` as "name", at the same place as long as no name has a quote in
/// it. Text that the lexer does not understand comes back as it is.
std::string WithStandardQuotes(std::string_view sql);

}  // namespace tarn::sql
