#include "tarn/iceberg/sort_order_update.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/iceberg/internal/schema_edit.h"

namespace tarn::iceberg {
namespace {

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::string_view TrimRight(std::string_view text) {
  while (!text.empty() && IsSpace(text.back())) {
    text.remove_suffix(1);
  }
  return text;
}

// Takes `word` off the end of `text` if it stands there as a word of its own.
bool TakeLast(std::string_view word, std::string_view* text) {
  const std::string_view trimmed = TrimRight(*text);
  if (trimmed.size() <= word.size()) {
    return false;
  }
  const size_t at = trimmed.size() - word.size();
  const char before = trimmed[at - 1];
  const bool stands_alone =
      IsSpace(before) || before == ')' || before == '"' || before == '`';
  if (!stands_alone ||
      !internal::SameName(trimmed.substr(at), word, NameCase::kInsensitive)) {
    return false;
  }
  *text = trimmed.substr(0, at);
  return true;
}

// Takes "NULLS FIRST" or "NULLS LAST" off the end.
std::optional<NullOrder> TakeNullOrder(std::string_view* text) {
  for (const auto& [word, order] :
       {std::pair{"first", NullOrder::kNullsFirst}, {"last", NullOrder::kNullsLast}}) {
    std::string_view rest = *text;
    if (TakeLast(word, &rest) && TakeLast("nulls", &rest)) {
      *text = rest;
      return order;
    }
  }
  return std::nullopt;
}

Result<SortField> Resolve(const TableMetadata& table, const SortTerm& term,
                          NameCase name_case) {
  const Field* source = internal::FindField(table.schema(), term.term.column, name_case);
  if (source == nullptr) {
    return MakeError(ErrorCode::kNoSuchColumn,
                     "Column does not exist: " + term.term.column);
  }
  return SortField{.source_ids = {source->id},
                   .transform = term.term.transform,
                   .direction = term.direction,
                   .null_order = term.null_order};
}

}  // namespace

Result<SortTerm> ParseSortTerm(std::string_view text) {
  SortTerm sort;
  const std::optional<NullOrder> null_order = TakeNullOrder(&text);
  if (TakeLast("desc", &text)) {
    sort.direction = SortDirection::kDescending;
  } else {
    TakeLast("asc", &text);
  }
  sort.null_order = null_order.value_or(sort.direction == SortDirection::kAscending
                                            ? NullOrder::kNullsFirst
                                            : NullOrder::kNullsLast);
  ARROW_ASSIGN_OR_RAISE(sort.term, ParsePartitionTerm(TrimRight(text)));
  return sort;
}

Result<MetadataChange> ReplaceSortOrder(const TableMetadata& table,
                                        const std::vector<SortTerm>& terms,
                                        NameCase name_case) {
  SortOrder order;
  for (const SortTerm& term : terms) {
    ARROW_ASSIGN_OR_RAISE(SortField field, Resolve(table, term, name_case));
    const bool is_twice = std::ranges::any_of(order.fields, [&](const SortField& other) {
      return other.source_ids == field.source_ids && other.transform == field.transform;
    });
    if (is_twice) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "The sort order names " + TransformToString(field.transform) +
                           " of '" + term.term.column + "' twice");
    }
    order.fields.push_back(std::move(field));
  }
  MetadataChange change;
  if (order.fields == table.sort_order().fields) {
    return change;
  }
  SortOrderId next_id{1};
  std::optional<SortOrderId> known;
  for (const SortOrder& other : table.sort_orders) {
    next_id.value = std::max(next_id.value, other.id.value + 1);
    if (other.fields == order.fields) {
      known = other.id;
    }
  }
  change.requirements = SameTable(table);
  change.requirements.emplace_back(
      require::AssertDefaultSortOrderId{table.default_sort_order_id});
  if (known) {
    change.updates.emplace_back(update::SetDefaultSortOrder{*known});
    return change;
  }
  order.id = order.fields.empty() ? SortOrderId{0} : next_id;
  ARROW_RETURN_NOT_OK(ValidateSortOrder(order, table.schema()));
  change.updates.emplace_back(update::AddSortOrder{std::move(order)});
  change.updates.emplace_back(update::SetDefaultSortOrder{SortOrderId{-1}});
  return change;
}

}  // namespace tarn::iceberg
