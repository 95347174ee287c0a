// Printing of reports.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "tarn/base/result.h"
#include "tarn/cli/print/text_table.h"
#include "tarn/iceberg/snapshot.h"

namespace tarn::cli {

Status PrintJson(const nlohmann::ordered_json& value);
/// Cut to the terminal's width if standard output is one.
Status PrintTable(const std::vector<TextColumn>& columns,
                  const std::vector<std::vector<std::string>>& rows);

/// A number in a snapshot's summary ("total-records"); nullopt if it is absent or no
/// number.
std::optional<int64_t> SummaryNumber(const iceberg::Snapshot& snapshot,
                                     const std::string& key);
/// The number grouped, or "".
std::string OptionalText(std::optional<int64_t> number);
nlohmann::ordered_json OptionalJson(std::optional<int64_t> number);

}  // namespace tarn::cli
