#include "tarn/engine/internal/value_encoder.h"

#include <algorithm>
#include <utility>

#include <duckdb/catalog/catalog.hpp>
#include <duckdb/catalog/catalog_entry/scalar_function_catalog_entry.hpp>
#include <duckdb/common/type_visitor.hpp>
#include <duckdb/common/types/geometry.hpp>
#include <duckdb/common/vector_operations/vector_operations.hpp>
#include <duckdb/function/function_binder.hpp>
#include <duckdb/planner/expression/bound_reference_expression.hpp>

namespace tarn::engine {
namespace {

using duckdb::idx_t;
using duckdb::LogicalType;
using duckdb::LogicalTypeId;
using duckdb::Vector;

constexpr char kEncodeFunction[] = "variant_to_parquet_variant";

LogicalType VariantBytesType() {
  return LogicalType::STRUCT(
      {{"metadata", LogicalType::BLOB}, {"value", LogicalType::BLOB}});
}

bool NeedsEncoding(const LogicalType& type) {
  return ContainsVariant(type) ||
         duckdb::TypeVisitor::Contains(type, LogicalTypeId::GEOMETRY);
}

}  // namespace

bool ContainsVariant(const LogicalType& type) {
  return duckdb::TypeVisitor::Contains(type, LogicalTypeId::VARIANT);
}

LogicalType WithJson(const LogicalType& type) {
  return duckdb::TypeVisitor::VisitReplace(type, [](const LogicalType& part) {
    return part.id() == LogicalTypeId::VARIANT ? LogicalType::JSON() : part;
  });
}

LogicalType EncodedTypeOf(const LogicalType& type) {
  return duckdb::TypeVisitor::VisitReplace(type, [](const LogicalType& part) {
    switch (part.id()) {
      case LogicalTypeId::VARIANT:
        return VariantBytesType();
      case LogicalTypeId::GEOMETRY:
        return LogicalType(LogicalTypeId::BLOB);
      default:
        return part;
    }
  });
}

ValueEncoder::ValueEncoder(duckdb::ClientContext& context) {
  auto& entry = duckdb::Catalog::GetSystemCatalog(context)
                    .GetEntry<duckdb::ScalarFunctionCatalogEntry>(context, DEFAULT_SCHEMA,
                                                                  kEncodeFunction);
  duckdb::vector<duckdb::unique_ptr<duckdb::Expression>> arguments;
  arguments.push_back(duckdb::make_uniq<duckdb::BoundReferenceExpression>(
      LogicalType::VARIANT(), idx_t{0}));
  duckdb::ErrorData error;
  duckdb::FunctionBinder binder(context);
  function_ = binder.BindScalarFunction(entry, std::move(arguments), error);
  if (function_ == nullptr) {
    error.Throw();
  }
  executor_ = duckdb::make_uniq<duckdb::ExpressionExecutor>(context, *function_);
  input_.InitializeEmpty({LogicalType::VARIANT()});
}

void ValueEncoder::Encode(Vector& values, Vector& encoded, idx_t count) {
  const LogicalType& type = values.GetType();
  if (!NeedsEncoding(type)) {
    duckdb::VectorOperations::Copy(values, encoded, count, 0, 0);
    return;
  }
  switch (type.id()) {
    case LogicalTypeId::VARIANT:
      return EncodeVariants(values, encoded, count);
    case LogicalTypeId::GEOMETRY: {
      Vector bytes(LogicalType::BLOB, count);
      duckdb::Geometry::ToBinary(values, bytes, count);
      duckdb::VectorOperations::Copy(bytes, encoded, count, 0, 0);
      return;
    }
    case LogicalTypeId::STRUCT:
      return EncodeStruct(values, encoded, count);
    default:
      return EncodeList(values, encoded, count);
  }
}

// DuckDB's functions work on one standard vector at a time.
void ValueEncoder::EncodeVariants(Vector& values, Vector& encoded, idx_t count) {
  values.Flatten(count);
  for (idx_t at = 0; at < count; at += STANDARD_VECTOR_SIZE) {
    const idx_t rows = std::min<idx_t>(STANDARD_VECTOR_SIZE, count - at);
    Vector slice(values, at, at + rows);
    input_.data[0].Reference(slice);
    input_.SetCardinality(rows);
    Vector bytes(function_->return_type);
    executor_->ExecuteExpression(input_, bytes);
    bytes.Flatten(rows);
    auto& from = duckdb::StructVector::GetEntries(bytes);
    auto& to = duckdb::StructVector::GetEntries(encoded);
    for (size_t i = 0; i < to.size(); ++i) {
      duckdb::VectorOperations::Copy(*from[i], *to[i], rows, 0, at);
    }
  }
  const auto& validity = duckdb::FlatVector::Validity(values);
  for (idx_t row = 0; row < count; ++row) {
    if (!validity.RowIsValid(row)) {
      duckdb::FlatVector::SetNull(encoded, row, true);
    }
  }
}

void ValueEncoder::EncodeStruct(Vector& values, Vector& encoded, idx_t count) {
  values.Flatten(count);
  auto& from = duckdb::StructVector::GetEntries(values);
  auto& to = duckdb::StructVector::GetEntries(encoded);
  for (size_t i = 0; i < from.size(); ++i) {
    Encode(*from[i], *to[i], count);
  }
  duckdb::FlatVector::SetValidity(encoded, duckdb::FlatVector::Validity(values));
}

// Lists and maps: offsets stay, the entries are encoded.
void ValueEncoder::EncodeList(Vector& values, Vector& encoded, idx_t count) {
  values.Flatten(count);
  const idx_t entries = duckdb::ListVector::GetListSize(values);
  duckdb::ListVector::Reserve(encoded, entries);
  Encode(duckdb::ListVector::GetEntry(values), duckdb::ListVector::GetEntry(encoded),
         entries);
  duckdb::ListVector::SetListSize(encoded, entries);
  const auto* from = duckdb::FlatVector::GetData<duckdb::list_entry_t>(values);
  auto* to = duckdb::FlatVector::GetData<duckdb::list_entry_t>(encoded);
  std::copy_n(from, count, to);
  duckdb::FlatVector::SetValidity(encoded, duckdb::FlatVector::Validity(values));
}

}  // namespace tarn::engine
