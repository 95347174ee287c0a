#include "tarn/sql/view_answer.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "tarn/sql/letter_case.h"
#include "tarn/sql/printer.h"
#include "tarn/sql/query_block.h"

namespace tarn::sql {
namespace {

/// Whether a table keeps the type of a value that is made with `expression`: none has a
/// text with a length, small integers or times of few digits.
bool KeepsTypes(const ExpressionPtr& expression) {
  const ExpressionPtr kept = RewriteExpression(
      expression, [](const ExpressionPtr& part) -> std::optional<ExpressionPtr> {
        const auto* cast = std::get_if<node::Cast>(&part->node);
        if (cast == nullptr) {
          return {};
        }
        const std::string type = Lower(PrintType(cast->type));
        for (const char* shorter : {"char", "varchar(", "tinyint", "smallint", "time"}) {
          if (type.starts_with(shorter)) {
            return nullptr;
          }
        }
        return {};
      });
  return kept != nullptr;
}

/// What the view's columns hold, by the text of what they were made from.
class Outputs {
 public:
  static std::optional<Outputs> Of(const KeptView& view, const Block& block) {
    Outputs outputs;
    if (view.columns.size() != block.items().size()) {
      return {};
    }
    for (size_t i = 0; i < view.columns.size(); ++i) {
      const BlockPart& item = block.items()[i];
      if (item.text.empty()) {
        return {};  // nobody knows what is in it
      }
      const bool is_as_it_is = block.IsColumn(*item.expression);
      if ((is_as_it_is || (!view.columns[i].is_time && KeepsTypes(item.expression)))) {
        outputs.columns_.emplace(item.text, &view.columns[i]);
      }
    }
    for (const BlockPart& key : block.keys()) {
      if (key.text.empty()) {
        return {};
      }
      outputs.keys_.insert(key.text);
    }
    return outputs;
  }

  const KeptView::Column* Find(const std::string& text) const {
    const auto found = columns_.find(text);
    return found == columns_.end() ? nullptr : found->second;
  }
  const KeptView::Column* FindKey(const std::string& text) const {
    return keys_.contains(text) ? Find(text) : nullptr;
  }
  bool HasKey(const std::string& text) const { return keys_.contains(text); }
  size_t num_keys() const { return keys_.size(); }

 private:
  std::map<std::string, const KeptView::Column*> columns_;
  std::set<std::string> keys_;
};

ExpressionPtr ColumnOf(const KeptView::Column& column, const Position& at) {
  return std::make_shared<const Expression>(Expression{
      .at = at, .node = node::Column{.name = {.text = column.name, .is_quoted = true}}});
}

ExpressionPtr CallOf(std::string_view function, std::vector<ExpressionPtr> arguments,
                     const Position& at) {
  node::Call call{.name = {{.text = std::string(function)}}};
  for (ExpressionPtr& argument : arguments) {
    call.arguments.push_back({.value = std::move(argument)});
  }
  return std::make_shared<const Expression>(
      Expression{.at = at, .node = std::move(call)});
}

/// A plain aggregation: f(x), count(*).
bool IsPlain(const node::Call& call) {
  return !call.is_distinct && call.order_by.empty() && call.within_group.empty() &&
         !call.overflow.has_value() && call.nulls == node::NullTreatment::kUnsaid;
}

/// Rows that are there several times do not change it.
bool TakesRowsOnce(const node::Call& call, const std::string& function) {
  return call.is_distinct || function == "min" || function == "max" ||
         function == "bool_and" || function == "bool_or" || function == "every";
}

/// How the view's rows stand to the groups of a query.
enum class Fit : uint8_t {
  kRows,    // the view keeps rows, not groups
  kSame,    // each of its rows is a group
  kCoarser  // several of its rows make a group
};

/// The expressions of one block over the view's columns.
class Answer {
 public:
  Answer(const Block& block, const Outputs& outputs, Fit fit)
      : block_(block), outputs_(outputs), fit_(fit) {}

