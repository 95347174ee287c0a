#include "tarn/iceberg/sort_order.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tarn/testing/status_matchers.h"

namespace tarn::iceberg {
namespace {

using nlohmann::json;

constexpr char kOrder[] = R"({"order-id":1,"fields":[
  {"transform":"identity","source-id":2,"direction":"asc","null-order":"nulls-first"},
  {"transform":"bucket[4]","source-id":3,"direction":"desc","null-order":"nulls-last"}]})";

std::shared_ptr<const Schema> TestSchema() {
  return Schema::Make(SchemaId{0},
                      {{.id = 2, .name = "a", .type = Type::Int()},
                       {.id = 3, .name = "b", .type = Type::String()},
                       {.id = 4, .name = "l", .type = Type::List(5, Type::Int(), true)}})
      .ValueOrDie();
}

TEST(SortOrderJson, AppendixCReadsBack) {
  ASSERT_OK_AND_ASSIGN(const SortOrder order, SortOrderFromJson(json::parse(kOrder)));
  EXPECT_EQ(order.id, SortOrderId{1});
  ASSERT_EQ(order.fields.size(), 2U);
  EXPECT_EQ(order.fields[0], (SortField{.source_ids = {2}}));
  EXPECT_EQ(order.fields[1], (SortField{.source_ids = {3},
                                        .transform = Bucket{4},
                                        .direction = SortDirection::kDescending,
                                        .null_order = NullOrder::kNullsLast}));
  EXPECT_EQ(SortOrderToJson(order), json::parse(kOrder));
  EXPECT_OK(ValidateSortOrder(order, *TestSchema()));
}

TEST(SortOrderJson, Trap08_UnknownTransformsAndSeveralSourcesAreKept) {
  const json tree = json::parse(R"({"order-id":1,"fields":[
    {"transform":"zorder","source-ids":[2,3],"direction":"asc","null-order":"nulls-first"}]})");
  ASSERT_OK_AND_ASSIGN(const SortOrder order, SortOrderFromJson(tree));
  EXPECT_EQ(SortOrderToJson(order), tree);
  EXPECT_ERROR(ValidateSortOrder(order, *TestSchema()), ErrorCode::kNotSupported,
               "zorder");
}

TEST(SortOrderJson, WrongDocumentsAreRefused) {
  const std::pair<const char*, const char*> cases[] = {
      {"[]", "object"},
      {"{}", "'order-id'"},
      {R"({"order-id":0})", "'fields'"},
      {R"({"order-id":0,"fields":3})", "'fields'"},
      {R"({"order-id":1,"fields":[{}]})", "'transform'"},
      {R"({"order-id":1,"fields":[{"transform":"identity"}]})", "'source-id'"},
      {R"({"order-id":1,"fields":[{"transform":"identity","source-id":1}]})",
       "'direction'"},
      {R"({"order-id":1,"fields":[{"transform":"identity","source-id":1,"direction":"up"}]})",
       "'up'"},
      {R"({"order-id":1,"fields":[{"transform":"identity","source-id":1,"direction":"asc"}]})",
       "'null-order'"},
  };
  for (const auto& [text, part] : cases) {
    SCOPED_TRACE(text);
    EXPECT_ERROR(SortOrderFromJson(json::parse(text)), ErrorCode::kInvalidData, part);
  }
}

TEST(ValidateSortOrder, Trap42_OrderZeroIsUnsortedAndHasNoFields) {
  const auto schema = TestSchema();
  const SortField field{.source_ids = {2}};
  EXPECT_OK(ValidateSortOrder({}, *schema));
  EXPECT_ERROR(ValidateSortOrder({.id = SortOrderId{0}, .fields = {field}}, *schema),
               ErrorCode::kInvalidArgument, "unsorted");
  EXPECT_ERROR(ValidateSortOrder({.id = SortOrderId{3}, .fields = {}}, *schema),
               ErrorCode::kInvalidArgument, "unsorted");
}

TEST(ValidateSortOrder, ChecksSources) {
  const auto schema = TestSchema();
  const auto check = [&](FieldId source, Transform transform) {
    SortField field{.source_ids = {source}};
    field.transform = std::move(transform);
    return ValidateSortOrder({.id = SortOrderId{1}, .fields = {field}}, *schema);
  };
  EXPECT_OK(check(3, Truncate{3}));
  EXPECT_ERROR(check(9, Identity{}), ErrorCode::kInvalidArgument, "9");
  EXPECT_ERROR(check(5, Identity{}), ErrorCode::kInvalidArgument, "'l.element'");
  EXPECT_ERROR(check(4, Identity{}), ErrorCode::kInvalidArgument, "list<int>");
  EXPECT_ERROR(check(3, Day{}), ErrorCode::kInvalidArgument, "string");
}

}  // namespace
}  // namespace tarn::iceberg
