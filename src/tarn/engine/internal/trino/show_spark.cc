// What Spark shows of a table that Trino has no word for: SHOW TBLPROPERTIES and DESCRIBE
// EXTENDED. Names of columns and of properties are Spark's, types Trino's.
#include <map>
#include <utility>

#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/engine/internal/create_table_text.h"
#include "tarn/engine/internal/trino/show.h"
#include "tarn/engine/internal/trino/statement.h"

namespace tarn::engine::trino {

using sql::statement::Show;

namespace {

using Texts = std::map<std::string, std::string>;

/// The properties as written, and what Spark tells beside them.
Texts PropertiesOf(const FoundObject& found) {
  if (found.is_view()) {
    return {found.object->view->properties.begin(), found.object->view->properties.end()};
  }
  const iceberg::TableMetadata& table = *found.object->table;
  Texts texts(table.properties.begin(), table.properties.end());
  texts["format"] = "iceberg/parquet";
  texts["format-version"] = std::to_string(table.format_version);
  texts["current-snapshot-id"] = table.current_snapshot_id.has_value()
                                     ? std::to_string(table.current_snapshot_id->value)
                                     : "none";
  if (const auto order = SortTerms(table); !order.empty()) {
    texts["sort-order"] = fmt::format("{}", fmt::join(order, ", "));
  }
  std::string identifiers;
  for (const iceberg::FieldId id : table.schema().identifier_field_ids()) {
    identifiers += (identifiers.empty() ? "" : ",") + table.schema().NameOf(id);
  }
  if (!identifiers.empty()) {
    texts["identifier-fields"] = "[" + identifiers + "]";
  }
  return texts;
}

std::string ListOf(const Texts& texts) {
  std::string list;
  for (const auto& [key, value] : texts) {
    list += (list.empty() ? "" : ",") + key + "=" + value;
  }
  return "[" + list + "]";
}

/// A heading after an empty line.
void AddHeading(const std::string& heading, std::vector<TextRow>* rows) {
  rows->push_back({"", "", ""});
  rows->push_back({"# " + heading, "", ""});
}

}  // namespace

Answer Shows::TableProperties(const Show& show) {
  std::vector<TextRow> rows;
  RETURN_NOT_OK(host_.front_end().InTransaction([&]() -> Status {
    ARROW_ASSIGN_OR_RAISE(const FoundObject found, names_.Object(*show.of));
    if (!found.object.has_value()) {
      return names_.NoSuchTable(found);
    }
    const Texts texts = PropertiesOf(found);
    if (!show.like.has_value()) {
      for (const auto& [key, value] : texts) {
        rows.push_back({key, value});
      }
      return Status::OK();
    }
    const auto one = texts.find(*show.like);
    rows.push_back({*show.like, one != texts.end()
                                    ? one->second
                                    : fmt::format("Table {} does not have property: {}",
                                                  found.Text(), *show.like)});
    return Status::OK();
  }));
  return TextResult("SHOW", {"key", "value"}, rows);
}

Answer Shows::ExtendedColumns(const Show& show) {
  ARROW_ASSIGN_OR_RAISE(const auto listed, ColumnRows(show));
  std::vector<TextRow> rows;
  for (const TextRow& column : listed) {
    rows.push_back({column[0], column[1], column[3]});
  }
  RETURN_NOT_OK(host_.front_end().InTransaction([&]() -> Status {
    ARROW_ASSIGN_OR_RAISE(const FoundObject found, names_.Object(*show.of));
    if (!found.object.has_value()) {
      return Status::OK();  // another catalog's
    }
    if (found.is_table()) {
      if (const auto terms = PartitionTerms(*found.object->table); !terms.empty()) {
        AddHeading("Partitioning", &rows);
        for (size_t i = 0; i < terms.size(); ++i) {
          rows.push_back({fmt::format("Part {}", i), terms[i], ""});
        }
      }
    }
    AddHeading("Detailed Table Information", &rows);
    const Texts texts = PropertiesOf(found);
    const auto comment = texts.find("comment");
    rows.push_back({"Name", found.Text(), ""});
    rows.push_back({"Type", found.is_table() ? "MANAGED" : "VIEW", ""});
    rows.push_back({"Comment", comment == texts.end() ? "" : comment->second, ""});
    rows.push_back(
        {"Location",
         found.is_table() ? found.object->table->location : found.object->view->location,
         ""});
    rows.push_back({"Provider", "iceberg", ""});
    rows.push_back(
        {found.is_table() ? "Table Properties" : "View Properties", ListOf(texts), ""});
    return Status::OK();
  }));
  return TextResult("DESCRIBE", {"col_name", "data_type", "comment"}, rows);
}

}  // namespace tarn::engine::trino
