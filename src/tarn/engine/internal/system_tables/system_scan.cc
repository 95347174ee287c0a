#include "tarn/engine/internal/system_tables/system_scan.h"

#include <utility>
#include <vector>

#include <duckdb/catalog/catalog.hpp>
#include <duckdb/common/exception.hpp>
#include <duckdb/function/table_function.hpp>
#include <duckdb/parser/expression/constant_expression.hpp>
#include <duckdb/parser/expression/function_expression.hpp>
#include <duckdb/parser/parsed_data/create_table_function_info.hpp>
#include <duckdb/parser/tableref/table_function_ref.hpp>

#include "tarn/base/error.h"
#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/engine/internal/system_tables/name_filter.h"
#include "tarn/engine/internal/system_tables/object_walk.h"

namespace tarn::engine::system_tables {
namespace {

constexpr char kFunction[] = "tarn_system_table";

struct LinkInfo final : public duckdb::TableFunctionInfo {
  explicit LinkInfo(std::shared_ptr<const ServerLink> link) : server(std::move(link)) {}
  std::shared_ptr<const ServerLink> server;
};

struct BindData final : public duckdb::FunctionData {
  std::string catalog;
  const SystemTable* table = nullptr;
  std::shared_ptr<const ServerLink> server;
  NameFilter filter;

  duckdb::unique_ptr<duckdb::FunctionData> Copy() const override {
    return duckdb::make_uniq<BindData>(*this);
  }
  bool Equals(const duckdb::FunctionData& other) const override {
    return this == &other;  // filters of two scans are not compared
  }
  bool SupportStatementCache() const override { return false; }
};

/// Hidden columns are DuckDB's virtual ones.
duckdb::column_t HiddenId(size_t column) {
  return duckdb::VIRTUAL_COLUMN_START + 1'000'000 + column;
}

duckdb::unique_ptr<duckdb::FunctionData> Bind(duckdb::ClientContext& context,
                                              duckdb::TableFunctionBindInput& input,
                                              duckdb::vector<duckdb::LogicalType>& types,
                                              duckdb::vector<duckdb::string>& names) {
  auto data = duckdb::make_uniq<BindData>();
  data->catalog = input.inputs[0].ToString();
  data->table = FindSystemTable(data->catalog, input.inputs[1].ToString(),
                                input.inputs[2].ToString());
  data->server = input.info->Cast<LinkInfo>().server;
  const CatalogListing listing(context);
  if (!listing.HasCatalog(data->catalog)) {
    ThrowStatus(
        MakeError(ErrorCode::kNoSuchNamespace,
                  "CATALOG_NOT_FOUND: Catalog '" + data->catalog + "' not found"));
  }
  if (data->table == nullptr ||
      !data->table->IsIn(data->catalog, listing.Ours(data->catalog) != nullptr)) {
    ThrowStatus(MakeError(ErrorCode::kNoSuchTable,
                          "Table '" + data->catalog + "." + input.inputs[1].ToString() +
                              "." + input.inputs[2].ToString() + "' does not exist"));
  }
  for (const SystemColumn& column : data->table->columns) {
    if (!column.is_hidden) {
      names.push_back(column.name);
      types.push_back(column.type);
    }
  }
  return data;
}

duckdb::virtual_column_map_t HiddenColumns(
    duckdb::ClientContext&, duckdb::optional_ptr<duckdb::FunctionData> bind_data) {
  const SystemTable& table = *bind_data->Cast<BindData>().table;
  duckdb::virtual_column_map_t hidden;
  // What count(*) reads.
  hidden[duckdb::COLUMN_IDENTIFIER_EMPTY] =
      duckdb::TableColumn("", duckdb::LogicalType::BOOLEAN);
  for (size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].is_hidden) {
      hidden[HiddenId(i)] =
          duckdb::TableColumn(table.columns[i].name, table.columns[i].type);
    }
  }
  return hidden;
}

void TakeFilters(duckdb::ClientContext&, duckdb::LogicalGet& get,
                 duckdb::FunctionData* bind_data,
                 duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& filters) {
  auto& data = bind_data->Cast<BindData>();
  for (const auto& filter : filters) {
    data.filter.Add(*filter, get, data.table->names);
  }
}

