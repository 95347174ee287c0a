// Sheets of Excel workbooks as records.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/ingest/records/record_file.h"
#include "tarn/ingest/records/workbook.h"
#include "tarn/io/file_io.h"

namespace tarn::ingest::records {

struct SheetOptions {
  std::string sheet = {};  // the first one if empty
  CellPlace first = {.column = 0, .row = 1};
  CellPlace last = {.column = kSheetColumnsMax - 1, .row = kSheetRowsMax};
  /// Whether the first row has the columns' names; unset: if all its cells are texts.
  std::optional<bool> header = {};

  /// `range`: "A3:F200", "A3:F", "B:D"; empty for the whole sheet. Errors:
  /// kInvalidArgument.
  Status SetRange(std::string_view range);
};

struct SheetRecords {
  Records records = {};
  std::string note = {};  // what became of cells with errors
};

/// Rows of one sheet of each of `paths`, columns by name. Columns without a name are
/// called by their letter, cells with errors are null. Errors: kInvalidData (no rows;
/// with the file), kInvalidArgument, kResourceLimit, kCancelled, kDiskFull, those of
/// `io`.
Result<SheetRecords> RecordsOfSheets(io::FileIO& io,
                                     const std::vector<std::string>& paths,
                                     const SheetOptions& options,
                                     const std::string& directory,
                                     const std::function<bool()>& cancelled);

}  // namespace tarn::ingest::records
