#include "tarn/ingest/records/workbook.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <map>
#include <system_error>
#include <utility>

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>
#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/ingest/packed/unpack.h"
#include "tarn/ingest/records/member_stream.h"

namespace tarn::ingest::records {
namespace {

constexpr int64_t kTextBytesMax = int64_t{512} << 20;
constexpr size_t kStylesMax = 100'000;

/// How the numbers of cells of a style are shown.
struct NumberFormat {
  bool has_date = false;
  bool has_time = false;
};

std::string_view AttributeOf(const Element& element, std::string_view name) {
  for (const auto& [key, value] : element.attributes) {
    if (key == name) {
      return value;
    }
  }
  return {};
}

const Element* ChildOf(const Element& element, std::string_view name) {
  const auto found = std::ranges::find(element.children, name, &Element::name);
  return found == element.children.end() ? nullptr : &*found;
}

int64_t IntegerOf(std::string_view text, int64_t otherwise) {
  int64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_whole = read.ec == std::errc() && read.ptr == text.data() + text.size();
  return is_whole ? value : otherwise;
}

/// The text of <si> or <is>: its own, or that of its runs, without how it is spoken.
std::string RichText(const Element& element) {
  std::string text;
  for (const Element& part : element.children) {
    if (part.name == "t") {
      text += part.text;
    } else if (part.name == "r") {
      const Element* run = ChildOf(part, "t");
      text += run == nullptr ? "" : run->text;
    }
  }
  return text;
}

NumberFormat BuiltInFormat(int64_t id) {
  const auto within = [&](int64_t first, int64_t last) {
    return id >= first && id <= last;
  };
  NumberFormat format;
  format.has_date = within(14, 17) || id == 22 || within(27, 31) || id == 36 ||
                    within(50, 54) || within(57, 58);
  format.has_time =
      within(18, 22) || within(32, 35) || id == 45 || id == 47 || within(55, 56);
  return format;
}

/// Of "yyyy\-mm\-dd;@" and the like, by the letters that are not quoted.
NumberFormat FormatOf(std::string_view code) {
  std::string letters;
  for (size_t i = 0; i < code.size() && code[i] != ';'; ++i) {
    if (code[i] == '\\' || code[i] == '_' || code[i] == '*') {
      ++i;
    } else if (code[i] == '"' || code[i] == '[') {
      const size_t end = code.find(code[i] == '"' ? '"' : ']', i + 1);
      const std::string_view inside = code.substr(i + 1, 1);
      if (code[i] == '[' && inside.find_first_of("hHmMsS") == 0) {
        return {};  // a duration: a number of days
      }
      i = std::min(end, code.size());
    } else {
      letters += static_cast<char>(code[i] | 0x20);
    }
  }
  if (letters.find("general") != std::string::npos) {
    return {};
  }
  NumberFormat format;
  format.has_time = letters.find_first_of("hs") != std::string::npos;
  format.has_date = letters.find_first_of("yd") != std::string::npos ||
                    (!format.has_time && letters.find('m') != std::string::npos);
  return format;
}

class XlsxWorkbook final : public Workbook {
 public:
  XlsxWorkbook(std::shared_ptr<arrow::io::RandomAccessFile> file, int64_t size_bytes)
      : file_(std::move(file)) {
    const packed::UnpackLimits limits;
    int64_t by_ratio = 0;
    if (__builtin_mul_overflow(size_bytes, limits.ratio_max, &by_ratio)) {
      by_ratio = INT64_MAX;
    }
    part_bytes_max_ = std::max(limits.bytes_free, by_ratio);
  }

  Status ReadParts() {
    std::map<std::string, std::string> targets;
    RETURN_NOT_OK(ForEach("xl/_rels/workbook.xml.rels", "/Relationships/Relationship",
                          [&](Element element) {
                            targets[std::string(AttributeOf(element, "Id"))] =
                                AttributeOf(element, "Target");
                            return Status::OK();
                          }));
    RETURN_NOT_OK(
        ForEach("xl/workbook.xml", "/workbook/sheets/sheet", [&](Element element) {
          names_.emplace_back(AttributeOf(element, "name"));
          const auto found = targets.find(std::string(AttributeOf(element, "id")));
          parts_.push_back(found == targets.end() ? "" : PartOf(found->second));
          return Status::OK();
        }));
    if (names_.empty()) {
      return MakeError(ErrorCode::kInvalidData,
                       "It is no Excel workbook (.xlsx): it has no sheets");
    }
    RETURN_NOT_OK(
        ForEach("xl/workbook.xml", "/workbook/workbookPr", [&](Element element) {
          const std::string_view flag = AttributeOf(element, "date1904");
          is_since_1904_ = flag == "1" || flag == "true";
          return Status::OK();
        }));
    RETURN_NOT_OK(ReadStyles());
    return ReadTexts();
  }

