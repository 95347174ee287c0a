#include "tarn/storage/internal/parquet_schema.h"

#include <array>
#include <string_view>
#include <utility>

#include <arrow/extension/uuid.h>
#include <arrow/type.h>
#include <parquet/arrow/schema.h>
#include <parquet/properties.h>
#include <parquet/schema.h>
#include <parquet/types.h>

#include "tarn/base/error.h"
#include "tarn/storage/internal/catch_parquet.h"

namespace tarn::storage {
namespace {

using iceberg::Field;
using iceberg::Type;
using iceberg::TypeId;
using parquet::LogicalType;
using parquet::schema::GroupNode;
using parquet::schema::NodePtr;
using parquet::schema::NodeVector;
using parquet::schema::PrimitiveNode;
using EdgeAlgorithm = LogicalType::EdgeInterpolationAlgorithm;

/// `type` with Arrow's uuid type in place of fixed_size_binary(16) where `iceberg` says
/// uuid, for which Parquet's own schema needs it (trap 50); the rows keep the plain type.
std::shared_ptr<arrow::Field> WithUuid(const Field& iceberg,
                                       const std::shared_ptr<arrow::Field>& field) {
  const std::vector<Field>& children = iceberg.type.fields();
  const auto child = [&](size_t i, const std::shared_ptr<arrow::Field>& of) {
    return WithUuid(children[i], of);
  };
  switch (iceberg.type.id()) {
    case TypeId::kUuid:
      return field->WithType(arrow::extension::uuid());
    case TypeId::kStruct: {
      arrow::FieldVector fields;
      for (size_t i = 0; i < children.size(); ++i) {
        fields.push_back(child(i, field->type()->field(static_cast<int>(i))));
      }
      return field->WithType(arrow::struct_(fields));
    }
    case TypeId::kList:
      return field->WithType(arrow::list(child(0, field->type()->field(0))));
    case TypeId::kMap: {
      const auto& map = static_cast<const arrow::MapType&>(*field->type());
      return field->WithType(std::make_shared<arrow::MapType>(
          child(0, map.key_field()), child(1, map.item_field())));
    }
    default:
      return field;
  }
}

EdgeAlgorithm AlgorithmOf(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, EdgeAlgorithm>, 5> kAlgorithms = {{
      {"spherical", EdgeAlgorithm::SPHERICAL},
      {"vincenty", EdgeAlgorithm::VINCENTY},
      {"thomas", EdgeAlgorithm::THOMAS},
      {"andoyer", EdgeAlgorithm::ANDOYER},
      {"karney", EdgeAlgorithm::KARNEY},
  }};
  for (const auto& [known, algorithm] : kAlgorithms) {
    if (known == name) {
      return algorithm;
    }
  }
  return EdgeAlgorithm::SPHERICAL;
}

/// Parquet's default CRS is ours and left out, as in the reference implementation.
std::shared_ptr<const LogicalType> GeoTypeOf(const Type& type) {
  static const std::string kDefaultCrs = Type::Geometry().crs();
  const std::string crs = type.crs() == kDefaultCrs ? "" : type.crs();
  if (type.id() == TypeId::kGeometry) {
    return LogicalType::Geometry(crs);
  }
  return LogicalType::Geography(crs, AlgorithmOf(type.algorithm()));
}

NodePtr Annotated(const Field& field, const NodePtr& node);

NodePtr Rebuilt(const GroupNode& group, NodeVector children,
                std::shared_ptr<const LogicalType> logical_type) {
  if (logical_type != nullptr && logical_type->is_none()) {
    logical_type = nullptr;  // which groups say by having none
  }
  return GroupNode::Make(group.name(), group.repetition(), std::move(children),
                         std::move(logical_type), group.field_id());
}

/// A list's or map's children sit below one repeated group.
NodePtr AnnotatedBelow(const Field& field, const GroupNode& group) {
  const auto& repeated = static_cast<const GroupNode&>(*group.field(0));
  NodeVector children;
  for (int i = 0; i < repeated.field_count(); ++i) {
    children.push_back(
        Annotated(field.type.fields()[static_cast<size_t>(i)], repeated.field(i)));
  }
  return Rebuilt(group, {Rebuilt(repeated, std::move(children), repeated.logical_type())},
                 group.logical_type());
}

/// `node`, made from `field`'s Arrow type, with the logical types that Arrow's do not
/// say.
NodePtr Annotated(const Field& field, const NodePtr& node) {
  switch (field.type.id()) {
    case TypeId::kGeometry:
    case TypeId::kGeography:
      return PrimitiveNode::Make(node->name(), node->repetition(), GeoTypeOf(field.type),
                                 parquet::Type::BYTE_ARRAY, -1, node->field_id());
    case TypeId::kVariant: {
      const auto& group = static_cast<const GroupNode&>(*node);
      return Rebuilt(group, {group.field(0), group.field(1)}, LogicalType::Variant());
    }
    case TypeId::kStruct: {
      const auto& group = static_cast<const GroupNode&>(*node);
      NodeVector children;
      for (int i = 0; i < group.field_count(); ++i) {
        children.push_back(
            Annotated(field.type.fields()[static_cast<size_t>(i)], group.field(i)));
      }
      return Rebuilt(group, std::move(children), group.logical_type());
    }
    case TypeId::kList:
    case TypeId::kMap:
      return AnnotatedBelow(field, static_cast<const GroupNode&>(*node));
    default:
      return node;
  }
}

}  // namespace

Result<std::shared_ptr<GroupNode>> ParquetSchemaOf(
    const iceberg::Schema& schema, const arrow::Schema& arrow_schema,
    const parquet::WriterProperties& properties) {
  arrow::FieldVector fields;
  for (size_t i = 0; i < schema.fields().size(); ++i) {
    fields.push_back(
        WithUuid(schema.fields()[i], arrow_schema.field(static_cast<int>(i))));
  }
  std::shared_ptr<parquet::SchemaDescriptor> descriptor;
  NodeVector nodes;
  ARROW_RETURN_NOT_OK(CatchParquet([&] {
    ARROW_RETURN_NOT_OK(parquet::arrow::ToParquetSchema(arrow::schema(fields).get(),
                                                        properties, &descriptor));
    // The descriptor owns its root: the nodes go under a new one that outlives it.
    const auto* root = static_cast<const GroupNode*>(descriptor->schema_root().get());
    for (int i = 0; i < root->field_count(); ++i) {
      nodes.push_back(Annotated(schema.fields()[static_cast<size_t>(i)], root->field(i)));
    }
    return Status::OK();
  }));
  return std::static_pointer_cast<GroupNode>(
      GroupNode::Make("table", parquet::Repetition::REQUIRED, nodes));
}

}  // namespace tarn::storage
