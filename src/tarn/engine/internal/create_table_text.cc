#include "tarn/engine/internal/create_table_text.h"

#include <algorithm>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "tarn/base/overload.h"
#include "tarn/engine/internal/type_conversion.h"
#include "tarn/iceberg/transform.h"
#include "tarn/sql/type_name.h"

namespace tarn::engine {
namespace {

using iceberg::Transform;

std::string TermOf(const Transform& transform, iceberg::FieldId source_id,
                   const iceberg::Schema& schema) {
  const std::string column = QuoteIdentifier(schema.NameOf(source_id));
  return std::visit(
      Overload{
          [&](const iceberg::Identity&) { return column; },
          [&](const iceberg::Bucket& bucket) {
            return fmt::format("bucket({}, {})", column, bucket.num_buckets);
          },
          [&](const iceberg::Truncate& truncate) {
            return fmt::format("truncate({}, {})", column, truncate.width);
          },
          [&](const auto& other) {
            return fmt::format("{}({})", iceberg::TransformToString(other), column);
          },
      },
      transform);
}

std::string ColumnText(const iceberg::Field& field) {
  std::string text = QuoteIdentifier(field.name) + " " + sql::TrinoTypeText(field.type);
  if (field.required) {
    text += " NOT NULL";
  }
  if (field.write_default.has_value()) {
    text += " DEFAULT " + DuckValueOf(field.type, *field.write_default).ToSQLString();
  }
  if (field.doc.has_value()) {
    text += " COMMENT " + QuoteText(*field.doc);
  }
  return text;
}

std::string Listed(std::vector<std::string> terms) {
  std::ranges::transform(terms, terms.begin(), QuoteText);
  return fmt::format("ARRAY[{}]", fmt::join(terms, ", "));
}

}  // namespace

std::vector<std::string> PartitionTerms(const iceberg::TableMetadata& metadata) {
  std::vector<std::string> terms;
  for (const iceberg::PartitionField& field : metadata.spec().fields) {
    if (!std::holds_alternative<iceberg::Void>(field.transform)) {
      terms.push_back(TermOf(field.transform, field.source_id(), metadata.schema()));
    }
  }
  return terms;
}

std::vector<std::string> SortTerms(const iceberg::TableMetadata& metadata) {
  std::vector<std::string> terms;
  for (const iceberg::SortField& field : metadata.sort_order().fields) {
    const bool ascending = field.direction == iceberg::SortDirection::kAscending;
    const bool nulls_first = field.null_order == iceberg::NullOrder::kNullsFirst;
    terms.push_back(TermOf(field.transform, field.source_id(), metadata.schema()) +
                    (ascending ? " ASC" : " DESC") +
                    (nulls_first ? " NULLS FIRST" : " NULLS LAST"));
  }
  return terms;
}

std::string QuoteIdentifier(std::string_view name) {
  const bool plain =
      !name.empty() && (name[0] == '_' || (name[0] >= 'a' && name[0] <= 'z')) &&
      std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
      });
  if (plain) {
    return std::string(name);
  }
  std::string quoted = "\"";
  for (const char c : name) {
    quoted.append(c == '"' ? 2 : 1, c);
  }
  return quoted + "\"";
}

std::string QuoteText(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    quoted.append(c == '\'' ? 2 : 1, c);
  }
  return quoted + "'";
}

bool MatchesLike(std::string_view text, std::string_view pattern) {
  if (pattern.empty()) {
    return text.empty();
  }
  if (pattern[0] == '%') {
    return MatchesLike(text, pattern.substr(1)) ||
           (!text.empty() && MatchesLike(text.substr(1), pattern));
  }
  if (text.empty() || (pattern[0] != '_' && pattern[0] != text[0])) {
    return false;
  }
  return MatchesLike(text.substr(1), pattern.substr(1));
}

std::string CreateTableText(const std::string& full_name,
                            const iceberg::TableMetadata& metadata) {
  std::vector<std::string> columns;
  for (const iceberg::Field& field : metadata.schema().fields()) {
    columns.push_back(ColumnText(field));
  }
  std::vector<std::string> properties = {
      "format = 'PARQUET'",
      fmt::format("format_version = {}", metadata.format_version),
      "location = " + QuoteText(metadata.location),
  };
  if (!metadata.spec().is_unpartitioned()) {
    properties.push_back("partitioning = " + Listed(PartitionTerms(metadata)));
  }
  if (!metadata.sort_order().fields.empty()) {
    properties.push_back("sorted_by = " + Listed(SortTerms(metadata)));
  }
  std::string comment;
  for (const auto& [key, value] : metadata.properties) {
    if (key == "comment") {
      comment = "COMMENT " + QuoteText(value) + "\n";
    } else {
      properties.push_back(QuoteText(key) + " = " + QuoteText(value));
    }
  }
  return fmt::format("CREATE TABLE {} (\n   {}\n)\n{}WITH (\n   {}\n)", full_name,
                     fmt::join(columns, ",\n   "), comment,
                     fmt::join(properties, ",\n   "));
}

}  // namespace tarn::engine
