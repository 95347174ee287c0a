// The rows of JSON_TABLE: what its paths find in a value, joined as its plan says. Knows
// nothing of DuckDB.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/engine/internal/trino_functions/json_path.h"

namespace tarn::engine {

/// A path that gives rows and what it reads from each item, or several such paths.
struct JsonTableStep {
  enum class Kind : uint8_t { kPath, kUnion, kCross };
  Kind kind = Kind::kPath;
  // Of kPath:
  std::string path = {};
  size_t number = 0;                 // among all paths
  std::vector<size_t> columns = {};  // their numbers among all columns
  std::vector<std::string> column_paths = {};
  bool is_outer = true;  // keeps an item for which `parts[0]` gives no row
  /// Of kPath the step inside of it, if any; of the others what they join.
  std::vector<JsonTableStep> parts = {};
};

struct JsonTablePlan {
  bool fails_on_error = false;  // else an error is no rows
  size_t num_paths = 0;
  size_t num_columns = 0;
  JsonTableStep root = {};
};

std::string WriteJsonTablePlan(const JsonTablePlan& plan);
/// Unset for text that WriteJsonTablePlan has not written.
std::optional<JsonTablePlan> ReadJsonTablePlan(std::string_view text);

/// One row before its columns have types.
struct JsonTableRow {
  /// By path: the number of the item that it found, from 1; unset where the row has none.
  std::vector<std::optional<int64_t>> numbers;
  /// By column: the items that its path found, each as JSON; unset where it failed.
  std::vector<std::optional<std::vector<std::string>>> found;
};

/// A plan whose paths have been read. Not to be used by two threads at once.
class JsonTableReader {
 public:
  using Emit = std::function<void(const JsonTableRow&)>;

  /// Throws as ReadJsonPath does.
  explicit JsonTableReader(const JsonTablePlan& plan);
  ~JsonTableReader();

  /// Calls `emit` for each row of `json`, in order. Throws JSON_INPUT_CONVERSION_ERROR
  /// and PATH_EVALUATION_ERROR if the plan says so; NOT_SUPPORTED for more than
  /// kJsonTableCellsMax numbers and columns.
  void Read(std::string_view json, std::string_view variables, const Emit& emit);

 private:
  struct Step;
  using Next = std::function<void()>;

  static std::unique_ptr<Step> Compile(const JsonTableStep& step);
  /// Whether `next` was called.
  bool Run(const Step& step, const JsonValue& item, const Next& next);
  bool RunPath(const Step& step, const JsonValue& item, const Next& next);

  bool fails_on_error_;
  std::unique_ptr<Step> root_;
  const JsonValue* variables_ = nullptr;
  JsonTableRow row_;
};

inline constexpr size_t kJsonTableCellsMax = 20'000'000;

}  // namespace tarn::engine
