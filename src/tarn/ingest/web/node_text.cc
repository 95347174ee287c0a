#include "tarn/ingest/web/node_text.h"

#include <algorithm>

namespace tarn::ingest::web {
namespace {

constexpr std::string_view kUnseen[] = {"script", "style",    "template",
                                        "head",   "noscript", "iframe"};
constexpr std::string_view kInline[] = {
    "a",    "abbr",  "b",     "bdi",    "bdo",  "cite", "code", "data", "del",
    "dfn",  "em",    "font",  "i",      "ins",  "kbd",  "mark", "q",    "s",
    "samp", "small", "span",  "strong", "sub",  "sup",  "time", "tt",   "u",
    "var",  "wbr",   "label", "big",    "nobr", "bdo"};

template <typename Names>
bool IsAmong(const Names& names, std::string_view name) {
  return std::ranges::find(names, name) != std::end(names);
}

bool IsHidden(const Document& page, NodeId id) {
  if (page.Attribute(id, "hidden") != nullptr) {
    return true;
  }
  const std::string* style = page.Attribute(id, "style");
  if (style == nullptr) {
    return false;
  }
  std::string plain;
  for (const char c : *style) {
    if (c != ' ' && c != '\t') {
      plain += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    }
  }
  return plain.find("display:none") != std::string::npos ||
         plain.find("visibility:hidden") != std::string::npos;
}

/// Whether all of its text is "[1]", "[b]", "[note 2]".
bool IsMark(const Document& page, NodeId id) {
  constexpr size_t kBytesMax = 12;
  constexpr size_t kNodesMax = 16;
  std::string text;
  size_t nodes = 0;
  for (NodeId at = id; at != kNoNode && text.size() <= kBytesMax;
       at = page.Next(at, id)) {
    if (!page.node(at).is_element()) {
      text += page.node(at).text;
    }
    if (++nodes > kNodesMax) {
      return false;
    }
  }
  return text.size() > 2 && text.size() <= kBytesMax && text.starts_with('[') &&
         text.find(']') == text.size() - 1;
}

bool LeadsToNote(const Document& page, NodeId id) {
  const std::string* link = page.Attribute(id, "href");
  return link != nullptr && link->starts_with('#');
}

/// <sup><a href="#note">1</a></sup>, of the class that wikis give it, or a mark in
/// brackets that is raised or leads to a note.
bool IsFootnote(const Document& page, NodeId id) {
  const bool is_raised = page.node(id).name == "sup";
  if (!is_raised) {
    return page.node(id).name == "a" && LeadsToNote(page, id) && IsMark(page, id);
  }
  const std::string* names = page.Attribute(id, "class");
  if (names != nullptr && names->find("reference") != std::string::npos) {
    return true;
  }
  for (NodeId child = page.node(id).first_child; child != kNoNode;
       child = page.node(child).next_sibling) {
    if (LeadsToNote(page, child)) {
      return true;
    }
  }
  return IsMark(page, id);
}

/// Bytes of the space that `text` begins with: 0 if it begins with none. Characters of no
/// width count as one too, but give nothing.
struct Space {
  size_t bytes;
  bool has_width;
};
Space SpaceAt(std::string_view text) {
  const auto byte = static_cast<unsigned char>(text.front());
  if (byte == ' ' || (byte >= '\t' && byte <= '\r')) {
    return {1, true};
  }
  if (text.starts_with("\xc2\xa0") || text.starts_with("\xc2\x85")) {
    return {2, true};
  }
  if (text.starts_with("\xe2\x80")) {
    const auto last = text.size() > 2 ? static_cast<unsigned char>(text[2]) : 0;
    if ((last >= 0x80 && last <= 0x8a) || last == 0xa8 || last == 0xa9 || last == 0xaf) {
      return {3, true};
    }
    if (last == 0x8b || last == 0x8e || last == 0x8f) {  // of no width; direction marks
      return {3, false};
    }
  }
  if (text.starts_with("\xe3\x80\x80") || text.starts_with("\xe2\x81\x9f")) {
    return {3, true};
  }
  if (text.starts_with("\xef\xbb\xbf") || text.starts_with("\xe2\x81\xa0")) {
    return {3, false};
  }
  if (text.starts_with("\xc2\xad")) {  // a hyphen that is not to be seen
    return {2, false};
  }
  return {0, false};
}

/// Puts cleaned text together.
class Cleaner {
 public:
  void Add(std::string_view text) {
    while (!text.empty()) {
      const Space space = SpaceAt(text);
      if (space.bytes > 0) {
        is_apart_ = is_apart_ || space.has_width;
        text.remove_prefix(space.bytes);
        continue;
      }
      if (is_apart_ && !text_.empty()) {
        text_ += ' ';
      }
      is_apart_ = false;
      text_ += text.front();
      text.remove_prefix(1);
    }
  }
  void Part() { is_apart_ = true; }
  std::string Take() { return std::move(text_); }

 private:
  std::string text_;
  bool is_apart_ = false;
};

}  // namespace

std::string CleanText(std::string_view text) {
  Cleaner cleaner;
  cleaner.Add(text);
  return cleaner.Take();
}

std::string TextOf(const Document& page, NodeId id, const TextOptions& options) {
  Cleaner cleaner;
  NodeId at = id;
  while (at != kNoNode) {
    const Node& node = page.node(at);
    const bool is_left_out = node.is_element() && at != id &&
                             (IsAmong(kUnseen, node.name) || IsHidden(page, at) ||
                              (!options.keeps_footnotes && IsFootnote(page, at)));
    if (!node.is_element()) {
      cleaner.Add(node.text);
    } else if (!IsAmong(kInline, node.name)) {
      cleaner.Part();
    }
    const NodeId next = is_left_out || node.first_child == kNoNode
                            ? page.SkipBelow(at, id)
                            : node.first_child;
    // What closes on the way parts too, if it is a block.
    for (NodeId above = at;
         next != kNoNode && above != kNoNode && above != page.node(next).parent;
         above = page.node(above).parent) {
      if (page.node(above).is_element() && !IsAmong(kInline, page.node(above).name)) {
        cleaner.Part();
      }
    }
    at = next;
  }
  return cleaner.Take();
}

}  // namespace tarn::ingest::web
