#include "tarn/iceberg/expression_json.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "tarn/base/error.h"
#include "tarn/base/json_fields.h"
#include "tarn/iceberg/internal/expression_names.h"
#include "tarn/iceberg/value.h"

namespace tarn::iceberg {
namespace {

using internal::NameOfOperation;
using internal::OperationNamed;
using internal::PassesNulls;
using internal::TakesNoLiteral;
using internal::TakesSet;

constexpr char kWhat[] = "filter expression";
/// Deeper trees than any client builds; the reader is recursive.
constexpr int kDepthMax = 200;

Status Bad(const std::string& problem) {
  return MakeError(ErrorCode::kInvalidData, std::string(kWhat) + ": " + problem);
}

class Reader {
 public:
  explicit Reader(const Schema& schema) : schema_(schema) {}

  Result<Expression> Read(const Json& json, int depth) const {
    if (depth > kDepthMax) {
      return Bad("nested deeper than " + std::to_string(kDepthMax) + " levels");
    }
    if (json.is_boolean()) {
      return json.get<bool>() ? AlwaysTrue() : AlwaysFalse();
    }
    ARROW_ASSIGN_OR_RAISE(const JsonFields fields, JsonFields::Make(json, kWhat));
    ARROW_ASSIGN_OR_RAISE(const std::string type, fields.String("type"));
    const std::optional<Operation> op = OperationNamed(type);
    if (!op) {
      return Bad("no such operation: " + type);
    }
    switch (*op) {
      case Operation::kTrue:
        return AlwaysTrue();
      case Operation::kFalse:
        return AlwaysFalse();
      case Operation::kNot: {
        ARROW_ASSIGN_OR_RAISE(Expression child, ReadMember(fields, "child", depth));
        return Not(std::move(child));
      }
      case Operation::kAnd:
      case Operation::kOr: {
        ARROW_ASSIGN_OR_RAISE(Expression left, ReadMember(fields, "left", depth));
        ARROW_ASSIGN_OR_RAISE(Expression right, ReadMember(fields, "right", depth));
        return *op == Operation::kAnd ? And(std::move(left), std::move(right))
                                      : Or(std::move(left), std::move(right));
      }
      default:
        return ReadPredicate(fields, *op);
    }
  }

 private:
  struct Term {
    std::string column;
    Transform transform = Identity{};
    Type type;
  };

  Result<Expression> ReadMember(const JsonFields& fields, const char* key,
                                int depth) const {
    const Json* member = fields.Find(key);
    if (member == nullptr) {
      return fields.Wrong(key, "an expression");
    }
    return Read(*member, depth + 1);
  }

  Result<Term> ReadTerm(const JsonFields& fields) const {
    const Json* json = fields.Find("term");
    if (json == nullptr) {
      return fields.Wrong("term", "a column or a transform of one");
    }
    Term term;
    if (json->is_string()) {
      term.column = json->get_ref<const std::string&>();
    } else {
      ARROW_ASSIGN_OR_RAISE(const JsonFields inner, JsonFields::Make(*json, kWhat));
      ARROW_ASSIGN_OR_RAISE(const std::string type, inner.String("type"));
      ARROW_ASSIGN_OR_RAISE(term.column, inner.String("term"));
      if (type == "transform") {
        ARROW_ASSIGN_OR_RAISE(const std::string text, inner.String("transform"));
        ARROW_ASSIGN_OR_RAISE(term.transform, TransformFromString(text));
      } else if (type != "reference") {
        return Bad("no such term: " + type);
      }
    }
    const Field* field = schema_.FindByName(term.column);
    if (field == nullptr) {
      return MakeError(ErrorCode::kNoSuchColumn, "Column does not exist: " + term.column);
    }
    if (std::holds_alternative<UnknownTransform>(term.transform) ||
        !CanTransform(term.transform, field->type)) {
      return MakeError(ErrorCode::kNotSupported,
                       "Transform " + TransformToString(term.transform) +
                           " cannot be applied to column " + term.column);
    }
    term.type = ResultType(term.transform, field->type);
    return term;
  }

  static Result<std::vector<Value>> ReadLiterals(const JsonFields& fields, Operation op,
                                                 const Type& type) {
    std::vector<const Json*> found;
    const Json* values = fields.Find("values");
    if (values != nullptr && values->is_array()) {
      for (const Json& item : *values) {
        found.push_back(&item);
      }
    } else if (const Json* value = fields.Find("value"); value != nullptr) {
      found.push_back(value);
    }
    if (found.empty() && !TakesSet(op)) {
      return fields.Wrong("value", "a literal");
    }
    if (found.size() > 1 && !TakesSet(op)) {
      return fields.Wrong("value", "one literal");
    }
    std::vector<Value> literals;
    for (const Json* item : found) {
      ARROW_ASSIGN_OR_RAISE(Value literal, ValueFromJson(type, DumpJson(*item)));
      if (IsNull(literal)) {
        return Bad("null is no literal: use is-null");
      }
      literals.push_back(std::move(literal));
    }
    return literals;
  }