  /// nullptr: the view does not say.
  ExpressionPtr Of(const ExpressionPtr& expression) const {
    return RewriteExpression(expression, [this](const ExpressionPtr& part) {
      return InPlaceOf(part, /*in_order=*/false);
    });
  }
  /// Of what a query is ordered by: names of its columns mean these.
  ExpressionPtr OfOrder(const ExpressionPtr& expression) const {
    if (std::holds_alternative<node::Integer>(expression->node)) {
      return expression;
    }
    return RewriteExpression(expression, [this](const ExpressionPtr& part) {
      return InPlaceOf(part, /*in_order=*/true);
    });
  }
  /// Of what is known before groups are made: WHERE and GROUP BY.
  ExpressionPtr OfKeys(const ExpressionPtr& expression) const {
    return RewriteExpression(
        expression, [this](const ExpressionPtr& part) { return KeyInPlaceOf(part); });
  }

 private:
  using Given = std::optional<ExpressionPtr>;

  const KeptView::Column* Before(const std::string& text) const {
    return fit_ == Fit::kRows ? outputs_.Find(text) : outputs_.FindKey(text);
  }

  Given KeyInPlaceOf(const ExpressionPtr& part) const {
    if (const auto* column = Before(block_.TextOf(part))) {
      return ColumnOf(*column, part->at);
    }
    return block_.IsColumn(*part) ? Given(nullptr) : Given();
  }

  Given InPlaceOf(const ExpressionPtr& part, bool in_order) const {
    if (in_order && block_.IsOutputName(*part)) {
      return part;
    }
    const std::string text = block_.TextOf(part);
    const auto* column = fit_ == Fit::kCoarser ? Before(text) : outputs_.Find(text);
    if (column != nullptr) {
      return ColumnOf(*column, part->at);
    }
    if (block_.IsColumn(*part)) {
      return nullptr;
    }
    if (const node::Call* call = block_.AggregationIn(*part)) {
      switch (fit_) {
        case Fit::kRows:
          return Given();  // the same aggregation of the same rows
        case Fit::kSame:
          return nullptr;
        case Fit::kCoarser:
          return Merged(*call, text, part);
      }
    }
    return Given();
  }

  /// An aggregation of groups of the view's rows.
  ExpressionPtr Merged(const node::Call& call, const std::string& text,
                       const ExpressionPtr& part) const {
    const std::string function = Lower(call.name.back().text);
    const KeptView::Column* column = outputs_.Find(text);
    if (column != nullptr && IsPlain(call) && call.name.size() == 1) {
      const ExpressionPtr value = ColumnOf(*column, part->at);
      if (function == "count") {
        // Without keys there is a row even where the view has none.
        return CallOf("coalesce",
                      {CallOf("sum", {value}, part->at),
                       std::make_shared<const Expression>(Expression{
                           .at = part->at, .node = node::Integer{.text = "0"}})},
                      part->at);
      }
      if (function == "sum") {
        return column->is_exact ? CallOf("sum", {value}, part->at) : nullptr;
      }
      return TakesRowsOnce(call, function) ? CallOf(function, {value}, part->at)
                                           : nullptr;
    }
    if (!TakesRowsOnce(call, function) || call.is_star || !call.order_by.empty()) {
      return nullptr;
    }
    Expression copy = *part;
    auto& copied = std::get<node::Call>(copy.node);
    for (node::Argument& argument : copied.arguments) {
      argument.value = OfKeys(argument.value);
      if (argument.value == nullptr) {
        return nullptr;
      }
    }
    if (copied.filter != nullptr && (copied.filter = OfKeys(copied.filter)) == nullptr) {
      return nullptr;
    }
    return std::make_shared<const Expression>(std::move(copy));
  }

