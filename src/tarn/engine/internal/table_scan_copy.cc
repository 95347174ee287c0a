#include "tarn/engine/internal/table_scan_copy.h"

#include <duckdb/catalog/catalog.hpp>
#include <duckdb/catalog/catalog_transaction.hpp>
#include <duckdb/common/exception.hpp>
#include <duckdb/common/serializer/deserializer.hpp>
#include <duckdb/common/serializer/serializer.hpp>
#include <duckdb/parser/parsed_data/create_table_function_info.hpp>

namespace tarn::engine {
namespace {

constexpr char kSchema[] = "trino";
constexpr char kName[] = "iceberg_scan";

/// The plan that is copied outlives the copying, so addresses are enough.
template <typename T>
uint64_t AddressOf(const T* object) {
  return reinterpret_cast<uintptr_t>(object);
}

template <typename T>
const T& ObjectAt(uint64_t address) {
  return *reinterpret_cast<const T*>(static_cast<uintptr_t>(address));
}

void Write(duckdb::Serializer& serializer,
           const duckdb::optional_ptr<duckdb::FunctionData> bind_data,
           const duckdb::TableFunction& function) {
  serializer.WriteProperty(100, "function", AddressOf(&function));
  serializer.WriteProperty(101, "bind_data",
                           AddressOf<duckdb::FunctionData>(bind_data.get()));
}

duckdb::unique_ptr<duckdb::FunctionData> Read(duckdb::Deserializer& deserializer,
                                              duckdb::TableFunction& function) {
  const auto of = deserializer.ReadProperty<uint64_t>(100, "function");
  const auto bind_data = deserializer.ReadProperty<uint64_t>(101, "bind_data");
  function = ObjectAt<duckdb::TableFunction>(of);
  return ObjectAt<duckdb::FunctionData>(bind_data).Copy();
}

duckdb::unique_ptr<duckdb::FunctionData> RefuseCall(duckdb::ClientContext&,
                                                    duckdb::TableFunctionBindInput&,
                                                    duckdb::vector<duckdb::LogicalType>&,
                                                    duckdb::vector<duckdb::string>&) {
  throw duckdb::BinderException("iceberg_scan is no function to call: name the table");
}

}  // namespace

void MakeCopyable(duckdb::TableFunction* function) {
  function->name = kName;
  function->catalog_name = SYSTEM_CATALOG;
  function->schema_name = kSchema;
  function->serialize = Write;
  function->deserialize = Read;
}

void RegisterTableScanCopies(duckdb::DatabaseInstance& database) {
  duckdb::TableFunction function(
      kName, {duckdb::LogicalType::LIST(duckdb::LogicalType::VARCHAR)}, nullptr,
      RefuseCall);
  MakeCopyable(&function);
  duckdb::CreateTableFunctionInfo info(std::move(function));
  info.schema = kSchema;
  info.internal = true;
  info.on_conflict = duckdb::OnCreateConflict::IGNORE_ON_CONFLICT;
  duckdb::Catalog::GetSystemCatalog(database).CreateTableFunction(
      duckdb::CatalogTransaction::GetSystemTransaction(database), info);
}

}  // namespace tarn::engine
