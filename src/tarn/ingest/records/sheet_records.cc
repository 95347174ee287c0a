#include "tarn/ingest/records/sheet_records.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <arrow/io/interfaces.h>

#include "tarn/base/error.h"
#include "tarn/ingest/internal/file_error.h"
#include "tarn/ingest/records/leaf_types.h"

namespace tarn::ingest::records {
namespace {

std::string Lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t begin = text.find_first_not_of(kSpace);
  return begin == std::string_view::npos
             ? std::string_view()
             : text.substr(begin, text.find_last_not_of(kSpace) + 1 - begin);
}

/// The columns of all sheets, by name without regard to case.
class SheetColumns {
 public:
  size_t ColumnOf(const std::string& name) {
    const auto [found, is_new] = index_.emplace(Lower(name), names_.size());
    if (is_new) {
      names_.push_back(name);
      types_.emplace_back();
    }
    return found->second;
  }
  const std::string& name(size_t column) const { return names_[column]; }
  LeafTypes& types(size_t column) { return types_[column]; }

  TypedColumns typed() const {
    TypedColumns typed;
    for (size_t i = 0; i < names_.size(); ++i) {
      typed.emplace_back(names_[i], types_[i].type());
    }
    return typed;
  }

 private:
  std::map<std::string, size_t> index_;
  std::vector<std::string> names_;
  std::vector<LeafTypes> types_;
};

class SheetWriter {
 public:
  SheetWriter(const SheetOptions& options, SheetColumns* columns, RecordFile* out)
      : options_(options), columns_(columns), out_(out) {}

  Status Take(SheetRow row) {
    if (row.number < options_.first.row || row.number > options_.last.row) {
      return Status::OK();
    }
    std::erase_if(row.cells, [&](const Cell& cell) {
      return cell.column < options_.first.column || cell.column > options_.last.column;
    });
    if (row.cells.empty()) {
      return Status::OK();
    }
    if (!std::exchange(has_begun_, true)) {
      const bool is_header = options_.header.value_or(std::ranges::all_of(
          row.cells, [](const Cell& cell) { return cell.kind == Cell::Kind::kText; }));
      if (is_header) {
        TakeNames(row);
        return Status::OK();
      }
    }
    return WriteRow(row);
  }

  int64_t num_errors() const { return num_errors_; }

 private:
  void TakeNames(const SheetRow& row) {
    std::set<std::string> taken;
    for (const Cell& cell : row.cells) {
      const std::string_view text = Trimmed(cell.text);
      const std::string name(text.empty() ? ColumnLetters(cell.column) : text);
      std::string unique = name;
      for (int i = 1; !taken.insert(Lower(unique)).second; ++i) {
        unique = name + "_" + std::to_string(i);
      }
      names_.emplace(cell.column, columns_->ColumnOf(unique));
    }
  }

  size_t ColumnOf(const Cell& cell) {
    const auto found = names_.find(cell.column);
    if (found != names_.end()) {
      return found->second;
    }
    const size_t column = columns_->ColumnOf(ColumnLetters(cell.column));
    names_.emplace(cell.column, column);
    return column;
  }

  Status WriteRow(const SheetRow& row) {
    line_ = "{";
    for (const Cell& cell : row.cells) {
      if (cell.kind == Cell::Kind::kError) {
        ++num_errors_;
        continue;
      }
      const size_t column = ColumnOf(cell);
      LeafTypes& types = columns_->types(column);
      line_ += line_.size() > 1 ? "," : "";
      AppendJsonText(columns_->name(column), &line_);
      line_ += ':';
      const bool is_number =
          cell.kind == Cell::Kind::kWhole || cell.kind == Cell::Kind::kNumber;
      if (is_number) {
        types.AddNumber(cell.kind == Cell::Kind::kWhole);
        line_ += cell.text;
        continue;
      }
      if (cell.kind == Cell::Kind::kText) {
        types.AddText();
      } else {
        types.Add(cell.text);
      }
      AppendJsonText(cell.text, &line_);
    }
    line_ += '}';
    return out_->Write(line_);
  }

  const SheetOptions& options_;
  SheetColumns* columns_;
  RecordFile* out_;
  bool has_begun_ = false;
  std::map<int32_t, size_t> names_;  // columns of the sheet that have a name
  int64_t num_errors_ = 0;
  std::string line_;
};

Status WriteSheet(io::FileIO& io, const std::string& path, const SheetOptions& options,
                  SheetWriter* writer, const std::function<bool()>& cancelled) {
  constexpr int32_t kAskEvery = 1'024;
  ARROW_ASSIGN_OR_RAISE(auto file, io.OpenInput(path));
  ARROW_ASSIGN_OR_RAISE(const auto workbook, Workbook::Open(std::move(file)));
  RETURN_NOT_OK(workbook->Choose(options.sheet));
  for (int32_t taken = 0;; ++taken) {
    ARROW_ASSIGN_OR_RAISE(std::optional<SheetRow> row, workbook->Next());
    if (!row || row->number > options.last.row) {
      return Status::OK();
    }
    if (taken % kAskEvery == 0 && cancelled && cancelled()) {
      return MakeError(ErrorCode::kCancelled, "Cancelled");
    }
    RETURN_NOT_OK(writer->Take(std::move(*row)));
  }
}

}  // namespace

Status SheetOptions::SetRange(std::string_view range) {
  if (range.empty()) {
    return Status::OK();
  }
  const size_t colon = range.find(':');
  const auto from = PlaceOf(range.substr(0, colon));
  const auto to =
      colon == std::string_view::npos ? std::nullopt : PlaceOf(range.substr(colon + 1));
  if (from && to) {
    first = {.column = from->column, .row = std::max(from->row, 1)};
    last = {.column = to->column, .row = to->row == 0 ? kSheetRowsMax : to->row};
  }
  if (!from || !to || first.column > last.column || first.row > last.row) {
    return MakeError(
        ErrorCode::kInvalidArgument,
        "A range of a sheet is like A3:F200, A3:F or B:D, not: " + std::string(range));
  }
  return Status::OK();
}

Result<SheetRecords> RecordsOfSheets(io::FileIO& io,
                                     const std::vector<std::string>& paths,
                                     const SheetOptions& options,
                                     const std::string& directory,
                                     const std::function<bool()>& cancelled) {
  const std::string target = io::JoinLocation(directory, "rows.jsonl");
  ARROW_ASSIGN_OR_RAISE(RecordFile out, RecordFile::Open(target));
  SheetColumns columns;
  int64_t num_errors = 0;
  for (const std::string& path : paths) {
    SheetWriter writer(options, &columns, &out);
    const Status written = WriteSheet(io, path, options, &writer, cancelled);
    // What was asked for wrongly is no fault of the file.
    if (!written.ok() && CodeOf(written) == ErrorCode::kInvalidArgument) {
      return WithContext(path + ": ", written);
    }
    RETURN_NOT_OK(internal::InFile(path, written));
    num_errors += writer.num_errors();
  }
  RETURN_NOT_OK(out.Close());
  if (out.num_records() == 0) {
    return MakeError(ErrorCode::kInvalidData,
                     "The sheet has no rows below its header: " + paths.front());
  }
  SheetRecords sheets{.records = {.paths = {target},
                                  .columns = columns.typed(),
                                  .longest_bytes = out.longest_bytes()}};
  if (num_errors > 0) {
    sheets.note = "Cells with errors (#DIV/0!, #N/A, …) are read as null: " +
                  std::to_string(num_errors);
  }
  return sheets;
}

}  // namespace tarn::ingest::records
