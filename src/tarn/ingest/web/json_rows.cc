#include "tarn/ingest/web/json_rows.h"

#include <utility>

namespace tarn::ingest::web {
namespace {

using Cells = std::map<size_t, Cell>;

Cell CellOf(const Json& json) {
  switch (json.type()) {
    case Json::value_t::null:
    case Json::value_t::discarded:
      return {};
    case Json::value_t::string:
      return {Cell::Kind::kString, json.get_ref<const std::string&>()};
    case Json::value_t::boolean:
      return {Cell::Kind::kBool, json.get<bool>() ? "true" : "false"};
    case Json::value_t::object:
    case Json::value_t::array:
      return {Cell::Kind::kNested, DumpJson(json)};
    default:
      return {Cell::Kind::kNumber, DumpJson(json)};
  }
}

void AddMembers(const Json& object, const std::string& prefix, int32_t depth,
                RowSet* rows, Cells* cells) {
  for (const auto& [name, value] : object.items()) {
    if (value.is_object() && depth > 0 && !value.empty()) {
      AddMembers(value, prefix + name + '_', depth - 1, rows, cells);
    } else {
      cells->insert_or_assign(rows->ColumnOf(prefix + name), CellOf(value));
    }
  }
}

}  // namespace

Result<int64_t> AddJsonRows(const Json& document, const JsonPath& path,
                            const JsonRowsOptions& options, RowSet* rows) {
  ARROW_ASSIGN_OR_RAISE(const std::vector<const Json*> records, path.Records(document));
  for (const Json* record : records) {
    Cells cells;
    if (!options.fields.empty()) {
      for (const JsonField& field : options.fields) {
        const std::vector<const Json*> found = field.path.Find(*record);
        Json all = Json::array();
        for (const Json* one : found) {
          all.push_back(*one);
        }
        cells.insert_or_assign(rows->ColumnOf(field.name), found.empty() ? Cell{}
                                                           : found.size() == 1
                                                               ? CellOf(*found.front())
                                                               : CellOf(all));
      }
    } else if (record->is_object()) {
      AddMembers(*record, "", options.flatten_depth, rows, &cells);
    } else {
      cells.insert_or_assign(rows->ColumnOf("value"), CellOf(*record));
    }
    std::vector<std::pair<size_t, Cell>> row;
    row.reserve(cells.size());
    for (auto& [column, cell] : cells) {
      row.emplace_back(column, std::move(cell));
    }
    ARROW_RETURN_NOT_OK(rows->Add(std::move(row)));
  }
  return static_cast<int64_t>(records.size());
}

}  // namespace tarn::ingest::web
