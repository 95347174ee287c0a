#include "tarn/ingest/chosen_columns.h"

#include <utility>

#include <arrow/array.h>
#include <arrow/json/from_string.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/ingest/chosen_columns_json.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::ingest {
namespace {

using ::testing::HasSubstr;

/// One batch; remembers what it was asked to read its columns as.
class OneBatch final : public Source {
 public:
  explicit OneBatch(std::shared_ptr<arrow::RecordBatch> batch)
      : batch_(std::move(batch)) {}
  std::shared_ptr<arrow::Schema> schema() const override { return batch_->schema(); }
  Format format() const override { return Format::kArrow; }
  std::optional<double> progress() const override { return std::nullopt; }
  Result<std::vector<engine::RejectedRow>> Rejects() override {
    return std::vector<engine::RejectedRow>();
  }
  Result<std::shared_ptr<arrow::RecordBatch>> Next() override {
    return std::exchange(left_, 0) == 1 ? batch_ : nullptr;
  }
  Status ReadAs(const arrow::Schema& wanted) override {
    asked = wanted.ToString();
    return Status::OK();
  }

  inline static std::string asked;

 private:
  std::shared_ptr<arrow::RecordBatch> batch_;
  int left_ = 1;
};

std::unique_ptr<Source> Cities() {
  const auto schema = arrow::schema({arrow::field("City", arrow::utf8()),
                                     arrow::field("zip", arrow::utf8()),
                                     arrow::field("visits", arrow::float64(), false)});
  const arrow::ArrayVector columns = {
      arrow::json::ArrayFromJSONString(arrow::utf8(), R"(["Oslo", null])").ValueOrDie(),
      arrow::json::ArrayFromJSONString(arrow::utf8(), R"(["0150", "17"])").ValueOrDie(),
      arrow::json::ArrayFromJSONString(arrow::float64(), "[3, 5.5]").ValueOrDie()};
  return std::make_unique<OneBatch>(arrow::RecordBatch::Make(schema, 2, columns));
}

Result<std::unique_ptr<Source>> Chosen(const char* json) {
  ARROW_ASSIGN_OR_RAISE(auto columns, ChosenColumnsFromJson(Json::parse(json)));
  return WithChosenColumns(Cities(), std::move(columns));
}

TEST(ChosenColumns, AreRenamedCastAndInTheirOrder) {
  ASSERT_OK_AND_ASSIGN(const auto source,
                       Chosen(R"([{"name": "code", "source": "ZIP", "type": "int"},
                                  {"source": "City"}])"));
  EXPECT_EQ(source->schema()->ToString(), "code: int32\nCity: string");
  EXPECT_EQ(OneBatch::asked, "zip: int32") << "a text format reads it as that";
  ASSERT_OK_AND_ASSIGN(const auto batch, source->Next());
  EXPECT_EQ(batch->column(0)->ToString(), "[\n  150,\n  17\n]");
  EXPECT_TRUE(batch->column(1)->IsNull(1));
  ASSERT_OK_AND_ASSIGN(const auto end, source->Next());
  EXPECT_EQ(end, nullptr);
}

TEST(ChosenColumns, TheTablesTypesAreForTheOthers) {
  ASSERT_OK_AND_ASSIGN(const auto source,
                       Chosen(R"([{"name": "code", "source": "zip", "type": "long"},
                                  {"name": "town", "source": "City"}])"));
  ASSERT_OK(source->ReadAs(*arrow::schema(
      {arrow::field("Town", arrow::int64()), arrow::field("code", arrow::utf8())})));
  EXPECT_EQ(OneBatch::asked, "zip: int64\nCity: int64");
}

TEST(ChosenColumns, RefuseWhatWouldChangeValues) {
  ASSERT_OK_AND_ASSIGN(const auto source,
                       Chosen(R"([{"name": "visits", "type": "long"}])"));
  const auto batch = source->Next();
  ASSERT_EQ(CodeOf(batch.status()), ErrorCode::kTypeMismatch);
  EXPECT_THAT(batch.status().message(), HasSubstr("Column visits cannot become long"));
  ASSERT_OK_AND_ASSIGN(const auto text, Chosen(R"([{"name": "City", "type": "date"}])"));
  EXPECT_THAT(text->Next().status().message(), HasSubstr("Oslo"));
}

TEST(ChosenColumns, SayWhatIsWrong) {
  const auto message = [](const char* json) { return Chosen(json).status().message(); };
  EXPECT_THAT(message(R"(["town"])"), HasSubstr("(it has City, zip, visits): town"));
  EXPECT_THAT(message(R"(["zip", {"name": "ZIP", "source": "City"}])"),
              HasSubstr("one name: ZIP"));
  EXPECT_THAT(message(R"([{"name": "zip", "type": "number"}])"), HasSubstr("not number"));
  for (const char* json :
       {R"([{"name": "visits", "type": "uuid"}])", R"([{"name": "zip", "type": "uuid"}])",
        R"([{"name": "zip", "type": "fixed[4]"}])"}) {
    EXPECT_THAT(message(json), HasSubstr("cannot become "));
  }
  for (const char* json : {"[]", "{}", "[1]", R"([{"type": "int"}])", R"([{"name": 1}])",
                           R"([{"name": "a", "type": "list"}])"}) {
    SCOPED_TRACE(json);
    EXPECT_THAT(message(json), HasSubstr("Member \"columns\" is a list"));
  }
}

TEST(ChosenColumns, NoneIsTheSourceItself) {
  ASSERT_OK_AND_ASSIGN(const auto source, Chosen("null"));
  EXPECT_EQ(source->schema()->num_fields(), 3);
}

TEST(ChosenColumns, ThereAndBack) {
  const Json json = Json::parse(
      R"j([{"name": "a", "source": "b", "type": "decimal(9,2)", "comment": "c"},
           {"name": "d", "source": "d"}])j");
  ASSERT_OK_AND_ASSIGN(const auto columns, ChosenColumnsFromJson(json));
  EXPECT_EQ(ChosenColumnsToJson(columns), json);
  EXPECT_EQ(CommentsOf(columns), (std::map<std::string, std::string>{{"a", "c"}}));
}

}  // namespace
}  // namespace tarn::ingest
