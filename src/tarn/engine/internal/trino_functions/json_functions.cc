// json_parse, json_extract and what they call JSON functions; SQL/JSON's paths.
#include <cmath>

#include <fmt/format.h>

#include "tarn/engine/internal/trino_functions/function_library.h"
#include "tarn/engine/internal/trino_functions/json_path.h"
#include "tarn/engine/internal/trino_functions/json_value.h"
#include "tarn/engine/internal/trino_functions/trino_error.h"
#include "tarn/engine/internal/trino_functions/typed_scalar.h"
#include "tarn/engine/internal/trino_functions/value_text.h"

namespace tarn::engine {
namespace {

using MaybeText = std::optional<std::string>;

const JsonValue kNothing;  // so that a path is checked also without JSON

std::string Canonical(const JsonValue& value) {
  return WriteJson(value, JsonStyle::kCanonical);
}

std::string JsonParse(std::string_view text) {
  const auto value = ParseJson(text);
  if (!value) {
    ThrowTrino(kInvalidArgument, fmt::format("Cannot convert value to JSON: '{}'", text));
  }
  return Canonical(*value);
}

MaybeText JsonExtract(std::string_view json, std::string_view path) {
  const auto value = ParseJson(json);
  const JsonValue* found = FindByPath(value ? *value : kNothing, path);
  return value && found != nullptr ? MaybeText(Canonical(*found)) : std::nullopt;
}

MaybeText ScalarText(const JsonValue& value) {
  switch (value.kind) {
    case JsonKind::kBoolean:
      return value.boolean ? "true" : "false";
    case JsonKind::kNumber:
    case JsonKind::kString:
      return value.text;
    default:
      return {};
  }
}

MaybeText JsonExtractScalar(std::string_view json, std::string_view path) {
  const auto value = ParseJson(json);
  const JsonValue* found = FindByPath(value ? *value : kNothing, path);
  return value && found != nullptr ? ScalarText(*found) : std::nullopt;
}

std::optional<int64_t> JsonArrayLength(std::string_view json) {
  const auto value = ParseJson(json);
  if (!value || value->kind != JsonKind::kArray) {
    return {};
  }
  return static_cast<int64_t>(value->items.size());
}

MaybeText JsonArrayGet(std::string_view json, int64_t index) {
  const auto value = ParseJson(json);
  if (!value || value->kind != JsonKind::kArray) {
    return {};
  }
  const auto size = static_cast<int64_t>(value->items.size());
  const int64_t at = index < 0 ? size + index : index;
  if (at < 0 || at >= size ||
      value->items[static_cast<size_t>(at)].kind == JsonKind::kNull) {
    return {};
  }
  return Canonical(value->items[static_cast<size_t>(at)]);
}

template <typename Matches>
std::optional<bool> AnyItem(std::string_view json, const Matches& matches) {
  const auto value = ParseJson(json);
  if (!value || value->kind != JsonKind::kArray) {
    return {};
  }
  for (const JsonValue& item : value->items) {
    if (matches(item)) {
      return true;
    }
  }
  return false;
}

std::optional<bool> ContainsText(std::string_view json, std::string_view text) {
  return AnyItem(json, [&](const JsonValue& item) {
    return item.kind == JsonKind::kString && item.text == text;
  });
}

std::optional<bool> ContainsInteger(std::string_view json, int64_t number) {
  return AnyItem(json, [&](const JsonValue& item) {
    return item.kind == JsonKind::kNumber && ParseInteger(item.text) == number;
  });
}

std::optional<bool> ContainsDouble(std::string_view json, double number) {
  return AnyItem(json, [&](const JsonValue& item) {
    return item.kind == JsonKind::kNumber && std::isfinite(number) &&
           ParseDouble(item.text) == number;
  });
}

std::optional<bool> ContainsBoolean(std::string_view json, bool boolean) {
  return AnyItem(json, [&](const JsonValue& item) {
    return item.kind == JsonKind::kBoolean && item.boolean == boolean;
  });
}

std::optional<int64_t> JsonSize(std::string_view json, std::string_view path) {
  const auto value = ParseJson(json);
  const JsonValue* found = FindByPath(value ? *value : kNothing, path);
  if (!value || found == nullptr) {
    return {};
  }
  return static_cast<int64_t>(found->items.size() + found->members.size());
}

bool IsJsonScalar(std::string_view json) {
  const auto value = ParseJson(json);
  if (!value) {
    ThrowTrino(kInvalidArgument, fmt::format("Invalid JSON value: {}", json));
  }
  return value->is_scalar();
}

/// The items that a path finds, each as JSON; null where the path fails or the input is
/// no JSON.
std::optional<std::vector<std::string>> ItemsWith(std::string_view json,
                                                  std::string_view path,
                                                  std::string_view passed) {
  const auto value = ParseJson(json);
  const auto variables = ParseJson(passed);
  const auto items = value ? EvaluatePath(*value, path, variables ? &*variables : nullptr)
                           : std::nullopt;
  if (!items) {
    return {};
  }
  std::vector<std::string> texts;
  for (const JsonValue& item : *items) {
    texts.push_back(WriteJson(item, JsonStyle::kAsWritten));
  }
  return texts;
}

std::optional<std::vector<std::string>> ItemsOfPath(std::string_view json,
                                                    std::string_view path) {
  return ItemsWith(json, path, "{}");
}

/// The text of an item that is a scalar: of a string without quotes; null for JSON's
/// null, for arrays and for objects.
MaybeText JsonItemText(std::string_view item) {
  const auto value = ParseJson(item);
  return value ? ScalarText(*value) : std::nullopt;
}

/// As JSON's own type.
duckdb::ScalarFunction OfJson(duckdb::ScalarFunction function) {
  function.return_type = duckdb::LogicalType::JSON();
  return function;
}

}  // namespace

void AddJson(FunctionLibrary& library) {
  library.Add(OfJson(Typed<&JsonParse>("json_parse")));
  library.Add(Typed<&JsonParse>("json_format"));
  library.Add(OfJson(Typed<&JsonExtract>("json_extract")));
  library.Add(Typed<&JsonExtractScalar>("json_extract_scalar"));
  library.Add(Typed<&JsonArrayLength>("json_array_length"));
  library.Add(OfJson(Typed<&JsonArrayGet>("json_array_get")));
  library.Add(Typed<&ContainsText>("json_array_contains"));
  library.Add(Typed<&ContainsInteger>("json_array_contains"));
  library.Add(Typed<&ContainsDouble>("json_array_contains"));
  library.Add(Typed<&ContainsBoolean>("json_array_contains"));
  library.Add(Typed<&JsonSize>("json_size"));
  library.Add(Typed<&IsJsonScalar>("is_json_scalar"));
  library.Add(Typed<&ItemsOfPath>("json_items"), Reach::kTranslatorOnly);
  library.Add(Typed<&ItemsWith>("json_items"), Reach::kTranslatorOnly);
  library.Add(Typed<&JsonItemText>("json_item_text"), Reach::kTranslatorOnly);
}

}  // namespace tarn::engine
