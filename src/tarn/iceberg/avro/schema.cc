#include "tarn/iceberg/avro/schema.h"

#include <array>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <nlohmann/json.hpp>

#include "tarn/base/error.h"

namespace tarn::iceberg::avro {
namespace {

using Json = nlohmann::json;

/// Schemas come from outside: this bounds the recursion of everything that walks one.
constexpr int kNestingMax = 64;
constexpr int32_t kFixedBytesMax = 1 << 20;

constexpr std::array<std::pair<std::string_view, Kind>, 14> kKinds = {{
    {"null", Kind::kNull},
    {"boolean", Kind::kBoolean},
    {"int", Kind::kInt},
    {"long", Kind::kLong},
    {"float", Kind::kFloat},
    {"double", Kind::kDouble},
    {"bytes", Kind::kBytes},
    {"string", Kind::kString},
    {"fixed", Kind::kFixed},
    {"enum", Kind::kEnum},
    {"array", Kind::kArray},
    {"map", Kind::kMap},
    {"record", Kind::kRecord},
    {"union", Kind::kUnion},
}};

constexpr std::array<std::pair<std::string_view, Logical>, 13> kLogicals = {{
    {"decimal", Logical::kDecimal},
    {"uuid", Logical::kUuid},
    {"date", Logical::kDate},
    {"time-millis", Logical::kTimeMillis},
    {"time-micros", Logical::kTimeMicros},
    {"timestamp-millis", Logical::kTimestampMillis},
    {"timestamp-micros", Logical::kTimestampMicros},
    {"timestamp-nanos", Logical::kTimestampNanos},
    {"local-timestamp-millis", Logical::kLocalTimestampMillis},
    {"local-timestamp-micros", Logical::kLocalTimestampMicros},
    {"local-timestamp-nanos", Logical::kLocalTimestampNanos},
    {"duration", Logical::kDuration},
    {"map", Logical::kMap},
}};

Status Invalid(const std::string& what) {
  return MakeError(ErrorCode::kInvalidData, "Avro schema: " + what);
}

const std::string* StringAt(const Json& json, const char* key) {
  auto it = json.find(key);
  return it == json.end() ? nullptr : it->get_ptr<const std::string*>();
}

std::optional<int32_t> Int32At(const Json& json, const char* key) {
  auto it = json.find(key);
  if (it == json.end() || !it->is_number_integer()) {
    return std::nullopt;
  }
  if (it->is_number_unsigned() && it->get<uint64_t>() > INT32_MAX) {
    return std::nullopt;
  }
  int64_t value = it->get<int64_t>();
  if (value < INT32_MIN || value > INT32_MAX) {
    return std::nullopt;
  }
  return static_cast<int32_t>(value);
}

bool LogicalFits(Logical logical, const Node& node) {
  switch (logical) {
    case Logical::kNone:
      return true;
    case Logical::kDecimal: {
      bool held = node.kind == Kind::kBytes || node.kind == Kind::kFixed;
      return held && node.precision > 0 && node.scale >= 0 &&
             node.scale <= node.precision;
    }
    case Logical::kUuid:
      return node.kind == Kind::kString || (node.kind == Kind::kFixed && node.size == 16);
    case Logical::kDate:
    case Logical::kTimeMillis:
      return node.kind == Kind::kInt;
    case Logical::kDuration:
      return node.kind == Kind::kFixed && node.size == 12;
    case Logical::kMap:
      return node.kind == Kind::kArray;
    default:
      return node.kind == Kind::kLong;
  }
}

}  // namespace

std::string_view KindName(Kind kind) {
  for (const auto& [name, value] : kKinds) {
    if (value == kind) {
      return name;
    }
  }
  return {};
}

std::string_view LogicalName(Logical logical) {
  for (const auto& [name, value] : kLogicals) {
    if (value == logical) {
      return name;
    }
  }
  return {};
}

class SchemaParser {
 public:
  Result<Schema> Parse(const Json& json) {
    ARROW_ASSIGN_OR_RAISE(schema_.root_, ParseType(json, "", 0));
    return std::move(schema_);
  }

 private:
  NodeId Add(Node node) {
    schema_.nodes_.push_back(std::move(node));
    return static_cast<NodeId>(schema_.nodes_.size() - 1);
  }
  Node& At(NodeId id) { return schema_.nodes_[static_cast<size_t>(id)]; }

