// A migration's record as a page for people.
#pragma once

#include <string>

#include "tarn/base/json_fields.h"

namespace tarn::service {

/// One HTML document that loads nothing. `record` as MigrationRecords has it, or what
/// CheckIntegrity gives.
std::string MigrationReportHtml(const Json& record);

}  // namespace tarn::service
