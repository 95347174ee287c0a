// Avro types as Arrow types.
#include <set>
#include <utility>
#include <vector>

#include <arrow/type.h>

#include "tarn/base/error.h"
#include "tarn/ingest/internal/avro_batches.h"

namespace tarn::ingest::internal {
namespace {

namespace avro = iceberg::avro;
using avro::Kind;
using avro::Logical;

constexpr int32_t kDecimalDigitsMax = 38;

class TypeMapper {
 public:
  explicit TypeMapper(const avro::Schema& schema) : schema_(schema) {}

  Result<std::shared_ptr<arrow::Field>> FieldOf(avro::NodeId id,
                                                const std::string& name) {
    const avro::Node& node = schema_.node(id);
    if (node.kind == Kind::kUnion) {
      return UnionField(node, name);
    }
    ARROW_ASSIGN_OR_RAISE(auto type, TypeOf(id));
    return arrow::field(name, std::move(type), node.kind == Kind::kNull);
  }

 private:
  Result<std::shared_ptr<arrow::Field>> UnionField(const avro::Node& node,
                                                   const std::string& name) {
    std::vector<avro::NodeId> values;
    for (const avro::NodeId child : node.children) {
      if (schema_.node(child).kind != Kind::kNull) {
        values.push_back(child);
      }
    }
    const bool nullable = values.size() < node.children.size();
    if (values.empty()) {
      return arrow::field(name, arrow::null());
    }
    if (values.size() == 1) {
      ARROW_ASSIGN_OR_RAISE(auto type, TypeOf(values.front()));
      return arrow::field(name, std::move(type), nullable);
    }
    arrow::FieldVector members;
    for (size_t i = 0; i < values.size(); ++i) {
      ARROW_ASSIGN_OR_RAISE(auto type, TypeOf(values[i]));
      members.push_back(arrow::field("member" + std::to_string(i), std::move(type)));
    }
    return arrow::field(name, arrow::struct_(std::move(members)), nullable);
  }

  Result<std::shared_ptr<arrow::DataType>> TypeOf(avro::NodeId id) {
    const avro::Node& node = schema_.node(id);
    switch (node.kind) {
      case Kind::kNull:
        return arrow::null();
      case Kind::kBoolean:
        return arrow::boolean();
      case Kind::kInt:
        if (node.logical == Logical::kDate) {
          return arrow::date32();
        }
        if (node.logical == Logical::kTimeMillis) {
          return arrow::time32(arrow::TimeUnit::MILLI);
        }
        return arrow::int32();
      case Kind::kLong:
        return LongType(node);
      case Kind::kFloat:
        return arrow::float32();
      case Kind::kDouble:
        return arrow::float64();
      case Kind::kString:
      case Kind::kEnum:
        return arrow::utf8();
      case Kind::kBytes:
        return node.logical == Logical::kDecimal ? DecimalType(node) : arrow::binary();
      case Kind::kFixed:
        if (node.logical == Logical::kDecimal) {
          return DecimalType(node);
        }
        return arrow::fixed_size_binary(node.size);
      case Kind::kUnion:
        break;  // only reached through FieldOf; a union directly in a union is not Avro
      case Kind::kArray:
      case Kind::kMap:
      case Kind::kRecord:
        return NestedType(id, node);
    }
    return MakeError(ErrorCode::kInvalidData,
                     "An Avro union stands where a type must be");
  }

  static std::shared_ptr<arrow::DataType> LongType(const avro::Node& node) {
    const auto timestamp = [&](arrow::TimeUnit::type unit, bool utc) {
      return utc && node.adjust_to_utc.value_or(true) ? arrow::timestamp(unit, "UTC")
                                                      : arrow::timestamp(unit);
    };
    switch (node.logical) {
      case Logical::kTimeMicros:
        return arrow::time64(arrow::TimeUnit::MICRO);
      case Logical::kTimestampMillis:
        return timestamp(arrow::TimeUnit::MILLI, true);
      case Logical::kTimestampMicros:
        return timestamp(arrow::TimeUnit::MICRO, true);
      case Logical::kTimestampNanos:
        return timestamp(arrow::TimeUnit::NANO, true);
      case Logical::kLocalTimestampMillis:
        return timestamp(arrow::TimeUnit::MILLI, false);
      case Logical::kLocalTimestampMicros:
        return timestamp(arrow::TimeUnit::MICRO, false);
      case Logical::kLocalTimestampNanos:
        return timestamp(arrow::TimeUnit::NANO, false);
      default:
        return arrow::int64();
    }
  }

  static Result<std::shared_ptr<arrow::DataType>> DecimalType(const avro::Node& node) {
    if (node.precision > kDecimalDigitsMax) {
      return MakeError(ErrorCode::kNotSupported,
                       "Avro decimals have at most 38 digits here; the file declares " +
                           std::to_string(node.precision));
    }
    return arrow::decimal128(node.precision, node.scale);
  }

  Result<std::shared_ptr<arrow::DataType>> NestedType(avro::NodeId id,
                                                      const avro::Node& node) {
    if (!open_.insert(id).second) {
      return MakeError(
          ErrorCode::kNotSupported,
          "The Avro type contains itself; no column can hold it: " + node.name);
    }
    std::shared_ptr<arrow::DataType> type;
    if (node.kind == Kind::kRecord) {
      arrow::FieldVector fields;
      for (const avro::RecordField& field : node.fields) {
        ARROW_ASSIGN_OR_RAISE(fields.emplace_back(), FieldOf(field.node, field.name));
      }
      type = arrow::struct_(std::move(fields));
    } else if (node.kind == Kind::kMap) {
      ARROW_ASSIGN_OR_RAISE(auto value, FieldOf(node.children.front(), "value"));
      type = std::make_shared<arrow::MapType>(arrow::field("key", arrow::utf8(), false),
                                              std::move(value));
    } else if (node.logical == Logical::kMap) {
      const avro::Node& entry = schema_.node(node.children.front());
      ARROW_ASSIGN_OR_RAISE(auto key, FieldOf(entry.fields.at(0).node, "key"));
      ARROW_ASSIGN_OR_RAISE(auto value, FieldOf(entry.fields.at(1).node, "value"));
      type = std::make_shared<arrow::MapType>(key->WithNullable(false), std::move(value));
    } else {
      ARROW_ASSIGN_OR_RAISE(auto element, FieldOf(node.children.front(), "element"));
      type = arrow::list(std::move(element));
    }
    open_.erase(id);
    return type;
  }

  const avro::Schema& schema_;
  std::set<avro::NodeId> open_;  // nested types on the way down
};

}  // namespace

Result<std::shared_ptr<arrow::Field>> ArrowFieldOf(const avro::Schema& schema,
                                                   avro::NodeId node,
                                                   const std::string& name) {
  return TypeMapper(schema).FieldOf(node, name);
}

}  // namespace tarn::ingest::internal
