#include "tarn/iceberg/client_filter.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tarn/base/error.h"
#include "tarn/base/json_fields.h"
#include "tarn/iceberg/internal/client_literal.h"
#include "tarn/iceberg/internal/expression_fold.h"
#include "tarn/iceberg/internal/expression_names.h"
#include "tarn/iceberg/schema_json.h"

namespace tarn::iceberg {
namespace {

using internal::Literal;
using internal::Negated;

Status Bad(const std::string& problem) {
  return MakeError(ErrorCode::kInvalidData, "Filter: " + problem);
}

/// `a op b` as `b result a`; unset if the operation has a direction that no other takes.
std::optional<Operation> Mirrored(Operation op) {
  switch (op) {
    case Operation::kEqual:
    case Operation::kNotEqual:
      return op;
    case Operation::kLess:
      return Operation::kGreater;
    case Operation::kLessEqual:
      return Operation::kGreaterEqual;
    case Operation::kGreater:
      return Operation::kLess;
    case Operation::kGreaterEqual:
      return Operation::kLessEqual;
    default:
      return std::nullopt;
  }
}

/// A column, or a transform of one.
struct Term {
  std::string column;
  Transform transform = Identity{};
  Type type;
};

bool IsLiteral(const Json& json) {
  return !json.is_object() || json.value("type", Json()) == "literal";
}

class Reader {
 public:
  Reader(const Schema& schema, NameCase names, const Schema* other)
      : schema_(schema), names_(names), other_(other) {}

  bool is_exact() const { return is_exact_; }

  /// `json`, or what holds where it does not.
  Result<Expression> Read(const Json& json, bool negated) {
    if (json.is_boolean()) {
      return json.get<bool>() != negated ? AlwaysTrue() : AlwaysFalse();
    }
    ARROW_ASSIGN_OR_RAISE(const JsonFields fields, JsonFields::Make(json, "filter"));
    ARROW_ASSIGN_OR_RAISE(const std::string type, fields.String("type"));
    if (type == "literal") {
      const Json* value = fields.Find("value");
      return value != nullptr && value->is_boolean() ? Read(*value, negated)
                                                     : NotUnderstood();
    }
    const std::optional<Operation> op = internal::OperationNamed(type);
    if (!op) {
      return NotUnderstood();
    }
    switch (*op) {
      case Operation::kTrue:
        return Read(!negated, false);
      case Operation::kFalse:
        return Read(negated, false);
      case Operation::kNot: {
        ARROW_ASSIGN_OR_RAISE(const Json* child, Member(fields, "child"));
        return Read(*child, !negated);
      }
      case Operation::kAnd:
      case Operation::kOr: {
        ARROW_ASSIGN_OR_RAISE(const Json* left_json, Member(fields, "left"));
        ARROW_ASSIGN_OR_RAISE(const Json* right_json, Member(fields, "right"));
        ARROW_ASSIGN_OR_RAISE(Expression left, Read(*left_json, negated));
        ARROW_ASSIGN_OR_RAISE(Expression right, Read(*right_json, negated));
        const bool conjunction = (*op == Operation::kAnd) != negated;
        return conjunction ? And(std::move(left), std::move(right))
                           : Or(std::move(left), std::move(right));
      }
      default:
        return ReadPredicate(fields, *op, negated);
    }
  }

 private:
  Expression NotUnderstood() {
    is_exact_ = false;
    return AlwaysTrue();
  }

  static Result<const Json*> Member(const JsonFields& fields, const char* key) {
    const Json* member = fields.Find(key);
    return member != nullptr ? Result<const Json*>(member)
                             : Bad(std::string("\"") + key + "\" is missing");
  }

