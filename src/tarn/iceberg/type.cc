#include "tarn/iceberg/type.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "tarn/base/error.h"

namespace tarn::iceberg {
namespace {

constexpr std::string_view kDefaultCrs = "OGC:CRS84";
constexpr std::string_view kDefaultAlgorithm = "spherical";
constexpr std::array<std::string_view, 5> kAlgorithms = {"spherical", "vincenty",
                                                         "thomas", "andoyer", "karney"};
constexpr int32_t kMaxDecimalPrecision = 38;

struct NamedType {
  std::string_view name;
  TypeId id;
};

// In the order of TypeId, so that a name is found by index.
constexpr std::array<NamedType, 23> kNames = {{
    {"boolean", TypeId::kBoolean},
    {"int", TypeId::kInt},
    {"long", TypeId::kLong},
    {"float", TypeId::kFloat},
    {"double", TypeId::kDouble},
    {"decimal", TypeId::kDecimal},
    {"date", TypeId::kDate},
    {"time", TypeId::kTime},
    {"timestamp", TypeId::kTimestamp},
    {"timestamptz", TypeId::kTimestampTz},
    {"timestamp_ns", TypeId::kTimestampNs},
    {"timestamptz_ns", TypeId::kTimestampTzNs},
    {"string", TypeId::kString},
    {"uuid", TypeId::kUuid},
    {"fixed", TypeId::kFixed},
    {"binary", TypeId::kBinary},
    {"unknown", TypeId::kUnknown},
    {"variant", TypeId::kVariant},
    {"geometry", TypeId::kGeometry},
    {"geography", TypeId::kGeography},
    {"struct", TypeId::kStruct},
    {"list", TypeId::kList},
    {"map", TypeId::kMap},
}};

std::string_view NameOf(TypeId id) { return kNames[static_cast<size_t>(id)].name; }

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::string_view Trim(std::string_view text) {
  while (!text.empty() && IsSpace(text.front())) {
    text.remove_prefix(1);
  }
  while (!text.empty() && IsSpace(text.back())) {
    text.remove_suffix(1);
  }
  return text;
}

std::string ToLower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') {
      c = static_cast<char>(c - 'A' + 'a');
    }
  }
  return lower;
}

Status BadType(std::string_view text) {
  return MakeError(ErrorCode::kInvalidData, "Not a type of the Iceberg specification: '" +
                                                std::string(text) + "'");
}

// A type's text taken apart: "decimal(9, 2)" is name "decimal", open '(', arguments "9,
// 2".
struct Parts {
  std::string name;
  char open = 0;
  std::string_view arguments;
};

std::optional<Parts> Split(std::string_view text) {
  text = Trim(text);
  const size_t at = text.find_first_of("([");
  if (at == std::string_view::npos) {
    return Parts{ToLower(text), 0, {}};
  }
  const char close = text[at] == '(' ? ')' : ']';
  if (text.back() != close) {
    return std::nullopt;
  }
  return Parts{ToLower(Trim(text.substr(0, at))), text[at],
               text.substr(at + 1, text.size() - at - 2)};
}

std::optional<int32_t> ParseNumber(std::string_view text) {
  text = Trim(text);
  int32_t number = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return number;
}

Result<Type> ParseDecimal(std::string_view text, std::string_view arguments) {
  const size_t comma = arguments.find(',');
  if (comma == std::string_view::npos) {
    return BadType(text);
  }
  const auto precision = ParseNumber(arguments.substr(0, comma));
  const auto scale = ParseNumber(arguments.substr(comma + 1));
  if (!precision || !scale || *precision < 1 || *precision > kMaxDecimalPrecision ||
      *scale < 0 || *scale > *precision) {
    return MakeError(ErrorCode::kInvalidData,
                     "A decimal needs a precision of 1 to 38 and a scale of 0 to the "
                     "precision, got '" +
                         std::string(text) + "'");
  }
  return Type::Decimal(*precision, *scale);
}

Result<Type> ParseFixed(std::string_view text, std::string_view arguments) {
  const auto length = ParseNumber(arguments);
  if (!length || *length < 0) {
    return BadType(text);
  }
  return Type::Fixed(*length);
}

Result<Type> ParseGeography(std::string_view text, std::string_view arguments) {
  const size_t comma = arguments.rfind(',');
  if (comma == std::string_view::npos) {
    return Type::Geography(std::string(Trim(arguments)));
  }
  const std::string algorithm = ToLower(Trim(arguments.substr(comma + 1)));
  if (std::find(kAlgorithms.begin(), kAlgorithms.end(), algorithm) == kAlgorithms.end()) {
    return BadType(text);
  }
  return Type::Geography(std::string(Trim(arguments.substr(0, comma))), algorithm);
}

Result<Type> TypeWithoutArguments(TypeId id, std::string_view text) {
  switch (id) {
    case TypeId::kBoolean:
      return Type::Boolean();
    case TypeId::kInt:
      return Type::Int();
    case TypeId::kLong:
      return Type::Long();
    case TypeId::kFloat:
      return Type::Float();
    case TypeId::kDouble:
      return Type::Double();
    case TypeId::kDate:
      return Type::Date();
    case TypeId::kTime:
      return Type::Time();
    case TypeId::kTimestamp:
      return Type::Timestamp();
    case TypeId::kTimestampTz:
      return Type::TimestampTz();
    case TypeId::kTimestampNs:
      return Type::TimestampNs();
    case TypeId::kTimestampTzNs:
      return Type::TimestampTzNs();
    case TypeId::kString:
      return Type::String();
    case TypeId::kUuid:
      return Type::Uuid();
    case TypeId::kBinary:
      return Type::Binary();
    case TypeId::kUnknown:
      return Type::Unknown();
    case TypeId::kVariant:
      return Type::Variant();
    case TypeId::kGeometry:
      return Type::Geometry();
    case TypeId::kGeography:
      return Type::Geography();
    case TypeId::kDecimal:
    case TypeId::kFixed:
    case TypeId::kStruct:
    case TypeId::kList:
    case TypeId::kMap:
      break;
  }
  return BadType(text);
}

