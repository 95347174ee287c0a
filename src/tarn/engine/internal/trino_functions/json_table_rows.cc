#include "tarn/engine/internal/trino_functions/json_table_rows.h"

#include <utility>

#include <fmt/format.h>

#include "tarn/engine/internal/trino_functions/trino_error.h"
#include "tarn/engine/internal/trino_functions/value_text.h"

namespace tarn::engine {
namespace {

using Kind = JsonTableStep::Kind;

// ---- Plans as text: [kind, path, number, is_outer, [[column, path], …], [part, …]]

JsonValue Text(std::string_view text) {
  return {.kind = JsonKind::kString, .text = std::string(text)};
}
JsonValue Number(size_t number) {
  return {.kind = JsonKind::kNumber, .text = std::to_string(number)};
}
JsonValue Array(std::vector<JsonValue> items) {
  return {.kind = JsonKind::kArray, .items = std::move(items)};
}

JsonValue StepJson(const JsonTableStep& step) {
  std::vector<JsonValue> columns;
  for (size_t i = 0; i < step.columns.size(); ++i) {
    columns.push_back(Array({Number(step.columns[i]), Text(step.column_paths[i])}));
  }
  std::vector<JsonValue> parts;
  for (const JsonTableStep& part : step.parts) {
    parts.push_back(StepJson(part));
  }
  return Array({Number(static_cast<size_t>(step.kind)), Text(step.path),
                Number(step.number), Number(step.is_outer ? 1 : 0),
                Array(std::move(columns)), Array(std::move(parts))});
}

/// Reads a number below `limit`; false for all else.
bool ReadNumber(const JsonValue& value, size_t limit, size_t* number) {
  const auto read = value.kind == JsonKind::kNumber ? ParseInteger(value.text)
                                                    : std::optional<int64_t>();
  if (!read || *read < 0 || static_cast<uint64_t>(*read) >= limit) {
    return false;
  }
  *number = static_cast<size_t>(*read);
  return true;
}

bool ReadColumns(const JsonValue& value, const JsonTablePlan& plan, JsonTableStep* step) {
  for (const JsonValue& column : value.items) {
    size_t number = 0;
    if (column.items.size() != 2 ||
        !ReadNumber(column.items[0], plan.num_columns, &number)) {
      return false;
    }
    step->columns.push_back(number);
    step->column_paths.push_back(column.items[1].text);
  }
  return true;
}

bool ReadStep(const JsonValue& value, const JsonTablePlan& plan, JsonTableStep* step) {
  size_t kind = 0;
  size_t is_outer = 0;
  if (value.items.size() != 6 || !ReadNumber(value.items[0], 3, &kind) ||
      !ReadNumber(value.items[2], plan.num_paths, &step->number) ||
      !ReadNumber(value.items[3], 2, &is_outer) ||
      !ReadColumns(value.items[4], plan, step)) {
    return false;
  }
  step->kind = static_cast<Kind>(kind);
  step->path = value.items[1].text;
  step->is_outer = is_outer == 1;
  for (const JsonValue& part : value.items[5].items) {
    if (!ReadStep(part, plan, &step->parts.emplace_back())) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::string WriteJsonTablePlan(const JsonTablePlan& plan) {
  return WriteJson(Array({Number(plan.fails_on_error ? 1 : 0), Number(plan.num_paths),
                          Number(plan.num_columns), StepJson(plan.root)}),
                   JsonStyle::kAsWritten);
}

std::optional<JsonTablePlan> ReadJsonTablePlan(std::string_view text) {
  constexpr size_t kCountMax = 1'000'000;
  const auto value = ParseJson(text);
  JsonTablePlan plan;
  size_t fails = 0;
  if (!value || value->items.size() != 4 || !ReadNumber(value->items[0], 2, &fails) ||
      !ReadNumber(value->items[1], kCountMax, &plan.num_paths) ||
      !ReadNumber(value->items[2], kCountMax, &plan.num_columns) ||
      !ReadStep(value->items[3], plan, &plan.root)) {
    return {};
  }
  plan.fails_on_error = fails == 1;
  return plan;
}

// ---- Rows

struct JsonTableReader::Step {
  Kind kind;
  size_t number;
  bool is_outer;
  JsonPathReader find;
  std::vector<std::pair<size_t, JsonPathReader>> columns;
  std::vector<std::unique_ptr<Step>> parts;
};

JsonTableReader::JsonTableReader(const JsonTablePlan& plan)
    : fails_on_error_(plan.fails_on_error), root_(Compile(plan.root)) {
  row_.numbers.resize(plan.num_paths);
  row_.found.resize(plan.num_columns);
}
JsonTableReader::~JsonTableReader() = default;

std::unique_ptr<JsonTableReader::Step> JsonTableReader::Compile(
    const JsonTableStep& step) {
  auto compiled = std::make_unique<Step>(
      Step{.kind = step.kind, .number = step.number, .is_outer = step.is_outer});
  if (step.kind == Kind::kPath) {
    compiled->find = ReadJsonPath(step.path);
  }
  for (size_t i = 0; i < step.columns.size(); ++i) {
    compiled->columns.emplace_back(step.columns[i], ReadJsonPath(step.column_paths[i]));
  }
  for (const JsonTableStep& part : step.parts) {
    compiled->parts.push_back(Compile(part));
  }
  return compiled;
}

bool JsonTableReader::RunPath(const Step& step, const JsonValue& item, const Next& next) {
  // Values of PASSING are the first path's alone.
  const auto items = step.find(item, &step == root_.get() ? variables_ : nullptr);
  if (!items && fails_on_error_) {
    ThrowTrino(kPathError, "path evaluation failed");
  }
  bool any = false;
  for (size_t i = 0; items && i < items->size(); ++i) {
    const JsonValue& found = (*items)[i];
    row_.numbers[step.number] = static_cast<int64_t>(i) + 1;
    for (const auto& [column, find] : step.columns) {
      const auto values = find(found, nullptr);
      auto& texts = row_.found[column];
      texts.reset();
      if (values) {
        texts.emplace();
        for (const JsonValue& value : *values) {
          texts->push_back(WriteJson(value, JsonStyle::kAsWritten));
        }
      }
    }
    const bool has_inner = !step.parts.empty() && Run(*step.parts[0], found, next);
    if (!has_inner && (step.parts.empty() || step.is_outer)) {
      next();
    }
    any = any || has_inner || step.parts.empty() || step.is_outer;
  }
  row_.numbers[step.number].reset();
  for (const auto& [column, find] : step.columns) {
    row_.found[column].reset();
  }
  return any;
}

bool JsonTableReader::Run(const Step& step, const JsonValue& item, const Next& next) {
  if (step.kind == Kind::kPath) {
    return RunPath(step, item, next);
  }
  bool any = false;
  if (step.kind == Kind::kUnion) {
    for (const auto& part : step.parts) {
      any = Run(*part, item, next) || any;
    }
    return any;
  }
  const std::function<void(size_t)> cross = [&](size_t part) {
    if (part == step.parts.size()) {
      any = true;
      next();
      return;
    }
    Run(*step.parts[part], item, [&cross, part] { cross(part + 1); });
  };
  cross(0);
  return any;
}

void JsonTableReader::Read(std::string_view json, std::string_view variables,
                           const Emit& emit) {
  const auto value = ParseJson(json);
  if (!value) {
    if (fails_on_error_) {
      ThrowTrino(kJsonInput, "conversion to JSON failed: ");
    }
    return;
  }
  row_.numbers.assign(row_.numbers.size(), std::nullopt);  // after an error in between
  row_.found.assign(row_.found.size(), std::nullopt);
  const auto passed = ParseJson(variables);
  variables_ = passed ? &*passed : nullptr;
  const size_t width = row_.numbers.size() + row_.found.size();
  size_t cells = 0;
  Run(*root_, *value, [&] {
    cells += width;
    if (cells > kJsonTableCellsMax) {
      ThrowTrino(kNotSupportedHere,
                 fmt::format("JSON_TABLE makes more than {} values of one text of JSON: "
                             "it is too large, or its CROSS joins too much",
                             kJsonTableCellsMax));
    }
    emit(row_);
  });
}

}  // namespace tarn::engine
