#include "tarn/sql/type_name.h"

#include <array>
#include <optional>
#include <utility>

#include "tarn/base/error.h"

namespace tarn::sql {
namespace {

constexpr int kTypeDepthMax = 64;

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') {
      c = static_cast<char>(c - 'A' + 'a');
    }
  }
  return lower;
}

std::string QuoteName(std::string_view name) {
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"') {
      quoted.push_back('"');
    }
    quoted.push_back(c);
  }
  return quoted + "\"";
}

class TypeParser {
 public:
  explicit TypeParser(TokenStream& tokens) : tokens_(tokens) {}

  Result<TypeName> Parse(int depth = 0) {
    if (depth > kTypeDepthMax) {
      return tokens_.Mismatch("a type nested less deeply");
    }
    ARROW_ASSIGN_OR_RAISE(TypeName type, ParseBase(depth));
    while (tokens_.PeekSymbol("[") && tokens_.PeekSymbol("]", 1)) {
      tokens_.Take();
      tokens_.Take();
      if (++depth > kTypeDepthMax) {
        return tokens_.Mismatch("a type nested less deeply");
      }
      TypeName array{.name = "array"};
      array.children.push_back({"", std::move(type)});
      type = std::move(array);
    }
    return type;
  }

 private:
  Result<TypeName> ParseBase(int depth) {
    if (tokens_.Peek().kind != TokenKind::kWord) {
      return tokens_.Mismatch("<type>");
    }
    TypeName type{.name = Lower(tokens_.Take().text)};
    if (type.name == "struct") {
      type.name = "row";
    }
    if (type.name == "list") {
      type.name = "array";
    }
    if (type.name == "row" || type.name == "array" || type.name == "map") {
      return ParseNested(std::move(type), depth);
    }
    if (type.name == "double") {
      tokens_.TakeKeywords({"precision"});
    }
    if (tokens_.TakeSymbol("(")) {
      do {
        if (tokens_.Peek().kind == TokenKind::kString) {
          type.texts.push_back(tokens_.Take().text);
          continue;
        }
        ARROW_ASSIGN_OR_RAISE(int32_t argument, tokens_.ExpectInteger());
        type.arguments.push_back(argument);
      } while (tokens_.TakeSymbol(","));
      RETURN_NOT_OK(tokens_.ExpectSymbol(")"));
    }
    if (type.name == "time" || type.name == "timestamp") {
      if (tokens_.TakeKeywords({"with", "time", "zone"})) {
        type.name += " with time zone";
      } else {
        tokens_.TakeKeywords({"without", "time", "zone"});
      }
    }
    return type;
  }

  Result<TypeName> ParseNested(TypeName type, int depth) {
    const bool angles = tokens_.PeekSymbol("<");
    if (!angles && !tokens_.PeekSymbol("(")) {
      return tokens_.Mismatch("'(' or '<'");
    }
    tokens_.Take();
    do {
      TypeName::Child child;
      if (type.name == "row") {
        ARROW_ASSIGN_OR_RAISE(child.name, tokens_.ExpectName());
        tokens_.TakeSymbol(":");
      }
      ARROW_ASSIGN_OR_RAISE(child.type, Parse(depth + 1));
      child.required = tokens_.TakeKeywords({"not", "null"});
      if (tokens_.TakeKeywords({"comment"})) {
        RETURN_NOT_OK(tokens_.ExpectString());
      }
      type.children.push_back(std::move(child));
    } while (tokens_.TakeSymbol(","));
    RETURN_NOT_OK(tokens_.ExpectSymbol(angles ? ">" : ")"));
    const size_t expected = type.name == "array" ? 1
                            : type.name == "map" ? 2
                                                 : type.children.size();
    if (type.children.size() != expected) {
      return tokens_.Mismatch("one type for array, two for map");
    }
    return type;
  }

  TokenStream& tokens_;
};

Status Unsupported(const TypeName& type) {
  return MakeError(
      ErrorCode::kNotSupported,
      "Iceberg has no type for " + type.name +
          "; use boolean, integer, bigint, real, double, decimal(p,s), varchar, "
          "varbinary, date, time, timestamp, uuid, variant, geometry, geography, row, "
          "array or map");
}

