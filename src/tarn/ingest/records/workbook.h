// An Excel workbook (.xlsx): its sheets and what their cells hold.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/io/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/ingest/records/xml_reader.h"

namespace tarn::ingest::records {

inline constexpr int32_t kSheetRowsMax = 1'048'576;
inline constexpr int32_t kSheetColumnsMax = 16'384;

struct Cell {
  enum class Kind : uint8_t {
    kText,
    kWhole,   // a number that an int64 holds exactly
    kNumber,  // any other
    kBool,    // "true", "false"
    kTime,    // a date, timestamp or time of day, as ISO 8601 has it
    kError,   // "#DIV/0!"
  };
  Kind kind = Kind::kText;
  int32_t column = 0;  // from 0
  std::string text = {};
};

struct SheetRow {
  int32_t number = 0;            // from 1
  std::vector<Cell> cells = {};  // that hold something, by column
};

/// "A" of 0, "AB" of 27.
std::string ColumnLetters(int32_t column);
/// "AB12" as {column 27, row 12}; row 0 if it has none. Unset if it is no place of a
/// sheet.
struct CellPlace {
  int32_t column = 0;
  int32_t row = 0;
};
std::optional<CellPlace> PlaceOf(std::string_view reference);

/// A number as Excel keeps dates: days since the end of 1899 (with its 29 February 1900),
/// or since 1904. Unset if it is none.
std::optional<std::string> TimeOfSerial(double serial, bool has_date, bool has_time,
                                        bool is_since_1904);

/// Thread-compatible. Memory: the workbook's shared texts and one row.
class Workbook {
 public:
  /// Errors: kInvalidData (damaged, not a workbook, one of Excel before 2007 or with a
  /// password), kResourceLimit, those of the file.
  static Result<std::unique_ptr<Workbook>> Open(
      std::shared_ptr<arrow::io::RandomAccessFile> file);
  virtual ~Workbook() = default;

  virtual const std::vector<std::string>& sheets() const = 0;
  /// Before Next(): which sheet is read, by its name without regard to case; the first
  /// one for "". Errors: kInvalidArgument, with the names there are.
  virtual Status Choose(std::string_view sheet) = 0;
  /// The next row that holds something; unset after the last.
  virtual Result<std::optional<SheetRow>> Next() = 0;
};

}  // namespace tarn::ingest::records
