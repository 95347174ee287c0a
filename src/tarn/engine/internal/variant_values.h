// VARIANT values on their way out of DuckDB: in Parquet's binary encoding for files, as
// JSON for clients.
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

/// `type` with STRUCT(metadata BLOB, value BLOB) in place of VARIANT.
duckdb::LogicalType WithVariantBytes(const duckdb::LogicalType& type);

/// Turns VARIANTs into Parquet's unshredded encoding (Parquet: VariantEncoding.md) with
/// the function that DuckDB's own Parquet writer uses. Thread-compatible.
class VariantEncoder {
 public:
  /// `context` outlives the encoder and is in a transaction. Throws DuckDB's exceptions.
  explicit VariantEncoder(duckdb::ClientContext& context);

  /// Fills `encoded`, a vector of WithVariantBytes(values.GetType()) with room for
  /// `count` rows. A NULL stays NULL; a variant that holds null stays a value.
  void Encode(duckdb::Vector& values, duckdb::Vector& encoded, duckdb::idx_t count);

 private:
  void EncodeVariants(duckdb::Vector& values, duckdb::Vector& encoded,
                      duckdb::idx_t count);
  void EncodeStruct(duckdb::Vector& values, duckdb::Vector& encoded,
                    duckdb::idx_t count);
  void EncodeList(duckdb::Vector& values, duckdb::Vector& encoded, duckdb::idx_t count);

  duckdb::unique_ptr<duckdb::Expression> function_;
  duckdb::unique_ptr<duckdb::ExpressionExecutor> executor_;
  duckdb::DataChunk input_;
};

}  // namespace tarn::engine
