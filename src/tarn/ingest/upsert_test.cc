#include <filesystem>
#include <functional>
#include <string>
#include <utility>

#include <arrow/array/array_base.h>
#include <arrow/json/from_string.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/type.h>

#include "tarn/engine/engine.h"
#include "tarn/ingest/load.h"
#include "tarn/storage/table_writer.h"
#include "tarn/testing/lake.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::ingest {
namespace {

const iceberg::TableIdent kTable{{{"ns"}}, "t"};  // the lake's

/// One batch; `at_end` is called before the end.
class Rows final : public Source {
 public:
  explicit Rows(const std::string& json, std::function<void()> at_end = {})
      : schema_(arrow::schema(
            {arrow::field("id", arrow::int64()), arrow::field("name", arrow::utf8())})),
        at_end_(std::move(at_end)) {
    const auto rows =
        arrow::json::ArrayFromJSONString(arrow::struct_(schema_->fields()), json)
            .ValueOrDie();
    batch_ = arrow::RecordBatch::FromStructArray(rows).ValueOrDie();
  }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }
  Format format() const override { return Format::kCsv; }
  Result<std::shared_ptr<arrow::RecordBatch>> Next() override {
    if (batch_ == nullptr && at_end_) {
      at_end_();
    }
    return std::exchange(batch_, nullptr);
  }
  Result<std::vector<engine::RejectedRow>> Rejects() override {
    return std::vector<engine::RejectedRow>();
  }
  std::optional<double> progress() const override { return std::nullopt; }

 private:
  std::shared_ptr<arrow::Schema> schema_;
  std::shared_ptr<arrow::RecordBatch> batch_;
  std::function<void()> at_end_;
};

class UpsertTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(lake_, testing::Lake::Make());
    writing_.spill_directory = lake_->directory() + "/spill";
    Rows rows(R"([{"id": 1, "name": "a"}, {"id": 2, "name": "b"}])");
    ASSERT_OK(Load(context(), rows, {.into = kTable, .mode = LoadMode::kCreate}));
  }

  table::Context context() {
    table::Context context = lake_->context();
    context.writing = &writing_;
    return context;
  }
  Result<LoadResult> Upsert(Rows rows, std::function<bool()> cancelled = {}) {
    const table::Context context = this->context();
    return Load(context, rows,
                {.into = kTable,
                 .mode = LoadMode::kUpsert,
                 .keys = {"ID"},
                 .cancelled = std::move(cancelled)});
  }
  /// "1a 2b".
  Result<std::string> Kept() {
    const table::Context context = this->context();
    ARROW_ASSIGN_OR_RAISE(const auto engine,
                          engine::Engine::Open({.threads = 1}, context));
    ARROW_ASSIGN_OR_RAISE(const auto session, engine->Connect());
    ARROW_ASSIGN_OR_RAISE(
        const auto stream,
        session->Execute("SELECT string_agg(id || name, ' ' ORDER BY id) FROM ns.t"));
    ARROW_ASSIGN_OR_RAISE(const auto batch, stream->Next());
    ARROW_ASSIGN_OR_RAISE(const auto text, batch->column(0)->GetScalar(0));
    return text->ToString();
  }
  bool HasStagedFiles() const {
    const std::filesystem::path spill(writing_.spill_directory);
    return std::filesystem::exists(spill) && !std::filesystem::is_empty(spill);
  }

  std::unique_ptr<testing::Lake> lake_;
  storage::TableWriterOptions writing_;
};

TEST_F(UpsertTest, ReplacesAndAddsInOneCommit) {
  ASSERT_OK_AND_ASSIGN(
      const LoadResult result,
      Upsert(Rows(R"([{"id": 2, "name": "B"}, {"id": 3, "name": "C"}])")));
  EXPECT_EQ(result.rows_loaded, 2);
  EXPECT_EQ(result.files_written, 2);  // what was changed, and what is new
  EXPECT_GT(result.bytes_written, 0);
  ASSERT_OK_AND_ASSIGN(const auto table, lake_->catalog().LoadTable(kTable));
  EXPECT_EQ(table.metadata->snapshots.size(), 2U);
  EXPECT_EQ(result.snapshot_id, table.metadata->current_snapshot_id);
  EXPECT_EQ(Kept().ValueOr("none"), "1a 2B 3C");
  EXPECT_FALSE(HasStagedFiles());
}

TEST_F(UpsertTest, ManyInARowKeepTheSummariesTrue) {
  for (const std::string name : {"x", "y", "z"}) {
    ASSERT_OK(Upsert(Rows(R"([{"id": 2, "name": ")" + name + "\"}]")));
    ASSERT_OK(lake_->CheckInvariants());
  }
  EXPECT_EQ(Kept().ValueOr("none"), "1a 2z");
}

