#include "tarn/storage/internal/column_projection.h"

#include <algorithm>
#include <string>
#include <utility>

#include <arrow/array.h>
#include <arrow/array/concatenate.h>
#include <arrow/array/util.h>
#include <arrow/compute/cast.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/type.h>
#include <arrow/util/bitmap_ops.h>

#include "tarn/base/error.h"
#include "tarn/storage/arrow_schema.h"
#include "tarn/storage/internal/coerce.h"
#include "tarn/storage/internal/constant_column.h"
#include "tarn/storage/internal/variant_rows.h"

namespace tarn::storage {
namespace {

using iceberg::Field;
using iceberg::FieldId;
using iceberg::Type;
using iceberg::TypeId;
using ArrayPtr = std::shared_ptr<arrow::Array>;

const FileColumn* FindColumn(const std::vector<FileColumn>& columns, FieldId id) {
  for (const FileColumn& column : columns) {
    if (column.id == id) {
      return &column;
    }
  }
  return nullptr;
}

void AddLeaves(const FileColumn& column, std::set<int>* leaves) {
  if (column.leaf >= 0) {
    leaves->insert(column.leaf);
  }
  for (const FileColumn& child : column.children) {
    AddLeaves(child, leaves);
  }
}

bool HasAnyOf(const FileColumn& column, const std::set<int>& leaves) {
  return leaves.contains(column.leaf) ||
         std::any_of(column.children.begin(), column.children.end(),
                     [&](const FileColumn& child) { return HasAnyOf(child, leaves); });
}

/// The cheapest leaf that tells which rows of a struct are null: one without lists on the
/// way if there is one. -1 if there is no leaf at all.
int CarrierOf(const FileColumn& column) {
  if (column.leaf >= 0) {
    return column.leaf;
  }
  int fallback = -1;
  for (const FileColumn& child : column.children) {
    const int leaf = CarrierOf(child);
    const bool flat =
        child.leaf >= 0 || (child.type->id() == arrow::Type::STRUCT && leaf >= 0);
    if (flat) {
      return leaf;
    }
    fallback = fallback < 0 ? leaf : fallback;
  }
  return fallback;
}

Result<std::shared_ptr<arrow::Buffer>> ValidityOf(const arrow::Array& array) {
  if (array.null_count() == 0) {
    return nullptr;
  }
  if (array.offset() == 0) {
    return array.null_bitmap();
  }
  return arrow::internal::CopyBitmap(arrow::default_memory_pool(),
                                     array.null_bitmap_data(), array.offset(),
                                     array.length());
}

}  // namespace

class ColumnProjection::Maker {
 public:
  Maker(const Constants& constants, MissingColumns missing, ColumnProjection* projection)
      : constants_(constants), missing_(missing), projection_(*projection) {}

  Result<Node> Match(const FileColumn* column, const Field& field,
                     const std::string& path) {
    if (column == nullptr || field.type.id() == TypeId::kUnknown) {
      return Missing(field, path);
    }
    if (!CanRead(*column, field.type)) {
      return MakeError(ErrorCode::kTypeMismatch,
                       "Column " + path + " of type " + field.type.ToString() +
                           " cannot be read from a data file's " +
                           DescribeColumn(*column));
    }
    ARROW_ASSIGN_OR_RAISE(auto type, ArrowTypeOf(field.type));
    Node node{.type = std::move(type), .column = column};
    switch (field.type.id()) {
      case TypeId::kStruct:
        return MatchStruct(std::move(node), field, path);
      case TypeId::kList:
      case TypeId::kMap:
        return MatchList(std::move(node), field, path);
      case TypeId::kVariant:
        return MatchVariant(std::move(node), path);
      default:
        break;
    }
    node.kind = Kind::kLeaf;
    node.zone_unknown = column->zone_unknown;
    AddLeaves(*column, &projection_.leaves_);
    if (column->leaf >= 0 && lists_ == 0) {
      projection_.matched_.emplace_back(column->leaf, field);
    }
    return node;
  }

  /// Finds out where Arrow puts each column once all leaves are known.
  void Place(const std::vector<FileColumn>& siblings, Node* node) {
    if (node->column == nullptr) {
      return;
    }
    node->source = 0;
    for (const FileColumn& sibling : siblings) {
      if (&sibling == node->column) {
        break;
      }
      node->source += HasAnyOf(sibling, projection_.leaves_) ? 1 : 0;
    }
    for (Node& child : node->children) {
      Place(node->column->children, &child);
    }
    node->column = nullptr;
  }