std::string FieldText(const Field& field) {
  return std::to_string(field.id) + ": " + field.name +
         (field.required ? ": required " : ": optional ") + field.type.ToString();
}

std::string StructText(const std::vector<Field>& fields) {
  std::string text = "struct<";
  for (size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) {
      text += ", ";
    }
    text += FieldText(fields[i]);
  }
  return text + ">";
}

}  // namespace

Type Type::Geometry(std::string crs) {
  Type type(TypeId::kGeometry);
  if (crs.empty()) {
    crs = kDefaultCrs;
  }
  type.text_ = std::make_shared<std::pair<std::string, std::string>>(std::move(crs), "");
  return type;
}

Type Type::Geography(std::string crs, std::string algorithm) {
  Type type(TypeId::kGeography);
  if (crs.empty()) {
    crs = kDefaultCrs;
  }
  if (algorithm.empty()) {
    algorithm = kDefaultAlgorithm;
  }
  type.text_ = std::make_shared<std::pair<std::string, std::string>>(
      std::move(crs), std::move(algorithm));
  return type;
}

Type Type::Struct(std::vector<Field> fields) {
  Type type(TypeId::kStruct);
  type.children_ = std::make_shared<const std::vector<Field>>(std::move(fields));
  return type;
}

Type Type::List(FieldId element_id, Type element, bool element_required) {
  Type type(TypeId::kList);
  std::vector<Field> children;
  children.push_back({.id = element_id,
                      .name = "element",
                      .type = std::move(element),
                      .required = element_required});
  type.children_ = std::make_shared<const std::vector<Field>>(std::move(children));
  return type;
}

Type Type::Map(FieldId key_id, Type key, FieldId value_id, Type value,
               bool value_required) {
  Type type(TypeId::kMap);
  std::vector<Field> children;
  children.push_back(
      {.id = key_id, .name = "key", .type = std::move(key), .required = true});
  children.push_back({.id = value_id,
                      .name = "value",
                      .type = std::move(value),
                      .required = value_required});
  type.children_ = std::make_shared<const std::vector<Field>>(std::move(children));
  return type;
}

const std::vector<Field>& Type::fields() const {
  static const std::vector<Field> kNone;
  return children_ == nullptr ? kNone : *children_;
}

const Field& Type::element() const {
  TARN_CHECK(id_ == TypeId::kList);
  return children_->front();
}

const Field& Type::key() const {
  TARN_CHECK(id_ == TypeId::kMap);
  return children_->front();
}

const Field& Type::value() const {
  TARN_CHECK(id_ == TypeId::kMap);
  return children_->back();
}

std::string Type::ToString() const {
  switch (id_) {
    case TypeId::kDecimal:
      return "decimal(" + std::to_string(a_) + "," + std::to_string(b_) + ")";
    case TypeId::kFixed:
      return "fixed[" + std::to_string(a_) + "]";
    case TypeId::kGeometry:
      return crs() == kDefaultCrs ? "geometry" : "geometry(" + crs() + ")";
    case TypeId::kGeography:
      if (algorithm() != kDefaultAlgorithm) {
        return "geography(" + crs() + ", " + algorithm() + ")";
      }
      return crs() == kDefaultCrs ? "geography" : "geography(" + crs() + ")";
    case TypeId::kStruct:
      return StructText(fields());
    case TypeId::kList:
      return "list<" + element().type.ToString() + ">";
    case TypeId::kMap:
      return "map<" + key().type.ToString() + ", " + value().type.ToString() + ">";
    default:
      return std::string(NameOf(id_));
  }
}

bool Type::operator==(const Type& other) const {
  if (id_ != other.id_ || a_ != other.a_ || b_ != other.b_) {
    return false;
  }
  if (text_ != other.text_ && (!text_ || !other.text_ || *text_ != *other.text_)) {
    return false;
  }
  return children_ == other.children_ || fields() == other.fields();
}

Result<Type> PrimitiveTypeFromString(std::string_view text) {
  const std::optional<Parts> parts = Split(text);
  if (!parts) {
    return BadType(text);
  }
  const auto* named = std::find_if(kNames.begin(), kNames.end(), [&](const NamedType& n) {
    return n.name == parts->name;
  });
  if (named == kNames.end()) {
    return BadType(text);
  }
  if (parts->open == 0) {
    return TypeWithoutArguments(named->id, text);
  }
  if (named->id == TypeId::kFixed && parts->open == '[') {
    return ParseFixed(text, parts->arguments);
  }
  if (parts->open != '(') {
    return BadType(text);
  }
  switch (named->id) {
    case TypeId::kDecimal:
      return ParseDecimal(text, parts->arguments);
    case TypeId::kGeometry:
      return Type::Geometry(std::string(Trim(parts->arguments)));
    case TypeId::kGeography:
      return ParseGeography(text, parts->arguments);
    default:
      return BadType(text);
  }
}

}  // namespace tarn::iceberg
