#include <algorithm>
#include <csetjmp>
#include <cstddef>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <vector>

#include <fmt/format.h>
#include <gumbo.h>

#include "tarn/base/error.h"
#include "tarn/ingest/web/document.h"

namespace tarn::ingest::web {
namespace {

/// What a page may cost: the parser itself has no such limits.
constexpr size_t kMemoryBytesMax = size_t{1} << 30;
constexpr int64_t kCpuNanosMax = 20'000'000'000;
constexpr size_t kBlockBytes = size_t{1} << 20;

int64_t CpuNanos() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

/// The parser's memory, freed as a whole. It asks for some at every tag, which is where
/// it is stopped once it has had too much of that or of time: by a jump over its frames,
/// which are plain C and own nothing but that memory.
class Arena {
 public:
  static void* Allocate(void* self, size_t size) {
    return static_cast<Arena*>(self)->Take(size);
  }
  static void Free(void*, void*) {}

  /// nullptr if it was stopped.
  GumboOutput* Parse(std::string_view text) {
    GumboOptions options = kGumboDefaultOptions;
    options.max_errors = 0;
    options.allocator = &Arena::Allocate;
    options.deallocator = &Arena::Free;
    options.userdata = this;
    if (setjmp(stop_) != 0) {
      return nullptr;
    }
    return gumbo_parse_with_options(&options, text.data(), text.size());
  }

 private:
  void* Take(size_t size) {
    constexpr size_t kAlignment = alignof(std::max_align_t);
    size = (size + kAlignment - 1) / kAlignment * kAlignment;
    bytes_ += size;
    const bool is_late = ++calls_ % 64 == 0 && CpuNanos() - begin_ > kCpuNanosMax;
    if (is_late || bytes_ > kMemoryBytesMax) {
      std::longjmp(stop_, 1);
    }
    if (size > left_) {
      const size_t block = std::max(size, kBlockBytes);
      void* const memory = std::malloc(block);
      if (memory == nullptr) {
        std::longjmp(stop_, 1);
      }
      blocks_.emplace_back(memory, &std::free);
      next_ = static_cast<char*>(memory);
      left_ = block;
    }
    char* const taken = next_;
    next_ += size;
    left_ -= size;
    return taken;
  }