  Result<Expression> ReadPredicate(const JsonFields& fields, Operation op, bool negated) {
    std::vector<const Json*> literals;
    Type data_type;  // unknown: the column's
    const Json* operand = fields.Find("term");
    if (internal::TakesNoLiteral(op) || internal::TakesSet(op)) {
      operand = operand != nullptr ? operand : fields.Find("child");
      if (internal::TakesSet(op)) {
        ARROW_ASSIGN_OR_RAISE(const Json* values, Member(fields, "values"));
        ARROW_ASSIGN_OR_RAISE(data_type, ReadSet(*values, &literals));
      }
    } else if (operand != nullptr) {
      ARROW_ASSIGN_OR_RAISE(const Json* value, OldLiteral(fields));
      literals.push_back(value);
    } else {
      ARROW_ASSIGN_OR_RAISE(operand, Member(fields, "left"));
      ARROW_ASSIGN_OR_RAISE(const Json* right, Member(fields, "right"));
      literals.push_back(right);
      if (IsLiteral(*operand)) {
        const std::optional<Operation> mirrored = Mirrored(op);
        if (!mirrored) {
          return NotUnderstood();
        }
        op = *mirrored;
        std::swap(operand, literals.front());
      }
      if (IsLiteral(*operand) || !IsLiteral(*literals.front())) {
        return NotUnderstood();  // two values, two columns
      }
    }
    if (operand == nullptr) {
      return Bad("a predicate needs \"child\" or \"term\"");
    }
    ARROW_ASSIGN_OR_RAISE(const std::optional<Term> term, ReadTerm(*operand));
    if (!term) {
      return NotUnderstood();
    }
    return Make(*term, negated ? Negated(op) : op, literals, data_type);
  }

  /// Fills in the members of a set; their type if the set gives one.
  static Result<Type> ReadSet(const Json& values, std::vector<const Json*>* literals) {
    const Json* list = &values;
    Type type;
    if (values.is_object()) {
      ARROW_ASSIGN_OR_RAISE(const JsonFields fields, JsonFields::Make(values, "filter"));
      ARROW_ASSIGN_OR_RAISE(list, fields.Array("values"));
      if (const Json* text = fields.Find("data-type"); text != nullptr) {
        type = TypeFromJson(*text).ValueOr(Type());
      }
    }
    if (!list->is_array()) {
      return Bad("\"values\" must be a list");
    }
    for (const Json& value : *list) {
      literals->push_back(&value);
    }
    return type;
  }

  static Result<const Json*> OldLiteral(const JsonFields& fields) {
    if (const Json* value = fields.Find("value"); value != nullptr) {
      return value;
    }
    const Json* values = fields.Find("values");
    if (values != nullptr && values->is_array() && values->size() == 1) {
      return &values->front();
    }
    return Bad("a comparison needs one \"value\"");
  }

  /// unset if it is none that we can evaluate.
  Result<std::optional<Term>> ReadTerm(const Json& json) {
    if (json.is_string()) {
      return Column(json.get_ref<const std::string&>());
    }
    ARROW_ASSIGN_OR_RAISE(const JsonFields fields, JsonFields::Make(json, "filter"));
    ARROW_ASSIGN_OR_RAISE(const std::string type, fields.String("type"));
    if (type == "reference") {
      return Reference(fields);
    }
    if (type == "transform") {
      ARROW_ASSIGN_OR_RAISE(const Json* child, Member(fields, "term"));
      ARROW_ASSIGN_OR_RAISE(const std::string text, fields.String("transform"));
      ARROW_ASSIGN_OR_RAISE(const std::optional<Term> term, ReadTerm(*child));
      return term ? Transformed(*term, text) : std::nullopt;
    }
    return type == "apply" ? Applied(fields) : std::optional<Term>();
  }

  Result<std::optional<Term>> Reference(const JsonFields& fields) const {
    if (fields.Has("id")) {
      ARROW_ASSIGN_OR_RAISE(const int32_t id, fields.Int32("id"));
      const Field* field = schema_.FindById(id);
      if (field == nullptr) {
        return MakeError(ErrorCode::kNoSuchColumn,
                         "Filter: no field has the id " + std::to_string(id));
      }
      return Term{.column = schema_.NameOf(id), .type = field->type};
    }
    const char* key = fields.Has("name") ? "name" : "term";
    ARROW_ASSIGN_OR_RAISE(const std::string name, fields.String(key));
    return Column(name);
  }

