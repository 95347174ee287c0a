// Which procedure a call means, and what becomes of its arguments.
#include "tarn/engine/internal/procedures/bind_arguments.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <duckdb/main/connection.hpp>
#include <duckdb/main/database.hpp>
#include <gtest/gtest.h>

#include "tarn/testing/status_matchers.h"

namespace tarn::engine::procedures {
namespace {

using duckdb::LogicalType;
using duckdb::Value;
using std::chrono::milliseconds;

constexpr milliseconds kNow{1'700'000'000'000};

Status DoNothing(ProcedureCall&) { return Status::OK(); }

std::vector<Procedure> Declared() {
  const Parameter table{"table", Kind::kTable, Need::kRequired};
  return {{"move",
           Form::kCall,
           {table, {"id", Kind::kLong, Need::kRequired}, {"dry_run", Kind::kBoolean}},
           {},
           &DoNothing},
          {"move",
           Form::kCall,
           {{"schema", Kind::kText, Need::kRequired},
            table,
            {"id", Kind::kLong, Need::kRequired}},
           {},
           &DoNothing},
          {"move", Form::kExecute, {{"size", Kind::kSize}}, {}, &DoNothing}};
}

GivenArgument At(Value value, std::optional<std::string> name = {}) {
  return {.name = std::move(name), .value = std::move(value), .at = {1, 20}};
}

class BindArgumentsTest : public ::testing::Test {
 protected:
  BindArgumentsTest() : database_(nullptr), connection_(database_) {}

  Result<BoundCall> Bind(const std::vector<GivenArgument>& given, Form form = Form::kCall,
                         const std::string& name = "move") {
    return BindArguments(*connection_.context, procedures_, form, name, given, {1, 6},
                         kNow);
  }
  std::string ErrorOf(const std::vector<GivenArgument>& given, Form form = Form::kCall,
                      const std::string& name = "move") {
    const auto bound = Bind(given, form, name);
    return bound.ok() ? "bound" : bound.status().message();
  }
  Result<ArgumentValue> Convert(Kind kind, const Value& value) {
    return ConvertArgument(*connection_.context, kind, value, kNow);
  }