  const std::vector<std::string>& sheets() const override { return names_; }

  Status Choose(std::string_view sheet) override {
    size_t chosen = 0;
    if (!sheet.empty()) {
      const auto is_same = [&](const std::string& name) {
        return std::ranges::equal(name, sheet, {}, Folded, Folded);
      };
      const auto found = std::ranges::find_if(names_, is_same);
      if (found == names_.end()) {
        std::string list;
        for (const std::string& name : names_) {
          list += (list.empty() ? "" : ", ") + name;
        }
        return MakeError(ErrorCode::kInvalidArgument,
                         fmt::format("There is no sheet {}; there are: {}", sheet, list));
      }
      chosen = static_cast<size_t>(found - names_.begin());
    }
    ARROW_ASSIGN_OR_RAISE(rows_, OpenPart(parts_[chosen], "/worksheet/sheetData/row"));
    if (rows_ == nullptr) {
      return MakeError(
          ErrorCode::kInvalidData,
          "The sheet is missing in the workbook, or it is a chart: " + names_[chosen]);
    }
    return Status::OK();
  }

  Result<std::optional<SheetRow>> Next() override {
    for (;;) {
      ARROW_ASSIGN_OR_RAISE(const std::optional<Element> element, rows_->Next());
      if (!element) {
        return std::optional<SheetRow>();
      }
      SheetRow row;
      const int64_t number = IntegerOf(AttributeOf(*element, "r"), last_row_ + 1);
      if (number <= last_row_ || number > kSheetRowsMax) {
        return MakeError(
            ErrorCode::kInvalidData,
            fmt::format("Row {} of the sheet follows row {}", number, last_row_));
      }
      row.number = last_row_ = static_cast<int32_t>(number);
      int32_t column = -1;
      for (const Element& child : element->children) {
        RETURN_NOT_OK(TakeCell(child, &column, &row));
      }
      if (!row.cells.empty()) {
        return std::optional<SheetRow>(std::move(row));
      }
    }
  }

 private:
  static char Folded(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }

  /// Where a relationship of the workbook leads.
  static std::string PartOf(const std::string& target) {
    return target.starts_with('/') ? target.substr(1) : "xl/" + target;
  }

  /// nullptr if there is no such part.
  Result<std::unique_ptr<XmlReader>> OpenPart(const std::string& name,
                                              std::string_view path) {
    ARROW_ASSIGN_OR_RAISE(auto part, OpenMember(file_, name, part_bytes_max_));
    if (part == nullptr) {
      return std::unique_ptr<XmlReader>();
    }
    ARROW_ASSIGN_OR_RAISE(RowPath rows, RowPath::Parse(path));
    return XmlReader::Open(std::move(part), std::move(rows), TextSpace::kKeep);
  }

  Status ForEach(const std::string& part, std::string_view path,
                 const std::function<Status(Element)>& take) {
    ARROW_ASSIGN_OR_RAISE(auto reader, OpenPart(part, path));
    while (reader != nullptr) {
      ARROW_ASSIGN_OR_RAISE(std::optional<Element> element, reader->Next());
      if (!element) {
        break;
      }
      RETURN_NOT_OK(take(std::move(*element)));
    }
    return Status::OK();
  }

  Status ReadStyles() {
    std::map<int64_t, NumberFormat> formats;
    RETURN_NOT_OK(
        ForEach("xl/styles.xml", "/styleSheet/numFmts/numFmt", [&](Element element) {
          if (formats.size() < kStylesMax) {
            formats[IntegerOf(AttributeOf(element, "numFmtId"), -1)] =
                FormatOf(AttributeOf(element, "formatCode"));
          }
          return Status::OK();
        }));
    return ForEach("xl/styles.xml", "/styleSheet/cellXfs/xf", [&](Element element) {
      const int64_t id = IntegerOf(AttributeOf(element, "numFmtId"), 0);
      const auto found = formats.find(id);
      if (styles_.size() < kStylesMax) {
        styles_.push_back(found == formats.end() ? BuiltInFormat(id) : found->second);
      }
      return Status::OK();
    });
  }

  Status ReadTexts() {
    int64_t bytes = 0;
    return ForEach("xl/sharedStrings.xml", "/sst/si", [&](Element element) {
      texts_.push_back(RichText(element));
      bytes += static_cast<int64_t>(texts_.back().size() + sizeof(std::string));
      return bytes <= kTextBytesMax
                 ? Status::OK()
                 : MakeError(ErrorCode::kResourceLimit,
                             fmt::format("The workbook's texts have more than {} MiB",
                                         kTextBytesMax >> 20));
    });
  }

