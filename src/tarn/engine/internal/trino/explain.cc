#include "tarn/engine/internal/trino/explain.h"

#include <optional>
#include <set>
#include <utility>

#include <arrow/array/array_base.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <duckdb/execution/physical_plan_generator.hpp>
#include <duckdb/main/prepared_statement_data.hpp>
#include <duckdb/parser/statement/explain_statement.hpp>
#include <duckdb/parser/statement/insert_statement.hpp>
#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/engine/internal/table_entry.h"
#include "tarn/engine/internal/trino/statement.h"
#include "tarn/engine/internal/trino/view_answers.h"
#include "tarn/engine/internal/view_entry.h"

namespace tarn::engine::trino {
namespace {

/// A plan as Trino gives it: one column, a row for each plan.
Answer PlanOf(ResultStream& explained) {
  std::vector<TextRow> rows;
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(const auto batch, explained.Next());
    if (batch == nullptr) {
      return TextResult("EXPLAIN", {"Query Plan"}, rows);
    }
    const auto& plans = *batch->column(batch->num_columns() - 1);
    for (int64_t i = 0; i < plans.length(); ++i) {
      ARROW_ASSIGN_OR_RAISE(const auto plan, plans.GetScalar(i));
      rows.push_back({plan->ToString()});
    }
  }
}

Answer ValidAnswer() {
  arrow::BooleanBuilder builder;
  RETURN_NOT_OK(builder.Append(true));
  ARROW_ASSIGN_OR_RAISE(auto valid, builder.Finish());
  return RowsResult(
      "EXPLAIN",
      arrow::RecordBatch::Make(arrow::schema({arrow::field("Valid", arrow::boolean())}),
                               1, {std::move(valid)}));
}

/// The statement inside that has a plan: of CREATE TABLE AS its query.
sql::TrinoStatement Planned(const sql::TrinoStatement& inner) {
  const auto* create = std::get_if<sql::statement::CreateTableStatement>(&inner.node);
  if (create == nullptr || create->query == nullptr) {
    return inner;
  }
  return {.at = inner.at, .node = create->query, .num_parameters = inner.num_parameters};
}

// ---- TYPE IO

struct ReadTable {
  std::string catalog;
  std::string schema;
  std::string table;
  std::optional<int64_t> rows;
  bool operator<(const ReadTable& other) const {
    return std::tie(catalog, schema, table) <
           std::tie(other.catalog, other.schema, other.table);
  }
};

std::optional<int64_t> RowsOf(duckdb::CatalogEntry& entry) {
  const auto* table = dynamic_cast<const TableEntry*>(&entry);
  if (table == nullptr || table->metadata() == nullptr) {
    return std::nullopt;
  }
  const iceberg::Snapshot* const head = table->metadata()->current_snapshot();
  if (head == nullptr) {
    return 0;
  }
  const auto total = head->summary.find("total-records");
  return total == head->summary.end()
             ? std::nullopt
             : std::optional<int64_t>(std::strtoll(total->second.c_str(), nullptr, 10));
}

std::string EstimateOf(std::optional<double> rows, const std::string& indent) {
  const auto text = [](std::optional<double> number) {
    return number.has_value() ? fmt::format("{:.1f}", *number) : "\"NaN\"";
  };
  std::string json = "{\n";
  json += fmt::format("{}  \"outputRowCount\" : {},\n", indent, text(rows));
  json += fmt::format("{}  \"outputSizeInBytes\" : \"NaN\",\n", indent);
  json += fmt::format("{}  \"cpuCost\" : \"NaN\",\n", indent);
  json += fmt::format("{}  \"maxMemory\" : \"NaN\",\n", indent);
  json += fmt::format("{}  \"networkCost\" : \"NaN\"\n{}}}", indent, indent);
  return json;
}

std::string JsonText(const std::string& text) {
  std::string json = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      json += '\\';
    }
    json += c;
  }
  return json + '"';
}

std::string JsonOf(const ReadTable& read) {
  const auto rows = read.rows.has_value() ? std::optional(static_cast<double>(*read.rows))
                                          : std::nullopt;
  return fmt::format(
      "{{\n    \"table\" : {{\n      \"catalog\" : {},\n      \"schemaTable\" : {{\n"
      "        \"schema\" : {},\n        \"table\" : {}\n      }}\n    }},\n"
      "    \"constraint\" : {{\n      \"none\" : false,\n"
      "      \"columnConstraints\" : [ ]\n    }},\n    \"estimate\" : {}\n  }}",
      JsonText(read.catalog), JsonText(read.schema), JsonText(read.table),
      EstimateOf(rows, "    "));
}