  Result<NodeId> ParseType(const Json& json, const std::string& space, int depth) {
    if (depth > kNestingMax) {
      return Invalid("nested deeper than " + std::to_string(kNestingMax) + " levels");
    }
    if (const auto* name = json.get_ptr<const std::string*>()) {
      return Lookup(*name, space);
    }
    if (json.is_array()) {
      return ParseUnion(json, space, depth);
    }
    if (!json.is_object()) {
      return Invalid("a type is neither a name, a list nor an object");
    }
    auto type = json.find("type");
    if (type == json.end()) {
      return Invalid("an object has no \"type\"");
    }
    const auto* name = type->get_ptr<const std::string*>();
    if (name == nullptr) {
      return ParseType(*type, space, depth + 1);  // {"type": {…}}
    }
    if (*name == "record" || *name == "error") {
      return ParseRecord(json, space, depth);
    }
    if (*name == "enum") {
      return ParseEnum(json, space);
    }
    if (*name == "fixed") {
      return ParseFixed(json, space);
    }
    if (*name == "array") {
      return ParseArray(json, space, depth);
    }
    if (*name == "map") {
      return ParseMap(json, space, depth);
    }
    return ParsePrimitive(*name, json, space);
  }

  Result<NodeId> Lookup(const std::string& name, const std::string& space) {
    for (const auto& [text, kind] : kKinds) {
      if (kind >= Kind::kFixed) {
        break;
      }
      if (text != name) {
        continue;
      }
      Node node;
      node.kind = kind;
      return Add(std::move(node));
    }
    auto it = named_.end();
    if (name.find('.') == std::string::npos && !space.empty()) {
      it = named_.find(space + "." + name);
    }
    if (it == named_.end()) {
      it = named_.find(name);
    }
    if (it == named_.end()) {
      return Invalid("unknown type: " + name);
    }
    return it->second;
  }

  Result<NodeId> ParsePrimitive(const std::string& name, const Json& json,
                                const std::string& space) {
    ARROW_ASSIGN_OR_RAISE(NodeId id, Lookup(name, space));
    if (At(id).kind < Kind::kFixed) {
      SetLogical(json, &At(id));
    }
    return id;
  }

  static void SetLogical(const Json& json, Node* node) {
    node->precision = Int32At(json, "precision").value_or(0);
    node->scale = Int32At(json, "scale").value_or(0);
    auto utc = json.find("adjust-to-utc");
    if (utc != json.end() && utc->is_boolean()) {
      node->adjust_to_utc = utc->get<bool>();
    }
    const std::string* logical = StringAt(json, "logicalType");
    if (logical == nullptr) {
      return;
    }
    for (const auto& [text, value] : kLogicals) {
      if (text == *logical && LogicalFits(value, *node)) {
        node->logical = value;
      }
    }
  }

  /// Registers a named type and gives its namespace, in which unqualified names inside it
  /// live.
  Result<std::string> Name(const Json& json, const std::string& space, NodeId id) {
    const std::string* name = StringAt(json, "name");
    if (name == nullptr || name->empty()) {
      return Invalid("a named type has no \"name\"");
    }
    std::string own = space;
    if (const std::string* given = StringAt(json, "namespace")) {
      own = *given;
    }
    std::string full = own.empty() ? *name : own + "." + *name;
    if (size_t dot = name->rfind('.'); dot != std::string::npos) {
      full = *name;
      own = name->substr(0, dot);
    }
    if (!named_.emplace(full, id).second) {
      return Invalid("type defined twice: " + full);
    }
    At(id).name = std::move(full);
    return own;
  }

  Result<NodeId> ParseRecord(const Json& json, const std::string& space, int depth) {
    Node record;
    record.kind = Kind::kRecord;
    NodeId id = Add(std::move(record));
    ARROW_ASSIGN_OR_RAISE(std::string own, Name(json, space, id));
    auto fields = json.find("fields");
    if (fields == json.end() || !fields->is_array()) {
      return Invalid("record has no list of fields: " + At(id).name);
    }
    std::unordered_set<std::string> names;
    std::vector<RecordField> parsed;
    for (const Json& field : *fields) {
      ARROW_ASSIGN_OR_RAISE(RecordField one, ParseField(field, own, depth));
      if (!names.insert(one.name).second) {
        return Invalid("record " + At(id).name + " has two fields named " + one.name);
      }
      parsed.push_back(std::move(one));
    }
    At(id).fields = std::move(parsed);
    return id;
  }

