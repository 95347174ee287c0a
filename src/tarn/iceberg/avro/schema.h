// Avro schemas as a flat graph of nodes (Avro specification 1.12, Schema Declaration),
// with the attributes Iceberg adds. A reference to a named type is the number of that
// type's node, so recursive types need no special case.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/result.h"

namespace tarn::iceberg::avro {

enum class Kind : uint8_t {
  kNull,
  kBoolean,
  kInt,
  kLong,
  kFloat,
  kDouble,
  kBytes,
  kString,
  kFixed,
  kEnum,
  kArray,
  kMap,
  kRecord,
  kUnion,
};

/// Logical types; one that does not fit its kind is ignored, as the specification says.
enum class Logical : uint8_t {
  kNone,
  kDecimal,  // bytes, fixed
  kUuid,     // string, fixed(16)
  kDate,     // int
  kTimeMillis,
  kTimeMicros,
  kTimestampMillis,
  kTimestampMicros,
  kTimestampNanos,
  kLocalTimestampMillis,
  kLocalTimestampMicros,
  kLocalTimestampNanos,
  kDuration,  // fixed(12)
  kMap,       // array of key/value records: Iceberg's maps whose keys are not strings
};

/// Number of a node in Schema::nodes().
using NodeId = int32_t;

struct RecordField {
  std::string name;
  std::vector<std::string> aliases = {};
  NodeId node = 0;
  std::optional<int32_t> field_id = {};  // Iceberg's "field-id"
  std::optional<std::string> doc = {};
  std::optional<std::string> default_json = {};  // JSON text of "default"
};

struct Node {
  Kind kind = Kind::kNull;
  Logical logical = Logical::kNone;
  /// Iceberg's "adjust-to-utc" of timestamps; unset if the schema does not say.
  std::optional<bool> adjust_to_utc = {};
  int32_t precision = 0;                  // decimal
  int32_t scale = 0;                      // decimal
  int32_t size = 0;                       // fixed, in bytes
  std::string name = {};                  // full name of a record, enum or fixed
  std::vector<std::string> symbols = {};  // enum
  std::vector<RecordField> fields = {};   // record
  std::vector<NodeId> children = {};  // array: element; map: value; union: its branches
  std::optional<int32_t> element_id = {};  // Iceberg's ids of arrays and maps
  std::optional<int32_t> key_id = {};
  std::optional<int32_t> value_id = {};
};

/// Immutable once parsed.
class Schema {
 public:
  /// Parses the JSON text of a schema. Nesting deeper than 64 levels, unresolved names,
  /// doubled names and unions in unions are refused. Errors: kInvalidData.
  static Result<Schema> FromJson(std::string_view json);

  const std::vector<Node>& nodes() const { return nodes_; }
  const Node& node(NodeId id) const { return nodes_[static_cast<size_t>(id)]; }
  NodeId root_id() const { return root_; }
  const Node& root() const { return node(root_); }

  /// JSON text of the schema; a named type is written out where it is first met.
  std::string ToJson() const;

 private:
  friend class SchemaParser;
  std::vector<Node> nodes_;
  NodeId root_ = 0;
};

/// "long", "record", …
std::string_view KindName(Kind kind);
/// "timestamp-micros", …; empty for kNone.
std::string_view LogicalName(Logical logical);

/// The Avro name Iceberg gives a column: characters that Avro forbids become "_xHH"
/// (upper-case hex of each UTF-16 unit) and a leading digit gets a "_". Letters are ASCII
/// letters only.
std::string SanitizeName(std::string_view name);

}  // namespace tarn::iceberg::avro
