#include "tarn/sql/rewrite_expression.h"

#include <utility>
#include <variant>
#include <vector>

namespace tarn::sql {
namespace {

class Rewriter {
 public:
  explicit Rewriter(const ReplacePart& replace) : replace_(replace) {}

  ExpressionPtr Of(const ExpressionPtr& expression) {
    if (const auto other = replace_(expression)) {
      failed_ = failed_ || *other == nullptr;
      return *other;
    }
    Expression copy = *expression;
    std::visit([this](auto& node) { Parts(node); }, copy.node);
    return failed_ ? nullptr : std::make_shared<const Expression>(std::move(copy));
  }

 private:
  void Part(ExpressionPtr& part) {
    if (part != nullptr && !failed_) {
      part = Of(part);
    }
  }
  void Each(std::vector<ExpressionPtr>& parts) {
    for (ExpressionPtr& part : parts) {
      Part(part);
    }
  }
  void Each(std::vector<SortItem>& items) {
    for (SortItem& item : items) {
      Part(item.value);
    }
  }

  void Parts(node::Null&) {}
  void Parts(node::Boolean&) {}
  void Parts(node::Integer&) {}
  void Parts(node::Decimal&) {}
  void Parts(node::Double&) {}
  void Parts(node::String&) {}
  void Parts(node::Bytes&) {}
  void Parts(node::TypedLiteral&) {}
  void Parts(node::Interval&) {}
  void Parts(node::Parameter&) {}
  void Parts(node::Column&) {}
  void Parts(node::SpecialValue&) {}
  void Parts(node::Dereference& node) { Part(node.base); }
  void Parts(node::Subscript& node) {
    Part(node.base);
    Part(node.index);
  }
  void Parts(node::Unary& node) { Part(node.value); }
  void Parts(node::Binary& node) {
    Part(node.left);
    Part(node.right);
  }
  void Parts(node::Logical& node) { Each(node.terms); }
  void Parts(node::Between& node) {
    Part(node.value);
    Part(node.low);
    Part(node.high);
  }
  void Parts(node::InList& node) {
    Part(node.value);
    Each(node.list);
  }
  void Parts(node::Like& node) {
    Part(node.value);
    Part(node.pattern);
    Part(node.escape);
  }
  void Parts(node::IsNull& node) { Part(node.value); }
  void Parts(node::Case& node) {
    Part(node.operand);
    for (node::When& when : node.whens) {
      Part(when.condition);
      Part(when.result);
    }
    Part(node.otherwise);
  }
  void Parts(node::Cast& node) { Part(node.value); }
  void Parts(node::Extract& node) { Part(node.value); }
  void Parts(node::AtTimeZone& node) {
    Part(node.value);
    Part(node.zone);
  }
  void Parts(node::Array& node) { Each(node.values); }
  void Parts(node::Row& node) { Each(node.values); }
  void Parts(node::Call& node) {
    for (node::Argument& argument : node.arguments) {
      Part(argument.value);
    }
    Each(node.order_by);
    Each(node.within_group);
    Part(node.filter);
    if (auto* window = std::get_if<WindowSpecification>(&node.over)) {
      Each(window->partition_by);
      Each(window->order_by);
      if (window->frame.has_value()) {
        Part(window->frame->start.offset);
        if (window->frame->end.has_value()) {
          Part(window->frame->end->offset);
        }
      }
    }
  }
  template <typename Scope>
  void Parts(Scope& /*holds names of its own*/) {
    failed_ = true;
  }

  const ReplacePart& replace_;
  bool failed_ = false;
};

}  // namespace

ExpressionPtr RewriteExpression(const ExpressionPtr& expression,
                                const ReplacePart& replace) {
  return Rewriter(replace).Of(expression);
}

}  // namespace tarn::sql