  Result<std::optional<Term>> Column(const std::string& name) const {
    const Field* field = FieldOf(schema_, name);
    if (field == nullptr) {
      return MakeError(ErrorCode::kNoSuchColumn, "Filter: cannot find field: " + name);
    }
    const Field* meant = other_ == nullptr ? nullptr : FieldOf(*other_, name);
    if (meant != nullptr && meant->id != field->id) {
      return std::optional<Term>();
    }
    return Term{.column = schema_.NameOf(field->id), .type = field->type};
  }

  const Field* FieldOf(const Schema& schema, const std::string& name) const {
    return names_ == NameCase::kSensitive ? schema.FindByName(name)
                                          : schema.FindByNameIgnoringCase(name);
  }

  static std::optional<Term> Transformed(const Term& term, const std::string& text) {
    const Result<Transform> transform = TransformFromString(text);
    const bool is_known = transform.ok() &&
                          std::holds_alternative<Identity>(term.transform) &&
                          !std::holds_alternative<UnknownTransform>(*transform) &&
                          CanTransform(*transform, term.type);
    if (!is_known) {
      return std::nullopt;
    }
    return Term{term.column, *transform, ResultType(*transform, term.type)};
  }

  /// bucket(16, column), days(column): the format's transforms as functions.
  Result<std::optional<Term>> Applied(const JsonFields& fields) {
    const Json* function = fields.Find("function");
    ARROW_ASSIGN_OR_RAISE(const Json* arguments, fields.Array("arguments"));
    if (function == nullptr || !function->is_string()) {
      return std::optional<Term>();
    }
    std::string text = function->get<std::string>();
    if (text == "years" || text == "months" || text == "days" || text == "hours") {
      text.pop_back();
    }
    std::optional<Term> term;
    for (const Json& argument : *arguments) {
      const Json& value = argument.is_object() && argument.contains("value")
                              ? argument["value"]
                              : argument;
      if (value.is_number_unsigned()) {
        text += "[" + value.dump() + "]";
      } else if (argument.is_object() && !term) {
        ARROW_ASSIGN_OR_RAISE(term, ReadTerm(argument));
      } else {
        return std::optional<Term>();
      }
    }
    return term ? Transformed(*term, text) : std::nullopt;
  }

  Result<Expression> Make(const Term& term, Operation op,
                          const std::vector<const Json*>& literals, const Type& type) {
    Expression predicate;
    predicate.op = op;
    predicate.column = term.column;
    predicate.transform = term.transform;
    predicate.literal_type = term.type;
    for (const Json* json : literals) {
      std::optional<Literal> literal = internal::ClientLiteral(*json, type, term.type);
      // The members of a set have one type, or are not understood.
      if (!literal ||
          (!predicate.literals.empty() && literal->type != predicate.literal_type)) {
        return NotUnderstood();
      }
      predicate.literal_type = literal->type;
      predicate.literals.push_back(std::move(literal->value));
    }
    Expression is_null = Unary(Operation::kIsNull, term.column);
    is_null.transform = term.transform;
    Result<Expression> bound =
        Bind(internal::PassesNulls(op) ? Or(std::move(predicate), std::move(is_null))
                                       : std::move(predicate),
             schema_);
    return bound.ok() ? *std::move(bound) : NotUnderstood();
  }

  const Schema& schema_;
  const NameCase names_;
  const Schema* const other_;
  bool is_exact_ = true;
};

}  // namespace

Result<ClientFilter> ClientFilterFromJson(const Json& json, const Schema& schema,
                                          NameCase names, const Schema* other) {
  Reader reader(schema, names, other);
  ARROW_ASSIGN_OR_RAISE(Expression filter, reader.Read(json, /*negated=*/false));
  return ClientFilter{std::move(filter), reader.is_exact()};
}

}  // namespace tarn::iceberg
