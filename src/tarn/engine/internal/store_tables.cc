#include "tarn/engine/internal/store_tables.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <duckdb/common/string_util.hpp>
#include <duckdb/function/replacement_scan.hpp>
#include <duckdb/main/config.hpp>
#include <duckdb/parser/expression/constant_expression.hpp>
#include <duckdb/parser/expression/function_expression.hpp>
#include <duckdb/parser/tableref/table_function_ref.hpp>

namespace tarn::engine {
namespace {

constexpr char kSchema[] = "s3";

constexpr std::pair<std::string_view, const char*> kReaders[] = {
    {".csv", "read_csv"},    {".tsv", "read_csv"},     {".json", "read_json"},
    {".jsonl", "read_json"}, {".ndjson", "read_json"}, {".parquet", "read_parquet"},
};

std::optional<std::string> ReaderOf(std::string path) {
  path = duckdb::StringUtil::Lower(path);
  for (const char* packed : {".gz", ".zst"}) {
    if (path.ends_with(packed)) {
      path.erase(path.size() - std::string_view(packed).size());
    }
  }
  for (const auto& [ending, reader] : kReaders) {
    if (path.ends_with(ending)) {
      return reader;
    }
  }
  return std::nullopt;
}

/// Asked for tables that no catalog has.
duckdb::unique_ptr<duckdb::TableRef> StoreTable(
    duckdb::ClientContext&, duckdb::ReplacementScanInput& input,
    duckdb::optional_ptr<duckdb::ReplacementScanData>) {
  const auto reader = ReaderOf(input.table_name);
  if (!input.catalog_name.empty() || input.schema_name != kSchema || !reader) {
    return nullptr;
  }
  duckdb::vector<duckdb::unique_ptr<duckdb::ParsedExpression>> arguments;
  arguments.push_back(duckdb::make_uniq<duckdb::ConstantExpression>(
      duckdb::Value("s3://" + input.table_name)));
  auto table = duckdb::make_uniq<duckdb::TableFunctionRef>();
  table->function =
      duckdb::make_uniq<duckdb::FunctionExpression>(*reader, std::move(arguments));
  return table;
}

}  // namespace

void RegisterStoreTables(duckdb::DBConfig& config) {
  config.replacement_scans.emplace_back(StoreTable);
}

}  // namespace tarn::engine