  duckdb::DuckDB database_;
  duckdb::Connection connection_;
  const std::vector<Procedure> procedures_ = Declared();
};

TEST_F(BindArgumentsTest, ByPositionByNameAndBoth) {
  const std::vector<std::vector<GivenArgument>> calls = {
      {At(Value("a.t")), At(Value::BIGINT(5))},
      {At(Value::BIGINT(5), "id"), At(Value("a.t"), "table")},
      {At(Value("a.t")), At(Value("5"), "id")},
      {At(Value("a.t")), At(Value::BIGINT(5)), At(Value(), "dry_run")},
  };
  for (const auto& given : calls) {
    ASSERT_OK_AND_ASSIGN(const BoundCall bound, Bind(given));
    EXPECT_EQ(bound.procedure, &procedures_[0]);
    EXPECT_EQ(bound.arguments.size(), 2U);
    EXPECT_EQ(std::get<std::string>(bound.arguments.find("table")->second), "a.t");
    EXPECT_EQ(std::get<int64_t>(bound.arguments.find("id")->second), 5);
  }
}

TEST_F(BindArgumentsTest, TheArgumentsChooseAmongWaysOfCalling) {
  ASSERT_OK_AND_ASSIGN(const BoundCall named,
                       Bind({At(Value("a"), "schema"), At(Value("t"), "table"),
                             At(Value::INTEGER(5), "id")}));
  EXPECT_EQ(named.procedure, &procedures_[1]);
  ASSERT_OK_AND_ASSIGN(const BoundCall executed, Bind({}, Form::kExecute));
  EXPECT_EQ(executed.procedure, &procedures_[2]);
}

TEST_F(BindArgumentsTest, Refusals) {
  const std::string takes = "; move takes (table varchar, id bigint, [dry_run boolean])";
  const std::string begin = "line 1:20: INVALID_PROCEDURE_ARGUMENT: ";
  EXPECT_EQ(ErrorOf({}, Form::kCall, "go"),
            "line 1:6: PROCEDURE_NOT_FOUND: Procedure not registered: system.go");
  EXPECT_EQ(ErrorOf({}, Form::kExecute, "go"),
            "line 1:6: PROCEDURE_NOT_FOUND: Table procedure not registered: go");
  EXPECT_EQ(ErrorOf({At(Value("a.t"))}),
            "line 1:6: INVALID_PROCEDURE_ARGUMENT: Required procedure argument 'id' is "
            "missing" +
                takes);
  EXPECT_EQ(ErrorOf({At(Value("a.t")), At(Value(), "id")}),
            "line 1:6: INVALID_PROCEDURE_ARGUMENT: Required procedure argument 'id' is "
            "missing" +
                takes);
  EXPECT_EQ(ErrorOf({At(Value("a.t")), At(Value("b.t"), "table")}),
            begin + "Duplicate procedure argument: table" + takes);
  EXPECT_EQ(ErrorOf({At(Value("a.t"), "tabel")}),
            begin + "Unknown argument name: tabel" + takes);
  EXPECT_EQ(ErrorOf({At(Value("a.t"), "table"), At(Value::BIGINT(5))}),
            begin + "Arguments by position must come before those by name" + takes);
  EXPECT_EQ(ErrorOf({At(Value("t")), At(Value::BIGINT(5)), At(Value::BOOLEAN(true)),
                     At(Value::BOOLEAN(true))}),
            begin + "Too many arguments for procedure" + takes);
  EXPECT_EQ(ErrorOf({At(Value("a.t")), At(Value("five"))}),
            begin + "Argument id: expected bigint, not 'five'" + takes);
}

struct Conversion {
  Kind kind;
  Value value;
  std::optional<int64_t> expected;  // unset: refused
};

TEST_F(BindArgumentsTest, NumbersAndInstants) {
  const int64_t day = 86'400'000;
  const Value noon = Value::TIMESTAMP(duckdb::timestamp_t(1'700'000'000'000'001));
  const Conversion cases[] = {
      {Kind::kLong, Value::INTEGER(7), 7},
      {Kind::kLong, Value("7"), 7},
      {Kind::kLong, Value::DOUBLE(7.5), {}},
      {Kind::kLong, Value::LIST({Value::BIGINT(1)}), {}},
      {Kind::kInteger, Value::BIGINT(int64_t{1} << 40), {}},
      {Kind::kSize, Value("128MB"), 134'217'728},
      {Kind::kSize, Value::INTEGER(1000), 1000},
      {Kind::kSize, Value("1.5kB"), 1536},
      {Kind::kSize, Value("5000"), 5000},
      {Kind::kSize, Value("much"), {}},
      {Kind::kSize, Value("5 ells"), {}},
      {Kind::kDuration, Value("7d"), 7 * day},
      {Kind::kDuration, Value("7 fortnights"), {}},
      {Kind::kDuration, Value::BIGINT(7), {}},
      {Kind::kInstant, noon, 1'700'000'000'000},
      {Kind::kInstant, Value("2023-11-14 22:13:20"), 1'700'000'000'000},
      {Kind::kInstant, Value::DATE(duckdb::date_t(1)), day},
      // Small numbers are ages, large ones instants; texts of digits too.
      {Kind::kInstant, Value::BIGINT(604'800'000), kNow.count() - 7 * day},
      {Kind::kInstant, Value("604800000"), kNow.count() - 7 * day},
      {Kind::kInstant, Value::BIGINT(1'600'000'000'000), 1'600'000'000'000},
      {Kind::kInstant, Value("2d"), kNow.count() - 2 * day},
      {Kind::kInstant, Value("soon"), {}},
      {Kind::kInstant, Value::BOOLEAN(true), {}},
  };
  for (const Conversion& c : cases) {
    const auto converted = Convert(c.kind, c.value);
    EXPECT_EQ(converted.ok(), c.expected.has_value()) << c.value.ToSQLString();
    if (converted.ok() && c.expected.has_value()) {
      EXPECT_EQ(std::get<int64_t>(*converted), *c.expected) << c.value.ToSQLString();
    }
  }
}

TEST_F(BindArgumentsTest, ListsMapsAndBooleans) {
  ASSERT_OK_AND_ASSIGN(const auto ids,
                       Convert(Kind::kLongs, Value::LIST({Value("1"), Value("2")})));
  EXPECT_EQ(std::get<std::vector<int64_t>>(ids), (std::vector<int64_t>{1, 2}));
  ASSERT_OK_AND_ASSIGN(const auto one, Convert(Kind::kTexts, Value("a")));
  EXPECT_EQ(std::get<std::vector<std::string>>(one), std::vector<std::string>{"a"});
  const LogicalType text = LogicalType::VARCHAR;
  ASSERT_OK_AND_ASSIGN(
      const auto map,
      Convert(Kind::kTextMap, Value::MAP(text, text, {Value("k")}, {Value("v")})));
  EXPECT_EQ(std::get<TextMap>(map), (TextMap{{"k", "v"}}));
  EXPECT_FALSE(Convert(Kind::kTextMap, Value("k=v")).ok());
  EXPECT_TRUE(std::get<bool>(Convert(Kind::kBoolean, Value("true")).ValueOrDie()));
  EXPECT_FALSE(Convert(Kind::kBoolean, Value("perhaps")).ok());
  EXPECT_FALSE(Convert(Kind::kBoolean, Value::INTEGER(1)).ok());
}

TEST(ProcedureDurations, AreShownAsTrinoShowsThem) {
  EXPECT_EQ(DurationText(std::chrono::hours(24)), "1.00d");
  EXPECT_EQ(DurationText(std::chrono::hours(7 * 24)), "7.00d");
  EXPECT_EQ(DurationText(std::chrono::minutes(90)), "1.50h");
  EXPECT_EQ(DurationText(milliseconds(5)), "5.00ms");
}

}  // namespace
}  // namespace tarn::engine::procedures
