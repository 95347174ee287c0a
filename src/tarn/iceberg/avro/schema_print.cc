// Schemas back to JSON, and the names Iceberg gives columns in Avro.
#include <unordered_set>
#include <utility>

#include <nlohmann/json.hpp>

#include "tarn/iceberg/avro/schema.h"

namespace tarn::iceberg::avro {
namespace {

using Json = nlohmann::ordered_json;

class SchemaPrinter {
 public:
  explicit SchemaPrinter(const Schema& schema) : schema_(schema) {}

  Json Print(NodeId id) {
    const Node& node = schema_.node(id);
    switch (node.kind) {
      case Kind::kRecord:
      case Kind::kEnum:
      case Kind::kFixed:
        return PrintNamed(id, node);
      case Kind::kArray:
        return PrintArray(node);
      case Kind::kMap:
        return PrintMap(node);
      case Kind::kUnion: {
        Json branches = Json::array();
        for (NodeId child : node.children) {
          branches.push_back(Print(child));
        }
        return branches;
      }
      default:
        return PrintPrimitive(node);
    }
  }

 private:
  static void AddLogical(const Node& node, Json* json) {
    if (node.logical == Logical::kNone) {
      return;
    }
    (*json)["logicalType"] = LogicalName(node.logical);
    if (node.logical == Logical::kDecimal) {
      (*json)["precision"] = node.precision;
      (*json)["scale"] = node.scale;
    }
    if (node.adjust_to_utc) {
      (*json)["adjust-to-utc"] = *node.adjust_to_utc;
    }
  }

  static Json PrintPrimitive(const Node& node) {
    if (node.logical == Logical::kNone) {
      return std::string(KindName(node.kind));
    }
    Json json = {{"type", KindName(node.kind)}};
    AddLogical(node, &json);
    return json;
  }

  Json PrintNamed(NodeId id, const Node& node) {
    if (!printed_.insert(id).second) {
      return node.name;
    }
    Json json = {{"type", KindName(node.kind)}, {"name", node.name}};
    // A name without dots inside a namespaced record would otherwise move into its
    // namespace.
    if (node.name.find('.') == std::string::npos) {
      json["namespace"] = "";
    }
    if (node.kind == Kind::kFixed) {
      json["size"] = node.size;
    }
    if (node.kind == Kind::kEnum) {
      json["symbols"] = node.symbols;
    }
    AddLogical(node, &json);
    if (node.kind != Kind::kRecord) {
      return json;
    }
    Json fields = Json::array();
    for (const RecordField& field : node.fields) {
      fields.push_back(PrintField(field));
    }
    json["fields"] = std::move(fields);
    return json;
  }

  Json PrintField(const RecordField& field) {
    Json json = {{"name", field.name}, {"type", Print(field.node)}};
    if (field.doc) {
      json["doc"] = *field.doc;
    }
    if (field.default_json) {
      json["default"] =
          Json::parse(*field.default_json, nullptr, /*allow_exceptions=*/false);
    }
    if (!field.aliases.empty()) {
      json["aliases"] = field.aliases;
    }
    if (field.field_id) {
      json["field-id"] = *field.field_id;
    }
    return json;
  }

  Json PrintArray(const Node& node) {
    Json json = {{"type", "array"}, {"items", Print(node.children.front())}};
    if (node.element_id) {
      json["element-id"] = *node.element_id;
    }
    AddLogical(node, &json);
    return json;
  }

  Json PrintMap(const Node& node) {
    Json json = {{"type", "map"}, {"values", Print(node.children.front())}};
    if (node.key_id) {
      json["key-id"] = *node.key_id;
    }
    if (node.value_id) {
      json["value-id"] = *node.value_id;
    }
    return json;
  }

  const Schema& schema_;
  std::unordered_set<NodeId> printed_;
};

bool IsLetter(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool IsDigit(unsigned char c) { return c >= '0' && c <= '9'; }

/// The code point that starts at `text[*at]`, moving past it; a malformed byte stands for
/// itself.
uint32_t NextCodePoint(std::string_view text, size_t* at) {
  auto byte = [&](size_t i) {
    return static_cast<uint32_t>(static_cast<unsigned char>(text[i]));
  };
  uint32_t first = byte(*at);
  size_t extra = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : first >= 0xC0 ? 1 : 0;
  if (*at + extra >= text.size()) {
    extra = 0;
  }
  uint32_t code = extra == 0 ? first : first & (0x3Fu >> extra);
  for (size_t i = 1; i <= extra; ++i) {
    code = (code << 6) | (byte(*at + i) & 0x3F);
  }
  *at += extra + 1;
  return code;
}

void AppendHex(uint32_t unit, std::string* out) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string hex;
  for (; unit != 0 || hex.empty(); unit >>= 4) {
    hex.insert(hex.begin(), kDigits[unit & 15]);
  }
  *out += "_x" + hex;
}

}  // namespace

std::string Schema::ToJson() const {
  return SchemaPrinter(*this).Print(root_).dump(-1, ' ', false,
                                                Json::error_handler_t::replace);
}

std::string SanitizeName(std::string_view name) {
  std::string out;
  for (size_t at = 0; at < name.size();) {
    bool first = at == 0;
    auto c = static_cast<unsigned char>(name[at]);
    uint32_t code = NextCodePoint(name, &at);
    if (IsLetter(c) || c == '_' || (IsDigit(c) && !first)) {
      out.push_back(static_cast<char>(c));
    } else if (IsDigit(c)) {
      out.push_back('_');
      out.push_back(static_cast<char>(c));
    } else if (code >= 0x10000) {
      AppendHex(0xD800 + ((code - 0x10000) >> 10), &out);
      AppendHex(0xDC00 + ((code - 0x10000) & 0x3FF), &out);
    } else {
      AppendHex(code, &out);
    }
  }
  return out.empty() ? "_" : out;
}

}  // namespace tarn::iceberg::avro
