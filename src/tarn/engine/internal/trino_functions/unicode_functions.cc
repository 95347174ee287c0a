// Functions of text on DuckDB's tables of Unicode.
#include <cstdlib>
#include <memory>

#include <fmt/format.h>
#include <utf8proc.hpp>
#include <utf8proc_wrapper.hpp>

#include "tarn/engine/internal/trino_functions/function_library.h"
#include "tarn/engine/internal/trino_functions/trino_error.h"
#include "tarn/engine/internal/trino_functions/typed_scalar.h"
#include "tarn/engine/internal/trino_functions/utf8_text.h"

namespace tarn::engine {
namespace {

constexpr char32_t kSharpS = 0xDF;  // has no capital letter in Java

std::string Upper(std::string_view text) {
  std::string upper;
  upper.reserve(text.size());
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x80) {
      upper.clear();
      for (const char32_t point : CodePoints(text)) {
        const int capital = duckdb::Utf8Proc::CodepointToUpper(static_cast<int>(point));
        AppendUtf8(&upper, point == kSharpS ? point : static_cast<char32_t>(capital));
      }
      return upper;
    }
    upper += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return upper;
}

std::string Normalized(std::string_view text, std::string_view form) {
  int options = duckdb::UTF8PROC_STABLE;
  if (form == "NFC" || form == "NFKC") {
    options |= duckdb::UTF8PROC_COMPOSE;
  } else if (form == "NFD" || form == "NFKD") {
    options |= duckdb::UTF8PROC_DECOMPOSE;
  } else {
    ThrowTrino(kInvalidArgument,
               fmt::format("Normalization form must be one of [NFD, NFC, NFKD, NFKC]: {}",
                           form));
  }
  if (form.starts_with("NFK")) {
    options |= duckdb::UTF8PROC_COMPAT;
  }
  utf8proc_uint8_t* raw = nullptr;
  const auto size =
      duckdb::utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                           static_cast<utf8proc_ssize_t>(text.size()), &raw,
                           static_cast<duckdb::utf8proc_option_t>(options));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owned(raw, &std::free);
  if (size < 0) {
    ThrowTrino(kInvalidArgument, "normalize takes text in UTF-8 only");
  }
  return {reinterpret_cast<const char*>(raw), static_cast<size_t>(size)};
}

std::string Composed(std::string_view text) { return Normalized(text, "NFC"); }

}  // namespace

void AddUnicode(FunctionLibrary& library) {
  library.Add(Typed<&Upper>("upper"));
  library.Add(Typed<&Composed>("normalize"));
  library.Add(Typed<&Normalized>("normalize"));
}

}  // namespace tarn::engine