  std::jmp_buf stop_;
  std::vector<std::unique_ptr<void, decltype(&std::free)>> blocks_;
  char* next_ = nullptr;
  size_t left_ = 0;
  size_t bytes_ = 0;
  int64_t calls_ = 0;
  const int64_t begin_ = CpuNanos();
};

/// Elements without an end tag, or whose end tag may be left out: they do not nest in a
/// page that is meant to be read.
constexpr std::string_view kUnnested[] = {
    "area",   "base",   "br",       "col",   "dd",   "dt",    "embed", "hr",
    "img",    "input",  "li",       "link",  "meta", "p",     "param", "tr",
    "source", "tbody",  "td",       "tfoot", "th",   "thead", "wbr",   "track",
    "frame",  "option", "colgroup", "body",  "html", "head"};

bool IsNameChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         c == '-';
}

bool IsUnnested(std::string_view name) {
  return std::ranges::find(kUnnested, name) != std::end(kUnnested);
}

/// Elements whose content is text up to their end tag, except within SVG and MathML.
constexpr std::string_view kRawText[] = {"script", "style",  "textarea", "title",
                                         "xmp",    "iframe", "noembed",  "noframes"};
/// What looks like tags within them, and "<g/>" after the first SVG: mostly it does not
/// nest.
constexpr int32_t kRawDepthMax = 10 * kDepthMax;
constexpr size_t kTagBytesSeen = 2'048;

struct Tag {
  std::string name;
  bool ends = false;      // "</a>", in scripts also "<\/a>"
  bool is_whole = false;  // "<a/>"
};

/// The tag at the '<' that `text` begins with; without a name if it is none.
Tag TagAt(std::string_view text) {
  Tag tag;
  std::string_view rest = text.substr(1);
  tag.ends = rest.starts_with('/') || rest.starts_with("\\/");
  rest.remove_prefix(rest.starts_with('/') ? 1 : tag.ends ? 2 : 0);
  const auto end = std::ranges::find_if_not(rest, IsNameChar);
  tag.name = rest.substr(0, static_cast<size_t>(end - rest.begin()));
  for (char& c : tag.name) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  rest = rest.substr(0, kTagBytesSeen);
  tag.is_whole = rest.substr(0, rest.find('>')).ends_with('/');
  return tag;
}

Status TooDeep() {
  return MakeError(
      ErrorCode::kResourceLimit,
      fmt::format("The page has elements more than {} deep within each other",
                  kDepthMax));
}

/// What parsing would cost, before it is begun.
Status CheckSize(std::string_view text) {
  int32_t tags = 0;
  int32_t depth = 0;
  int32_t raw_depth = 0;
  std::string raw;           // the element whose text this is
  bool has_foreign = false;  // SVG or MathML, where "<g/>" has its end
  for (size_t at = text.find('<'); at != std::string_view::npos;
       at = text.find('<', at + 1)) {
    if (++tags > kNodesMax / 2) {
      return MakeError(ErrorCode::kResourceLimit,
                       fmt::format("The page has more than {} tags", kNodesMax / 2));
    }
    const Tag tag = TagAt(text.substr(at));
    if (!raw.empty() && tag.ends && tag.name == raw) {
      raw.clear();
      continue;
    }
    if (tag.name.empty() || IsUnnested(tag.name)) {
      continue;
    }
    has_foreign = has_foreign || tag.name == "svg" || tag.name == "math";
    const bool is_apart = !raw.empty() || (has_foreign && tag.is_whole);
    int32_t& counted = is_apart ? raw_depth : depth;
    if (tag.ends) {
      counted = std::max(0, counted - 1);
    } else if (raw.empty() &&
               std::ranges::find(kRawText, tag.name) != std::end(kRawText)) {
      raw = tag.name;
    } else {
      ++counted;
    }
    if (depth > kDepthMax || raw_depth > kRawDepthMax) {
      return TooDeep();
    }
  }
  return Status::OK();
}

std::string NameOf(const GumboElement& element) {
  if (element.tag != GUMBO_TAG_UNKNOWN) {
    return gumbo_normalized_tagname(element.tag);
  }
  GumboStringPiece piece = element.original_tag;
  gumbo_tag_from_original_text(&piece);
  std::string name(piece.data == nullptr ? "" : std::string(piece.data, piece.length));
  for (char& c : name) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  return name.empty() ? "unknown" : name;
}

Node NodeOf(const GumboNode& source) {
  Node node;
  if (source.type == GUMBO_NODE_ELEMENT || source.type == GUMBO_NODE_TEMPLATE) {
    node.name = NameOf(source.v.element);
    const GumboVector& attributes = source.v.element.attributes;
    for (unsigned int i = 0; i < attributes.length; ++i) {
      const auto* attribute = static_cast<const GumboAttribute*>(attributes.data[i]);
      node.attributes.emplace_back(attribute->name, attribute->value);
    }
  } else if (source.type != GUMBO_NODE_COMMENT) {
    node.text = source.v.text.text;
  }
  return node;
}

struct Pending {
  const GumboVector* children;
  unsigned int next;
  NodeId parent;
};

Status Copy(const GumboNode& top, Document* document) {
  std::vector<Pending> stack{{&top.v.document.children, 0, 0}};
  while (!stack.empty()) {
    Pending& pending = stack.back();
    if (pending.next == pending.children->length) {
      stack.pop_back();
      continue;
    }
    const auto* source =
        static_cast<const GumboNode*>(pending.children->data[pending.next++]);
    Node node = NodeOf(*source);
    if (!node.is_element() && node.text.empty()) {
      continue;
    }
    if (document->size() >= kNodesMax) {
      return MakeError(ErrorCode::kResourceLimit,
                       fmt::format("The page has more than {} elements", kNodesMax));
    }
    if (stack.size() > kDepthMax) {
      return TooDeep();
    }
    const bool is_element = node.is_element();
    const NodeId id = document->Append(pending.parent, std::move(node));
    if (is_element) {
      stack.push_back({&source->v.element.children, 0, id});
    }
  }
  return Status::OK();
}

}  // namespace

Result<Document> ParseHtml(std::string_view text) {
  ARROW_RETURN_NOT_OK(CheckSize(text));
  Arena arena;
  const GumboOutput* const output = arena.Parse(text);
  if (output == nullptr) {
    return MakeError(ErrorCode::kResourceLimit,
                     "The page takes too much time or memory to read; it is broken, or "
                     "made to do harm");
  }
  Document document;
  ARROW_RETURN_NOT_OK(Copy(*output->document, &document));
  document.Finish();
  return document;
}

}  // namespace tarn::ingest::web
