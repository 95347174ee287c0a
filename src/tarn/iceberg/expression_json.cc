#include "tarn/iceberg/expression_json.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "tarn/base/error.h"
#include "tarn/base/json_fields.h"
#include "tarn/iceberg/value.h"

namespace tarn::iceberg {
namespace {

struct Name {
  std::string_view text;
  Operation op;
};

constexpr std::array kNames = {
    Name{"true", Operation::kTrue},
    Name{"false", Operation::kFalse},
    Name{"and", Operation::kAnd},
    Name{"or", Operation::kOr},
    Name{"not", Operation::kNot},
    Name{"is-null", Operation::kIsNull},
    Name{"not-null", Operation::kNotNull},
    Name{"is-nan", Operation::kIsNaN},
    Name{"not-nan", Operation::kNotNaN},
    Name{"lt", Operation::kLess},
    Name{"lt-eq", Operation::kLessEqual},
    Name{"gt", Operation::kGreater},
    Name{"gt-eq", Operation::kGreaterEqual},
    Name{"eq", Operation::kEqual},
    Name{"not-eq", Operation::kNotEqual},
    Name{"starts-with", Operation::kStartsWith},
    Name{"not-starts-with", Operation::kNotStartsWith},
    Name{"in", Operation::kIn},
    Name{"not-in", Operation::kNotIn},
};

constexpr char kWhat[] = "filter expression";
/// Deeper trees than any client builds; the reader is recursive.
constexpr int kDepthMax = 200;

Status Bad(const std::string& problem) {
  return MakeError(ErrorCode::kInvalidData, std::string(kWhat) + ": " + problem);
}

bool PassesNulls(Operation op) {
  return op == Operation::kNotEqual || op == Operation::kNotIn ||
         op == Operation::kNotStartsWith || op == Operation::kNotNaN;
}

bool TakesNoLiteral(Operation op) {
  return op == Operation::kIsNull || op == Operation::kNotNull ||
         op == Operation::kIsNaN || op == Operation::kNotNaN;
}

bool TakesSet(Operation op) { return op == Operation::kIn || op == Operation::kNotIn; }

Result<Operation> OperationNamed(std::string name) {
  std::ranges::replace(name, '_', '-');
  const auto found = std::ranges::find(kNames, std::string_view(name), &Name::text);
  if (found == kNames.end()) {
    return Bad("no such operation: " + name);
  }
  return found->op;
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
    ARROW_ASSIGN_OR_RAISE(std::string type, fields.String("type"));
    ARROW_ASSIGN_OR_RAISE(const Operation op, OperationNamed(std::move(type)));
    switch (op) {
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
        return op == Operation::kAnd ? And(std::move(left), std::move(right))
                                     : Or(std::move(left), std::move(right));
      }
      default:
        return ReadPredicate(fields, op);
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

/// And and Or of many children as the specification's pairs.
Json PairsToJson(std::string_view type, const std::vector<Expression>& children,
                 const Schema& schema) {
  Json left = ToJson(children.front(), schema);
  for (size_t i = 1; i < children.size(); ++i) {
    left = {{"type", type},
            {"left", std::move(left)},
            {"right", ToJson(children[i], schema)}};
  }
  return left;
}

Json LiteralToJson(const Type& type, const Value& value) {
  return Json::parse(ValueToJson(type, value), nullptr, false);
}

Json ToJson(const Expression& expression, const Schema& schema) {
  const std::string_view type = std::ranges::find(kNames, expression.op, &Name::op)->text;
  switch (expression.op) {
    case Operation::kTrue:
      return true;
    case Operation::kFalse:
      return false;
    case Operation::kNot:
      return {{"type", type}, {"child", ToJson(expression.children->front(), schema)}};
    case Operation::kAnd:
    case Operation::kOr:
      return PairsToJson(type, *expression.children, schema);
    default:
      break;
  }
  Json term = TermToJson(expression, schema);
  Json predicate = {{"type", type}, {"term", term}};
  if (TakesSet(expression.op)) {
    Json values = Json::array();
    for (const Value& literal : expression.literals) {
      values.push_back(LiteralToJson(expression.type, literal));
    }
    predicate["values"] = std::move(values);
  } else if (!TakesNoLiteral(expression.op)) {
    predicate["value"] = LiteralToJson(expression.type, expression.literals.front());
  }
  if (!PassesNulls(expression.op)) {
    return predicate;
  }
  return {{"type", "and"},
          {"left", std::move(predicate)},
          {"right", {{"type", "not-null"}, {"term", std::move(term)}}}};
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
