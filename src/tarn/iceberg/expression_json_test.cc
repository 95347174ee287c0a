#include "tarn/iceberg/expression_json.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::iceberg {
namespace {

std::shared_ptr<const Schema> TestSchema() {
  return Schema::Make(SchemaId{{0}}, {{.id = 1, .name = "id", .type = Type::Long()},
                                      {.id = 2, .name = "name", .type = Type::String()},
                                      {.id = 3, .name = "at", .type = Type::Timestamp()},
                                      {.id = 4, .name = "x", .type = Type::Double()}})
      .ValueOrDie();
}

Result<std::string> BoundText(std::string_view json) {
  const auto schema = TestSchema();
  ARROW_ASSIGN_OR_RAISE(const Expression read, ExpressionFromJson(json, *schema));
  ARROW_ASSIGN_OR_RAISE(const Expression bound, Bind(read, *schema));
  return ExpressionToString(bound);
}

TEST(ExpressionJson, Trap55_AcceptsWhatClientsSend) {
  const char* const same[] = {
      R"({"type": "gt-eq", "term": "id", "value": 34})",
      R"({"type": "gt_eq", "term": "id", "value": 34})",
      R"({"type": "gt-eq", "term": {"type": "reference", "term": "id"}, "value": 34})",
      R"({"type": "gt-eq", "term": "id", "values": [34]})",
      R"({"type": "and", "left": true, "right": {"type": "gt-eq", "term": "id", "value": 34}})",
      R"({"type": "or", "left": {"type": "false"}, "right": {"type": "gt-eq", "term": "id", "value": 34}})",
      R"({"type": "not", "child": {"type": "lt", "term": "id", "value": 34}})",
  };
  for (const char* json : same) {
    SCOPED_TRACE(json);
    ASSERT_OK_AND_ASSIGN(const std::string text, BoundText(json));
    EXPECT_EQ(text, "id >= 34");
  }
}

TEST(ExpressionJson, NotEqualIsTrueOnNulls) {
  const auto schema = TestSchema();
  ASSERT_OK_AND_ASSIGN(
      const Expression read,
      ExpressionFromJson(R"({"type": "not-eq", "term": "name", "value": "a"})", *schema));
  ASSERT_OK_AND_ASSIGN(const Expression bound, Bind(read, *schema));
  EXPECT_TRUE(EvaluateRow(bound, [](FieldId) { return Value{}; }));
  EXPECT_TRUE(EvaluateRow(bound, [](FieldId) { return Value{std::string("b")}; }));
  EXPECT_FALSE(EvaluateRow(bound, [](FieldId) { return Value{std::string("a")}; }));
}

TEST(ExpressionJson, Trap55_EmitsTheDocumentedShape) {
  const auto schema = TestSchema();
  const auto emitted = [&](const Expression& expression) {
    return ExpressionToJson(Bind(expression, *schema).ValueOrDie(), *schema);
  };
  EXPECT_EQ(emitted(AlwaysTrue()), "true");
  EXPECT_EQ(emitted(Unary(Operation::kIsNaN, "x")), R"({"term":"x","type":"is-nan"})");
  EXPECT_EQ(
      emitted(Predicate(Operation::kIn, "id", Type::Long(), {int64_t{1}, int64_t{2}})),
      R"({"term":"id","type":"in","values":[1,2]})");
  EXPECT_EQ(emitted(Predicate(Operation::kNotEqual, "id", Type::Long(), {int64_t{1}})),
            R"({"left":{"term":"id","type":"not-eq","value":1},)"
            R"("right":{"term":"id","type":"not-null"},"type":"and"})");
}

TEST(ExpressionJson, ComesBackAsItWas) {
  const auto schema = TestSchema();
  const Expression filters[] = {
      And(Predicate(Operation::kLess, "id", Type::Long(),
                    {int64_t{9'007'199'254'740'993}}),
          Or(Predicate(Operation::kStartsWith, "name", Type::String(),
                       {std::string("é")}),
             Unary(Operation::kNotNull, "at"))),
      Predicate(Operation::kEqual, "at", Type::Timestamp(), {int64_t{1}}),
  };
  for (const Expression& filter : filters) {
    const Expression bound = Bind(filter, *schema).ValueOrDie();
    SCOPED_TRACE(ExpressionToString(bound));
    ASSERT_OK_AND_ASSIGN(const std::string text,
                         BoundText(ExpressionToJson(bound, *schema)));
    EXPECT_EQ(text, ExpressionToString(bound));
  }
}

TEST(ExpressionJson, RefusesWhatIsNoFilter) {
  struct Case {
    const char* json;
    ErrorCode code;
  };
  const Case cases[] = {
      {"[]", ErrorCode::kInvalidData},
      {R"({"type": "like", "term": "name", "value": "a%"})", ErrorCode::kInvalidData},
      {R"({"type": "eq", "term": "id"})", ErrorCode::kInvalidData},
      {R"({"type": "eq", "term": "id", "value": null})", ErrorCode::kInvalidData},
      {R"({"type": "eq", "term": "id", "values": [1, 2]})", ErrorCode::kInvalidData},
      {R"({"type": "eq", "term": "id", "value": "x"})", ErrorCode::kInvalidData},
      {R"({"type": "eq", "term": "gone", "value": 1})", ErrorCode::kNoSuchColumn},
      {R"({"type": "eq", "term": {"type": "transform", "transform": "zorder[2]", "term": "id"},
           "value": 1})",
       ErrorCode::kNotSupported},
      {R"({"type": "and", "left": true})", ErrorCode::kInvalidData},
  };
  for (const Case& refused : cases) {
    SCOPED_TRACE(refused.json);
    const auto read = ExpressionFromJson(refused.json, *TestSchema());
    ASSERT_FALSE(read.ok());
    EXPECT_EQ(CodeOf(read.status()), refused.code) << read.status().ToString();
  }
}

}  // namespace
}  // namespace tarn::iceberg
