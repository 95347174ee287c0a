#include "tarn/ingest/records/shape.h"

#include <algorithm>

#include "tarn/base/error.h"

namespace tarn::ingest::records {
namespace {

constexpr int64_t kNodesMax = 10'000;

std::string Lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

/// `name`, with a number if another of `keys` has it.
std::string NewKey(std::string_view name, std::set<std::string>* keys) {
  std::string key(name);
  for (int i = 1; !keys->insert(Lower(key)).second; ++i) {
    key = std::string(name) + "_" + std::to_string(i);
  }
  return key;
}

std::string QuotedName(const std::string& name) {
  std::string out = "\"";
  for (const char c : name) {
    out += c == '"' ? "\"\"" : std::string(1, c);
  }
  return out + '"';
}

void WriteText(std::string_view text, std::string* out) {
  if (text.empty()) {
    *out += "null";
  } else {
    AppendJsonText(text, out);
  }
}

}  // namespace

Result<Shape::Node*> Shape::ChildOf(Node& parent, const std::string& name,
                                    std::string_view key) {
  const auto found = parent.index.find(name);
  if (found != parent.index.end()) {
    return parent.children[found->second].get();
  }
  if (++num_nodes_ > kNodesMax) {
    return MakeError(ErrorCode::kResourceLimit,
                     "There are more than " + std::to_string(kNodesMax) +
                         " different elements and attributes within rows");
  }
  if (parent.children.empty() && parent.is_written) {
    is_outgrown_ = true;  // it was a text
  }
  parent.index.emplace(name, parent.children.size());
  parent.children.push_back(std::make_unique<Node>());
  parent.children.back()->key = NewKey(key, &parent.keys);
  return parent.children.back().get();
}

Status Shape::LearnNode(const Element& element, Node& node) {
  for (const auto& [name, value] : element.attributes) {
    ARROW_ASSIGN_OR_RAISE(Node * child, ChildOf(node, "@" + name, name));
    if (!value.empty()) {
      child->types.Add(value);
    }
  }
  std::set<const Node*> seen;
  for (const Element& part : element.children) {
    ARROW_ASSIGN_OR_RAISE(Node * child, ChildOf(node, part.name, part.name));
    if (!seen.insert(child).second && !child->is_list) {
      child->is_list = true;
      is_outgrown_ = is_outgrown_ || child->is_written;
    }
    RETURN_NOT_OK(LearnNode(part, *child));
  }
  if (!element.text.empty()) {
    if (node.text_key.empty()) {
      node.text_key = NewKey("value", &node.keys);
    }
    node.types.Add(element.text);
  }
  return Status::OK();
}

Status Shape::Learn(const Element& record) { return LearnNode(record, *root_); }

void Shape::WriteMembers(const Element& element, Node& node, std::string* out) {
  std::vector<std::vector<const Element*>> parts(node.children.size());
  *out += '{';
  const char* comma = "";
  const auto key = [&](const std::string& name) {
    *out += comma;
    comma = ",";
    AppendJsonText(name, out);
    *out += ':';
  };
  for (const auto& [name, value] : element.attributes) {
    const auto found = node.index.find("@" + name);
    if (found != node.index.end()) {
      key(node.children[found->second]->key);
      WriteText(value, out);
    }
  }
  for (const Element& part : element.children) {
    const auto found = node.index.find(part.name);
    if (found != node.index.end()) {
      parts[found->second].push_back(&part);
    }
  }
  for (size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].empty()) {
      continue;
    }
    Node& child = *node.children[i];
    key(child.key);
    if (child.is_list) {
      *out += '[';
    }
    for (size_t part = 0; part < parts[i].size(); ++part) {
      *out += part > 0 ? "," : "";
      WriteNode(*parts[i][part], child, out);
    }
    if (child.is_list) {
      *out += ']';
    }
  }
  if (!element.text.empty() && !node.text_key.empty()) {
    key(node.text_key);
    WriteText(element.text, out);
  }
  *out += '}';
}

void Shape::WriteNode(const Element& element, Node& node, std::string* out) {
  node.is_written = true;
  if (node.children.empty()) {
    WriteText(element.text, out);
  } else if (element.children.empty() && element.attributes.empty() &&
             element.text.empty()) {
    *out += "null";
  } else {
    WriteMembers(element, node, out);
  }
}

void Shape::Write(const Element& record, std::string* out) {
  WriteMembers(record, *root_, out);
}

std::string Shape::TypeOf(const Node& node) {
  std::string type(node.types.type());
  if (!node.children.empty()) {
    std::string fields;
    for (const auto& child : node.children) {
      fields +=
          (fields.empty() ? "" : ", ") + QuotedName(child->key) + " " + TypeOf(*child);
    }
    if (!node.text_key.empty()) {
      fields += ", " + QuotedName(node.text_key) + " " + type;
    }
    type = "STRUCT(" + fields + ")";
  }
  return node.is_list ? type + "[]" : type;
}

TypedColumns Shape::columns() const {
  TypedColumns columns;
  for (const auto& child : root_->children) {
    columns.emplace_back(child->key, TypeOf(*child));
  }
  if (!root_->text_key.empty()) {
    columns.emplace_back(root_->text_key, root_->types.type());
  }
  return columns;
}

}  // namespace tarn::ingest::records
