#include "tarn/sql/query_block.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <utility>

#include "tarn/sql/letter_case.h"
#include "tarn/sql/printer.h"

namespace tarn::sql {
namespace {

/// Functions that may give something else each time.
constexpr std::array<std::string_view, 5> kChanging = {"random", "rand", "uuid", "now",
                                                       "shuffle"};

bool IsChanging(const node::Call& call) {
  return std::ranges::find(kChanging, Lower(call.name.back().text)) != kChanging.end();
}

/// "a.b.c" as its parts in lower case; empty for anything else.
std::vector<std::string> Chain(const Expression& expression) {
  if (const auto* column = std::get_if<node::Column>(&expression.node)) {
    return {Lower(column->name.text)};
  }
  const auto* field = std::get_if<node::Dereference>(&expression.node);
  std::vector<std::string> parts =
      field == nullptr ? std::vector<std::string>{} : Chain(*field->base);
  if (!parts.empty()) {
    parts.push_back(Lower(field->field.text));
  }
  return parts;
}

ExpressionPtr ColumnNamed(std::string text, const Position& at) {
  return std::make_shared<const Expression>(Expression{
      .at = at,
      .node = node::Column{.name = {.text = std::move(text), .is_quoted = true}}});
}

bool IsInner(const relation::Join& join) {
  return !join.is_natural && join.columns.empty() &&
         (join.kind == relation::JoinKind::kInner ||
          join.kind == relation::JoinKind::kCross ||
          join.kind == relation::JoinKind::kImplicit);
}

std::optional<Name> OwnName(const SelectItem& item) {
  if (item.alias.has_value()) {
    return item.alias;
  }
  if (const auto* column = std::get_if<node::Column>(&item.value->node)) {
    return column->name;
  }
  if (const auto* field = std::get_if<node::Dereference>(&item.value->node)) {
    return field->field;
  }
  return {};
}

}  // namespace

std::optional<Block> Block::Of(const Select& select, const NameMeanings& meanings,
                               const std::vector<std::string>& hidden) {
  Block block(meanings);
  if (select.from == nullptr || !select.windows.empty() || select.qualify != nullptr) {
    return {};
  }
  std::vector<std::string> tables;
  if (!block.AddFrom(*select.from, hidden, &tables)) {
    return {};
  }
  std::ranges::sort(tables);
  if (std::ranges::adjacent_find(tables) != tables.end()) {
    return {};
  }
  for (const std::string& table : tables) {
    block.from_ += table + '\n';
  }
  if (select.where != nullptr) {
    block.AddConditions(select.where);
  }
  // Conditions of joins were added before all names were known.
  for (BlockPart& condition : block.conditions_) {
    condition.text = block.TextOf(condition.expression);
  }
  if (!block.AddItems(select) || !block.AddKeys(select)) {
    return {};
  }
  if (select.having != nullptr) {
    block.is_aggregated_ = true;
  }
  return block;
}

bool Block::AddFrom(const Relation& relation, const std::vector<std::string>& hidden,
                    std::vector<std::string>* tables) {
  if (const auto* join = std::get_if<relation::Join>(&relation.node)) {
    if (!IsInner(*join) || !AddFrom(*join->left, hidden, tables) ||
        !AddFrom(*join->right, hidden, tables)) {
      return false;
    }
    if (join->on != nullptr) {
      AddConditions(join->on);
    }
    return true;
  }
  const relation::Table* table = std::get_if<relation::Table>(&relation.node);
  std::string called;
  if (const auto* alias = std::get_if<relation::Alias>(&relation.node);
      alias != nullptr && alias->columns.empty()) {
    table = std::get_if<relation::Table>(&alias->relation->node);
    called = Lower(alias->name.text);
  }
  if (table == nullptr || table->as_of.has_value() || table->branch.has_value()) {
    return false;
  }
  const bool is_hidden =
      table->name.size() == 1 &&
      std::ranges::find(hidden, Lower(table->name[0].text)) != hidden.end();
  const auto known = is_hidden ? std::nullopt : meanings_.table(table->name);
  if (!known.has_value()) {
    return false;
  }
  if (called.empty()) {
    called = Lower(table->name.back().text);
    for (size_t i = 0; i + 1 < table->name.size(); ++i) {
      qualifiers_.insert(Lower(table->name[i].text));
    }
  }
  tables->push_back(*known);
  return tables_.emplace(called, *known).second;
}

void Block::AddConditions(const ExpressionPtr& expression) {
  const auto* logical = std::get_if<node::Logical>(&expression->node);
  if (logical == nullptr || !logical->is_and) {
    conditions_.push_back({.expression = expression, .text = {}});
    return;
  }
  for (const ExpressionPtr& term : logical->terms) {
    AddConditions(term);
  }
}

bool Block::AddItems(const Select& select) {
  for (size_t i = 0; i < select.items.size(); ++i) {
    const SelectItem& item = select.items[i];
    if (item.is_all || item.value == nullptr) {
      return false;
    }
    items_.push_back({.expression = item.value, .text = TextOf(item.value)});
    names_.push_back(OwnName(item).value_or(
        Name{.text = "_col" + std::to_string(i), .is_quoted = true}));
    is_aggregated_ = is_aggregated_ || Finds(item.value, [this](const Expression& part) {
                       return AggregationIn(part) != nullptr;
                     });
    has_windows_ =
        has_windows_ || Finds(item.value, [](const Expression& part) {
          const auto* call = std::get_if<node::Call>(&part.node);
          return call != nullptr && !std::holds_alternative<std::monostate>(call->over);
        });
  }
  return true;
}

bool Block::AddKeys(const Select& select) {
  if (!select.group_by.has_value()) {
    return true;
  }
  is_aggregated_ = true;
  if (select.group_by->is_distinct || select.group_by->is_auto) {
    return false;
  }
  for (const GroupingElement& element : select.group_by->elements) {
    if (element.kind != GroupingKind::kSimple || element.sets.size() != 1) {
      return false;
    }
    for (ExpressionPtr key : element.sets[0]) {
      if (const auto* number = std::get_if<node::Integer>(&key->node)) {
        size_t index = 0;
        const std::string& text = number->text;
        const auto read = std::from_chars(text.data(), text.data() + text.size(), index);
        if (read.ec != std::errc() || read.ptr != text.data() + text.size() ||
            index == 0 || index > items_.size()) {
          return false;
        }
        key = items_[index - 1].expression;
      }
      keys_.push_back({.expression = key, .text = TextOf(key)});
    }
  }
  return true;
}

std::string Block::TextOf(const ExpressionPtr& expression) const {
  const ReplacePart plain =
      [&](const ExpressionPtr& part) -> std::optional<ExpressionPtr> {
    if (IsColumn(*part)) {
      return Plain(*part);
    }
    if (std::holds_alternative<node::Parameter>(part->node) ||
        std::holds_alternative<node::SpecialValue>(part->node)) {
      return nullptr;
    }
    const auto* call = std::get_if<node::Call>(&part->node);
    if (call == nullptr) {
      return {};
    }
    if (IsChanging(*call)) {
      return nullptr;
    }
    Expression copy = *part;
    auto& names = std::get<node::Call>(copy.node).name;
    bool is_lower = true;
    for (Name& name : names) {
      is_lower = is_lower && name.text == Lower(name.text);
      name.text = Lower(name.text);
    }
    if (is_lower) {
      return {};
    }
    return RewriteExpression(std::make_shared<const Expression>(std::move(copy)), plain);
  };
  const ExpressionPtr rewritten = RewriteExpression(expression, plain);
  return rewritten == nullptr ? "" : PrintExpression(*rewritten);
}

ExpressionPtr Block::Plain(const Expression& expression) const {
  const std::vector<std::string> parts = Chain(expression);
  size_t first = 0;
  std::string table;
  const auto called = tables_.find(parts[0]);
  if (parts.size() > 1 && called != tables_.end()) {
    table = called->second;
    first = 1;
  } else if (parts.size() > 1 && qualifiers_.contains(parts[0])) {
    return nullptr;  // schema.table.column, or a column called like the schema
  } else if (tables_.size() == 1) {
    table = tables_.begin()->second;
  }
  ExpressionPtr column = ColumnNamed(table + '\n' + parts[first], expression.at);
  for (size_t i = first + 1; i < parts.size(); ++i) {
    column = std::make_shared<const Expression>(
        Expression{.at = expression.at,
                   .node = node::Dereference{
                       .base = column, .field = {.text = parts[i], .is_quoted = true}}});
  }
  return column;
}

bool Block::IsColumn(const Expression& expression) const {
  return !Chain(expression).empty();
}

bool Block::Finds(const ExpressionPtr& expression,
                  const std::function<bool(const Expression&)>& what) const {
  bool found = false;
  RewriteExpression(expression,
                    [&](const ExpressionPtr& part) -> std::optional<ExpressionPtr> {
                      found = found || what(*part);
                      return {};
                    });
  return found;
}

bool Block::NamesColumns(const ExpressionPtr& expression) const {
  return Finds(expression, [this](const Expression& part) { return IsColumn(part); });
}

const node::Call* Block::AggregationIn(const Expression& expression) const {
  const auto* call = std::get_if<node::Call>(&expression.node);
  const bool is_aggregation = call != nullptr &&
                              std::holds_alternative<std::monostate>(call->over) &&
                              meanings_.is_aggregate(Lower(call->name.back().text));
  return is_aggregation ? call : nullptr;
}

bool Block::IsOutputName(const Expression& expression) const {
  const auto* column = std::get_if<node::Column>(&expression.node);
  return column != nullptr && std::ranges::any_of(names_, [&](const Name& name) {
           return Lower(name.text) == Lower(column->name.text);
         });
}

}  // namespace tarn::sql