  const Block& block_;
  const Outputs& outputs_;
  const Fit fit_;
};

/// The query's conditions beyond those of the view; unset if it lacks one of the view's.
std::optional<std::vector<ExpressionPtr>> Beyond(const Block& query, const Block& view) {
  std::set<std::string> of_view;
  for (const BlockPart& condition : view.conditions()) {
    if (condition.text.empty()) {
      return {};
    }
    of_view.insert(condition.text);
  }
  std::set<std::string> met;
  std::vector<ExpressionPtr> beyond;
  for (const BlockPart& condition : query.conditions()) {
    if (of_view.contains(condition.text)) {
      met.insert(condition.text);
    } else {
      beyond.push_back(condition.expression);
    }
  }
  if (met.size() != of_view.size()) {
    return {};
  }
  return beyond;
}

std::optional<Fit> FitOf(const Block& query, const Block& view, const Outputs& outputs) {
  if (!view.is_aggregated()) {
    return Fit::kRows;
  }
  if (!query.is_aggregated()) {
    return {};
  }
  std::set<std::string> keys;
  for (const BlockPart& key : query.keys()) {
    keys.insert(key.text);
    if (!outputs.HasKey(key.text)) {
      return {};
    }
  }
  return keys.size() == outputs.num_keys() ? Fit::kSame : Fit::kCoarser;
}

ExpressionPtr Conjunction(std::vector<ExpressionPtr> terms, const Position& at) {
  if (terms.empty()) {
    return nullptr;
  }
  if (terms.size() == 1) {
    return terms[0];
  }
  return std::make_shared<const Expression>(Expression{
      .at = at, .node = node::Logical{.is_and = true, .terms = std::move(terms)}});
}

class Matcher {
 public:
  Matcher(const NameMeanings& of_query, const KeptView& view, const Block& view_block,
          const Outputs& outputs)
      : of_query_(of_query), view_(view), view_block_(view_block), outputs_(outputs) {}

  QueryPtr Of(const QueryPtr& query, std::vector<std::string> hidden) {
    Query copy = *query;
    bool changed = false;
    for (CommonTable& table : copy.with) {
      if (copy.is_recursive) {
        hidden.push_back(Lower(table.name.text));
      }
      changed = Change(table.query, hidden) || changed;
      hidden.push_back(Lower(table.name.text));
    }
    if (auto* inner = std::get_if<QueryPtr>(&copy.body)) {
      changed = Change(*inner, hidden) || changed;
    } else if (auto* both = std::get_if<SetOperation>(&copy.body)) {
      changed = Change(both->left, hidden) || changed;
      changed = Change(both->right, hidden) || changed;
    } else if (auto* select = std::get_if<Select>(&copy.body)) {
      if (Replace(*select, copy.order_by, copy.at, hidden)) {
        changed = true;
      } else {
        changed = Change(select->from, hidden) || changed;
      }
    }
    return changed ? std::make_shared<const Query>(std::move(copy)) : nullptr;
  }

 private:
  bool Change(QueryPtr& query, const std::vector<std::string>& hidden) {
    QueryPtr other = Of(query, hidden);
    if (other == nullptr) {
      return false;
    }
    query = std::move(other);
    return true;
  }

  /// Blocks in derived tables. Lateral ones stay: they may name tables outside.
  bool Change(RelationPtr& relation, const std::vector<std::string>& hidden) {
    if (relation == nullptr) {
      return false;
    }
    Relation copy = *relation;
    bool changed = false;
    if (auto* derived = std::get_if<relation::Derived>(&copy.node)) {
      changed = !derived->is_lateral && Change(derived->query, hidden);
    } else if (auto* alias = std::get_if<relation::Alias>(&copy.node)) {
      changed = Change(alias->relation, hidden);
    } else if (auto* join = std::get_if<relation::Join>(&copy.node)) {
      changed = Change(join->left, hidden);
      changed = Change(join->right, hidden) || changed;
    }
    if (changed) {
      relation = std::make_shared<const Relation>(std::move(copy));
    }
    return changed;
  }

  bool Replace(Select& select, std::vector<SortItem>& order_by, const Position& at,
               const std::vector<std::string>& hidden) {
    const auto block = Block::Of(select, of_query_, hidden);
    if (!block.has_value() || block->from() != view_block_.from()) {
      return false;
    }
    const auto beyond = Beyond(*block, view_block_);
    const auto fit = FitOf(*block, view_block_, outputs_);
    if (!beyond.has_value() || !fit.has_value()) {
      return false;
    }
    auto answer = AnswerOf(select, *block, *beyond, *fit, at);
    std::vector<SortItem> order = order_by;
    const Answer answers(*block, outputs_, *fit);
    for (SortItem& item : order) {
      item.value = answer.has_value() ? answers.OfOrder(item.value) : nullptr;
      if (item.value == nullptr) {
        return false;
      }
    }
    if (!answer.has_value()) {
      return false;
    }
    select = *std::move(answer);
    order_by = std::move(order);
    return true;
  }

