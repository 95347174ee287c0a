// Tables as they are named on the command line.
#pragma once

#include <string_view>

#include "tarn/base/result.h"
#include "tarn/iceberg/table_ident.h"

namespace tarn::cli {

/// "ns.table", "a.b.table" or "iceberg.ns.table"; a part that holds dots goes in double
/// quotes: "sales.\"my.table\"". Errors: kUsage.
Result<iceberg::TableIdent> ParseTableName(std::string_view text);

}  // namespace tarn::cli
