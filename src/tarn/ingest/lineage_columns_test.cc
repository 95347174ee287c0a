#include "tarn/ingest/lineage_columns.h"

#include <arrow/array.h>
#include <arrow/array/util.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/type.h>
#include <gtest/gtest.h>

#include "tarn/testing/status_matchers.h"

namespace tarn::ingest {
namespace {

using std::chrono::milliseconds;

class TwoBatches final : public Source {
 public:
  std::shared_ptr<arrow::Schema> schema() const override {
    return arrow::schema(
        {arrow::field("id", arrow::int64()), arrow::field("Load_ID", arrow::int64())});
  }
  Format format() const override { return Format::kArrow; }
  std::optional<double> progress() const override { return std::nullopt; }
  Result<std::vector<engine::RejectedRow>> Rejects() override {
    return std::vector<engine::RejectedRow>();
  }
  Result<std::shared_ptr<arrow::RecordBatch>> Next() override {
    ++batches_;
    if (batches_ > 2) {
      return std::shared_ptr<arrow::RecordBatch>();
    }
    const int64_t rows = batches_ == 1 ? 3 : 5'000;
    ARROW_ASSIGN_OR_RAISE(const auto column,
                          arrow::MakeArrayOfNull(arrow::int64(), rows));
    return arrow::RecordBatch::Make(schema(), rows, {column, column});
  }

 private:
  int batches_ = 0;
};

std::string Names(const Lineage& lineage) {
  std::string text;
  for (const auto& [name, value] : lineage.texts) {
    text += name + "=" + value + " ";
  }
  return text;
}

TEST(LineageColumns, ByPlace) {
  const auto names = [](const std::string& shown) {
    return Names(LineageOf(shown, "L", milliseconds(0)));
  };
  EXPECT_EQ(names("/data/a.csv"),
            "source_system=file source_file=/data/a.csv load_id=L ");
  EXPECT_EQ(names("upload://ID/a.csv"),
            "source_system=upload source_file=upload://ID/a.csv load_id=L ");
  EXPECT_EQ(names("s3a://b/d/k.csv"),
            "source_system=s3 source_bucket=b source_key=d/k.csv load_id=L ");
  EXPECT_EQ(names("gs://b"), "source_system=gs source_bucket=b source_key= load_id=L ");
  EXPECT_EQ(names("https://h/a.csv"),
            "source_system=http source_url=https://h/a.csv load_id=L ");
  EXPECT_EQ(names("postgresql://h/d"),
            "source_system=postgresql source_url=postgresql://h/d load_id=L ");
  EXPECT_EQ(ColumnsOf(LineageOf("postgresql://h/d", "L", milliseconds(0))),
            (std::vector<std::string>{"source_system", "source_url", "load_id",
                                      "scraped_at", "loaded_at"}));
}

TEST(LineageColumns, AreBehindTheSourcesAndTheSameInEachRow) {
  const auto source = WithLineage(std::make_unique<TwoBatches>(),
                                  LineageOf("/a.csv", "L", milliseconds(1'500)), nullptr);
  EXPECT_EQ(source->schema()->field_names(),
            (std::vector<std::string>{"id", "Load_ID", "source_system", "source_file",
                                      "loaded_at"}))
      << "the source's own load_id stays";
  for (const int64_t rows : {3, 5'000}) {
    ASSERT_OK_AND_ASSIGN(const auto batch, source->Next());
    ASSERT_EQ(batch->num_rows(), rows);
    ASSERT_OK(batch->ValidateFull());
    ASSERT_OK_AND_ASSIGN(const auto text, batch->column(3)->GetScalar(rows - 1));
    EXPECT_EQ(text->ToString(), "/a.csv");
    ASSERT_OK_AND_ASSIGN(const auto time, batch->column(4)->GetScalar(0));
    EXPECT_EQ(std::static_pointer_cast<arrow::TimestampScalar>(time)->value, 1'500'000);
  }
  ASSERT_OK_AND_ASSIGN(const auto end, source->Next());
  EXPECT_EQ(end, nullptr);
}

TEST(LineageColumns, OnlyThoseOfTheTable) {
  const auto table =
      iceberg::Schema::Make(
          iceberg::SchemaId{0},
          {{.id = 1, .name = "id", .type = iceberg::Type::Long()},
           {.id = 2, .name = "Source_File", .type = iceberg::Type::String()}})
          .ValueOrDie();
  const auto source = WithLineage(std::make_unique<TwoBatches>(),
                                  LineageOf("/a.csv", "L", milliseconds(0)), table.get());
  EXPECT_EQ(source->schema()->field_names(),
            (std::vector<std::string>{"id", "Load_ID", "source_file"}));
}

}  // namespace
}  // namespace tarn::ingest
