// What a query's filters say of names: decided before metadata is loaded, so that asking
// for one table among thousands loads one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <duckdb/common/types/data_chunk.hpp>
#include <duckdb/execution/expression_executor.hpp>
#include <duckdb/planner/expression.hpp>
#include <duckdb/planner/operator/logical_get.hpp>

#include "tarn/engine/internal/system_tables/system_table.h"

namespace tarn::engine::system_tables {

/// A part of an object's name; filters are decided once the parts that they speak of are
/// known.
enum class NamePart : uint8_t { kCatalog, kSchema, kName };

/// The filters of one scan that speak of names only. They narrow what is looked at;
/// DuckDB applies them again to the rows.
class NameFilter {
 public:
  NameFilter() = default;
  NameFilter(const NameFilter& other);
  NameFilter& operator=(const NameFilter&) = delete;

  /// Keeps `filter` if it speaks of `columns` of `get` only.
  void Add(const duckdb::Expression& filter, const duckdb::LogicalGet& get,
           const NameColumns& columns);

  /// The names that the part must be among; unset: any.
  const std::optional<std::vector<std::string>>& Exact(NamePart part) const {
    return exact_[static_cast<size_t>(part)];
  }

 private:
  friend class NameTest;
  struct Filter {
    duckdb::unique_ptr<duckdb::Expression> expression;  // of columns 0, 1, 2: the parts
    NamePart last = NamePart::kCatalog;
  };

  void NoteExact(const duckdb::Expression& filter);

  std::vector<Filter> filters_;
  std::optional<std::vector<std::string>> exact_[3];
};

/// Applies the filters to names. Thread-compatible.
class NameTest {
 public:
  /// Both outlive the test.
  NameTest(duckdb::ClientContext& context, const NameFilter& filter);

  /// Whether the filters that can be decided when `last` is known, and no earlier, keep
  /// the object.
  bool Keeps(const ListedObject& object, NamePart last);

 private:
  struct Test {
    std::unique_ptr<duckdb::ExpressionExecutor> executor;
    NamePart last;
  };

  std::vector<Test> tests_;
  duckdb::DataChunk names_;
};

}  // namespace tarn::engine::system_tables