  std::optional<Select> AnswerOf(const Select& select, const Block& block,
                                 const std::vector<ExpressionPtr>& beyond, Fit fit,
                                 const Position& at) {
    const Answer answers(block, outputs_, fit);
    Select answer{.is_distinct = select.is_distinct};
    for (size_t i = 0; i < select.items.size(); ++i) {
      SelectItem item = select.items[i];
      item.alias = block.NameOfItem(i);
      item.value = answers.Of(item.value);
      if (item.value == nullptr) {
        return {};
      }
      answer.items.push_back(std::move(item));
    }
    std::vector<ExpressionPtr> conditions;
    for (const ExpressionPtr& condition : beyond) {
      if (!block.NamesColumns(condition)) {
        return {};  // of groups it would not mean the same
      }
      conditions.push_back(answers.OfKeys(condition));
    }
    ExpressionPtr having = nullptr;
    if (select.having != nullptr) {
      having = answers.Of(select.having);
      conditions.push_back(having);  // to see that it could be said
    }
    if (std::ranges::find(conditions, nullptr) != conditions.end()) {
      return {};
    }
    if (fit == Fit::kSame) {
      answer.where = Conjunction(std::move(conditions), at);
    } else {
      if (having != nullptr) {
        conditions.pop_back();
        answer.having = having;
      }
      answer.where = Conjunction(std::move(conditions), at);
      if (select.group_by.has_value()) {
        answer.group_by = GroupBy{};
        for (const BlockPart& key : block.keys()) {
          const ExpressionPtr value = answers.OfKeys(key.expression);
          if (value == nullptr) {
            return {};
          }
          answer.group_by->elements.push_back(
              {.kind = GroupingKind::kSimple, .sets = {{value}}});
        }
      }
    }
    answer.from = std::make_shared<const Relation>(
        Relation{.at = select.from->at, .node = relation::Table{.name = view_.name}});
    return answer;
  }

  const NameMeanings& of_query_;
  const KeptView& view_;
  const Block& view_block_;
  const Outputs& outputs_;
};

void AddTables(const QueryPtr& query, std::vector<std::vector<Name>>* names);

void AddTables(const RelationPtr& relation, std::vector<std::vector<Name>>* names) {
  if (relation == nullptr) {
    return;
  }
  if (const auto* table = std::get_if<relation::Table>(&relation->node)) {
    names->push_back(table->name);
  } else if (const auto* derived = std::get_if<relation::Derived>(&relation->node)) {
    AddTables(derived->query, names);
  } else if (const auto* alias = std::get_if<relation::Alias>(&relation->node)) {
    AddTables(alias->relation, names);
  } else if (const auto* join = std::get_if<relation::Join>(&relation->node)) {
    AddTables(join->left, names);
    AddTables(join->right, names);
  }
}

void AddTables(const QueryPtr& query, std::vector<std::vector<Name>>* names) {
  for (const CommonTable& table : query->with) {
    AddTables(table.query, names);
  }
  if (const auto* inner = std::get_if<QueryPtr>(&query->body)) {
    AddTables(*inner, names);
  } else if (const auto* both = std::get_if<SetOperation>(&query->body)) {
    AddTables(both->left, names);
    AddTables(both->right, names);
  } else if (const auto* select = std::get_if<Select>(&query->body)) {
    AddTables(select->from, names);
  }
}

/// The view's one block; nullptr if its query is more than that.
const Select* BlockOfDefinition(const Query& query) {
  const auto* select = std::get_if<Select>(&query.body);
  const bool is_block = select != nullptr && query.with.empty() &&
                        query.order_by.empty() && query.offset == nullptr &&
                        !query.limit.has_value() && !select->is_distinct &&
                        select->having == nullptr;
  return is_block ? select : nullptr;
}

}  // namespace

QueryPtr AnswerFromView(const QueryPtr& query, const NameMeanings& of_query,
                        const KeptView& view, const NameMeanings& of_view) {
  const Select* select = BlockOfDefinition(*view.definition);
  const auto block = select == nullptr ? std::nullopt : Block::Of(*select, of_view, {});
  if (!block.has_value() || block->has_windows()) {
    return nullptr;
  }
  const auto outputs = Outputs::Of(view, *block);
  if (!outputs.has_value()) {
    return nullptr;
  }
  return Matcher(of_query, view, *block, *outputs).Of(query, {});
}

std::vector<std::vector<Name>> TablesOfBlocks(const QueryPtr& query) {
  std::vector<std::vector<Name>> names;
  AddTables(query, &names);
  return names;
}

}  // namespace tarn::sql
