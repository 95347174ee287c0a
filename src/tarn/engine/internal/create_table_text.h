// SQL text of names, texts and tables.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tarn/iceberg/table_metadata.h"

namespace tarn::engine {

/// The statement that makes the table again, in Trino's spelling.
std::string CreateTableText(const std::string& full_name,
                            const iceberg::TableMetadata& metadata);

/// Terms of PARTITIONED BY and of the sort order: "day(ts)", "id DESC NULLS LAST".
std::vector<std::string> PartitionTerms(const iceberg::TableMetadata& metadata);
std::vector<std::string> SortTerms(const iceberg::TableMetadata& metadata);

/// A name as SQL text: quoted unless it is a plain lower-case word.
std::string QuoteIdentifier(std::string_view name);
std::string QuoteText(std::string_view text);

/// SQL's LIKE without an escape character.
bool MatchesLike(std::string_view text, std::string_view pattern);

}  // namespace tarn::engine
