#include <string>

#include "tarn/sql/internal/expression_printer.h"
#include "tarn/sql/internal/query_printer.h"
#include "tarn/sql/printer.h"

namespace tarn::sql {
namespace {

std::string_view JoinText(relation::JoinKind kind) {
  switch (kind) {
    case relation::JoinKind::kCross:
      return "CROSS";
    case relation::JoinKind::kLeft:
      return "LEFT";
    case relation::JoinKind::kRight:
      return "RIGHT";
    case relation::JoinKind::kFull:
      return "FULL";
    case relation::JoinKind::kInner:
    case relation::JoinKind::kImplicit:
      break;
  }
  return "INNER";
}

class RelationPrinter {
 public:
  RelationPrinter(int indent, std::string* out) : indent_(indent), out_(*out) {}

  void operator()(const relation::Table& table) {
    out_ += PrintNames(table.name);
    if (table.branch.has_value()) {
      out_ += " @ " + PrintName(*table.branch);
    }
    if (table.as_of.has_value()) {
      out_ += table.as_of->kind == AsOfKind::kVersion ? " FOR VERSION AS OF "
                                                      : " FOR TIMESTAMP AS OF ";
      AppendExpression(*table.as_of->value, &out_);
    }
  }
  void operator()(const relation::Derived& derived) {
    out_ += derived.is_lateral ? "LATERAL (" : "(\n";
    AppendQuery(*derived.query, indent_ + 1, &out_);
    AppendIndent(indent_, &out_);
    out_ += derived.is_lateral ? ")" : ") ";
  }
  void operator()(const relation::Unnest& unnest) {
    out_ += "UNNEST(";
    AppendExpressions(unnest.values, ", ", &out_);
    out_ += unnest.with_ordinality ? ") WITH ORDINALITY" : ")";
  }
  void operator()(const relation::TableFunction& function) {
    out_ += "TABLE(" + PrintNames(function.name) + "(\n";
    for (size_t i = 0; i < function.arguments.size(); ++i) {
      out_ += i == 0 ? "" : ",\n";
      AppendIndent(indent_ + 2, &out_);
      AppendArgument(function.arguments[i]);
    }
    out_ += "))";
  }
  void operator()(const relation::JsonTable& table) {
    AppendJsonTable(table, indent_, &out_);
  }
  void operator()(const relation::Alias& alias) {
    AppendInner(*alias.relation);
    out_ += " " + PrintName(alias.name);
    out_ += alias.columns.empty() ? "" : " " + PrintNameList(alias.columns);
  }
  void operator()(const relation::Sample& sample) {
    AppendInner(*sample.relation);
    out_ += sample.method == relation::SampleMethod::kBernoulli
                ? " TABLESAMPLE BERNOULLI ("
                : " TABLESAMPLE SYSTEM (";
    AppendExpression(*sample.percentage, &out_);
    out_ += ")";
  }
  void operator()(const relation::Join& join) {
    const bool is_implicit = join.kind == relation::JoinKind::kImplicit;
    out_ += is_implicit ? "" : "(";
    AppendRelation(*join.left, indent_, &out_);
    out_ += "\n";
    AppendIndent(indent_, &out_);
    if (is_implicit) {
      out_ += ", ";
    } else {
      out_ += join.is_natural ? "NATURAL " : "";
      out_ += std::string(JoinText(join.kind)) + " JOIN ";
    }
    AppendRelation(*join.right, indent_, &out_);
    if (!join.columns.empty()) {
      out_ += " USING " + PrintNameList(join.columns);
    } else if (join.on != nullptr) {
      out_ += " ON ";
      AppendExpression(*join.on, &out_);
    }
    out_ += is_implicit ? "" : ")";
  }

 private:
  /// What an alias or a sample is of, in parentheses if it has one of these itself.
  void AppendInner(const Relation& relation) {
    if (!std::holds_alternative<relation::Alias>(relation.node) &&
        !std::holds_alternative<relation::Sample>(relation.node)) {
      AppendRelation(relation, indent_, &out_);
      return;
    }
    out_ += "( ";
    AppendRelation(relation, indent_ + 1, &out_);
    AppendIndent(indent_, &out_);
    out_ += ")";
  }

  void AppendArgument(const relation::FunctionArgument& argument) {
    if (argument.name.has_value()) {
      out_ += PrintName(*argument.name) + " => ";
    }
    if (const auto* value = std::get_if<ExpressionPtr>(&argument.value)) {
      AppendExpression(**value, &out_);
    } else if (const auto* table =
                   std::get_if<relation::TableArgument>(&argument.value)) {
      AppendTableArgument(*table);
    } else {
      AppendDescriptor(std::get<relation::Descriptor>(argument.value));
    }
  }

  void NextClause() {
    out_ += "\n";
    AppendIndent(indent_ + 3, &out_);
  }

  void AppendTableArgument(const relation::TableArgument& argument) {
    const Relation* table = argument.table.get();
    const auto* alias = std::get_if<relation::Alias>(&table->node);
    table = alias != nullptr ? alias->relation.get() : table;
    out_ += "TABLE(";
    if (const auto* derived = std::get_if<relation::Derived>(&table->node)) {
      AppendQuery(*derived->query, indent_ + 3, &out_);
    } else {
      AppendRelation(*table, indent_, &out_);
    }
    out_ += ")";
    if (alias != nullptr) {
      out_ += " AS " + PrintName(alias->name);
      out_ += alias->columns.empty() ? "" : " " + PrintNameList(alias->columns);
    }
    if (argument.partition_by.has_value()) {
      NextClause();
      const bool is_one = argument.partition_by->size() == 1;
      out_ += is_one ? "PARTITION BY " : "PARTITION BY (";
      AppendExpressions(*argument.partition_by, ", ", &out_);
      out_ += is_one ? "" : ")";
    }
    if (argument.keeps_when_empty.has_value()) {
      NextClause();
      out_ += *argument.keeps_when_empty ? "KEEP WHEN EMPTY" : "PRUNE WHEN EMPTY";
    }
    if (!argument.order_by.empty()) {
      NextClause();
      const bool is_one = argument.order_by.size() == 1;
      out_ += is_one ? "ORDER BY " : "ORDER BY (";
      AppendSortItems(argument.order_by, &out_);
      out_ += is_one ? "" : ")";
    }
  }

  void AppendDescriptor(const relation::Descriptor& descriptor) {
    out_ += "DESCRIPTOR(";
    for (size_t i = 0; i < descriptor.fields.size(); ++i) {
      const relation::Descriptor::Field& field = descriptor.fields[i];
      out_ += (i == 0 ? "" : ", ") + PrintName(field.name);
      out_ += field.type.has_value() ? " " + PrintType(*field.type) : "";
    }
    out_ += ")";
  }

  int indent_;
  std::string& out_;
};

}  // namespace

void AppendRelation(const Relation& relation, int indent, std::string* out) {
  RelationPrinter printer(indent, out);
  std::visit(printer, relation.node);
}

}  // namespace tarn::sql
