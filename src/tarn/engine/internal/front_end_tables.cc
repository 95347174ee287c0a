// Names and states of tables in the words of other dialects, put into DuckDB's before it
// reads a statement: Spark's ns.t.snapshots and t.branch_x, FOR VERSION AS OF of both
// Trino and Spark.
#include <utility>

#include <duckdb/catalog/entry_lookup_info.hpp>

#include "tarn/engine/internal/create_table_text.h"
#include "tarn/engine/internal/front_end.h"
#include "tarn/engine/internal/table_entry.h"
#include "tarn/engine/internal/time_travel.h"
#include "tarn/sql/lexer.h"
#include "tarn/sql/partition_clause.h"
#include "tarn/sql/quoted_names.h"
#include "tarn/sql/table_references.h"
#include "tarn/sql/token_stream.h"
#include "tarn/table/inspect.h"

namespace tarn::engine {

duckdb::CatalogEntry* FrontEnd::LookUp(const std::vector<std::string>& parts) {
  const duckdb::EntryLookupInfo lookup(duckdb::CatalogType::TABLE_ENTRY, parts.back());
  std::vector<std::string> before(parts.begin(), parts.end() - 1);
  ResolvedSchema schema;
  if (!before.empty()) {
    schema = SplitSchema(std::move(before));
  }
  return duckdb::Catalog::GetEntry(context_, schema.catalog, schema.schema, lookup,
                                   duckdb::OnEntryNotFound::RETURN_NULL)
      .get();
}

bool FrontEnd::IsLakeTable(const std::vector<std::string>& parts) {
  bool is_table = false;
  context_.RunFunctionInTransaction(
      [&] { is_table = dynamic_cast<TableEntry*>(LookUp(parts)) != nullptr; });
  return is_table;
}

std::optional<std::string> FrontEnd::SuffixedName(std::string_view sql,
                                                  const sql::TableReference& reference) {
  const std::vector<std::string>& parts = reference.name.parts;
  if (parts.size() < 2 ||
      (!table::MetadataTableNamed(parts.back()) && !IsStateSuffix(parts.back()))) {
    return {};
  }
  std::optional<std::string> text;
  context_.RunFunctionInTransaction([&] {
    const std::vector<std::string> table(parts.begin(), parts.end() - 1);
    if (LookUp(parts) != nullptr || dynamic_cast<TableEntry*>(LookUp(table)) == nullptr) {
      return;  // a real table of this name comes first
    }
    text = QuoteIdentifier(table.back() + "$" + parts.back());
    std::vector<std::string> before(table.begin(), table.end() - 1);
    if (before.empty()) {
      return;
    }
    const sql::TextRange range{reference.parts.front().offset,
                               reference.parts[before.size() - 1].end};
    std::string written(range.In(sql));
    const bool is_plain =
        before.size() == 1 || (before.size() == 2 && IsCatalog(before[0]));
    if (!is_plain) {
      const ResolvedSchema schema = SplitSchema(std::move(before));
      written = QuoteIdentifier(schema.catalog) + "." + QuoteIdentifier(schema.schema);
    }
    text = written + "." + *text;
  });
  return text;
}

namespace {

/// INSERT OVERWRITE [TABLE | INTO] t … and INSERT … t PARTITION (…) … as an INSERT INTO a
/// name that means the same.
Result<std::string> WithPlainInsert(std::string sql) {
  auto list = sql::Tokenize(sql);
  if (!list.ok()) {
    return sql;  // DuckDB's own lexer decides
  }
  sql::TokenStream tokens(*std::move(list));
  if (!tokens.TakeKeywords({"insert"})) {
    return sql;
  }
  const size_t begin = tokens.Peek().offset;
  const bool overwrites = tokens.TakeKeywords({"overwrite"});
  if (!tokens.TakeKeywords({"into"}) && overwrites) {
    tokens.TakeKeywords({"table"});
  }
  auto name = tokens.ExpectQualifiedName();
  const bool has_partition = tokens.TakeKeywords({"partition"});
  if (!name.ok() || (!overwrites && !has_partition)) {
    return sql;
  }
  sql::InsertName target{
      .table = std::move(name->parts.back()),
      .mode = overwrites ? sql::InsertInto::kOverwrite : sql::InsertInto::kTable};
  if (has_partition) {
    ARROW_ASSIGN_OR_RAISE(target.partition, sql::ParsePartitionColumns(tokens));
  }
  name->parts.pop_back();
  std::string into = "INTO ";
  for (const std::string& part : name->parts) {
    into += QuoteIdentifier(part) + ".";
  }
  into += QuoteIdentifier(sql::EncodedName(target));
  return sql::ReplaceRanges(sql, {{{begin, tokens.TakenEnd()}, into}});
}

}  // namespace

Result<std::string> FrontEnd::TranslateTables(std::string_view written) {
  ARROW_ASSIGN_OR_RAISE(const std::string sql,
                        WithPlainInsert(sql::WithStandardQuotes(written)));
  ARROW_ASSIGN_OR_RAISE(const auto references, sql::FindTableReferences(sql));
  std::vector<sql::Replacement> replacements;
  for (const sql::TableReference& reference : references) {
    if (auto name = SuffixedName(sql, reference)) {
      replacements.push_back({reference.range(), *std::move(name)});
    }
    if (reference.as_of.has_value()) {
      replacements.push_back(
          {reference.as_of->range, sql::AtClauseText(sql, *reference.as_of)});
    }
  }
  return sql::ReplaceRanges(sql, replacements);
}

}  // namespace tarn::engine