  Result<Expression> ReadPredicate(const JsonFields& fields, Operation op) const {
    ARROW_ASSIGN_OR_RAISE(const Term term, ReadTerm(fields));
    Expression predicate;
    predicate.op = op;
    predicate.column = term.column;
    predicate.transform = term.transform;
    if (!TakesNoLiteral(op)) {
      predicate.literal_type = term.type;
      ARROW_ASSIGN_OR_RAISE(predicate.literals, ReadLiterals(fields, op, term.type));
    }
    if (!PassesNulls(op)) {
      return predicate;
    }
    Expression is_null = Unary(Operation::kIsNull, term.column);
    is_null.transform = term.transform;
    return Or(std::move(predicate), std::move(is_null));
  }

  const Schema& schema_;
};

Json TermToJson(const Expression& predicate, const Schema& schema) {
  const std::string& name = schema.NameOf(predicate.field_id);
  if (std::holds_alternative<Identity>(predicate.transform)) {
    return name;
  }
  return {{"type", "transform"},
          {"transform", TransformToString(predicate.transform)},
          {"term", name}};
}

Json ToJson(const Expression& expression, const Schema& schema);

/// Without nulls: an operation of the format's whatever it does with them.
Json PredicateToJson(const Expression& predicate, const Schema& schema);

bool HasSameTerm(const Expression& left, const Expression& right) {
  return left.field_id == right.field_id && left.transform == right.transform;
}

/// And and Or of many children as the specification's pairs. "Not equal, or null" is one
/// word there.
Json PairsToJson(const Expression& junction, const Schema& schema) {
  const std::vector<Expression>& children = *junction.children;
  const auto takes_nulls = [&](const Expression& child) {
    return junction.op == Operation::kOr && PassesNulls(child.op) &&
           std::ranges::any_of(children, [&](const Expression& other) {
             return other.op == Operation::kIsNull && HasSameTerm(child, other);
           });
  };
  const auto is_told = [&](const Expression& child) {
    return child.op == Operation::kIsNull &&
           std::ranges::any_of(children, [&](const Expression& other) {
             return takes_nulls(other) && HasSameTerm(child, other);
           });
  };
  std::optional<Json> left;
  for (const Expression& child : children) {
    if (is_told(child)) {
      continue;
    }
    Json right =
        takes_nulls(child) ? PredicateToJson(child, schema) : ToJson(child, schema);
    left = !left ? std::move(right)
                 : Json{{"type", NameOfOperation(junction.op)},
                        {"left", *std::move(left)},
                        {"right", std::move(right)}};
  }
  return *std::move(left);
}

Json LiteralToJson(const Type& type, const Value& value) {
  return Json::parse(ValueToJson(type, value), nullptr, false);
}

Json PredicateToJson(const Expression& predicate, const Schema& schema) {
  Json json = {{"type", NameOfOperation(predicate.op)},
               {"term", TermToJson(predicate, schema)}};
  if (TakesSet(predicate.op)) {
    Json values = Json::array();
    for (const Value& literal : predicate.literals) {
      values.push_back(LiteralToJson(predicate.type, literal));
    }
    json["values"] = std::move(values);
  } else if (!TakesNoLiteral(predicate.op)) {
    json["value"] = LiteralToJson(predicate.type, predicate.literals.front());
  }
  return json;
}

Json ToJson(const Expression& expression, const Schema& schema) {
  const std::string_view type = NameOfOperation(expression.op);
  switch (expression.op) {
    case Operation::kTrue:
      return true;
    case Operation::kFalse:
      return false;
    case Operation::kNot:
      return {{"type", type}, {"child", ToJson(expression.children->front(), schema)}};
    case Operation::kAnd:
    case Operation::kOr:
      return PairsToJson(expression, schema);
    default:
      break;
  }
  Json predicate = PredicateToJson(expression, schema);
  if (!PassesNulls(expression.op)) {
    return predicate;
  }
  return {{"type", "and"},
          {"left", std::move(predicate)},
          {"right", {{"type", "not-null"}, {"term", TermToJson(expression, schema)}}}};
}

}  // namespace

Result<Expression> ExpressionFromJson(std::string_view json, const Schema& schema) {
  ARROW_ASSIGN_OR_RAISE(const Json tree, ParseJson(json, kWhat));
  return Reader(schema).Read(tree, 0);
}

std::string ExpressionToJson(const Expression& bound, const Schema& schema) {
  return DumpJson(ToJson(bound, schema));
}

}  // namespace tarn::iceberg
