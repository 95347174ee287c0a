#include "tarn/ingest/web/page_rows.h"

#include <algorithm>
#include <map>
#include <set>
#include <span>

#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/ingest/web/internal/table_grid.h"
#include "tarn/ingest/web/node_text.h"
#include "tarn/net/url.h"

namespace tarn::ingest::web {
namespace {

using Cells = std::vector<std::pair<size_t, Cell>>;

Cell TextCell(std::string text) {
  return text.empty() ? Cell{} : Cell{Cell::Kind::kText, std::move(text)};
}

std::string AbsoluteUrl(const std::string& base, const std::string& link) {
  if (base.empty() || link.empty()) {
    return link;
  }
  return net::ResolveUrl(base, link).ValueOr(link);
}

bool IsLinkAttribute(std::string_view name) { return name == "href" || name == "src"; }

std::string FirstWord(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\f";
  text.remove_prefix(std::min(text.find_first_not_of(kSpace), text.size()));
  return std::string(text.substr(0, text.find_first_of(kSpace)));
}

/// The columns of one row by name, in the order in which they come up; several values of
/// one name are put together.
class RowBuilder {
 public:
  void Add(const std::string& name, std::string value) {
    if (value.empty()) {
      return;
    }
    const auto [at, is_new] = index_.emplace(name, values_.size());
    if (is_new) {
      values_.emplace_back(name, std::move(value));
    } else {
      values_[at->second].second += "; " + value;
    }
  }
  bool Has(const std::string& name) const { return index_.contains(name); }
  bool empty() const { return values_.empty(); }

  Status AddTo(RowSet* rows) && {
    Cells cells;
    cells.reserve(values_.size());
    for (auto& [name, value] : values_) {
      cells.emplace_back(rows->ColumnOf(name), TextCell(std::move(value)));
    }
    return rows->Add(std::move(cells));
  }