struct SimpleName {
  std::string_view name;
  iceberg::Type (*make)();
};
constexpr std::array<SimpleName, 34> kSimpleNames = {{
    {"boolean", iceberg::Type::Boolean},
    {"bool", iceberg::Type::Boolean},
    {"tinyint", iceberg::Type::Int},
    {"smallint", iceberg::Type::Int},
    {"int", iceberg::Type::Int},
    {"integer", iceberg::Type::Int},
    {"int4", iceberg::Type::Int},
    {"bigint", iceberg::Type::Long},
    {"long", iceberg::Type::Long},
    {"int8", iceberg::Type::Long},
    {"real", iceberg::Type::Float},
    {"float", iceberg::Type::Float},
    {"float4", iceberg::Type::Float},
    {"double", iceberg::Type::Double},
    {"float8", iceberg::Type::Double},
    {"varchar", iceberg::Type::String},
    {"char", iceberg::Type::String},
    {"string", iceberg::Type::String},
    {"text", iceberg::Type::String},
    {"varbinary", iceberg::Type::Binary},
    {"binary", iceberg::Type::Binary},
    {"blob", iceberg::Type::Binary},
    {"bytea", iceberg::Type::Binary},
    {"date", iceberg::Type::Date},
    {"time", iceberg::Type::Time},
    {"uuid", iceberg::Type::Uuid},
    {"datetime", iceberg::Type::Timestamp},
    {"timestamp_ntz", iceberg::Type::Timestamp},
    {"timestamptz", iceberg::Type::TimestampTz},
    {"timestamp_ltz", iceberg::Type::TimestampTz},
    {"timestamp_ns", iceberg::Type::TimestampNs},
    {"timestamptz_ns", iceberg::Type::TimestampTzNs},
    {"variant", iceberg::Type::Variant},
    {"unknown", iceberg::Type::Unknown},
}};

/// geometry, geometry('crs'), geography('crs', 'algorithm'), as the specification has
/// them.
Result<iceberg::Type> GeoType(const TypeName& type) {
  const size_t texts_max = type.name == "geometry" ? 1 : 2;
  if (!type.arguments.empty() || type.texts.size() > texts_max) {
    return MakeError(ErrorCode::kInvalidArgument,
                     type.name +
                         " takes the name of a coordinate reference system as "
                         "text, such as 'OGC:CRS84'");
  }
  std::string text = type.name;
  for (size_t i = 0; i < type.texts.size(); ++i) {
    text += (i == 0 ? "(" : ",") + type.texts[i];
  }
  return iceberg::PrimitiveTypeFromString(type.texts.empty() ? text : text + ")");
}

/// The text that GeoType reads.
std::string GeoTypeText(const iceberg::Type& type) {
  const bool is_geography = type.id() == iceberg::TypeId::kGeography;
  if (type == (is_geography ? iceberg::Type::Geography() : iceberg::Type::Geometry())) {
    return is_geography ? "geography" : "geometry";
  }
  if (!is_geography) {
    return "geometry('" + type.crs() + "')";
  }
  return "geography('" + type.crs() + "', '" + type.algorithm() + "')";
}

Result<iceberg::Type> ParameterisedType(const TypeName& type) {
  if (type.name == "geometry" || type.name == "geography") {
    return GeoType(type);
  }
  const auto& arguments = type.arguments;
  if (!type.texts.empty()) {
    return Unsupported(type);
  }
  if (type.name == "decimal" || type.name == "numeric" || type.name == "dec") {
    const int32_t precision = arguments.empty() ? 38 : arguments[0];
    const int32_t scale = arguments.size() < 2 ? 0 : arguments[1];
    if (arguments.size() > 2 || precision < 1 || precision > 38 || scale < 0 ||
        scale > precision) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "decimal needs 1 <= precision <= 38 and 0 <= scale <= precision");
    }
    return iceberg::Type::Decimal(precision, scale);
  }
  if (type.name == "timestamp" || type.name == "timestamp with time zone") {
    const int32_t digits = arguments.empty() ? 6 : arguments[0];
    const bool zoned = type.name != "timestamp";
    if (digits < 0 || digits > 9) {
      return Unsupported(type);
    }
    if (digits > 6) {
      return zoned ? iceberg::Type::TimestampTzNs() : iceberg::Type::TimestampNs();
    }
    return zoned ? iceberg::Type::TimestampTz() : iceberg::Type::Timestamp();
  }
  if (type.name == "fixed") {
    if (arguments.size() != 1 || arguments[0] < 1) {
      return Unsupported(type);
    }
    return iceberg::Type::Fixed(arguments[0]);
  }
  return Unsupported(type);
}

Result<iceberg::Type> RowType(const TypeName& type, iceberg::FieldId* next_id) {
  std::vector<iceberg::Field> fields;
  for (const TypeName::Child& child : type.children) {
    fields.push_back(
        {.id = (*next_id)++, .name = child.name, .type = {}, .required = child.required});
  }
  for (size_t i = 0; i < fields.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(fields[i].type, IcebergTypeOf(type.children[i].type, next_id));
  }
  return iceberg::Type::Struct(std::move(fields));
}

}  // namespace

Result<TypeName> ParseTypeName(TokenStream& tokens) { return TypeParser(tokens).Parse(); }

Result<TypeName> ParseTypeName(std::string_view text) {
  ARROW_ASSIGN_OR_RAISE(auto list, Tokenize(text));
  TokenStream tokens(std::move(list));
  ARROW_ASSIGN_OR_RAISE(TypeName type, ParseTypeName(tokens));
  if (!tokens.AtEnd()) {
    return tokens.Mismatch("<EOF>");
  }
  return type;
}

