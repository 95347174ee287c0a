// Any text: the parsers return a value or a syntax error, and never more.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/sql/filter.h"
#include "tarn/sql/parser.h"
#include "tarn/sql/printer.h"
#include "tarn/sql/statement_parser.h"
#include "tarn/sql/table_references.h"
#include "tarn/sql/type_name.h"

namespace {

/// What is printed is read again, and printed the same.
void PrintTwice(std::string_view text) {
  const auto statement = tarn::sql::ParseTrinoStatement(text);
  if (!statement.ok()) {
    return;
  }
  const std::string printed = tarn::sql::PrintStatement(*statement);
  const auto again = tarn::sql::ParseTrinoStatement(printed);
  if (!again.ok() || tarn::sql::PrintStatement(*again) != printed) {
    std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(tarn::sql::ParseStatement(text));
  PrintTwice(text);
  static_cast<void>(tarn::sql::ParseFilter(text));
  static_cast<void>(tarn::sql::ParseTypeName(text));
  const auto references = tarn::sql::FindTableReferences(text);
  if (references.ok()) {
    std::vector<tarn::sql::Replacement> replacements;
    for (const tarn::sql::TableReference& reference : *references) {
      if (reference.as_of.has_value()) {
        replacements.push_back(
            {reference.as_of->range, tarn::sql::AtClauseText(text, *reference.as_of)});
      }
    }
    static_cast<void>(tarn::sql::ReplaceRanges(text, replacements));
  }
  return 0;
}
