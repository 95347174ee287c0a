// Options of sources that are databases.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "tarn/base/result.h"

namespace tarn::ingest::internal {

/// What numbers and times that a table's type cannot hold become.
enum class Unheld : uint8_t { kRefused, kNull };

template <typename T>
using OptionWords = std::span<const std::pair<std::string_view, T>>;

Status NotOneOf(const std::string& option, const std::string& known,
                const std::string& value);

/// Errors: kInvalidArgument.
template <typename T>
Status ChooseWord(const std::string& option, const std::string& value,
                  OptionWords<T> words, T* chosen) {
  std::string known;
  for (const auto& [word, meaning] : words) {
    if (word == value) {
      *chosen = meaning;
      return Status::OK();
    }
    known += (known.empty() ? "" : ", ") + std::string(word);
  }
  return NotOneOf(option, known, value);
}

inline constexpr std::pair<std::string_view, Unheld> kUnheldWords[] = {
    {"error", Unheld::kRefused}, {"null", Unheld::kNull}};

/// The option `connections`, 1 to 32. Errors: kInvalidArgument.
Status ReadConnections(const std::string& value, int32_t* connections);

/// A number as a database writes it. Errors: kInternal.
Result<int64_t> CountFrom(const std::optional<std::string>& text);
/// `text` if it is a number that SQL takes without quotes. Errors: kInvalidArgument.
Result<std::string> NumberLiteral(const std::string& text);
/// In single quotes, those in it twice.
std::string QuotedLiteral(std::string_view text);

/// A query may end with a semicolon.
std::string WithoutSemicolon(std::string query);

}  // namespace tarn::ingest::internal
