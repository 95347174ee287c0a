#include "tarn/ingest/web/selector.h"

#include <algorithm>
#include <functional>

#include "tarn/base/error.h"
#include "tarn/ingest/web/internal/selector_syntax.h"
#include "tarn/ingest/web/node_text.h"

namespace tarn::ingest::web {
namespace {

using internal::Combinator;
using internal::Complex;
using internal::Compound;
using internal::Test;
using internal::TestKind;

constexpr int64_t kStepsMax = 50'000'000;
constexpr std::string_view kSpace = " \t\r\n\f";

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  return lower;
}

bool HasWord(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    list.remove_prefix(std::min(list.find_first_not_of(kSpace), list.size()));
    const std::string_view one = list.substr(0, list.find_first_of(kSpace));
    if (!one.empty() && one == word) {
      return true;
    }
    list.remove_prefix(one.size());
  }
  return false;
}

bool IsNth(const Test& test, int32_t index) {
  if (test.step == 0) {
    return index == test.offset;
  }
  const int32_t distance = index - test.offset;
  return distance % test.step == 0 && distance / test.step >= 0;
}

bool MatchesAttribute(const Test& test, std::string_view value) {
  switch (test.kind) {
    case TestKind::kHasAttribute:
      return true;
    case TestKind::kAttributeIs:
      return value == test.value;
    case TestKind::kAttributeHasWord:
      return HasWord(value, test.value);
    case TestKind::kAttributeDashed:
      return value == test.value ||
             (value.starts_with(test.value) && value.size() > test.value.size() &&
              value[test.value.size()] == '-');
    case TestKind::kAttributeBegins:
      return !test.value.empty() && value.starts_with(test.value);
    case TestKind::kAttributeEnds:
      return !test.value.empty() && value.ends_with(test.value);
    default:
      return !test.value.empty() && value.find(test.value) != std::string_view::npos;
  }
}

/// One selection: counts its steps, so that no selector takes forever on a large page.
class Matcher {
 public:
  explicit Matcher(const Document& page) : page_(page) {}

  bool MatchesAny(const std::vector<Complex>& list, NodeId id) {
    return std::any_of(list.begin(), list.end(), [&](const Complex& complex) {
      return MatchesFrom(complex.compounds, complex.compounds.size() - 1, id, kNoNode);
    });
  }
  bool is_over() const { return steps_ > kStepsMax; }

 private:
  /// `compounds` up to `last`, whose element is `id`. Of :has() the first one hangs on
  /// `scope`.
  bool MatchesFrom(const std::vector<Compound>& compounds, size_t last, NodeId id,
                   NodeId scope) {
    const Compound& compound = compounds[last];
    if (is_over() || !MatchesCompound(compound, id)) {
      return false;
    }
    const auto matches_before = [&](NodeId other) {
      return last == 0 ? other == scope
                       : page_.node(other).is_element() &&
                             MatchesFrom(compounds, last - 1, other, scope);
    };
    switch (compound.before) {
      case Combinator::kNone:
        return true;
      case Combinator::kChild:
        return page_.node(id).parent != kNoNode && matches_before(page_.node(id).parent);
      case Combinator::kDescendant:
        for (NodeId at = page_.node(id).parent; at != kNoNode;
             at = page_.node(at).parent) {
          ++steps_;
          if (matches_before(at)) {
            return true;
          }
        }
        return false;
      case Combinator::kNext:
      case Combinator::kLater:
        for (NodeId at = page_.node(id).previous_sibling; at != kNoNode;
             at = page_.node(at).previous_sibling) {
          ++steps_;
          if (!page_.node(at).is_element()) {
            continue;
          }
          if (matches_before(at)) {
            return true;
          }
          if (compound.before == Combinator::kNext || is_over()) {
            return false;
          }
        }
        return false;
    }
    return false;
  }

  bool MatchesCompound(const Compound& compound, NodeId id) {
    return std::all_of(compound.tests.begin(), compound.tests.end(),
                       [&](const Test& test) { return Matches(test, id); });
  }

