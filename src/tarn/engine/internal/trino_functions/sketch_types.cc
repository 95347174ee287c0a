#include "tarn/engine/internal/trino_functions/sketch_types.h"

namespace tarn::engine {
namespace {

duckdb::LogicalType Named(std::string_view name) {
  duckdb::LogicalType type(duckdb::LogicalTypeId::BLOB);
  type.SetAlias(std::string(name));
  return type;
}

bool HasName(const duckdb::LogicalType& type, std::string_view name) {
  return type.id() == duckdb::LogicalTypeId::BLOB && type.HasAlias() &&
         type.GetAlias() == name;
}

}  // namespace

duckdb::LogicalType HyperLogLogType() { return Named(kHyperLogLogName); }
duckdb::LogicalType TDigestType() { return Named(kTDigestName); }

bool IsHyperLogLog(const duckdb::LogicalType& type) {
  return HasName(type, kHyperLogLogName);
}
bool IsTDigest(const duckdb::LogicalType& type) { return HasName(type, kTDigestName); }
bool IsSketch(const duckdb::LogicalType& type) {
  return IsHyperLogLog(type) || IsTDigest(type);
}

}  // namespace tarn::engine