  Result<RecordField> ParseField(const Json& json, const std::string& space, int depth) {
    if (!json.is_object()) {
      return Invalid("a record's field is not an object");
    }
    const std::string* name = StringAt(json, "name");
    auto type = json.find("type");
    if (name == nullptr || name->empty()) {
      return Invalid("a record's field has no name");
    }
    if (type == json.end()) {
      return Invalid("field has no type: " + *name);
    }
    RecordField field;
    field.name = *name;
    field.field_id = Int32At(json, "field-id");
    if (const std::string* doc = StringAt(json, "doc")) {
      field.doc = *doc;
    }
    if (auto it = json.find("default"); it != json.end()) {
      field.default_json = it->dump(-1, ' ', false, Json::error_handler_t::replace);
    }
    if (auto it = json.find("aliases"); it != json.end() && it->is_array()) {
      for (const Json& alias : *it) {
        if (alias.is_string()) {
          field.aliases.push_back(alias.get<std::string>());
        }
      }
    }
    ARROW_ASSIGN_OR_RAISE(field.node, ParseType(*type, space, depth + 1));
    return field;
  }

  Result<NodeId> ParseEnum(const Json& json, const std::string& space) {
    Node node;
    node.kind = Kind::kEnum;
    auto symbols = json.find("symbols");
    if (symbols == json.end() || !symbols->is_array()) {
      return Invalid("enum has no symbols");
    }
    for (const Json& symbol : *symbols) {
      if (!symbol.is_string()) {
        return Invalid("an enum's symbol is not a string");
      }
      node.symbols.push_back(symbol.get<std::string>());
    }
    NodeId id = Add(std::move(node));
    ARROW_RETURN_NOT_OK(Name(json, space, id));
    return id;
  }

  Result<NodeId> ParseFixed(const Json& json, const std::string& space) {
    Node node;
    node.kind = Kind::kFixed;
    std::optional<int32_t> size = Int32At(json, "size");
    if (!size || *size < 0 || *size > kFixedBytesMax) {
      return Invalid("fixed has no valid size");
    }
    node.size = *size;
    SetLogical(json, &node);
    NodeId id = Add(std::move(node));
    ARROW_RETURN_NOT_OK(Name(json, space, id));
    return id;
  }

  Result<NodeId> ParseArray(const Json& json, const std::string& space, int depth) {
    Node node;
    node.kind = Kind::kArray;
    auto items = json.find("items");
    if (items == json.end()) {
      return Invalid("array has no \"items\"");
    }
    node.element_id = Int32At(json, "element-id");
    SetLogical(json, &node);
    ARROW_ASSIGN_OR_RAISE(NodeId element, ParseType(*items, space, depth + 1));
    node.children = {element};
    return Add(std::move(node));
  }

  Result<NodeId> ParseMap(const Json& json, const std::string& space, int depth) {
    Node node;
    node.kind = Kind::kMap;
    auto values = json.find("values");
    if (values == json.end()) {
      return Invalid("map has no \"values\"");
    }
    node.key_id = Int32At(json, "key-id");
    node.value_id = Int32At(json, "value-id");
    ARROW_ASSIGN_OR_RAISE(NodeId value, ParseType(*values, space, depth + 1));
    node.children = {value};
    return Add(std::move(node));
  }

  Result<NodeId> ParseUnion(const Json& json, const std::string& space, int depth) {
    if (json.empty()) {
      return Invalid("a union has no branches");
    }
    Node node;
    node.kind = Kind::kUnion;
    for (const Json& branch : json) {
      if (branch.is_array()) {
        return Invalid("a union directly inside a union");
      }
      ARROW_ASSIGN_OR_RAISE(NodeId child, ParseType(branch, space, depth + 1));
      node.children.push_back(child);
    }
    return Add(std::move(node));
  }

  Schema schema_;
  std::unordered_map<std::string, NodeId> named_;
};

Result<Schema> Schema::FromJson(std::string_view json) {
  Json parsed =
      Json::parse(json.begin(), json.end(), nullptr, /*allow_exceptions=*/false);
  if (parsed.is_discarded()) {
    return Invalid("not valid JSON");
  }
  return SchemaParser().Parse(parsed);
}

}  // namespace tarn::iceberg::avro
