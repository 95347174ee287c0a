#include "tarn/cli/inspect/print_report.h"

#include <charconv>

#include <nlohmann/json.hpp>

#include "tarn/cli/print/quantity.h"
#include "tarn/cli/print/text_output.h"

namespace tarn::cli {

Status PrintJson(const nlohmann::ordered_json& value) {
  // Names and paths come from outside and may not be UTF-8.
  return StandardOutput().Write(
      value.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

Status PrintTable(const std::vector<TextColumn>& columns,
                  const std::vector<std::vector<std::string>>& rows) {
  return StandardOutput().Write(FormatTextTable(columns, rows, TerminalWidth(1)));
}

std::optional<int64_t> SummaryNumber(const iceberg::Snapshot& snapshot,
                                     const std::string& key) {
  const auto found = snapshot.summary.find(key);
  if (found == snapshot.summary.end()) {
    return std::nullopt;
  }
  int64_t number = 0;
  const char* end = found->second.data() + found->second.size();
  const auto parsed = std::from_chars(found->second.data(), end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end) {
    return std::nullopt;
  }
  return number;
}

std::string OptionalText(std::optional<int64_t> number) {
  return number ? GroupedText(*number) : "";
}

nlohmann::ordered_json OptionalJson(std::optional<int64_t> number) {
  return number ? nlohmann::ordered_json(*number) : nlohmann::ordered_json(nullptr);
}

}  // namespace tarn::cli