  /// `column` is that of the cell before.
  Status TakeCell(const Element& element, int32_t* column, SheetRow* row) const {
    if (element.name != "c") {
      return Status::OK();
    }
    const std::string_view reference = AttributeOf(element, "r");
    const int32_t next = *column + 1;
    const std::optional<CellPlace> place =
        reference.empty() ? CellPlace{.column = next, .row = 0} : PlaceOf(reference);
    if (!place || place->column < next || place->column >= kSheetColumnsMax) {
      return MakeError(ErrorCode::kInvalidData,
                       fmt::format("Row {} of the sheet has no place for the cell {}",
                                   row->number, reference));
    }
    *column = place->column;
    Cell cell{.column = place->column};
    ARROW_ASSIGN_OR_RAISE(const bool has_value, ReadValue(element, &cell));
    if (has_value) {
      row->cells.push_back(std::move(cell));
    }
    return Status::OK();
  }

  Result<bool> ReadValue(const Element& element, Cell* cell) const {
    const std::string_view type = AttributeOf(element, "t");
    if (type == "inlineStr") {
      const Element* text = ChildOf(element, "is");
      cell->text = text == nullptr ? "" : RichText(*text);
      return !cell->text.empty();
    }
    const Element* value = ChildOf(element, "v");
    if (value == nullptr || value->text.empty()) {
      return false;
    }
    cell->text = value->text;
    if (type == "s") {
      const int64_t index = IntegerOf(value->text, -1);
      if (index < 0 || static_cast<size_t>(index) >= texts_.size()) {
        return MakeError(
            ErrorCode::kInvalidData,
            "A cell refers to a text that the workbook does not have: " + value->text);
      }
      cell->text = texts_[static_cast<size_t>(index)];
      return !cell->text.empty();
    }
    if (type == "b") {
      cell->kind = Cell::Kind::kBool;
      cell->text = value->text == "0" ? "false" : "true";
    } else if (type == "e") {
      cell->kind = Cell::Kind::kError;
    } else if (type == "d") {
      cell->kind = Cell::Kind::kTime;
    } else if (type.empty() || type == "n") {
      return ReadNumber(AttributeOf(element, "s"), cell);
    }
    return true;
  }

  Result<bool> ReadNumber(std::string_view style, Cell* cell) const {
    constexpr double kWholeMax = 9'007'199'254'740'992;  // 2^53
    double number = 0;
    const char* end = cell->text.data() + cell->text.size();
    const auto read = std::from_chars(cell->text.data(), end, number);
    if (read.ec != std::errc() || read.ptr != end || !std::isfinite(number)) {
      return MakeError(ErrorCode::kInvalidData, "A cell's number is none: " + cell->text);
    }
    const int64_t index = IntegerOf(style, -1);
    if (index >= 0 && static_cast<size_t>(index) < styles_.size()) {
      const NumberFormat& format = styles_[static_cast<size_t>(index)];
      std::optional<std::string> time;
      if (format.has_date || format.has_time) {
        time = TimeOfSerial(number, format.has_date, format.has_time, is_since_1904_);
      }
      if (time) {
        cell->kind = Cell::Kind::kTime;
        cell->text = std::move(*time);
        return true;
      }
    }
    const bool is_whole = std::trunc(number) == number && std::abs(number) <= kWholeMax;
    cell->kind = is_whole ? Cell::Kind::kWhole : Cell::Kind::kNumber;
    cell->text = is_whole ? std::to_string(static_cast<int64_t>(number))
                          : fmt::format("{}", number);
    return true;
  }

  std::shared_ptr<arrow::io::RandomAccessFile> file_;
  int64_t part_bytes_max_ = 0;
  std::vector<std::string> names_;
  std::vector<std::string> parts_;  // of the sheets
  bool is_since_1904_ = false;
  std::vector<NumberFormat> styles_;
  std::vector<std::string> texts_;
  std::unique_ptr<XmlReader> rows_;
  int32_t last_row_ = 0;
};

}  // namespace

Result<std::unique_ptr<Workbook>> Workbook::Open(
    std::shared_ptr<arrow::io::RandomAccessFile> file) {
  using namespace std::string_view_literals;
  ARROW_ASSIGN_OR_RAISE(const auto head, file->ReadAt(0, 8));
  if (head->ToString().starts_with("\xd0\xcf\x11\xe0"sv)) {
    return MakeError(ErrorCode::kInvalidData,
                     "It is a workbook of Excel before 2007 (.xls), or one with a "
                     "password; save it as .xlsx without one");
  }
  ARROW_ASSIGN_OR_RAISE(const int64_t size_bytes, file->GetSize());
  auto workbook = std::make_unique<XlsxWorkbook>(std::move(file), size_bytes);
  RETURN_NOT_OK(workbook->ReadParts());
  return workbook;
}

}  // namespace tarn::ingest::records
