#include "tarn/ingest/web/internal/table_grid.h"

#include <algorithm>
#include <charconv>
#include <map>

#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/ingest/web/node_text.h"
#include "tarn/ingest/web/row_set.h"

namespace tarn::ingest::web::internal {
namespace {

constexpr int32_t kColumnSpanMax = 1'000;  // as browsers have it
constexpr int32_t kRowSpanMax = 65'534;
constexpr int64_t kCellsMax = 5'000'000;
constexpr int64_t kTextBytesMax = int64_t{256} << 20;

struct GridCell {
  std::string text;
  std::string link;
  bool is_head = false;  // th
  bool is_there = false;
  NodeId source = kNoNode;
};

struct GridRow {
  std::vector<GridCell> cells;
  bool is_in_head = false;  // thead
  bool is_chosen = true;
};

/// A cell that goes on in the rows below.
struct Carried {
  GridCell cell;
  int32_t rows_left = 0;
};

int32_t SpanOf(const Document& page, NodeId id, std::string_view name, int32_t max) {
  const std::string* text = page.Attribute(id, name);
  if (text == nullptr) {
    return 1;
  }
  int32_t span = 1;
  std::from_chars(text->data(), text->data() + text->size(), span);
  return std::clamp(span, 0, max);
}

/// The rows of `table` itself with the section each is in.
std::vector<std::pair<NodeId, NodeId>> RowsOf(const Document& page, NodeId table) {
  std::vector<std::pair<NodeId, NodeId>> rows;
  for (NodeId child = page.node(table).first_child; child != kNoNode;
       child = page.node(child).next_sibling) {
    const std::string& name = page.node(child).name;
    if (name == "tr") {
      rows.emplace_back(child, table);
    }
    if (name != "thead" && name != "tbody" && name != "tfoot") {
      continue;
    }
    for (NodeId row = page.node(child).first_child; row != kNoNode;
         row = page.node(row).next_sibling) {
      if (page.node(row).name == "tr") {
        rows.emplace_back(row, child);
      }
    }
  }
  return rows;
}

class GridReader {
 public:
  GridReader(const Document& page, const TableOptions& options)
      : page_(page), options_(options) {}

  Result<std::vector<GridRow>> Read(NodeId table, const std::set<NodeId>& chosen) {
    std::vector<GridRow> grid;
    const auto rows = RowsOf(page_, table);
    const bool is_chosen_from = std::ranges::any_of(
        rows, [&](const auto& row) { return chosen.contains(row.first); });
    NodeId section = kNoNode;
    for (const auto& [id, its_section] : rows) {
      if (its_section != section) {
        carried_.clear();  // spans end with their section
        section = its_section;
      }
      ARROW_ASSIGN_OR_RAISE(GridRow row, ReadRow(id));
      row.is_in_head = page_.node(section).name == "thead";
      row.is_chosen = !is_chosen_from || chosen.contains(id);
      grid.push_back(std::move(row));
    }
    return grid;
  }

 private:
  Result<GridRow> ReadRow(NodeId id) {
    GridRow row;
    size_t column = 0;
    const auto take_carried = [&] {
      while (column < carried_.size() && carried_[column].rows_left > 0) {
        --carried_[column].rows_left;
        Put(&row, column, carried_[column].cell);
        ++column;
      }
    };
    for (NodeId child = page_.node(id).first_child; child != kNoNode;
         child = page_.node(child).next_sibling) {
      const std::string& name = page_.node(child).name;
      if (name != "td" && name != "th") {
        continue;
      }
      take_carried();
      const GridCell cell = ReadCell(child);
      const int32_t columns =
          std::max(1, SpanOf(page_, child, "colspan", kColumnSpanMax));
      int32_t rows = SpanOf(page_, child, "rowspan", kRowSpanMax);
      rows = rows == 0 ? kRowSpanMax : rows;  // 0: to the end of the section
      for (int32_t i = 0; i < columns; ++i, ++column) {
        Put(&row, column, cell);
        if (column >= carried_.size()) {
          carried_.resize(column + 1);
        }
        carried_[column] = rows > 1 ? Carried{cell, rows - 1} : Carried{};
      }
      RETURN_NOT_OK(CheckSize());
    }
    for (; column < carried_.size(); ++column) {
      take_carried();
    }
    return row;
  }

  void Put(GridRow* row, size_t column, const GridCell& cell) {
    if (column >= row->cells.size()) {
      num_cells_ += static_cast<int64_t>(column + 1 - row->cells.size());
      row->cells.resize(column + 1);
    }
    num_bytes_ += static_cast<int64_t>(cell.text.size() + cell.link.size());
    row->cells[column] = cell;
  }

  Status CheckSize() const {
    if (num_cells_ > kCellsMax || num_bytes_ > kTextBytesMax ||
        carried_.size() > kColumnsMax) {
      return MakeError(ErrorCode::kResourceLimit,
                       fmt::format("A table has more than {} cells or {} columns, spans "
                                   "spread out",
                                   kCellsMax, kColumnsMax));
    }
    return Status::OK();
  }

  GridCell ReadCell(NodeId id) const {
    GridCell cell{
        .text = TextOf(page_, id, {.keeps_footnotes = options_.keeps_footnotes}),
        .link = {},
        .is_head = page_.node(id).name == "th",
        .is_there = true,
        .source = id};
    if (!options_.keeps_links) {
      return cell;
    }
    for (NodeId at = page_.Next(id, id); at != kNoNode; at = page_.Next(at, id)) {
      const std::string* link = page_.Attribute(at, "href");
      if (page_.node(at).name == "a" && link != nullptr && !link->starts_with('#')) {
        cell.link = options_.absolute(*link);
        break;
      }
    }
    return cell;
  }

