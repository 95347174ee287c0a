// The types of sketches: bytes with a name, which no value turns into unless it is cast.
#pragma once

#include <string_view>

#include <duckdb/common/types.hpp>

namespace tarn::engine {

inline constexpr std::string_view kHyperLogLogName = "HyperLogLog";
inline constexpr std::string_view kTDigestName = "tdigest";

duckdb::LogicalType HyperLogLogType();
duckdb::LogicalType TDigestType();

bool IsHyperLogLog(const duckdb::LogicalType& type);
bool IsTDigest(const duckdb::LogicalType& type);
bool IsSketch(const duckdb::LogicalType& type);

}  // namespace tarn::engine
