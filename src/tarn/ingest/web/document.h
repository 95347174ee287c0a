// A page as a tree: HTML however broken, or XML. Both are the same to selectors.
//
//   ARROW_ASSIGN_OR_RAISE(const Document page, ParseHtml(text));
//   for (NodeId id : …) { page.Attribute(id, "href"); }
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tarn/base/result.h"

namespace tarn::ingest::web {

using NodeId = int32_t;
inline constexpr NodeId kNoNode = -1;

/// An element, or a piece of text (then without name).
struct Node {
  std::string name;  // HTML: lower case; XML: as it is there, with its prefix
  std::string text;
  std::vector<std::pair<std::string, std::string>> attributes;
  NodeId parent = kNoNode;
  NodeId first_child = kNoNode;
  NodeId last_child = kNoNode;
  NodeId next_sibling = kNoNode;
  NodeId previous_sibling = kNoNode;
  int32_t element_index = 0;  // among its parent's elements, from 1
  int32_t num_elements = 0;   // children that are elements
  int32_t index_of_name = 0;  // among its parent's elements of the same name, from 1
  bool is_last_of_name = false;

  bool is_element() const { return !name.empty(); }
};

/// Node 0 is the root and the parent of the document's element; nodes are in the order of
/// the text. Immutable once made, then thread-safe.
class Document {
 public:
  Document() : nodes_(1) {}

  const Node& node(NodeId id) const { return nodes_[static_cast<size_t>(id)]; }
  NodeId size() const { return static_cast<NodeId>(nodes_.size()); }
  /// nullptr if the element has no such attribute.
  const std::string* Attribute(NodeId id, std::string_view name) const;
  /// Whether `id` is below `above`.
  bool IsBelow(NodeId id, NodeId above) const;
  /// The node after `id` and all that is below it, within `top`; kNoNode at the end.
  NodeId SkipBelow(NodeId id, NodeId top) const;
  /// The next node in the order of the text, within `top`.
  NodeId Next(NodeId id, NodeId top) const;

  /// For who makes it: the new node's id.
  NodeId Append(NodeId parent, Node node);
  /// Fills in the indexes.
  void Finish();

 private:
  std::vector<Node> nodes_;
};

/// Elements and texts of one page.
inline constexpr int32_t kNodesMax = 2'000'000;
/// Elements within each other: parsers take time with the square of it.
inline constexpr int32_t kDepthMax = 3'000;

/// `text` is UTF-8. There is no text that is no HTML. Errors: kResourceLimit.
Result<Document> ParseHtml(std::string_view text);

/// Nothing outside of the text is read, and entities that it defines are not expanded.
/// Errors: kInvalidData (with line), kResourceLimit.
Result<Document> ParseXml(std::string_view text);

}  // namespace tarn::ingest::web