  const Document& page_;
  const TableOptions& options_;
  std::vector<Carried> carried_;
  int64_t num_cells_ = 0;
  int64_t num_bytes_ = 0;
};

bool IsAllHead(const GridRow& row) {
  return !row.cells.empty() && std::ranges::all_of(row.cells, [](const GridCell& cell) {
    return cell.is_head || !cell.is_there;
  });
}

/// One cell over the whole width: a title rather than names of columns.
bool IsTitle(const GridRow& row, size_t width) {
  return width > 1 && row.cells.size() == width &&
         std::ranges::all_of(row.cells, [&](const GridCell& cell) {
           return cell.source == row.cells.front().source;
         });
}

/// How many rows at the top are the head.
size_t HeadRows(const std::vector<GridRow>& grid, const TableOptions& options) {
  if (options.header) {
    return *options.header && !grid.empty() ? 1 : 0;
  }
  size_t rows = 0;
  while (rows < grid.size() && grid[rows].is_in_head) {
    ++rows;
  }
  while (rows < grid.size() && IsAllHead(grid[rows])) {
    ++rows;
  }
  // A table of nothing but th is one of rows.
  return rows == grid.size() && rows > 1 && !grid.front().is_in_head ? 1 : rows;
}

/// "Population 2020" of a head of two rows; texts that are repeated by spans once.
std::vector<std::string> NamesOf(const std::vector<GridRow>& grid, size_t head_rows,
                                 size_t width) {
  std::vector<std::string> names(width);
  for (size_t row = 0; row < head_rows; ++row) {
    if (IsTitle(grid[row], width)) {
      continue;
    }
    for (size_t i = 0; i < grid[row].cells.size(); ++i) {
      const GridCell& cell = grid[row].cells[i];
      const bool is_repeated = row > 0 && i < grid[row - 1].cells.size() &&
                               grid[row - 1].cells[i].source == cell.source &&
                               cell.source != kNoNode;
      if (!cell.text.empty() && !is_repeated) {
        names[i] += (names[i].empty() ? "" : " ") + cell.text;
      }
    }
  }
  std::map<std::string, int> seen;
  for (size_t i = 0; i < width; ++i) {
    if (names[i].empty()) {
      names[i] = fmt::format("column_{}", i + 1);
    }
    const int count = ++seen[names[i]];
    if (count > 1) {
      names[i] += fmt::format(" {}", count);
    }
  }
  return names;
}

std::string CaptionOf(const Document& page, NodeId table) {
  for (NodeId child = page.node(table).first_child; child != kNoNode;
       child = page.node(child).next_sibling) {
    if (page.node(child).name == "caption") {
      return TextOf(page, child, {});
    }
  }
  return {};
}

/// Whether a row is one of the head again, or a heading among the rows.
bool IsHeading(const GridRow& row, const std::vector<GridRow>& grid, size_t head_rows,
               size_t width) {
  if (head_rows == 0 || !IsAllHead(row)) {
    return false;
  }
  if (IsTitle(row, width)) {
    return true;
  }
  return std::any_of(grid.begin(), grid.begin() + static_cast<std::ptrdiff_t>(head_rows),
                     [&](const GridRow& head) {
                       return std::ranges::equal(row.cells, head.cells, {},
                                                 &GridCell::text, &GridCell::text);
                     });
}

/// After each column with a link one that holds it.
void AddLinkColumns(const std::vector<const GridRow*>& rows, TableGrid* grid) {
  const size_t width = grid->names.size();
  std::vector<size_t> linked;
  for (size_t i = 0; i < width; ++i) {
    if (std::ranges::any_of(rows, [&](const GridRow* row) {
          return i < row->cells.size() && !row->cells[i].link.empty();
        })) {
      linked.push_back(i);
      grid->names.push_back(grid->names[i] + "_href");
    }
  }
  for (size_t r = 0; r < rows.size(); ++r) {
    for (const size_t i : linked) {
      grid->rows[r].push_back(i < rows[r]->cells.size() ? rows[r]->cells[i].link : "");
    }
  }
}

}  // namespace

Result<TableGrid> ReadTable(const Document& page, NodeId table,
                            const std::set<NodeId>& chosen, const TableOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const std::vector<GridRow> grid,
                        GridReader(page, options).Read(table, chosen));
  size_t width = 0;
  for (const GridRow& row : grid) {
    width = std::max(width, row.cells.size());
  }
  if (static_cast<int64_t>(width * grid.size()) > 4 * kCellsMax) {
    return MakeError(
        ErrorCode::kResourceLimit,
        fmt::format("A table of {} rows has a row of {} cells", grid.size(), width));
  }
  const size_t head_rows = HeadRows(grid, options);
  TableGrid result;
  result.caption = CaptionOf(page, table);
  result.names = NamesOf(grid, head_rows, width);
  std::vector<const GridRow*> taken;
  for (size_t r = head_rows; r < grid.size(); ++r) {
    const GridRow& row = grid[r];
    const bool is_empty = std::ranges::all_of(
        row.cells, [](const GridCell& cell) { return cell.text.empty(); });
    if (!row.is_chosen || is_empty || IsHeading(row, grid, head_rows, width)) {
      continue;
    }
    std::vector<std::string> texts(width);
    std::ranges::transform(row.cells, texts.begin(), &GridCell::text);
    result.rows.push_back(std::move(texts));
    taken.push_back(&row);
  }
  if (options.keeps_links) {
    AddLinkColumns(taken, &result);
  }
  return result;
}

}  // namespace tarn::ingest::web::internal