  bool Matches(const Test& test, NodeId id) {
    ++steps_;
    const Node& node = page_.node(id);
    switch (test.kind) {
      case TestKind::kType:
        return node.name == test.name || Lower(node.name) == Lower(test.name);
      case TestKind::kId: {
        const std::string* value = page_.Attribute(id, "id");
        return value != nullptr && *value == test.value;
      }
      case TestKind::kClass: {
        const std::string* value = page_.Attribute(id, "class");
        return value != nullptr && HasWord(*value, test.value);
      }
      case TestKind::kNthChild:
        return IsNth(test, node.element_index);
      case TestKind::kNthLastChild:
        return node.parent != kNoNode &&
               IsNth(test, page_.node(node.parent).num_elements + 1 - node.element_index);
      case TestKind::kNthOfType:
        return IsNth(test, node.index_of_name);
      case TestKind::kLastOfType:
        return node.is_last_of_name;
      case TestKind::kEmpty:
        return node.first_child == kNoNode;
      case TestKind::kRoot:
        return node.parent == 0;
      case TestKind::kContains: {
        const std::string text = TextOf(page_, id, {});
        steps_ += static_cast<int64_t>(text.size()) / 16;
        return text.find(test.value) != std::string::npos;
      }
      case TestKind::kNot:
        return !MatchesAny(test.list, id);
      case TestKind::kIs:
        return MatchesAny(test.list, id);
      case TestKind::kHas:
        return Has(test.list, id);
      default:
        return MatchesWithAttribute(test, id);
    }
  }

  bool MatchesWithAttribute(const Test& test, NodeId id) const {
    const auto& attributes = page_.node(id).attributes;
    const auto attribute = std::ranges::find_if(attributes, [&](const auto& pair) {
      return pair.first == test.name || Lower(pair.first) == test.name;
    });
    if (attribute == attributes.end()) {
      return false;
    }
    if (!test.ignores_case) {
      return MatchesAttribute(test, attribute->second);
    }
    Test lower = test;
    lower.value = Lower(test.value);
    return MatchesAttribute(lower, Lower(attribute->second));
  }

  bool Has(const std::vector<Complex>& list, NodeId id) {
    return std::any_of(list.begin(), list.end(), [&](const Complex& complex) {
      const Combinator first = complex.compounds.front().before;
      const bool beside = first == Combinator::kNext || first == Combinator::kLater;
      const NodeId top = beside ? page_.node(id).parent : id;
      if (top == kNoNode) {
        return false;
      }
      NodeId at = beside ? page_.SkipBelow(id, top) : page_.Next(id, top);
      for (; at != kNoNode && !is_over(); at = page_.Next(at, top)) {
        if (page_.node(at).is_element() &&
            MatchesFrom(complex.compounds, complex.compounds.size() - 1, at, id)) {
          return true;
        }
      }
      return false;
    });
  }

  const Document& page_;
  int64_t steps_ = 0;
};

}  // namespace

Result<Selector> Selector::Parse(std::string_view text) {
  Selector selector;
  selector.text_ = text;
  ARROW_ASSIGN_OR_RAISE(auto list, internal::ParseSelectorList(text));
  selector.list_ = std::make_shared<const std::vector<Complex>>(std::move(list));
  return selector;
}

Result<std::vector<NodeId>> Selector::Select(const Document& page, NodeId top) const {
  Matcher matcher(page);
  std::vector<NodeId> found;
  for (NodeId id = page.Next(top, top); id != kNoNode; id = page.Next(id, top)) {
    if (page.node(id).is_element() && matcher.MatchesAny(*list_, id)) {
      found.push_back(id);
    }
    if (matcher.is_over()) {
      return MakeError(
          ErrorCode::kResourceLimit,
          "The selector takes too long on this page; make it simpler: " + text_);
    }
  }
  return found;
}

}  // namespace tarn::ingest::web
