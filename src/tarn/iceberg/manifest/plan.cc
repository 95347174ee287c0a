#include <array>
#include <optional>
#include <string>
#include <unordered_set>

#include "tarn/base/error.h"
#include "tarn/iceberg/internal/manifest_plan.h"

namespace tarn::iceberg::internal {
namespace {

using avro::Kind;
using avro::Node;
using avro::NodeId;
using avro::RecordField;
using avro::Schema;

constexpr std::array<KnownField, 2> kIntegerPairFields = {{
    {KnownField::kByName, "key", kPairKey, Shape::kInteger, true},
    {KnownField::kByName, "value", kPairValue, Shape::kInteger, true},
}};
constexpr std::array<KnownField, 2> kTextPairFields = {{
    {KnownField::kByName, "key", kPairKey, Shape::kInteger, true},
    {KnownField::kByName, "value", kPairValue, Shape::kText, true},
}};

bool IsInteger(Kind kind) { return kind == Kind::kInt || kind == Kind::kLong; }
bool IsText(Kind kind) { return kind == Kind::kString || kind == Kind::kBytes; }

Kind ElementKind(const Schema& schema, const Node& array) {
  return schema.node(array.children.front()).kind;
}

bool HasShape(const Schema& schema, const Node& node, Shape shape) {
  switch (shape) {
    case Shape::kAny:
      return true;
    case Shape::kInteger:
      return IsInteger(node.kind);
    case Shape::kBoolean:
      return node.kind == Kind::kBoolean;
    case Shape::kText:
      return IsText(node.kind);
    case Shape::kIntegers:
      return node.kind == Kind::kArray && IsInteger(ElementKind(schema, node));
    case Shape::kIntegerPairs:
    case Shape::kTextPairs:
    case Shape::kRecords:
      return node.kind == Kind::kArray && ElementKind(schema, node) == Kind::kRecord;
    case Shape::kRecord:
      return node.kind == Kind::kRecord;
  }
  return false;
}

bool HasName(const RecordField& field, std::string_view name) {
  if (name.empty()) {
    return false;
  }
  if (field.name == name) {
    return true;
  }
  for (const std::string& alias : field.aliases) {
    if (alias == name) {
      return true;
    }
  }
  return false;
}

bool IsKnownAs(const RecordField& field, const KnownField& known) {
  if (field.field_id && known.id != KnownField::kByName) {
    return *field.field_id == known.id;
  }
  return HasName(field, known.name) || HasName(field, known.old_name);
}

const KnownField* FindKnown(const RecordField& field, std::span<const KnownField> known) {
  for (const KnownField& one : known) {
    if (IsKnownAs(field, one)) {
      return &one;
    }
  }
  return nullptr;
}

Status Invalid(const Schema& schema, NodeId record, std::string_view field,
               const char* what) {
  return MakeError(ErrorCode::kInvalidData, "Avro record " + schema.node(record).name +
                                                ": field " + std::string(field) + " " +
                                                what);
}

/// Leaves `step->pair` empty in the usual case: a record of key and value, neither
/// optional.
Status CompilePair(const Schema& schema, Shape shape, Step* step) {
  NodeId record = ElementOf(schema, step->node);
  std::span<const KnownField> known = kIntegerPairFields;
  if (shape == Shape::kTextPairs) {
    known = kTextPairFields;
  }
  ARROW_ASSIGN_OR_RAISE(step->pair, CompileRecord(schema, record, known));
  const std::vector<Step>& pair = step->pair;
  bool usual = pair.size() == 2 && pair[0].op == kPairKey && pair[1].op == kPairValue;
  for (const Step& part : pair) {
    usual &= part.presence.value_branch == Presence::kNone;
  }
  if (usual) {
    step->pair.clear();
  }
  return Status::OK();
}

}  // namespace

bool TakeOffUnion(const Schema& schema, NodeId* node, Presence* presence) {
  const Node& united = schema.node(*node);
  if (united.kind != Kind::kUnion) {
    return true;
  }
  std::optional<size_t> value;
  for (size_t i = 0; i < united.children.size(); ++i) {
    if (i > INT8_MAX) {
      return false;
    }
    if (schema.node(united.children[i]).kind == Kind::kNull) {
      presence->null_branch = static_cast<int8_t>(i);
    } else if (value) {
      return false;
    } else {
      value = i;
    }
  }
  if (!value) {
    return false;
  }
  presence->value_branch = static_cast<int8_t>(*value);
  *node = united.children[*value];
  return true;
}

bool IsAlwaysNull(const Schema& schema, NodeId node) {
  const Node& type = schema.node(node);
  if (type.kind == Kind::kNull) {
    return true;
  }
  if (type.kind != Kind::kUnion) {
    return false;
  }
  for (NodeId child : type.children) {
    if (schema.node(child).kind != Kind::kNull) {
      return false;
    }
  }
  return true;
}

NodeId ElementOf(const Schema& schema, NodeId array) {
  return schema.node(array).children.front();
}

Result<std::vector<Step>> CompileRecord(const Schema& schema, NodeId record,
                                        std::span<const KnownField> known) {
  std::vector<Step> steps;
  std::unordered_set<uint8_t> found;
  for (const RecordField& field : schema.node(record).fields) {
    Step step;
    step.node = field.node;
    const KnownField* match = FindKnown(field, known);
    if (match == nullptr || IsAlwaysNull(schema, field.node)) {
      steps.push_back(std::move(step));
      continue;
    }
    if (!found.insert(match->op).second) {
      return Invalid(schema, record, match->name, "is there twice");
    }
    if (!TakeOffUnion(schema, &step.node, &step.presence)) {
      return Invalid(schema, record, match->name, "is a union of several types");
    }
    if (!HasShape(schema, schema.node(step.node), match->shape)) {
      return Invalid(schema, record, match->name, "has an unexpected type");
    }
    step.op = match->op;
    if (match->shape == Shape::kIntegerPairs || match->shape == Shape::kTextPairs) {
      ARROW_RETURN_NOT_OK(CompilePair(schema, match->shape, &step));
    }
    steps.push_back(std::move(step));
  }
  for (const KnownField& one : known) {
    if (one.required && !found.contains(one.op)) {
      return Invalid(schema, record, one.name, "is missing");
    }
  }
  return steps;
}

}  // namespace tarn::iceberg::internal