Result<iceberg::Type> IcebergTypeOf(const TypeName& type, iceberg::FieldId* next_id) {
  if (type.name == "row") {
    return RowType(type, next_id);
  }
  if (type.name == "array") {
    const iceberg::FieldId element_id = (*next_id)++;
    ARROW_ASSIGN_OR_RAISE(auto element, IcebergTypeOf(type.children[0].type, next_id));
    return iceberg::Type::List(element_id, std::move(element), type.children[0].required);
  }
  if (type.name == "map") {
    const iceberg::FieldId key_id = (*next_id)++;
    const iceberg::FieldId value_id = (*next_id)++;
    ARROW_ASSIGN_OR_RAISE(auto key, IcebergTypeOf(type.children[0].type, next_id));
    ARROW_ASSIGN_OR_RAISE(auto value, IcebergTypeOf(type.children[1].type, next_id));
    return iceberg::Type::Map(key_id, std::move(key), value_id, std::move(value),
                              type.children[1].required);
  }
  for (const SimpleName& simple : kSimpleNames) {
    if (simple.name == type.name && type.texts.empty()) {
      return simple.make();
    }
  }
  return ParameterisedType(type);
}

std::string TrinoTypeText(const iceberg::Type& type) {
  using iceberg::TypeId;
  switch (type.id()) {
    case TypeId::kInt:
      return "integer";
    case TypeId::kLong:
      return "bigint";
    case TypeId::kFloat:
      return "real";
    case TypeId::kDecimal:
      return "decimal(" + std::to_string(type.precision()) + "," +
             std::to_string(type.scale()) + ")";
    case TypeId::kTime:
      return "time(6)";
    case TypeId::kTimestamp:
      return "timestamp(6)";
    case TypeId::kTimestampTz:
      return "timestamp(6) with time zone";
    case TypeId::kTimestampNs:
      return "timestamp(9)";
    case TypeId::kTimestampTzNs:
      return "timestamp(9) with time zone";
    case TypeId::kString:
      return "varchar";
    case TypeId::kFixed:
    case TypeId::kBinary:
      return "varbinary";
    case TypeId::kList:
      return "array(" + TrinoTypeText(type.element().type) + ")";
    case TypeId::kMap:
      return "map(" + TrinoTypeText(type.key().type) + ", " +
             TrinoTypeText(type.value().type) + ")";
    case TypeId::kStruct: {
      std::string text = "row(";
      for (const iceberg::Field& field : type.fields()) {
        if (text.size() > 4) {
          text += ", ";
        }
        text += QuoteName(field.name) + " " + TrinoTypeText(field.type);
      }
      return text + ")";
    }
    case TypeId::kGeometry:
    case TypeId::kGeography:
      return GeoTypeText(type);
    default:
      return type
          .ToString();  // boolean, double, date, uuid, unknown, variant: the same word
  }
}

std::string DuckDbTypeText(const TypeName& type) {
  if (type.name == "array") {
    return DuckDbTypeText(type.children[0].type) + "[]";
  }
  if (type.name == "map") {
    return "MAP(" + DuckDbTypeText(type.children[0].type) + ", " +
           DuckDbTypeText(type.children[1].type) + ")";
  }
  if (type.name == "row") {
    std::string text = "STRUCT(";
    for (const TypeName::Child& child : type.children) {
      if (text.size() > 7) {
        text += ", ";
      }
      text += QuoteName(child.name) + " " + DuckDbTypeText(child.type);
    }
    return text + ")";
  }
  const int32_t digits = type.arguments.empty() ? 6 : type.arguments[0];
  if (type.name == "timestamp") {
    return digits > 6 ? "TIMESTAMP_NS" : "TIMESTAMP";
  }
  if (type.name == "timestamp with time zone" || type.name == "timestamp_ltz" ||
      type.name == "timestamptz_ns") {
    return "TIMESTAMP WITH TIME ZONE";
  }
  if (type.name == "timestamp_ntz") {
    return "TIMESTAMP";
  }
  if (type.name == "time") {
    return "TIME";
  }
  if (type.name == "binary" || type.name == "varbinary" || type.name == "fixed") {
    return "BLOB";
  }
  if (type.name == "long") {
    return "BIGINT";
  }
  if (type.name == "geometry" || type.name == "geography") {
    return "GEOMETRY";
  }
  if (type.name == "decimal" && type.arguments.empty()) {
    return "DECIMAL(38,0)";
  }
  std::string text = type.name;
  for (size_t i = 0; i < type.arguments.size(); ++i) {
    text += (i == 0 ? "(" : ", ") + std::to_string(type.arguments[i]);
  }
  return type.arguments.empty() ? text : text + ")";
}

}  // namespace tarn::sql