std::set<ReadTable> TablesOf(duckdb::ClientContext& context,
                             duckdb::SelectStatement& query) {
  std::set<ReadTable> tables;
  context.RunFunctionInTransaction([&] {
    VisitTables(query, [&](duckdb::BaseTableRef& table) {
      const duckdb::EntryLookupInfo lookup(duckdb::CatalogType::TABLE_ENTRY,
                                           table.table_name);
      auto entry =
          duckdb::Catalog::GetEntry(context, table.catalog_name, table.schema_name,
                                    lookup, duckdb::OnEntryNotFound::RETURN_NULL);
      if (entry == nullptr || entry->ParentCatalog().IsSystemCatalog()) {
        return;
      }
      tables.insert({.catalog = entry->ParentCatalog().GetName(),
                     .schema = entry->ParentSchema().name,
                     .table = entry->name,
                     .rows = RowsOf(*entry)});
    });
  });
  return tables;
}

duckdb::SelectStatement* QueryOf(duckdb::SQLStatement& statement) {
  if (statement.type == duckdb::StatementType::SELECT_STATEMENT) {
    return &statement.Cast<duckdb::SelectStatement>();
  }
  if (statement.type == duckdb::StatementType::INSERT_STATEMENT) {
    return statement.Cast<duckdb::InsertStatement>().select_statement.get();
  }
  return nullptr;
}

Answer RunIo(duckdb::unique_ptr<duckdb::SQLStatement> statement, std::string_view text,
             const sql::Position& at, StatementHost& host) {
  duckdb::SelectStatement* const query = QueryOf(*statement);
  if (query == nullptr) {
    return ErrorAt(ErrorCode::kNotSupported, at, "",
                   "EXPLAIN (TYPE IO) is for queries and INSERT only");
  }
  const std::set<ReadTable> tables = TablesOf(host.context(), *query);
  ARROW_ASSIGN_OR_RAISE(const auto prepared,
                        host.PrepareOnDuckDb(std::move(statement), text));
  std::optional<double> rows;
  if (prepared->data != nullptr && prepared->data->physical_plan != nullptr) {
    rows =
        static_cast<double>(prepared->data->physical_plan->Root().estimated_cardinality);
  }
  std::string inputs;
  for (const ReadTable& table : tables) {
    inputs += (inputs.empty() ? "" : ", ") + JsonOf(table);
  }
  const std::string json =
      fmt::format("{{\n  \"inputTableColumnInfos\" : [ {}{}],\n  \"estimate\" : {}\n}}",
                  inputs, inputs.empty() ? "" : " ", EstimateOf(rows, "  "));
  return TextResult("EXPLAIN", {"Query Plan"}, {{json}});
}

duckdb::ExplainFormat FormatOf(const std::string& format) {
  return format == "JSON"       ? duckdb::ExplainFormat::JSON
         : format == "GRAPHVIZ" ? duckdb::ExplainFormat::GRAPHVIZ
                                : duckdb::ExplainFormat::DEFAULT;
}

}  // namespace

Answer RunExplain(const sql::statement::Explain& explain, std::string_view text,
                  StatementHost& host, const SessionFacts& facts) {
  const sql::TrinoStatement inner = Planned(*explain.statement);
  ARROW_ASSIGN_OR_RAISE(auto translated,
                        TranslateStatement(FromFreshViews(inner, host), text, facts));
  if (!translated.has_value()) {
    if (explain.type == "VALIDATE") {
      return ValidAnswer();  // its grammar is all there is to see before it runs
    }
    return ErrorAt(ErrorCode::kNotSupported, inner.at, "",
                   "EXPLAIN is for queries and changes of data only");
  }
  if (explain.type == "VALIDATE") {
    RETURN_NOT_OK(host.PrepareOnDuckDb(std::move(translated->statement), text));
    return ValidAnswer();
  }
  if (explain.type == "IO") {
    return RunIo(std::move(translated->statement), text, inner.at, host);
  }
  auto statement = duckdb::make_uniq<duckdb::ExplainStatement>(
      std::move(translated->statement),
      explain.is_analyze ? duckdb::ExplainType::EXPLAIN_ANALYZE
                         : duckdb::ExplainType::EXPLAIN_STANDARD,
      FormatOf(explain.format));
  ARROW_ASSIGN_OR_RAISE(const auto rows, host.RunOnDuckDb(std::move(statement), text));
  return PlanOf(*rows);
}

}  // namespace tarn::engine::trino
