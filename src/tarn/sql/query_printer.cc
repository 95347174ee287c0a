#include "tarn/sql/internal/query_printer.h"

#include <string>

#include "tarn/sql/internal/expression_printer.h"
#include "tarn/sql/printer.h"

namespace tarn::sql {
namespace {

class QueryPrinter {
 public:
  QueryPrinter(int indent, std::string* out) : indent_(indent), out_(*out) {}

  void Print(const Query& query) {
    AppendWith(query);
    std::visit(*this, query.body);
    AppendTail(query);
  }

  void operator()(const Select& select) {
    AppendItems(select);
    if (select.from != nullptr) {
      Begin("FROM\n");
      Begin("  ");
      AppendRelation(*select.from, indent_, &out_);
    }
    out_ += "\n";
    AppendClause("WHERE ", select.where);
    if (select.group_by.has_value()) {
      AppendGroupBy(*select.group_by);
    }
    AppendClause("HAVING ", select.having);
    for (size_t i = 0; i < select.windows.size(); ++i) {
      if (i == 0) {
        Begin("WINDOW");
      }
      out_ += i == 0 ? "\n" : ",\n";
      AppendIndent(indent_ + 1, &out_);
      out_ += PrintName(select.windows[i].name) + " AS (";
      AppendWindow(select.windows[i].window, &out_);
      out_ += ")";
    }
    out_ += select.windows.empty() ? "" : "\n";
    AppendClause("QUALIFY ", select.qualify);
  }
  void operator()(const Values& values) {
    out_ += " VALUES ";
    for (size_t i = 0; i < values.rows.size(); ++i) {
      out_ += "\n";
      Begin(i == 0 ? "  " : ", ");
      AppendExpression(*values.rows[i], &out_);
    }
    out_ += "\n";
  }
  void operator()(const TableBody& table) {
    out_ += "TABLE " + PrintNames(table.name) + "\n";
  }
  void operator()(const SetOperation& operation) {
    QueryPrinter(indent_, &out_).Print(*operation.left);
    out_ += operation.op == SetOperator::kUnion       ? "UNION "
            : operation.op == SetOperator::kIntersect ? "INTERSECT "
                                                      : "EXCEPT ";
    out_ += operation.is_all ? "ALL " : "";
    QueryPrinter(indent_, &out_).Print(*operation.right);
  }
  void operator()(const QueryPtr& query) {
    out_ += "(\n";
    AppendQuery(*query, indent_ + 1, &out_);
    Begin(") ");
  }

 private:
  void Begin(std::string_view text) {
    AppendIndent(indent_, &out_);
    out_ += text;
  }

  void AppendClause(std::string_view word, const ExpressionPtr& value) {
    if (value != nullptr) {
      Begin(word);
      AppendExpression(*value, &out_);
      out_ += "\n";
    }
  }

  void AppendWith(const Query& query) {
    for (size_t i = 0; i < query.with.size(); ++i) {
      const CommonTable& table = query.with[i];
      if (i == 0) {
        Begin(query.is_recursive ? "WITH RECURSIVE\n  " : "WITH\n  ");
      } else {
        out_ += "\n, ";
      }
      AppendIndent(indent_, &out_);
      out_ += PrintName(table.name);
      out_ += table.columns.empty() ? "" : " " + PrintNameList(table.columns);
      out_ += " AS (\n";
      AppendQuery(*table.query, indent_ + 1, &out_);
      Begin(") ");
    }
    out_ += query.with.empty() ? "" : "\n";
  }

  void AppendItems(const Select& select) {
    Begin(select.is_distinct ? "SELECT DISTINCT" : "SELECT");
    for (size_t i = 0; i < select.items.size(); ++i) {
      if (select.items.size() == 1) {
        out_ += " ";
      } else {
        out_ += "\n";
        Begin(i == 0 ? "  " : ", ");
      }
      AppendItem(select.items[i]);
    }
    out_ += "\n";
  }

  void AppendItem(const SelectItem& item) {
    if (item.value == nullptr) {
      out_ += "*";
      return;
    }
    AppendExpression(*item.value, &out_);
    if (item.is_all) {
      out_ += ".*";
      out_ += item.aliases.empty() ? "" : " AS " + PrintNameList(item.aliases);
    }
    out_ += item.alias.has_value() ? " " + PrintName(*item.alias) : "";
  }

  void AppendSet(const std::vector<ExpressionPtr>& set) {
    out_ += "(";
    AppendExpressions(set, ", ", &out_);
    out_ += ")";
  }

  void AppendGroupBy(const GroupBy& group) {
    Begin(group.is_auto       ? "GROUP BY AUTO"
          : group.is_distinct ? "GROUP BY  DISTINCT "
                              : "GROUP BY ");
    for (size_t i = 0; i < group.elements.size(); ++i) {
      const GroupingElement& element = group.elements[i];
      out_ += i == 0 ? "" : ", ";
      if (element.kind == GroupingKind::kSimple) {
        if (element.sets[0].size() == 1) {
          AppendExpression(*element.sets[0][0], &out_);
        } else {
          AppendSet(element.sets[0]);
        }
        continue;
      }
      out_ += element.kind == GroupingKind::kSets   ? "GROUPING SETS ("
              : element.kind == GroupingKind::kCube ? "CUBE ("
                                                    : "ROLLUP (";
      for (size_t j = 0; j < element.sets.size(); ++j) {
        out_ += j == 0 ? "" : ", ";
        AppendSet(element.sets[j]);
      }
      out_ += ")";
    }
    out_ += "\n";
  }

  void AppendTail(const Query& query) {
    if (!query.order_by.empty()) {
      Begin("ORDER BY ");
      AppendSortItems(query.order_by, &out_);
      out_ += "\n";
    }
    if (query.offset != nullptr) {
      Begin("OFFSET ");
      AppendExpression(*query.offset, &out_);
      out_ += " ROWS\n";
    }
    if (!query.limit.has_value()) {
      return;
    }
    const RowLimit& limit = *query.limit;
    Begin(limit.is_fetch ? "FETCH FIRST " : "LIMIT ");
    if (limit.count != nullptr) {
      AppendExpression(*limit.count, &out_);
    } else {
      out_ += limit.is_fetch ? "" : "ALL";
    }
    if (limit.is_fetch) {
      out_ += limit.count != nullptr ? " ROWS" : "ROW";
      out_ += limit.with_ties ? " WITH TIES" : " ONLY";
    }
    out_ += "\n";
  }

  int indent_;
  std::string& out_;
};

}  // namespace

void AppendQuery(const Query& query, int indent, std::string* out) {
  QueryPrinter(indent, out).Print(query);
}

std::string PrintQuery(const Query& query) {
  std::string text;
  AppendQuery(query, /*indent=*/0, &text);
  return text;
}

}  // namespace tarn::sql
