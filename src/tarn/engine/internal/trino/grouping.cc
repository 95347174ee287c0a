// GROUP BY with its sets.
#include <algorithm>
#include <utility>

#include <duckdb/parser/group_by_node.hpp>

#include "tarn/engine/internal/trino/translator.h"

namespace tarn::engine::trino {

using duckdb::GroupingSet;
using sql::Position;
using Parsed = Translator::Parsed;

namespace {

constexpr size_t kSetsMax = 2048;
constexpr size_t kCubeColumnsMax = 11;

/// Indexes of the group's expressions, which are kept once each.
class GroupExpressions {
 public:
  explicit GroupExpressions(duckdb::GroupByNode* groups) : groups_(groups) {}

  duckdb::idx_t Add(Parsed expression) {
    auto& known = groups_->group_expressions;
    for (duckdb::idx_t i = 0; i < known.size(); ++i) {
      if (known[i]->Equals(*expression)) {
        return i;
      }
    }
    known.push_back(std::move(expression));
    return known.size() - 1;
  }

 private:
  duckdb::GroupByNode* groups_;
};

GroupingSet Union(const std::vector<GroupingSet>& sets, size_t begin, size_t end) {
  GroupingSet all;
  for (size_t i = begin; i < end; ++i) {
    all.insert(sets[i].begin(), sets[i].end());
  }
  return all;
}

/// The sets that one element of GROUP BY stands for.
std::vector<GroupingSet> SetsOf(sql::GroupingKind kind,
                                const std::vector<GroupingSet>& parts) {
  std::vector<GroupingSet> sets;
  switch (kind) {
    case sql::GroupingKind::kSets:
      return parts;
    case sql::GroupingKind::kRollup:
      for (size_t count = parts.size() + 1; count-- > 0;) {
        sets.push_back(Union(parts, 0, count));
      }
      return sets;
    case sql::GroupingKind::kCube:
      for (size_t mask = size_t{1} << parts.size(); mask-- > 0;) {
        GroupingSet set;
        for (size_t i = 0; i < parts.size(); ++i) {
          if (((mask >> i) & 1U) != 0) {
            set.insert(parts[i].begin(), parts[i].end());
          }
        }
        sets.push_back(std::move(set));
      }
      return sets;
    default:
      return {Union(parts, 0, parts.size())};
  }
}

/// Each of `left` with each of `right`.
std::vector<GroupingSet> Product(const std::vector<GroupingSet>& left,
                                 const std::vector<GroupingSet>& right) {
  std::vector<GroupingSet> product;
  for (const GroupingSet& a : left) {
    for (const GroupingSet& b : right) {
      GroupingSet both = a;
      both.insert(b.begin(), b.end());
      product.push_back(std::move(both));
    }
  }
  return product;
}

}  // namespace

void Translator::AddGroups(const sql::GroupBy& group_by, const Position& at,
                           duckdb::SelectNode* node) {
  if (group_by.is_auto) {
    node->aggregate_handling = duckdb::AggregateHandling::FORCE_AGGREGATES;
    return;
  }
  GroupExpressions expressions(&node->groups);
  std::vector<GroupingSet> sets = {{}};
  for (const sql::GroupingElement& element : group_by.elements) {
    std::vector<GroupingSet> parts;
    for (const auto& values : element.sets) {
      GroupingSet part;
      for (const auto& value : values) {
        part.insert(expressions.Add(Translate(value)));
      }
      parts.push_back(std::move(part));
    }
    if (element.kind == sql::GroupingKind::kCube && parts.size() > kCubeColumnsMax) {
      Refuse(at, "CUBE of so many columns");
    }
    const auto element_sets = SetsOf(element.kind, parts);
    if (sets.size() * element_sets.size() > kSetsMax) {
      Refuse(at, "GROUP BY with so many grouping sets");
    }
    sets = Product(sets, element_sets);
  }
  for (GroupingSet& set : sets) {
    auto& known = node->groups.grouping_sets;
    if (!group_by.is_distinct ||
        std::find(known.begin(), known.end(), set) == known.end()) {
      known.push_back(std::move(set));
    }
  }
}

}  // namespace tarn::engine::trino
