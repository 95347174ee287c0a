// The header in which APIs say where their next page is (RFC 8288).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tarn::ingest::web {

/// The target of the first link in `header` that has the relation `relation` ("next"), as
/// it is there: perhaps relative.
std::optional<std::string> LinkTarget(std::string_view header, std::string_view relation);

}  // namespace tarn::ingest::web
