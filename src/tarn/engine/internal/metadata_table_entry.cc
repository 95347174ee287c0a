#include "tarn/engine/internal/metadata_table_entry.h"

#include <utility>

#include <arrow/c/bridge.h>
#include <arrow/record_batch.h>
#include <duckdb/catalog/catalog.hpp>
#include <duckdb/catalog/catalog_entry/table_function_catalog_entry.hpp>
#include <duckdb/function/table/arrow.hpp>
#include <duckdb/main/external_dependencies.hpp>
#include <duckdb/parser/parsed_data/create_table_info.hpp>
#include <duckdb/storage/statistics/base_statistics.hpp>
#include <duckdb/storage/table_storage_info.hpp>

#include "tarn/base/error.h"
#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/engine/internal/transaction.h"

namespace tarn::engine {
namespace {

using Reader = std::shared_ptr<arrow::RecordBatchReader>;

/// What one scan reads. Lives in the bind data.
struct InspectSource final : public duckdb::DependencyItem {
  InspectSource(const table::Context& context, table::InspectRequest asked)
      : tarn(context), request(std::move(asked)) {}

  table::Context tarn;
  table::InspectRequest request;
};

/// DuckDB asks again in every execution of a prepared statement.
struct InspectBindData final : public duckdb::ArrowScanFunctionData {
  using duckdb::ArrowScanFunctionData::ArrowScanFunctionData;
  duckdb::TableCatalogEntry* entry = nullptr;

  bool SupportStatementCache() const override { return false; }
};

// The reader as a C stream whose errors are exceptions: the stream's own way to report
// one would lose its code.

const Reader& ReaderOf(ArrowArrayStream* stream) {
  return *static_cast<Reader*>(stream->private_data);
}

int StreamSchema(ArrowArrayStream* stream, ArrowSchema* out) {
  ThrowIfError(arrow::ExportSchema(*ReaderOf(stream)->schema(), out));
  return 0;
}

int StreamNext(ArrowArrayStream* stream, ArrowArray* out) {
  const auto batch = ValueOrThrow(ReaderOf(stream)->Next());
  if (batch == nullptr) {
    out->release = nullptr;  // the end
    return 0;
  }
  ThrowIfError(arrow::ExportRecordBatch(*batch, out));
  return 0;
}

const char* StreamError(ArrowArrayStream*) { return nullptr; }

void ReleaseStream(ArrowArrayStream* stream) {
  const std::unique_ptr<Reader> owned(static_cast<Reader*>(stream->private_data));
  stream->release = nullptr;
}

duckdb::unique_ptr<duckdb::ArrowArrayStreamWrapper> OpenStream(
    uintptr_t source_pointer, duckdb::ArrowStreamParameters& parameters) {
  const auto& source = *reinterpret_cast<const InspectSource*>(source_pointer);
  table::InspectRequest request = source.request;
  request.columns.assign(parameters.projected_columns.columns.begin(),
                         parameters.projected_columns.columns.end());
  auto reader = ValueOrThrow(table::Inspect(source.tarn, request));
  auto wrapper = duckdb::make_uniq<duckdb::ArrowArrayStreamWrapper>();
  ArrowArrayStream& stream = wrapper->arrow_array_stream;
  stream.private_data = std::make_unique<Reader>(std::move(reader)).release();
  stream.get_schema = StreamSchema;
  stream.get_next = StreamNext;
  stream.get_last_error = StreamError;
  stream.release = ReleaseStream;
  return wrapper;
}

/// The columns in Arrow's and in DuckDB's words.
void DescribeColumns(duckdb::ClientContext& context, const table::InspectRequest& request,
                     duckdb::ArrowSchemaWrapper* exported,
                     duckdb::ArrowTableSchema* columns) {
  const auto schema = ValueOrThrow(table::MetadataTableSchema(request));
  ThrowIfError(arrow::ExportSchema(*schema, &exported->arrow_schema));
  duckdb::ArrowTableFunction::PopulateArrowTableSchema(context, *columns,
                                                       exported->arrow_schema);
}

duckdb::BindInfo TableOf(const duckdb::optional_ptr<duckdb::FunctionData> bind_data) {
  return duckdb::BindInfo(*bind_data->Cast<InspectBindData>().entry);
}

}  // namespace

std::unique_ptr<MetadataTableEntry> MetadataTableEntry::Make(
    duckdb::ClientContext& context, duckdb::SchemaCatalogEntry& owner,
    const std::string& name, table::InspectRequest request) {
  duckdb::ArrowSchemaWrapper exported;
  duckdb::ArrowTableSchema columns;
  DescribeColumns(context, request, &exported, &columns);
  duckdb::CreateTableInfo info(owner, name);
  for (duckdb::idx_t i = 0; i < columns.GetNames().size(); ++i) {
    info.columns.AddColumn(
        duckdb::ColumnDefinition(columns.GetNames()[i], columns.GetTypes()[i]));
  }
  return std::unique_ptr<MetadataTableEntry>(
      new MetadataTableEntry(owner, info, std::move(request)));
}

duckdb::TableFunction MetadataTableEntry::GetScanFunction(
    duckdb::ClientContext& context, duckdb::unique_ptr<duckdb::FunctionData>& bind_data) {
  IcebergTransaction& transaction = IcebergTransaction::Get(context, catalog);
  if (transaction.writes().Changes(request_.table.ident)) {
    request_.table.metadata =
        ValueOrThrow(transaction.writes().ViewOf(request_.table.ident)).metadata;
  }
  auto source = duckdb::make_shared_ptr<InspectSource>(transaction.tarn(), request_);
  const auto pointer = reinterpret_cast<uintptr_t>(source.get());
  auto data = duckdb::make_uniq<InspectBindData>(OpenStream, pointer, std::move(source));
  data->entry = this;
  DescribeColumns(context, request_, &data->schema_root, &data->arrow_table);
  data->all_types = data->arrow_table.GetTypes();
  bind_data = std::move(data);

  auto& system = duckdb::Catalog::GetSystemCatalog(context);
  auto& entry = system.GetEntry<duckdb::TableFunctionCatalogEntry>(
      context, DEFAULT_SCHEMA, "arrow_scan");
  duckdb::TableFunction function = entry.functions.GetFunctionByOffset(0);
  function.name = "iceberg_metadata_scan";
  function.filter_pushdown = false;
  function.filter_prune = false;
  function.get_bind_info = TableOf;
  // Else scans of different tables with the same columns look like one common subplan.
  function.verify_serialization = false;
  return function;
}

duckdb::unique_ptr<duckdb::BaseStatistics> MetadataTableEntry::GetStatistics(
    duckdb::ClientContext&, duckdb::column_t) {
  return nullptr;
}

duckdb::TableStorageInfo MetadataTableEntry::GetStorageInfo(duckdb::ClientContext&) {
  return {};
}

duckdb::virtual_column_map_t MetadataTableEntry::GetVirtualColumns() const { return {}; }

duckdb::vector<duckdb::column_t> MetadataTableEntry::GetRowIdColumns() const {
  return {};
}

void MetadataTableEntry::BindUpdateConstraints(duckdb::Binder&, duckdb::LogicalGet&,
                                               duckdb::LogicalProjection&,
                                               duckdb::LogicalUpdate&,
                                               duckdb::ClientContext&) {
  // Nothing to check: UPDATE is refused when it is planned.
}

}  // namespace tarn::engine
