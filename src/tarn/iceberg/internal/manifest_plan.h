// How to decode one record of a manifest or manifest list: compiled once from the schema
// the file was written with, then run for every row without look-ups (spec: Manifests,
// Avro appendix).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/avro/decoder.h"
#include "tarn/iceberg/avro/schema.h"
#include "tarn/iceberg/ids.h"
#include "tarn/iceberg/partition_spec.h"

namespace tarn::iceberg::internal {

/// What a field must look like in the writer's schema, once an optional union is taken
/// off.
enum class Shape : uint8_t {
  kAny,
  kInteger,  // int or long: the same bytes
  kBoolean,
  kText,          // string or bytes: the same bytes
  kIntegers,      // array of kInteger
  kIntegerPairs,  // array of records key 0: kInteger, value 1: kInteger
  kTextPairs,     // the same with kText values
  kRecord,
  kRecords,  // array of records
};

/// A field this reader knows. Ops are numbers of the caller's own enum, never 0.
struct KnownField {
  static constexpr FieldId kByName = -1;  // ids of this field differ from place to place
  FieldId id;
  std::string_view name;
  uint8_t op;
  Shape shape;
  bool required = false;
  std::string_view old_name = {};
};

/// A union of null and one other branch, or none.
struct Presence {
  static constexpr int8_t kNone = -1;
  int8_t value_branch = kNone;  // kNone: not a union, always present
  int8_t null_branch = kNone;   // kNone: a union without null

  /// Reads the branch; true if a value follows.
  bool Read(avro::Decoder* decoder) const {
    if (value_branch == kNone) {
      return true;
    }
    int64_t branch = decoder->Long();
    if (branch == value_branch) {
      return true;
    }
    if (branch != null_branch || branch < 0) {
      decoder->Fail("a union's branch is out of range");
    }
    return false;
  }
};

/// One field of the writer's record, in its order.
struct Step {
  static constexpr uint8_t kSkip = 0;
  uint8_t op = kSkip;
  Presence presence;
  avro::NodeId node = 0;  // without the union; kSkip: with it
  /// Pairs: which step of `pair` gives key and value; empty if the record is just key,
  /// value.
  std::vector<Step> pair = {};
};

/// Ops of Step::pair.
enum PairOp : uint8_t { kPairKey = 1, kPairValue = 2 };

/// Matches each field of `record` with `known` by field id, or by name if it has none;
/// others are skipped. Errors: kInvalidData if a required field is missing or a field has
/// another shape.
Result<std::vector<Step>> CompileRecord(const avro::Schema& schema, avro::NodeId record,
                                        std::span<const KnownField> known);

/// Takes the optional union off `*node`. False if it has no branch but null, or several.
bool TakeOffUnion(const avro::Schema& schema, avro::NodeId* node, Presence* presence);

/// True if a field of this type can hold nothing but null.
bool IsAlwaysNull(const avro::Schema& schema, avro::NodeId node);

/// The record of which an array's node consists (Shape::kRecords).
avro::NodeId ElementOf(const avro::Schema& schema, avro::NodeId array);

/// How one field of a partition record becomes a value of the tuple.
struct PartitionStep {
  static constexpr int32_t kSkip = -1;
  int32_t slot = kSkip;  // in the tuple
  Presence presence;
  avro::NodeId node = 0;
  avro::Kind wire = avro::Kind::kNull;
  int32_t fixed_bytes = 0;
  TypeId target = TypeId::kUnknown;
  int64_t multiplier = 1;  // of times in coarser units than the type's
};

/// Matches the fields of a partition record with the fields of `spec`, whose values have
/// `types`. Fields of the spec that the record lacks will be null. Errors: kInvalidData.
Result<std::vector<PartitionStep>> CompilePartition(const avro::Schema& schema,
                                                    avro::NodeId record,
                                                    const PartitionSpec& spec,
                                                    std::span<const Type> types);

/// Reads one partition record into `tuple`, which has the size of the spec and holds
/// nulls.
void DecodePartition(const avro::Schema& schema, std::span<const PartitionStep> steps,
                     avro::Decoder* decoder, PartitionTuple* tuple);

}  // namespace tarn::iceberg::internal
