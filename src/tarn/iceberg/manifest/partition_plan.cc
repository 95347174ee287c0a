// Partition records: matching by partition field id and reading values (traps 7, 43, 47,
// 48).
#include <optional>
#include <string>

#include "tarn/base/error.h"
#include "tarn/iceberg/avro/visitor.h"
#include "tarn/iceberg/internal/manifest_plan.h"
#include "tarn/iceberg/value.h"

namespace tarn::iceberg::internal {
namespace {

using avro::Decoder;
using avro::Kind;
using avro::Logical;
using avro::Node;
using avro::NodeId;
using avro::RecordField;
using avro::Schema;

std::optional<size_t> FindSlot(const RecordField& field, const PartitionSpec& spec) {
  for (size_t i = 0; i < spec.fields.size(); ++i) {
    const PartitionField& one = spec.fields[i];
    if (field.field_id) {
      if (*field.field_id == one.field_id) {
        return i;
      }
    } else if (field.name == one.name || field.name == avro::SanitizeName(one.name)) {
      return i;
    }
  }
  return std::nullopt;
}

/// The target of a value whose type is not known (dropped source, unknown transform): as
/// written.
TypeId NaturalTarget(const Node& node) {
  switch (node.kind) {
    case Kind::kBoolean:
      return TypeId::kBoolean;
    case Kind::kInt:
      return TypeId::kInt;
    case Kind::kLong:
      return TypeId::kLong;
    case Kind::kFloat:
      return TypeId::kFloat;
    case Kind::kDouble:
      return TypeId::kDouble;
    case Kind::kFixed:
    case Kind::kBytes:
      return node.logical == Logical::kDecimal ? TypeId::kDecimal : TypeId::kBinary;
    default:
      return TypeId::kBinary;
  }
}

bool CanDecode(const Node& node, TypeId target) {
  bool integer = node.kind == Kind::kInt || node.kind == Kind::kLong;
  bool bytes = node.kind == Kind::kBytes || node.kind == Kind::kString;
  switch (target) {
    case TypeId::kBoolean:
      return node.kind == Kind::kBoolean;
    case TypeId::kInt:
    case TypeId::kDate:
    case TypeId::kLong:
    case TypeId::kTime:
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz:
    case TypeId::kTimestampNs:
    case TypeId::kTimestampTzNs:
      return integer;
    case TypeId::kFloat:
      return node.kind == Kind::kFloat;
    case TypeId::kDouble:
      return node.kind == Kind::kFloat || node.kind == Kind::kDouble;
    case TypeId::kDecimal:
      return node.kind == Kind::kFixed || node.kind == Kind::kBytes;
    case TypeId::kUuid:
    case TypeId::kFixed:
    case TypeId::kBinary:
      return bytes || node.kind == Kind::kFixed;
    case TypeId::kString:
      return bytes;
    default:
      return false;
  }
}

/// Units of a target per unit of the wire; old writers used milliseconds.
int64_t Multiplier(Logical wire, TypeId target) {
  bool nanos = target == TypeId::kTimestampNs || target == TypeId::kTimestampTzNs;
  bool micros = target == TypeId::kTime || target == TypeId::kTimestamp ||
                target == TypeId::kTimestampTz;
  switch (wire) {
    case Logical::kTimeMillis:
    case Logical::kTimestampMillis:
    case Logical::kLocalTimestampMillis:
      return nanos ? 1'000'000 : micros ? 1'000 : 1;
    case Logical::kTimestampMicros:
    case Logical::kLocalTimestampMicros:
      return nanos ? 1'000 : 1;
    default:
      return 1;
  }
}

std::string_view ReadBytes(const PartitionStep& step, Decoder* decoder) {
  if (step.wire != Kind::kFixed) {
    return decoder->Bytes();
  }
  return decoder->Fixed(static_cast<size_t>(step.fixed_bytes));
}

Value ReadUuid(const PartitionStep& step, Decoder* decoder) {
  std::string_view bytes = ReadBytes(step, decoder);
  if (decoder->failed()) {
    return {};
  }
  if (bytes.size() == 16 && step.wire != Kind::kString) {
    return std::string(bytes);
  }
  Result<Value> parsed = ValueFromString(Type::Uuid(), bytes);
  if (!parsed.ok()) {
    decoder->Fail("a partition value is not a UUID");
    return {};
  }
  return *std::move(parsed);
}

Value ReadLong(const PartitionStep& step, Decoder* decoder) {
  int64_t value = decoder->Long();
  if (__builtin_mul_overflow(value, step.multiplier, &value)) {
    decoder->Fail("a partition's time is out of range");
  }
  return value;
}

Value ReadDecimal(const PartitionStep& step, Decoder* decoder) {
  std::string_view bytes = ReadBytes(step, decoder);
  if (decoder->failed()) {
    return {};
  }
  // An oversized fixed is fine as long as its leading bytes only repeat the sign.
  while (bytes.size() > 16 && (bytes[0] == '\0' || bytes[0] == '\xFF') &&
         ((bytes[0] ^ bytes[1]) & 0x80) == 0) {
    bytes.remove_prefix(1);
  }
  Result<int128_t> unscaled = DecimalFromBytes(bytes);
  if (!unscaled.ok()) {
    decoder->Fail("a partition's decimal is longer than 16 bytes or empty");
    return {};
  }
  return *unscaled;
}

Value ReadValue(const PartitionStep& step, Decoder* decoder) {
  switch (step.target) {
    case TypeId::kBoolean:
      return decoder->Boolean();
    case TypeId::kInt:
    case TypeId::kDate:
      return decoder->Int();
    case TypeId::kLong:
    case TypeId::kTime:
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz:
    case TypeId::kTimestampNs:
    case TypeId::kTimestampTzNs:
      return ReadLong(step, decoder);
    case TypeId::kFloat:
      return decoder->Float();
    case TypeId::kDouble:
      if (step.wire == Kind::kFloat) {
        return static_cast<double>(decoder->Float());
      }
      return decoder->Double();
    case TypeId::kDecimal:
      return ReadDecimal(step, decoder);
    case TypeId::kUuid:
      return ReadUuid(step, decoder);
    default:
      return std::string(ReadBytes(step, decoder));
  }
}

Status Unexpected(const PartitionField& field, const Node& node, const Type& type) {
  return MakeError(ErrorCode::kInvalidData, "manifest: partition field " + field.name +
                                                " of type " + type.ToString() +
                                                " is written as " +
                                                std::string(avro::KindName(node.kind)));
}

}  // namespace

Result<std::vector<PartitionStep>> CompilePartition(const Schema& schema, NodeId record,
                                                    const PartitionSpec& spec,
                                                    std::span<const Type> types) {
  std::vector<PartitionStep> steps;
  std::vector<bool> taken(spec.fields.size());
  for (const RecordField& field : schema.node(record).fields) {
    PartitionStep step;
    step.node = field.node;
    std::optional<size_t> slot = FindSlot(field, spec);
    if (!slot || IsAlwaysNull(schema, field.node)) {
      steps.push_back(step);
      continue;
    }
    const PartitionField& known = spec.fields[*slot];
    const Type& type = types[*slot];
    if (taken[*slot] || !TakeOffUnion(schema, &step.node, &step.presence)) {
      return Unexpected(known, schema.node(field.node), type);
    }
    taken[*slot] = true;
    const Node& node = schema.node(step.node);
    step.slot = static_cast<int32_t>(*slot);
    step.wire = node.kind;
    step.fixed_bytes = node.size;
    step.target = type.id() == TypeId::kUnknown ? NaturalTarget(node) : type.id();
    step.multiplier = Multiplier(node.logical, step.target);
    if (!CanDecode(node, step.target)) {
      return Unexpected(known, node, type);
    }
    steps.push_back(step);
  }
  return steps;
}

void DecodePartition(const Schema& schema, std::span<const PartitionStep> steps,
                     Decoder* decoder, PartitionTuple* tuple) {
  for (const PartitionStep& step : steps) {
    if (step.slot == PartitionStep::kSkip) {
      SkipValue(schema, step.node, decoder);
    } else if (step.presence.Read(decoder)) {
      (*tuple)[static_cast<size_t>(step.slot)] = ReadValue(step, decoder);
    }
  }
}

}  // namespace tarn::iceberg::internal
