#include "tarn/iceberg/partition_spec.h"

#include <algorithm>
#include <set>
#include <unordered_set>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/iceberg/value.h"

namespace tarn::iceberg {
namespace {

Status BadField(const PartitionField& field, const std::string& problem) {
  return MakeError(ErrorCode::kInvalidArgument,
                   "Partition field '" + field.name + "' " + problem);
}

bool IsVoid(const PartitionField& field) {
  return std::holds_alternative<Void>(field.transform);
}

Status CheckSource(const PartitionField& field, const Schema& schema) {
  // A void field is what is left of a dropped one; its column may be gone.
  if (IsVoid(field)) {
    return Status::OK();
  }
  if (const auto* unknown = std::get_if<UnknownTransform>(&field.transform)) {
    return MakeError(ErrorCode::kNotSupported, "Partition field '" + field.name +
                                                   "' has a transform that cannot be "
                                                   "computed: " +
                                                   unknown->text);
  }
  if (field.source_ids.size() != 1) {
    return BadField(field, "needs exactly one source column");
  }
  const Field* source = schema.FindById(field.source_id());
  if (source == nullptr) {
    return BadField(field, "has no source column, no column has the field id " +
                               std::to_string(field.source_id()));
  }
  const std::string& name = schema.NameOf(source->id);
  if (!schema.IsReachableByStructs(source->id)) {
    return BadField(field,
                    "cannot come from '" + name + "', which is inside a list or map");
  }
  if (!CanTransform(field.transform, source->type)) {
    return BadField(field, "cannot take " + TransformToString(field.transform) + " of '" +
                               name + "', its type is " + source->type.ToString());
  }
  return Status::OK();
}

Status CheckName(const PartitionField& field, const Schema& schema) {
  if (field.name.empty()) {
    return MakeError(ErrorCode::kInvalidArgument, "A partition field has no name");
  }
  const Field* column = schema.FindByName(field.name);
  if (column == nullptr) {
    return Status::OK();
  }
  const bool may_share =
      IsVoid(field) || std::holds_alternative<Identity>(field.transform);
  const bool is_own = !field.source_ids.empty() && column->id == field.source_id();
  if (may_share && is_own) {
    return Status::OK();
  }
  return BadField(field, "has the name of a column, choose another one");
}

Type ResultTypeOf(const PartitionField& field, const Schema& schema) {
  if (field.source_ids.size() != 1) {
    return Type::Unknown();
  }
  const Field* source = schema.FindById(field.source_id());
  if (source == nullptr || !source->type.is_primitive() ||
      !CanTransform(field.transform, source->type)) {
    return Type::Unknown();
  }
  return ResultType(field.transform, source->type);
}

Type SourceTypeOf(const PartitionField& field, const Schema& schema) {
  if (field.source_ids.size() != 1) {
    return Type::Unknown();
  }
  const Field* source = schema.FindById(field.source_id());
  return source == nullptr ? Type::Unknown() : source->type;
}

// As java.net.URLEncoder with UTF-8.
std::string EscapeForPath(std::string_view text) {
  constexpr std::string_view kHexDigits = "0123456789ABCDEF";
  std::string escaped;
  for (const char c : text) {
    const bool is_alphanumeric =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (is_alphanumeric || c == '.' || c == '-' || c == '*' || c == '_') {
      escaped += c;
    } else if (c == ' ') {
      escaped += '+';
    } else {
      const auto byte = static_cast<uint8_t>(c);
      escaped += '%';
      escaped += kHexDigits[byte >> 4];
      escaped += kHexDigits[byte & 0xF];
    }
  }
  return escaped;
}

}  // namespace

bool PartitionTupleEquals::operator()(const PartitionTuple& left,
                                      const PartitionTuple& right) const {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(), ValueEquals{});
}

size_t PartitionTupleHash::operator()(const PartitionTuple& tuple) const {
  size_t hash = tuple.size();
  for (const Value& value : tuple) {
    hash = hash * 31 + ValueHash{}(value);
  }
  return hash;
}

bool PartitionSpec::is_unpartitioned() const {
  return std::all_of(fields.begin(), fields.end(), IsVoid);
}

Status ValidateSpec(const PartitionSpec& spec, const Schema& schema) {
  std::unordered_set<std::string> names;
  std::unordered_set<FieldId> field_ids;
  std::set<std::pair<FieldId, std::string>> terms;
  for (const PartitionField& field : spec.fields) {
    ARROW_RETURN_NOT_OK(CheckName(field, schema));
    ARROW_RETURN_NOT_OK(CheckSource(field, schema));
    if (!names.insert(field.name).second) {
      return BadField(field, "is there twice");
    }
    if (field.field_id != 0 && !field_ids.insert(field.field_id).second) {
      return BadField(field, "has the id of another field of the spec: " +
                                 std::to_string(field.field_id));
    }
    if (IsVoid(field)) {
      continue;
    }
    const std::string term = TransformToString(field.transform);
    if (!terms.emplace(field.source_id(), term).second) {
      return BadField(field, "is redundant, '" + schema.NameOf(field.source_id()) +
                                 "' is already partitioned by " + term);
    }
  }
  return Status::OK();
}

std::vector<Type> PartitionTypes(const PartitionSpec& spec, const Schema& schema) {
  std::vector<Type> types;
  types.reserve(spec.fields.size());
  for (const PartitionField& field : spec.fields) {
    types.push_back(ResultTypeOf(field, schema));
  }
  return types;
}

Type PartitionStruct(const PartitionSpec& spec, const Schema& schema) {
  std::vector<Field> fields;
  fields.reserve(spec.fields.size());
  for (const PartitionField& field : spec.fields) {
    fields.push_back({.id = field.field_id,
                      .name = field.name,
                      .type = ResultTypeOf(field, schema),
                      .required = false});
  }
  return Type::Struct(std::move(fields));
}

std::string PartitionPath(const PartitionSpec& spec, const Schema& schema,
                          const PartitionTuple& tuple) {
  TARN_CHECK(tuple.size() == spec.fields.size());
  if (spec.is_unpartitioned()) {
    return "";
  }
  std::string path;
  for (size_t i = 0; i < spec.fields.size(); ++i) {
    const PartitionField& field = spec.fields[i];
    if (i > 0) {
      path += '/';
    }
    path += EscapeForPath(field.name) + "=" +
            EscapeForPath(PartitionValueToString(field.transform,
                                                 SourceTypeOf(field, schema), tuple[i]));
  }
  return path;
}

}  // namespace tarn::iceberg