 private:
  std::map<std::string, size_t> index_;
  std::vector<std::pair<std::string, std::string>> values_;
};

/// Adds what the fields say of the row `id`.
Status AddFields(const Document& page, NodeId id, const PageRowsOptions& options,
                 RowBuilder* row) {
  for (const Field& field : options.fields) {
    std::vector<NodeId> found{id};
    if (field.selector) {
      ARROW_ASSIGN_OR_RAISE(found, field.selector->Select(page, id));
    }
    for (const NodeId one : found) {
      if (field.attribute.empty()) {
        row->Add(field.name,
                 TextOf(page, one, {.keeps_footnotes = options.keeps_footnotes}));
        continue;
      }
      const std::string* value = page.Attribute(one, field.attribute);
      if (value != nullptr) {
        row->Add(field.name, IsLinkAttribute(field.attribute)
                                 ? AbsoluteUrl(options.base_url, *value)
                                 : CleanText(*value));
      }
    }
  }
  return Status::OK();
}

/// Name of the column that an element within a block stands for; empty if for none.
std::string ColumnNameOf(const Document& page, NodeId id) {
  for (const char* attribute : {"itemprop", "class"}) {
    const std::string* value = page.Attribute(id, attribute);
    if (value != nullptr && !FirstWord(*value).empty()) {
      return FirstWord(*value);
    }
  }
  return {};
}

bool HasNamedBelow(const Document& page, NodeId id) {
  for (NodeId at = page.Next(id, id); at != kNoNode; at = page.Next(at, id)) {
    if (page.node(at).is_element() && !ColumnNameOf(page, at).empty()) {
      return true;
    }
  }
  return false;
}

/// The innermost element with a name that `id` is in, within `block`; its name.
std::string NearestName(const Document& page, NodeId id, NodeId block) {
  for (NodeId at = id; at != block && at != kNoNode; at = page.node(at).parent) {
    if (page.node(at).is_element() && !ColumnNameOf(page, at).empty()) {
      return ColumnNameOf(page, at) + '_';
    }
  }
  return {};
}

/// A row of whatever a block has: its attributes, the texts of the elements in it that
/// have a name, where its links and images lead.
void AddBlock(const Document& page, NodeId block, const PageRowsOptions& options,
              RowBuilder* row) {
  const TextOptions text_options{.keeps_footnotes = options.keeps_footnotes};
  for (const auto& [name, value] : page.node(block).attributes) {
    if (name == "id" || name.starts_with("data-") || name == "value" ||
        name == "datetime") {
      row->Add(name, CleanText(value));
    } else if (IsLinkAttribute(name)) {
      row->Add(name, AbsoluteUrl(options.base_url, value));
    }
  }
  const bool has_names = HasNamedBelow(page, block);
  if (!has_names) {
    row->Add("text", TextOf(page, block, text_options));
  }
  std::set<std::string> links;
  for (NodeId at = page.Next(block, block); at != kNoNode; at = page.Next(at, block)) {
    if (!page.node(at).is_element()) {
      continue;
    }
    const std::string name = ColumnNameOf(page, at);
    if (!name.empty() && !HasNamedBelow(page, at)) {
      const std::string* content = page.Attribute(at, "content");
      std::string text = TextOf(page, at, text_options);
      row->Add(name, text.empty() && content != nullptr ? CleanText(*content)
                                                        : std::move(text));
    }
    for (const char* attribute : {"href", "src"}) {
      const std::string* link = page.Attribute(at, attribute);
      const std::string column = NearestName(page, at, block) + attribute;
      if (link != nullptr && !link->starts_with('#') && links.insert(column).second) {
        row->Add(column, AbsoluteUrl(options.base_url, *link));
      }
    }
  }
}

Status AddTableRows(const internal::TableGrid& grid, RowSet* rows,
                    const std::string& caption) {
  std::vector<size_t> columns;
  for (const std::string& name : grid.names) {
    columns.push_back(rows->ColumnOf(name));
  }
  const size_t caption_column = caption.empty() ? 0 : rows->ColumnOf("table_caption");
  for (const std::vector<std::string>& row : grid.rows) {
    Cells cells;
    for (size_t i = 0; i < row.size() && i < columns.size(); ++i) {
      cells.emplace_back(columns[i], TextCell(row[i]));
    }
    if (!caption.empty()) {
      cells.emplace_back(caption_column, TextCell(caption));
    }
    RETURN_NOT_OK(rows->Add(std::move(cells)));
  }
  return Status::OK();
}

/// Rows of tables: of `ids` that are tables whole, of those that are rows these.
Result<PageFindings> AddTables(const Document& page, std::span<const NodeId> ids,
                               const PageRowsOptions& options, RowSet* rows) {
  PageFindings findings{.matched = static_cast<int64_t>(ids.size())};
  const internal::TableOptions table_options{.header = options.header,
                                             .keeps_links = options.keeps_links,
                                             .keeps_footnotes = options.keeps_footnotes,
                                             .absolute = [&](const std::string& link) {
                                               return AbsoluteUrl(options.base_url, link);
                                             }};
  std::vector<NodeId> tables;
  std::set<NodeId> chosen;
  for (const NodeId id : ids) {
    NodeId table = id;
    while (table != kNoNode && page.node(table).name != "table") {
      table = page.node(table).parent;
    }
    if (table == kNoNode) {
      continue;
    }
    if (table != id) {
      chosen.insert(id);
    }
    if (tables.empty() || tables.back() != table) {
      tables.push_back(table);
    }
  }
  std::vector<std::string> names;
  std::vector<internal::TableGrid> grids;
  for (const NodeId table : tables) {
    ARROW_ASSIGN_OR_RAISE(internal::TableGrid grid,
                          internal::ReadTable(page, table, chosen, table_options));
    if (grid.rows.empty()) {
      continue;
    }
    if (grids.empty()) {
      names = grid.names;
    }
    if (grid.names == names) {
      grids.push_back(std::move(grid));
    } else {
      ++findings.left_out;
    }
  }
  for (const internal::TableGrid& grid : grids) {
    RETURN_NOT_OK(AddTableRows(grid, rows, grids.size() > 1 ? grid.caption : ""));
  }
  return findings;
}

Result<std::vector<NodeId>> Find(const Document& page, const Selector& selector,
                                 const PageRowsOptions& options) {
  ARROW_ASSIGN_OR_RAISE(std::vector<NodeId> ids, selector.Select(page, 0));
  if (options.index) {
    const auto index = static_cast<size_t>(*options.index);
    return index < ids.size() ? std::vector<NodeId>{ids[index]} : std::vector<NodeId>{};
  }
  return ids;
}

/// The texts and attributes of XML below `id`, each under the names that lead to it.
void AddXml(const Document& xml, NodeId id, const std::string& prefix, int depth,
            RowBuilder* row) {
  constexpr int kDepthMaxOfNames = 8;
  for (const auto& [name, value] : xml.node(id).attributes) {
    if (!name.starts_with("xmlns")) {
      row->Add(prefix + name, CleanText(value));
    }
  }
  for (NodeId child = xml.node(id).first_child; child != kNoNode;
       child = xml.node(child).next_sibling) {
    const Node& node = xml.node(child);
    if (!node.is_element()) {
      continue;
    }
    const std::string name = prefix + node.name;
    const bool is_leaf = node.num_elements == 0 || depth >= kDepthMaxOfNames;
    if (is_leaf) {
      row->Add(name, TextOf(xml, child, {}));
    }
    if (depth < kDepthMaxOfNames) {
      AddXml(xml, child, name + '_', depth + 1, row);
    }
  }
}

}  // namespace

Result<Field> Field::Parse(std::string name, std::string_view text) {
  Field field{.name = std::move(name), .selector = {}, .attribute = {}};
  // An '@' within brackets or quotes belongs to the selector.
  const size_t at = text.find_last_of('@');
  std::string_view selector = text;
  if (at != std::string_view::npos &&
      text.find_first_of("]\"')", at) == std::string_view::npos) {
    selector = text.substr(0, at);
    field.attribute = std::string(text.substr(at + 1));
    if (field.attribute.empty()) {
      return MakeError(
          ErrorCode::kInvalidArgument,
          "The name of an attribute is missing after '@' in the field " + field.name);
    }
  }
  if (!CleanText(selector).empty() && selector != ".") {
    ARROW_ASSIGN_OR_RAISE(field.selector, Selector::Parse(selector));
  }
  return field;
}

Result<PageFindings> AddHtmlRows(const Document& page, const Selector& selector,
                                 const PageRowsOptions& options, RowSet* rows) {
  ARROW_ASSIGN_OR_RAISE(const std::vector<NodeId> ids, Find(page, selector, options));
  const bool is_of_tables = !ids.empty() && std::ranges::all_of(ids, [&](NodeId id) {
    return page.node(id).name == "table" || page.node(id).name == "tr";
  });
  if (is_of_tables && options.fields.empty()) {
    return AddTables(page, ids, options, rows);
  }
  PageFindings findings{.matched = static_cast<int64_t>(ids.size())};
  for (const NodeId id : ids) {
    RowBuilder row;
    if (options.fields.empty()) {
      AddBlock(page, id, options, &row);
    } else {
      RETURN_NOT_OK(AddFields(page, id, options, &row));
    }
    if (!row.empty()) {
      RETURN_NOT_OK(std::move(row).AddTo(rows));
    }
  }
  return findings;
}

Result<PageFindings> AddXmlRows(const Document& xml, const Selector& selector,
                                const PageRowsOptions& options, RowSet* rows) {
  ARROW_ASSIGN_OR_RAISE(const std::vector<NodeId> ids, Find(xml, selector, options));
  PageFindings findings{.matched = static_cast<int64_t>(ids.size())};
  for (const NodeId id : ids) {
    RowBuilder row;
    if (!options.fields.empty()) {
      RETURN_NOT_OK(AddFields(xml, id, options, &row));
    } else if (xml.node(id).num_elements == 0) {
      AddXml(xml, id, "", 0, &row);
      row.Add("text", TextOf(xml, id, {}));
    } else {
      AddXml(xml, id, "", 0, &row);
    }
    if (!row.empty()) {
      RETURN_NOT_OK(std::move(row).AddTo(rows));
    }
  }
  return findings;
}

std::string RowElementOf(const Document& xml) {
  std::string best;
  int32_t most = 0;
  for (NodeId id = 1; id < xml.size(); ++id) {
    const Node& node = xml.node(id);
    if (node.name == "item" || node.name == "entry") {
      return node.name;
    }
    if (node.is_element() && node.is_last_of_name && node.index_of_name > most) {
      most = node.index_of_name;
      best = node.name;
    }
  }
  return best;
}

}  // namespace tarn::ingest::web
