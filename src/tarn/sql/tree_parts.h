// What trees are made of beside their nodes: places, names, orders and windows.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tarn::sql {

/// A place in the text: lines and columns from 1, columns in code points.
struct Position {
  int32_t line = 1;
  int32_t column = 1;
  bool operator==(const Position&) const = default;
};

struct Expression;
struct Query;
using ExpressionPtr = std::shared_ptr<const Expression>;
using QueryPtr = std::shared_ptr<const Query>;

/// A name as written. Trino folds all names when it looks them up and shows columns as
/// the query spells them.
struct Name {
  std::string text;
  bool is_quoted = false;
};

enum class SortDirection : uint8_t { kAscending, kDescending };
enum class NullOrder : uint8_t { kUnsaid, kFirst, kLast };

struct SortItem {
  ExpressionPtr value;
  SortDirection direction = SortDirection::kAscending;
  NullOrder nulls = NullOrder::kUnsaid;
};

enum class FrameUnit : uint8_t { kRange, kRows, kGroups };
enum class BoundKind : uint8_t {
  kUnboundedPreceding,
  kPreceding,
  kCurrentRow,
  kFollowing,
  kUnboundedFollowing,
};
struct FrameBound {
  BoundKind kind = BoundKind::kCurrentRow;
  ExpressionPtr offset = nullptr;  // of kPreceding and kFollowing
};
struct WindowFrame {
  FrameUnit unit = FrameUnit::kRange;
  FrameBound start;
  std::optional<FrameBound> end = {};  // unset: no BETWEEN
};
struct WindowSpecification {
  std::optional<Name> base = {};  // the window that this one adds to
  std::vector<ExpressionPtr> partition_by = {};
  std::vector<SortItem> order_by = {};
  std::optional<WindowFrame> frame = {};
};

namespace statement {

/// catalog.schema.object; `at` is its first part's.
struct ObjectName {
  Position at;
  std::vector<Name> parts = {};
};

}  // namespace statement

}  // namespace tarn::sql