 private:
  Result<Node> Missing(const Field& field, const std::string& path) {
    iceberg::Value value;
    bool has_value = false;
    if (const auto constant = constants_.find(field.id); constant != constants_.end()) {
      value = constant->second;
      has_value = true;
    } else if (missing_ == MissingColumns::kRefuse) {
      return MakeError(
          ErrorCode::kInvalidData,
          "Column " + path + " of field id " + std::to_string(field.id) + " is missing");
    } else if (field.initial_default.has_value()) {
      value = *field.initial_default;
    }
    if (field.required && iceberg::IsNull(value)) {
      return MakeError(ErrorCode::kInvalidData,
                       "Column " + path +
                           (has_value ? " is required and the partition value of a data "
                                        "file is null"
                                      : " is required, has no initial default and is "
                                        "missing from a data file"));
    }
    Node node;
    ARROW_ASSIGN_OR_RAISE(node.type, ArrowTypeOf(field.type));
    if (iceberg::IsNull(value)) {
      node.constant = arrow::MakeNullScalar(node.type);
    } else {
      ARROW_ASSIGN_OR_RAISE(node.constant, ScalarOf(field.type, value));
    }
    return node;
  }

  Result<Node> MatchStruct(Node node, const Field& field, const std::string& path) {
    node.kind = Kind::kStruct;
    for (const Field& child : field.type.fields()) {
      ARROW_ASSIGN_OR_RAISE(Node matched,
                            Match(FindColumn(node.column->children, child.id), child,
                                  path + "." + child.name));
      node.children.push_back(std::move(matched));
    }
    return Carry(*node.column) ? node : Missing(field, path);
  }

  /// Makes sure that something of `column` is read, so that its nulls and lengths are
  /// known; false if there is nothing.
  bool Carry(const FileColumn& column) {
    if (HasAnyOf(column, projection_.leaves_)) {
      return true;
    }
    const int carrier = CarrierOf(column);
    if (carrier >= 0) {
      projection_.leaves_.insert(carrier);
    }
    return carrier >= 0;
  }

  Result<Node> MatchList(Node node, const Field& field, const std::string& path) {
    const bool is_map = field.type.id() == TypeId::kMap;
    node.kind = is_map ? Kind::kMap : Kind::kList;
    const std::vector<Field>& children = field.type.fields();
    ++lists_;
    for (size_t i = 0; i < children.size(); ++i) {
      const FileColumn& column = node.column->children[i];
      if (column.id != children[i].id) {
        return MakeError(ErrorCode::kInvalidData,
                         "Column " + path + ": the field id of a data file's " +
                             children[i].name + " is " + std::to_string(column.id) +
                             ", not " + std::to_string(children[i].id));
      }
      ARROW_ASSIGN_OR_RAISE(Node matched,
                            Match(&column, children[i], path + "." + children[i].name));
      node.children.push_back(std::move(matched));
      if (!Carry(column)) {
        return MakeError(
            ErrorCode::kInvalidData,
            "Column " + path + ": a data file has nothing in its " + children[i].name);
      }
    }
    --lists_;
    if (is_map) {  // Arrow reads a map whose key is cut as a list
      AddLeaves(node.column->children[0], &projection_.leaves_);
    }
    return node;
  }

  /// A variant's parts go by their names; they have no ids (spec: Variant).
  Result<Node> MatchVariant(Node node, const std::string& path) {
    const std::vector<FileColumn>& parts = node.column->children;
    const auto find = [&](const std::string& name) {
      const auto found =
          std::find_if(parts.begin(), parts.end(),
                       [&](const FileColumn& part) { return part.name == name; });
      return found == parts.end() ? nullptr : &*found;
    };
    if (find("metadata") == nullptr ||
        (find("value") == nullptr && find("typed_value") == nullptr)) {
      return MakeError(ErrorCode::kInvalidData,
                       "Column " + path + " is no variant in a data file");
    }
    AddLeaves(*node.column, &projection_.leaves_);
    if (find("typed_value") != nullptr) {
      node.kind = Kind::kShredded;
      return node;
    }
    node.kind = Kind::kStruct;
    for (const auto& part : node.type->fields()) {
      const FileColumn* column = find(part->name());
      if (!CanRead(*column, Type::Binary())) {
        return MakeError(ErrorCode::kInvalidData,
                         "Column " + path + ": a variant's " + part->name() + " is " +
                             DescribeColumn(*column) + " in a data file");
      }
      node.children.push_back(
          {.kind = Kind::kLeaf, .type = part->type(), .column = column});
    }
    return node;
  }