TEST_F(UpsertTest, NoRowsMakeNoSnapshot) {
  ASSERT_OK_AND_ASSIGN(const LoadResult result, Upsert(Rows("[]")));
  EXPECT_EQ(result.rows_loaded, 0);
  EXPECT_FALSE(result.snapshot_id.has_value());
}

TEST_F(UpsertTest, RepeatedAndMissingKeysChangeNothing) {
  EXPECT_ERROR(Upsert(Rows(R"([{"id": 2, "name": "x"}, {"id": 7, "name": "y"},
                              {"id": 7, "name": "z"}])")),
               ErrorCode::kConstraintViolated, "id = 7");
  EXPECT_ERROR(Upsert(Rows(R"([{"id": 2, "name": "x"}, {"id": null, "name": "y"}])")),
               ErrorCode::kConstraintViolated, "no value in key column id");
  EXPECT_EQ(Kept().ValueOr("none"), "1a 2b");
  EXPECT_FALSE(HasStagedFiles());
}

TEST_F(UpsertTest, KeysAreChecked) {
  const table::Context context = this->context();
  Rows rows(R"([{"id": 2, "name": "x"}])");
  EXPECT_ERROR(Load(context, rows, {.into = kTable, .mode = LoadMode::kUpsert}),
               ErrorCode::kInvalidArgument, "needs keys");
  EXPECT_ERROR(
      Load(context, rows, {.into = kTable, .mode = LoadMode::kUpsert, .keys = {"no"}}),
      ErrorCode::kNoSuchColumn, "no");
  EXPECT_ERROR(
      Load(context, rows, {.into = kTable, .mode = LoadMode::kAppend, .keys = {"id"}}),
      ErrorCode::kInvalidArgument, "mode upsert");
}

/// Another writer's row with the same key comes while the source is read.
TEST_F(UpsertTest, SeesWhatOthersCommittedMeanwhile) {
  ASSERT_OK(Upsert(Rows(R"([{"id": 9, "name": "mine"}])", [&] {
    const table::Context context = this->context();
    Rows others(R"([{"id": 9, "name": "theirs"}])");
    ASSERT_OK(Load(context, others, {.into = kTable, .mode = LoadMode::kAppend}));
  })));
  EXPECT_EQ(Kept().ValueOr("none"), "1a 2b 9mine");
}

/// What the load was computed from is not there any more: its caller begins again.
TEST_F(UpsertTest, IsHeldToItsBase) {
  const table::Context context = this->context();
  ASSERT_OK_AND_ASSIGN(const auto table, lake_->catalog().LoadTable(kTable));
  ASSERT_OK(Upsert(Rows(R"([{"id": 2, "name": "c"}])")));
  Rows rows(R"([{"id": 2, "name": "late"}])");
  EXPECT_ERROR(Load(context, rows,
                    {.into = kTable,
                     .mode = LoadMode::kUpsert,
                     .keys = {"id"},
                     .checks = {.isolation = table::Isolation::kSerializable,
                                .base = table.metadata->current_snapshot_id}}),
               ErrorCode::kCommitConflict, "ns.t");
  EXPECT_EQ(Kept().ValueOr("none"), "1a 2c");
}

TEST_F(UpsertTest, CancelledNothingIsChanged) {
  EXPECT_ERROR(Upsert(Rows(R"([{"id": 2, "name": "x"}])"), [] { return true; }),
               ErrorCode::kCancelled, "ns.t");
  EXPECT_EQ(Kept().ValueOr("none"), "1a 2b");
}

/// Every input and output fails once: the table is the old one or the new one.
TEST_F(UpsertTest, EveryFaultLeavesTheOldRowsOrTheNew) {
  for (int64_t fail_at = 0;; ++fail_at) {
    SCOPED_TRACE("fail_at=" + std::to_string(fail_at));
    const std::string name = std::string(1, static_cast<char>('a' + fail_at % 26));
    ASSERT_OK_AND_ASSIGN(const std::string before, Kept());
    lake_->fs().FailOperation(fail_at);
    const Status status =
        Upsert(Rows(R"([{"id": 2, "name": ")" + name + "2\"}]")).status();
    const bool fired = lake_->fs().fault_fired();
    ASSERT_OK(lake_->Reopen());
    ASSERT_OK(lake_->CheckInvariants()) << status.ToString();
    ASSERT_OK_AND_ASSIGN(const std::string after, Kept());
    const std::string changed = "1a 2" + name + "2";
    if (status.ok()) {
      EXPECT_EQ(after, changed);
    } else if (!IsOutcomeUnknown(status)) {
      EXPECT_EQ(after, before) << status.ToString();
    }
    EXPECT_FALSE(HasStagedFiles());
    if (!fired) {
      ASSERT_OK(status);
      break;
    }
  }
}

}  // namespace
}  // namespace tarn::ingest