/// Which catalogs the walk goes over.
std::vector<std::string> StartOf(duckdb::ClientContext& context, const BindData& data) {
  const bool is_of_one = data.table->schema == kInformationSchema ||
                         data.table->schema == kCatalogSystemSchema;
  return is_of_one ? std::vector<std::string>{data.catalog}
                   : CatalogListing(context).Catalogs();
}

class ScanState final : public duckdb::GlobalTableFunctionState {
 public:
  ScanState(duckdb::ClientContext& context, const BindData& data,
            const duckdb::vector<duckdb::column_t>& ids)
      : table_(*data.table),
        server_(data.server->Get()),
        request_{context, server_.get(), std::vector<bool>(table_.columns.size())},
        walk_(context, StartOf(context, data), table_.per, data.filter) {
    for (const duckdb::column_t id : ids) {
      sources_.push_back(id >= HiddenId(0) ? id - HiddenId(0) : id);
      if (sources_.back() < table_.columns.size()) {
        request_.is_read[sources_.back()] = true;
      }
    }
  }

  void Fill(duckdb::DataChunk& output) {
    duckdb::idx_t count = 0;
    while (count < STANDARD_VECTOR_SIZE && Advance()) {
      const Row& row = rows_[at_++];
      for (size_t i = 0; i < sources_.size(); ++i) {
        const bool is_set = sources_[i] < row.size();
        output.SetValue(i, count, is_set ? row[sources_[i]] : duckdb::Value());
      }
      ++count;
    }
    output.SetCardinality(count);
  }

 private:
  /// Whether there is a row at `at_`.
  bool Advance() {
    while (at_ >= rows_.size()) {
      rows_.clear();
      at_ = 0;
      if (request_.context.interrupted) {
        throw duckdb::InterruptException();
      }
      const auto object = walk_.Next();
      if (!object.has_value()) {
        return false;
      }
      table_.add_rows(request_, *object, &rows_);
    }
    return true;
  }

  const SystemTable& table_;
  const std::shared_ptr<const ServerState> server_;
  RowRequest request_;
  ObjectWalk walk_;
  std::vector<size_t> sources_;  // columns of the table, by column of the output
  std::vector<Row> rows_;
  size_t at_ = 0;
};

duckdb::unique_ptr<duckdb::GlobalTableFunctionState> Open(
    duckdb::ClientContext& context, duckdb::TableFunctionInitInput& input) {
  return duckdb::make_uniq<ScanState>(context, input.bind_data->Cast<BindData>(),
                                      input.column_ids);
}

void Scan(duckdb::ClientContext&, duckdb::TableFunctionInput& input,
          duckdb::DataChunk& output) {
  input.global_state->Cast<ScanState>().Fill(output);
}

}  // namespace

void RegisterSystemTables(duckdb::DatabaseInstance& database,
                          std::shared_ptr<const ServerLink> server) {
  const auto text = duckdb::LogicalType::VARCHAR;
  duckdb::TableFunction function(kFunction, {text, text, text}, Scan, Bind, Open);
  function.projection_pushdown = true;
  function.pushdown_complex_filter = TakeFilters;
  function.get_virtual_columns = HiddenColumns;
  function.function_info = duckdb::make_shared_ptr<LinkInfo>(std::move(server));
  duckdb::CreateTableFunctionInfo info(std::move(function));
  info.schema = DEFAULT_SCHEMA;
  info.internal = true;
  duckdb::Catalog& catalog = duckdb::Catalog::GetSystemCatalog(database);
  catalog.CreateFunction(duckdb::CatalogTransaction::GetSystemTransaction(database),
                         info);
}

duckdb::unique_ptr<duckdb::TableRef> TableOf(const std::string& catalog,
                                             const SystemTable& table) {
  duckdb::vector<duckdb::unique_ptr<duckdb::ParsedExpression>> arguments;
  for (const std::string& argument : {catalog, table.schema, table.name}) {
    arguments.push_back(
        duckdb::make_uniq<duckdb::ConstantExpression>(duckdb::Value(argument)));
  }
  auto function =
      duckdb::make_uniq<duckdb::FunctionExpression>(kFunction, std::move(arguments));
  function->catalog = SYSTEM_CATALOG;
  function->schema = DEFAULT_SCHEMA;
  auto made = duckdb::make_uniq<duckdb::TableFunctionRef>();
  made->function = std::move(function);
  made->alias = table.name;
  return made;
}

}  // namespace tarn::engine::system_tables