  const Constants& constants_;
  const MissingColumns missing_;
  ColumnProjection& projection_;
  int lists_ = 0;  // lists and maps around the field at hand
};

Result<ColumnProjection> ColumnProjection::Make(const std::vector<FileColumn>& columns,
                                                const std::vector<Field>& fields,
                                                const Constants& constants,
                                                MissingColumns missing) {
  ColumnProjection projection;
  Maker maker(constants, missing, &projection);
  for (const Field& field : fields) {
    ARROW_ASSIGN_OR_RAISE(Node node,
                          maker.Match(FindColumn(columns, field.id), field, field.name));
    projection.nodes_.push_back(std::move(node));
  }
  for (Node& node : projection.nodes_) {
    maker.Place(columns, &node);
  }
  return projection;
}

Result<arrow::ArrayVector> ColumnProjection::Apply(
    const arrow::RecordBatch& batch) const {
  arrow::ArrayVector result;
  result.reserve(nodes_.size());
  for (const Node& node : nodes_) {
    const ArrayPtr source = node.source < 0 ? nullptr : batch.column(node.source);
    ARROW_ASSIGN_OR_RAISE(auto column, Evaluate(node, source, batch.num_rows()));
    result.push_back(std::move(column));
  }
  return result;
}

Result<ArrayPtr> ColumnProjection::Evaluate(const Node& node, const ArrayPtr& source,
                                            int64_t num_rows) {
  switch (node.kind) {
    case Kind::kConstant:
      return node.constant->is_valid
                 ? arrow::MakeArrayFromScalar(*node.constant, num_rows)
                 : arrow::MakeArrayOfNull(node.type, num_rows);
    case Kind::kStruct:
      return EvaluateStruct(node, source);
    case Kind::kList:
    case Kind::kMap:
      return EvaluateList(node, source);
    case Kind::kShredded:
      return UnshredVariants(source, node.type);
    case Kind::kLeaf:
      break;
  }
  if (node.zone_unknown && source->type_id() == arrow::Type::TIMESTAMP) {
    const auto& from = static_cast<const arrow::TimestampType&>(*source->type());
    const auto& to = static_cast<const arrow::TimestampType&>(*node.type);
    ARROW_ASSIGN_OR_RAISE(const ArrayPtr zoned,
                          source->View(arrow::timestamp(from.unit(), to.timezone())));
    return CoerceArray(zoned, node.type);
  }
  return CoerceArray(source, node.type);
}

Result<ArrayPtr> ColumnProjection::EvaluateStruct(const Node& node,
                                                  const ArrayPtr& source) {
  const auto& rows = static_cast<const arrow::StructArray&>(*source);
  arrow::ArrayVector children;
  for (const Node& child : node.children) {
    const ArrayPtr values = child.source < 0 ? nullptr : rows.field(child.source);
    ARROW_ASSIGN_OR_RAISE(auto evaluated, Evaluate(child, values, rows.length()));
    children.push_back(std::move(evaluated));
  }
  ARROW_ASSIGN_OR_RAISE(auto validity, ValidityOf(rows));
  return std::make_shared<arrow::StructArray>(node.type, rows.length(),
                                              std::move(children), std::move(validity),
                                              rows.null_count());
}

Result<ArrayPtr> ColumnProjection::EvaluateList(const Node& node, ArrayPtr source) {
  const bool is_map = node.kind == Kind::kMap;
  if (!is_map && source->type_id() != arrow::Type::LIST) {
    const auto plain = arrow::list(source->type()->field(0));
    ARROW_ASSIGN_OR_RAISE(source, arrow::compute::Cast(*source, plain));
  }
  // A slice would make us convert the values of other rows.
  if (source->offset() != 0 || source->data()->child_data[0]->offset != 0) {
    ARROW_ASSIGN_OR_RAISE(source, arrow::Concatenate({source}));
  }
  const auto& lists = static_cast<const arrow::ListArray&>(*source);
  const int64_t end = lists.length() == 0 ? 0 : lists.value_offset(lists.length());
  const ArrayPtr values = arrow::MakeArray(source->data()->child_data[0])->Slice(0, end);
  auto data = source->data()->Copy();
  data->type = node.type;
  if (!is_map) {
    ARROW_ASSIGN_OR_RAISE(const ArrayPtr elements,
                          Evaluate(node.children[0], values, end));
    data->child_data[0] = elements->data();
    return arrow::MakeArray(data);
  }
  const auto& entries = static_cast<const arrow::StructArray&>(*values);
  arrow::ArrayVector pair;
  for (int i = 0; i < 2; ++i) {
    ARROW_ASSIGN_OR_RAISE(auto evaluated, Evaluate(node.children[static_cast<size_t>(i)],
                                                   entries.field(i), end));
    pair.push_back(std::move(evaluated));
  }
  const auto entry_type = static_cast<const arrow::MapType&>(*node.type).value_type();
  data->child_data[0] =
      std::make_shared<arrow::StructArray>(entry_type, end, std::move(pair))->data();
  return arrow::MakeArray(data);
}

}  // namespace tarn::storage
