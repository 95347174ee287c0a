#include "tarn/storage/internal/metrics_config.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <limits>
#include <vector>

#include "tarn/base/error.h"

namespace tarn::storage {
namespace {

using iceberg::Field;
using iceberg::FieldId;

constexpr char kColumnPrefix[] = "write.metadata.metrics.column.";
constexpr char kDefaultKey[] = "write.metadata.metrics.default";
constexpr char kInferredMaxKey[] = "write.metadata.metrics.max-inferred-column-defaults";
constexpr int32_t kInferredColumnsMax = 100;

/// Every column that can have metrics, in the order in which the first few are chosen
/// (Java's MetricsConfig.limitFieldIds): the columns of a struct, list or map itself
/// before those inside of its nested ones.
void CollectLeaves(const std::vector<Field>& fields, std::vector<FieldId>* leaves) {
  for (const Field& field : fields) {
    if (!field.type.is_nested()) {
      leaves->push_back(field.id);
    }
  }
  for (const Field& field : fields) {
    if (field.type.is_nested()) {
      CollectLeaves(field.type.fields(), leaves);
    }
  }
}

Result<int32_t> IntegerFrom(int32_t min, std::string_view text, std::string_view key) {
  int32_t value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < min) {
    return MakeError(ErrorCode::kInvalidArgument,
                     std::string(key) + " must be a number from " + std::to_string(min) +
                         " to 2147483647, got: " + std::string(text));
  }
  return value;
}

}  // namespace

Result<MetricsMode> MetricsModeFromString(const std::string& text) {
  std::string folded = text;
  std::transform(folded.begin(), folded.end(), folded.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (folded == "none") {
    return MetricsMode{MetricsMode::Kind::kNone, 0};
  }
  if (folded == "counts") {
    return MetricsMode{MetricsMode::Kind::kCounts, 0};
  }
  if (folded == "full") {
    return MetricsMode{MetricsMode::Kind::kFull, 0};
  }
  constexpr std::string_view kTruncate = "truncate(";
  if (folded.starts_with(kTruncate) && folded.ends_with(')')) {
    const std::string_view digits = std::string_view(folded).substr(
        kTruncate.size(), folded.size() - kTruncate.size() - 1);
    ARROW_ASSIGN_OR_RAISE(const int32_t width,
                          IntegerFrom(1, digits, "The width of truncate()"));
    return MetricsMode{MetricsMode::Kind::kTruncate, width};
  }
  return MakeError(ErrorCode::kInvalidArgument,
                   "A metrics mode is none, counts, truncate(N) or full, got: " + text);
}

Result<std::unordered_map<FieldId, MetricsMode>> MetricsModesOf(
    const iceberg::TableMetadata& metadata) {
  std::vector<FieldId> leaves;
  CollectLeaves(metadata.schema().fields(), &leaves);

  const auto& properties = metadata.properties;
  const auto chosen = properties.find(kDefaultKey);
  MetricsMode otherwise;
  int32_t inferred_max = std::numeric_limits<int32_t>::max();
  if (chosen != properties.end()) {
    const auto mode = MetricsModeFromString(chosen->second);
    if (!mode.ok()) {
      return WithContext("Table property " + chosen->first + ": ", mode.status());
    }
    otherwise = *mode;
  } else {
    ARROW_ASSIGN_OR_RAISE(
        inferred_max,
        IntegerFrom(
            0, metadata.Property(kInferredMaxKey, std::to_string(kInferredColumnsMax)),
            kInferredMaxKey));
  }

  std::unordered_map<FieldId, MetricsMode> modes;
  int32_t num_columns = 0;
  for (const FieldId id : leaves) {
    const bool inferred = num_columns++ < inferred_max;
    modes[id] = inferred ? otherwise : MetricsMode{MetricsMode::Kind::kNone, 0};
  }
  for (const iceberg::SortField& field : metadata.sort_order().fields) {
    // Bounds of a column say nothing about the order of its bucket numbers.
    const auto it = modes.find(field.source_id());
    if (iceberg::PreservesOrder(field.transform) && it != modes.end() &&
        !it->second.has_bounds()) {
      it->second = MetricsMode{};
    }
  }
  for (const FieldId id : leaves) {
    const auto own = properties.find(kColumnPrefix + metadata.schema().NameOf(id));
    if (own == properties.end()) {
      continue;
    }
    auto mode = MetricsModeFromString(own->second);
    if (!mode.ok()) {
      return WithContext("Table property " + own->first + ": ", mode.status());
    }
    modes[id] = *mode;
  }
  return modes;
}

}  // namespace tarn::storage
