#include "tarn/iceberg/sort_order.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "tarn/base/error.h"
#include "tarn/iceberg/internal/transform_json.h"

namespace tarn::iceberg {
namespace {

using nlohmann::json;

constexpr char kWhat[] = "Sort order";

Status Bad(ErrorCode code, const std::string& problem) {
  return MakeError(code, std::string(kWhat) + ": " + problem);
}

Status CheckField(const SortField& field, const Schema& schema) {
  if (const auto* unknown = std::get_if<UnknownTransform>(&field.transform)) {
    return Bad(ErrorCode::kNotSupported,
               "a transform that cannot be computed: " + unknown->text);
  }
  if (field.source_ids.size() != 1) {
    return Bad(ErrorCode::kInvalidArgument, "a field needs exactly one source column");
  }
  const Field* source = schema.FindById(field.source_id());
  if (source == nullptr) {
    return Bad(ErrorCode::kInvalidArgument,
               "no column has the field id " + std::to_string(field.source_id()));
  }
  const std::string& name = schema.NameOf(source->id);
  if (!schema.IsReachableByStructs(source->id)) {
    return Bad(ErrorCode::kInvalidArgument, "'" + name + "' is inside a list or map");
  }
  if (!CanTransform(field.transform, source->type)) {
    return Bad(ErrorCode::kInvalidArgument,
               "cannot take " + TransformToString(field.transform) + " of '" + name +
                   "', its type is " + source->type.ToString());
  }
  return Status::OK();
}

json FieldToJson(const SortField& field) {
  const bool ascending = field.direction == SortDirection::kAscending;
  const bool nulls_first = field.null_order == NullOrder::kNullsFirst;
  json tree = {{"direction", ascending ? "asc" : "desc"},
               {"null-order", nulls_first ? "nulls-first" : "nulls-last"}};
  internal::PutTerm(field.transform, field.source_ids, &tree);
  return tree;
}

std::string LowerCase(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') {
      c = static_cast<char>(c - 'A' + 'a');
    }
  }
  return text;
}

Result<bool> ChoiceFromJson(const json& tree, const char* key, std::string_view if_true,
                            std::string_view if_false) {
  ARROW_ASSIGN_OR_RAISE(const std::string text,
                        internal::StringFromJson(tree, key, kWhat));
  const std::string choice = LowerCase(text);
  if (choice == if_true) {
    return true;
  }
  if (choice == if_false) {
    return false;
  }
  return Bad(ErrorCode::kInvalidData, std::string("'") + key + "' is neither " +
                                          std::string(if_true) + " nor " +
                                          std::string(if_false) + ": '" + text + "'");
}

Result<SortField> FieldFromJson(const json& tree) {
  ARROW_ASSIGN_OR_RAISE(internal::TransformTerm term,
                        internal::TermFromJson(tree, kWhat));
  ARROW_ASSIGN_OR_RAISE(const bool ascending,
                        ChoiceFromJson(tree, "direction", "asc", "desc"));
  ARROW_ASSIGN_OR_RAISE(const bool nulls_first,
                        ChoiceFromJson(tree, "null-order", "nulls-first", "nulls-last"));
  return SortField{
      .source_ids = std::move(term.source_ids),
      .transform = std::move(term.transform),
      .direction = ascending ? SortDirection::kAscending : SortDirection::kDescending,
      .null_order = nulls_first ? NullOrder::kNullsFirst : NullOrder::kNullsLast};
}

}  // namespace

Status ValidateSortOrder(const SortOrder& order, const Schema& schema) {
  if ((order.id.value == 0) != order.fields.empty()) {
    return Bad(ErrorCode::kInvalidArgument,
               order.fields.empty()
                   ? "an order without fields is unsorted and has id 0, not " +
                         std::to_string(order.id.value)
                   : std::string("id 0 is the unsorted order, which has no fields"));
  }
  for (const SortField& field : order.fields) {
    ARROW_RETURN_NOT_OK(CheckField(field, schema));
  }
  return Status::OK();
}

json SortOrderToJson(const SortOrder& order) {
  json fields = json::array();
  for (const SortField& field : order.fields) {
    fields.push_back(FieldToJson(field));
  }
  return {{"order-id", order.id.value}, {"fields", std::move(fields)}};
}

Result<SortOrder> SortOrderFromJson(const json& tree) {
  SortOrder order;
  ARROW_ASSIGN_OR_RAISE(order.id.value, internal::IdFromJson(tree, "order-id", kWhat));
  const auto fields = tree.find("fields");
  if (fields == tree.end() || !fields->is_array()) {
    return Bad(ErrorCode::kInvalidData, "'fields' is not an array");
  }
  for (const json& item : *fields) {
    ARROW_ASSIGN_OR_RAISE(SortField field, FieldFromJson(item));
    order.fields.push_back(std::move(field));
  }
  return order;
}

}  // namespace tarn::iceberg
