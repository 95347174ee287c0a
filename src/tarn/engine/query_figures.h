// What a running server tells SQL of what its queries take.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace tarn::engine {

struct QueryFigures {
  int64_t memory_bytes = 0;
  int64_t memory_bytes_peak = 0;
  int64_t cpu_millis = 0;
};

/// What a ServerState may be too. Thread-safe.
class QueryFiguresSource {
 public:
  virtual ~QueryFiguresSource() = default;
  /// By the query's id; one that is missing has taken nothing that is counted.
  virtual std::map<std::string, QueryFigures> Figures() const = 0;
};

}  // namespace tarn::engine
