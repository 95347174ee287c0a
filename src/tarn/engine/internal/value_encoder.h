// Values that only DuckDB knows how to hold, on their way out: VARIANT in Parquet's
// binary encoding and GEOMETRY as WKB for files, VARIANT as JSON for clients.
#pragma once

#include <duckdb/common/types.hpp>
#include <duckdb/common/types/data_chunk.hpp>
#include <duckdb/common/types/vector.hpp>
#include <duckdb/execution/expression_executor.hpp>
#include <duckdb/main/client_context.hpp>
#include <duckdb/planner/expression.hpp>

namespace tarn::engine {

bool ContainsVariant(const duckdb::LogicalType& type);
/// `type` with JSON in place of VARIANT, also inside nested types.
duckdb::LogicalType WithJson(const duckdb::LogicalType& type);

/// `type` as files hold it: STRUCT(metadata BLOB, value BLOB) in place of VARIANT and
/// BLOB in place of GEOMETRY, also inside nested types.
duckdb::LogicalType EncodedTypeOf(const duckdb::LogicalType& type);

/// Turns values of any type into those of EncodedTypeOf: VARIANT by the function that
/// DuckDB's own Parquet writer uses (unshredded, Parquet's VariantEncoding.md).
/// Thread-compatible.
class ValueEncoder {
 public:
  /// `context` outlives the encoder and is in a transaction. Throws DuckDB's exceptions.
  explicit ValueEncoder(duckdb::ClientContext& context);

  /// Fills `encoded`, a new vector of EncodedTypeOf(values.GetType()) with room for
  /// `count` rows. A NULL stays NULL; a variant that holds null stays a value.
  void Encode(duckdb::Vector& values, duckdb::Vector& encoded, duckdb::idx_t count);

 private:
  void EncodeVariants(duckdb::Vector& values, duckdb::Vector& encoded,
                      duckdb::idx_t count);
  void EncodeStruct(duckdb::Vector& values, duckdb::Vector& encoded, duckdb::idx_t count);
  void EncodeList(duckdb::Vector& values, duckdb::Vector& encoded, duckdb::idx_t count);

  duckdb::unique_ptr<duckdb::Expression> function_;
  duckdb::unique_ptr<duckdb::ExpressionExecutor> executor_;
  duckdb::DataChunk input_;
};

}  // namespace tarn::engine
