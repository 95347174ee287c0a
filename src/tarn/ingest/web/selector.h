// CSS selectors: which elements of a page are meant.
//
//   ARROW_ASSIGN_OR_RAISE(const Selector selector, Selector::Parse("table.wikitable"));
//   ARROW_ASSIGN_OR_RAISE(const auto ids, selector.Select(page, 0));
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/ingest/web/document.h"

namespace tarn::ingest::web {

namespace internal {
struct Complex;
}  // namespace internal

/// Level 3 and of level 4 :is, :where, :has: types, *, #id, .class, [attribute] with =,
/// ~=, |=, ^=, $=, *= and the flag i, the combinators, lists, :not, :first-child,
/// :last-child, :only-child, :nth-child, :nth-last-child, :first-of-type, :last-of-type,
/// :nth-of-type, :empty, :root; also :contains("text"). Immutable, thread-safe.
class Selector {
 public:
  /// Errors: kInvalidArgument, with the place.
  static Result<Selector> Parse(std::string_view text);

  /// Elements below `top` that match, in the order of the page; what they must be below
  /// may lie above `top`. Errors: kResourceLimit if it takes too long.
  Result<std::vector<NodeId>> Select(const Document& page, NodeId top) const;

  const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::shared_ptr<const std::vector<internal::Complex>> list_;
};

}  // namespace tarn::ingest::web
