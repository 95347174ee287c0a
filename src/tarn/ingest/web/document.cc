#include "tarn/ingest/web/document.h"

#include <unordered_map>

namespace tarn::ingest::web {

const std::string* Document::Attribute(NodeId id, std::string_view name) const {
  for (const auto& [key, value] : node(id).attributes) {
    if (key == name) {
      return &value;
    }
  }
  return nullptr;
}

bool Document::IsBelow(NodeId id, NodeId above) const {
  for (NodeId at = node(id).parent; at != kNoNode; at = node(at).parent) {
    if (at == above) {
      return true;
    }
  }
  return false;
}

NodeId Document::SkipBelow(NodeId id, NodeId top) const {
  while (id != top && id != kNoNode) {
    if (node(id).next_sibling != kNoNode) {
      return node(id).next_sibling;
    }
    id = node(id).parent;
  }
  return kNoNode;
}

NodeId Document::Next(NodeId id, NodeId top) const {
  return node(id).first_child != kNoNode ? node(id).first_child : SkipBelow(id, top);
}

NodeId Document::Append(NodeId parent, Node node) {
  const NodeId id = size();
  node.parent = parent;
  Node& above = nodes_[static_cast<size_t>(parent)];
  node.previous_sibling = above.last_child;
  if (above.last_child == kNoNode) {
    above.first_child = id;
  } else {
    nodes_[static_cast<size_t>(above.last_child)].next_sibling = id;
  }
  above.last_child = id;
  if (node.is_element()) {
    node.element_index = ++above.num_elements;
  }
  nodes_.push_back(std::move(node));
  return id;
}

void Document::Finish() {
  struct Seen {
    int32_t count = 0;
    NodeId last = kNoNode;
  };
  std::unordered_map<std::string_view, Seen> names;
  for (NodeId parent = 0; parent < size(); ++parent) {
    if (node(parent).num_elements == 0) {
      continue;
    }
    names.clear();
    for (NodeId id = node(parent).first_child; id != kNoNode;
         id = node(id).next_sibling) {
      if (node(id).is_element()) {
        Seen& seen = names[node(id).name];
        nodes_[static_cast<size_t>(id)].index_of_name = ++seen.count;
        seen.last = id;
      }
    }
    for (const auto& [name, seen] : names) {
      nodes_[static_cast<size_t>(seen.last)].is_last_of_name = true;
    }
  }
}

}  // namespace tarn::ingest::web
