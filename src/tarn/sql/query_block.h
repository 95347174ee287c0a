// One SELECT … FROM … WHERE … GROUP BY … over tables, with its expressions as texts that
// are equal where the expressions mean the same, whatever tables are called in it.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tarn/sql/query.h"
#include "tarn/sql/rewrite_expression.h"
#include "tarn/sql/view_answer.h"

namespace tarn::sql {

struct BlockPart {
  ExpressionPtr expression;
  std::string text;
};

class Block {
 public:
  /// Unset where it cannot be said: tables at a time or of a branch, a table twice, outer
  /// joins, SELECT *, grouping sets, QUALIFY, named windows. `hidden`: names of tables
  /// that WITH defines, in lower case. The block keeps no pointer to `select`.
  static std::optional<Block> Of(const Select& select, const NameMeanings& meanings,
                                 const std::vector<std::string>& hidden);

  /// The tables and how they are joined; inner joins are tables and conditions().
  const std::string& from() const { return from_; }
  const std::vector<BlockPart>& conditions() const { return conditions_; }
  const std::vector<BlockPart>& keys() const { return keys_; }
  const std::vector<BlockPart>& items() const { return items_; }
  bool is_aggregated() const { return is_aggregated_; }
  bool has_windows() const { return has_windows_; }

  /// Empty for what has no such text: subqueries, what is another each time.
  std::string TextOf(const ExpressionPtr& expression) const;
  /// A column, or a field of one.
  bool IsColumn(const Expression& expression) const;
  bool NamesColumns(const ExpressionPtr& expression) const;
  /// The call, if it aggregates and is no window.
  const node::Call* AggregationIn(const Expression& expression) const;
  /// A name alone, and the block has a column of this name.
  bool IsOutputName(const Expression& expression) const;
  /// What clients see of an item: "_col2" for one without a name.
  Name NameOfItem(size_t index) const { return names_[index]; }

 private:
  explicit Block(const NameMeanings& meanings) : meanings_(meanings) {}

  bool AddFrom(const Relation& relation, const std::vector<std::string>& hidden,
               std::vector<std::string>* tables);
  void AddConditions(const ExpressionPtr& expression);
  bool AddItems(const Select& select);
  bool AddKeys(const Select& select);
  /// A column with its table's own name; nullptr if it may be of several.
  ExpressionPtr Plain(const Expression& expression) const;
  bool Finds(const ExpressionPtr& expression,
             const std::function<bool(const Expression&)>& what) const;

  NameMeanings meanings_;
  std::map<std::string, std::string> tables_;  // what they are called here, and are
  std::set<std::string> qualifiers_;  // schemas and catalogs that tables are named with
  std::string from_;
  std::vector<BlockPart> conditions_;
  std::vector<BlockPart> keys_;
  std::vector<BlockPart> items_;
  std::vector<Name> names_;
  bool is_aggregated_ = false;
  bool has_windows_ = false;
};

}  // namespace tarn::sql
