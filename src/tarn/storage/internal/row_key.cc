#include "tarn/storage/internal/row_key.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include <arrow/array.h>

#include "tarn/base/error.h"
#include "tarn/storage/internal/key_text.h"
#include "tarn/storage/internal/leaf_column.h"

namespace tarn::storage {
namespace {

using iceberg::SortField;
using iceberg::Type;
using iceberg::TypeId;

constexpr size_t kWordBytes = sizeof(uint64_t);

/// Bytes of a value in a key; nullopt for text.
std::optional<size_t> FixedBytesOf(const Type& type) {
  switch (type.id()) {
    case TypeId::kBoolean:
      return 1;
    case TypeId::kInt:
    case TypeId::kFloat:
    case TypeId::kDate:
      return 4;
    case TypeId::kDecimal:
      // What 18 digits can say fits into 64 bits.
      return type.precision() <= 18 ? 8 : 16;
    case TypeId::kUuid:
      return 16;
    case TypeId::kFixed:
      return type.length() <= static_cast<int32_t>(KeyPart::kTextBytes)
                 ? std::optional<size_t>(static_cast<size_t>(type.length()))
                 : std::nullopt;
    case TypeId::kString:
    case TypeId::kBinary:
    case TypeId::kGeometry:
    case TypeId::kGeography:
      return std::nullopt;
    default:
      return 8;
  }
}

Result<KeyPart> PartOf(const SortField& field, const iceberg::Schema& schema) {
  const std::string transform = iceberg::TransformToString(field.transform);
  if (std::holds_alternative<iceberg::UnknownTransform>(field.transform) ||
      field.source_ids.size() != 1) {
    return MakeError(ErrorCode::kNotSupported, "Cannot sort by " + transform);
  }
  const iceberg::Field* source = schema.FindById(field.source_id());
  KeyPart part{.path = LeafPath(schema.fields(), field.source_id()),
               .transform = field.transform,
               .direction = field.direction,
               .nulls = field.null_order};
  if (source == nullptr || part.path.empty()) {
    return MakeError(ErrorCode::kInvalidData, "A sort order has no source column of id " +
                                                  std::to_string(field.source_id()));
  }
  const Type& type = source->type;
  if (!iceberg::CanTransform(field.transform, type) || !type.is_primitive()) {
    return MakeError(ErrorCode::kNotSupported,
                     "Cannot sort by " + transform + " of column " +
                         schema.NameOf(source->id) + " of type " + type.ToString());
  }
  part.source = type;
  part.result = iceberg::ResultType(field.transform, type);
  return part;
}

}  // namespace

void KeyPlan::Add(KeyPart part) {
  const std::optional<size_t> bytes = FixedBytesOf(part.result);
  part.is_text = !bytes;
  part.begin = used_bytes_;
  part.end = part.begin + 1 + bytes.value_or(KeyPart::kTextBytes + 1);
  used_bytes_ = part.end;
  key_bytes_ = (used_bytes_ + kWordBytes - 1) / kWordBytes * kWordBytes;
  num_texts_ += part.is_text ? 1 : 0;
  parts_.push_back(std::move(part));
}

Result<std::shared_ptr<const KeyPlan>> KeyPlan::Make(
    const iceberg::Schema& schema, const iceberg::SortOrder& order,
    std::optional<int> leading_int_column) {
  const auto plan = std::make_shared<KeyPlan>();
  if (leading_int_column) {
    plan->Add(
        {.path = {*leading_int_column}, .source = Type::Int(), .result = Type::Int()});
  }
  for (const SortField& field : order.fields) {
    ARROW_ASSIGN_OR_RAISE(KeyPart part, PartOf(field, schema));
    // All nulls, like a column of an unknown type: of no account.
    if (!std::holds_alternative<iceberg::Void>(part.transform) &&
        part.source.id() != TypeId::kUnknown) {
      plan->Add(std::move(part));
    }
  }
  return plan;
}

KeySummary::KeySummary(const KeyPlan& plan)
    : all_(plan.key_bytes() / kWordBytes, ~uint64_t{0}),
      any_(plan.key_bytes() / kWordBytes, 0),
      is_cut_(plan.parts().size(), false) {}

void KeySummary::Add(const KeyPlan& plan, const BatchKeys& keys) {
  const size_t num_words = all_.size();
  for (size_t at = 0; at < keys.bytes.size(); at += plan.key_bytes()) {
    for (size_t i = 0; i < num_words; ++i) {
      uint64_t word = 0;
      std::memcpy(&word, keys.bytes.data() + at + i * kWordBytes, kWordBytes);
      all_[i] &= word;
      any_[i] |= word;
    }
  }
  for (size_t i = 0; i < is_cut_.size(); ++i) {
    const KeyPart& part = plan.parts()[i];
    if (!part.is_text || is_cut_[i]) {
      continue;
    }
    for (size_t at = part.begin; at < keys.bytes.size(); at += plan.key_bytes()) {
      if (IsCut(part, keys.bytes.data() + at)) {
        is_cut_[i] = true;
        break;
      }
    }
  }
}

void KeySummary::Add(const KeySummary& other) {
  for (size_t i = 0; i < all_.size(); ++i) {
    all_[i] &= other.all_[i];
    any_[i] |= other.any_[i];
  }
  for (size_t i = 0; i < is_cut_.size(); ++i) {
    is_cut_[i] = is_cut_[i] || other.is_cut_[i];
  }
}

bool KeySummary::differs(size_t byte) const {
  const uint64_t word = any_[byte / kWordBytes] & ~all_[byte / kWordBytes];
  const auto bytes = std::bit_cast<std::array<uint8_t, kWordBytes>>(word);
  return bytes[byte % kWordBytes] != 0;
}

KeyOrder::KeyOrder(std::shared_ptr<const KeyPlan> plan, const KeySummary& summary)
    : plan_(std::move(plan)) {
  size_t text = 0;
  size_t known_end = plan_->key_bytes();  // what follows counts after the cut text
  for (size_t i = 0; i < plan_->parts().size(); ++i) {
    const KeyPart& part = plan_->parts()[i];
    if (summary.is_cut(i)) {
      known_end = std::min(known_end, part.end);
      cut_texts_.push_back({.part = i, .text = text});
    }
    text += part.is_text ? 1 : 0;
  }
  prefix_is_all_ = cut_texts_.empty();
  for (size_t byte = 0; byte < known_end; ++byte) {
    if (!summary.differs(byte)) {
      continue;
    }
    if (positions_.size() == kWordBytes) {
      prefix_is_all_ = false;
      break;
    }
    positions_.push_back(byte);
  }
}

int KeyOrder::Compare(const BatchKeys& left, size_t left_row, const BatchKeys& right,
                      size_t right_row) const {
  const uint8_t* const a = left.key(*plan_, left_row);
  const uint8_t* const b = right.key(*plan_, right_row);
  size_t begin = 0;
  for (const CutText& cut : cut_texts_) {
    const KeyPart& part = plan_->parts()[cut.part];
    if (const int order = std::memcmp(a + begin, b + begin, part.end - begin);
        order != 0) {
      return order;
    }
    begin = part.end;
    if (!IsCut(part, a + part.begin)) {
      continue;
    }
    const int order =
        KeyTextAt(part, *left.texts[cut.text], static_cast<int64_t>(left_row))
            .compare(
                KeyTextAt(part, *right.texts[cut.text], static_cast<int64_t>(right_row)));
    if (order != 0) {
      return part.direction == iceberg::SortDirection::kAscending ? order : -order;
    }
  }
  return std::memcmp(a + begin, b + begin, plan_->key_bytes() - begin);
}

}  // namespace tarn::storage
