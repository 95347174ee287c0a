// Sort orders (spec: Sorting).
#pragma once

#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "tarn/base/result.h"
#include "tarn/iceberg/ids.h"
#include "tarn/iceberg/schema.h"
#include "tarn/iceberg/transform.h"

namespace tarn::iceberg {

enum class SortDirection : uint8_t { kAscending, kDescending };
enum class NullOrder : uint8_t { kNullsFirst, kNullsLast };

struct SortField {
  std::vector<FieldId> source_ids;
  Transform transform = Identity{};
  SortDirection direction = SortDirection::kAscending;
  NullOrder null_order = NullOrder::kNullsFirst;

  FieldId source_id() const { return source_ids.front(); }
  bool operator==(const SortField&) const = default;
};

/// Id 0 is "unsorted" and has no fields.
struct SortOrder {
  SortOrderId id;
  std::vector<SortField> fields;

  bool operator==(const SortOrder&) const = default;
};

Status ValidateSortOrder(const SortOrder& order, const Schema& schema);
nlohmann::json SortOrderToJson(const SortOrder& order);
/// Errors: kInvalidData.
Result<SortOrder> SortOrderFromJson(const nlohmann::json& json);

}  // namespace tarn::iceberg
