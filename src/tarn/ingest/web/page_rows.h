// Rows out of a page: of its tables, its lists, its repeated blocks, or of XML.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/ingest/web/document.h"
#include "tarn/ingest/web/row_set.h"
#include "tarn/ingest/web/selector.h"

namespace tarn::ingest::web {

/// A column that a person describes: "a.title@href" is the attribute `href` of what
/// "a.title" finds within the row; "@id" one of the row itself; "." its text.
struct Field {
  std::string name;
  std::optional<Selector> selector;
  std::string attribute;

  /// Errors: kInvalidArgument.
  static Result<Field> Parse(std::string name, std::string_view text);
};

struct PageRowsOptions {
  std::vector<Field> fields;     // empty: whatever is there
  std::optional<int32_t> index;  // only the nth of what matches, from 0
  std::optional<bool> header;    // of tables: whether the first row is one
  bool keeps_links = false;      // of tables: a column more for cells with a link
  bool keeps_footnotes = false;
  std::string base_url;  // links become absolute with it
};

struct PageFindings {
  int64_t matched = 0;   // elements
  int64_t left_out = 0;  // tables that match, but have other columns than the first
};

/// Adds a row for each row of the tables that `selector` finds, or for each other element
/// that it finds. Errors: kResourceLimit.
Result<PageFindings> AddHtmlRows(const Document& page, const Selector& selector,
                                 const PageRowsOptions& options, RowSet* rows);

/// Adds a row for each element that `selector` finds in XML: its attributes, and the
/// texts of its children; what they have in turn is named parent_child. Errors:
/// kResourceLimit.
Result<PageFindings> AddXmlRows(const Document& xml, const Selector& selector,
                                const PageRowsOptions& options, RowSet* rows);

/// What holds the rows of XML if nobody says: item of RSS, entry of Atom, else the
/// element that is repeated most often below another one. Empty if there is none.
std::string RowElementOf(const Document& xml);

}  // namespace tarn::ingest::web
