#include "tarn/ingest/internal/parquet_source.h"

#include <string>
#include <utility>
#include <vector>

#include <arrow/array/array_base.h>
#include <arrow/compute/cast.h>
#include <arrow/json/from_string.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "tarn/storage/parquet_stream.h"
#include "tarn/testing/fake_clock.h"
#include "tarn/testing/memory_file_io.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::ingest::internal {
namespace {

class PlainParquetTest : public ::testing::Test {
 protected:
  static std::shared_ptr<arrow::RecordBatch> Rows(const arrow::FieldVector& fields,
                                                  const std::string& json) {
    const auto rows = arrow::json::ArrayFromJSONString(arrow::struct_(fields), json);
    EXPECT_TRUE(rows.ok()) << rows.status();
    return arrow::RecordBatch::FromStructArray(*rows).ValueOrDie();
  }

  void Write(const std::string& path, const arrow::RecordBatch& rows) {
    const auto output = io_.OpenOutput(path).ValueOrDie();
    const auto stream = storage::OpenParquetStream(output, rows.schema()).ValueOrDie();
    ASSERT_OK(stream->Append(rows));
    ASSERT_OK(stream->Close());
  }

  testing::FakeClock clock_;
  testing::MemoryFileIO io_{clock_};
};

const arrow::FieldVector& IdAndName() {
  static const arrow::FieldVector fields = {arrow::field("id", arrow::int64()),
                                            arrow::field("name", arrow::utf8())};
  return fields;
}

/// Text may come as dictionaries.
std::shared_ptr<arrow::RecordBatch> Decoded(const arrow::RecordBatch& batch) {
  arrow::ArrayVector columns = batch.columns();
  for (auto& column : columns) {
    if (column->type_id() == arrow::Type::DICTIONARY) {
      column = arrow::compute::Cast(*column, arrow::utf8()).ValueOrDie();
    }
  }
  return arrow::RecordBatch::Make(arrow::schema(IdAndName()), batch.num_rows(),
                                  std::move(columns));
}

TEST_F(PlainParquetTest, FilesThatAreAlikeComeOneAfterTheOther) {
  Write("/d/1.parquet", *Rows(IdAndName(), R"([[1, "a"], [2, null]])"));
  Write("/d/2.parquet", *Rows(IdAndName(), "[]"));
  Write("/d/3.parquet", *Rows(IdAndName(), R"([[3, "c"]])"));
  ASSERT_OK_AND_ASSIGN(
      const auto source,
      OpenPlainParquet(io_, {"/d/1.parquet", "/d/2.parquet", "/d/3.parquet"}));
  ASSERT_NE(source, nullptr);
  EXPECT_EQ(source->format(), Format::kParquet);
  EXPECT_TRUE(source->schema()->Equals(arrow::Schema(IdAndName())));
  arrow::RecordBatchVector batches;
  while (true) {
    ASSERT_OK_AND_ASSIGN(const auto batch, source->Next());
    if (batch == nullptr) {
      break;
    }
    batches.push_back(Decoded(*batch));
  }
  ASSERT_EQ(batches.size(), 2U);
  EXPECT_TRUE(batches[0]->Equals(*Rows(IdAndName(), R"([[1, "a"], [2, null]])")));
  EXPECT_TRUE(batches[1]->Equals(*Rows(IdAndName(), R"([[3, "c"]])")));
  EXPECT_EQ(source->progress(), 1.0);
}

TEST_F(PlainParquetTest, WhatNeedsInterpretationIsLeftToTheEngine) {
  const std::shared_ptr<arrow::DataType> others[] = {
      arrow::fixed_size_binary(2), arrow::time64(arrow::TimeUnit::MICRO),
      arrow::timestamp(arrow::TimeUnit::NANO),
      arrow::timestamp(arrow::TimeUnit::MICRO, "Europe/Berlin"),
      arrow::list(arrow::time32(arrow::TimeUnit::MILLI))};
  for (const auto& type : others) {
    SCOPED_TRACE(type->ToString());
    const std::string path = "/d/" + type->name() + ".parquet";
    Write(path, *Rows({arrow::field("x", type)}, "[]"));
    ASSERT_OK_AND_ASSIGN(const auto source, OpenPlainParquet(io_, {path}));
    EXPECT_EQ(source, nullptr);
  }
  Write("/d/case.parquet",
        *Rows({arrow::field("a", arrow::int32()), arrow::field("A", arrow::int32())},
              "[]"));
  Write("/d/1.parquet", *Rows(IdAndName(), "[]"));
  Write("/d/2.parquet", *Rows({IdAndName()[1], IdAndName()[0]}, "[]"));
  Write("/d/day=1/1.parquet", *Rows(IdAndName(), "[]"));
  const std::vector<std::string> sources[] = {
      {"/d/case.parquet"}, {"/d/1.parquet", "/d/2.parquet"}, {"/d/day=1/1.parquet"}};
  for (const auto& paths : sources) {
    SCOPED_TRACE(paths.back());
    ASSERT_OK_AND_ASSIGN(const auto source, OpenPlainParquet(io_, paths));
    EXPECT_EQ(source, nullptr);
  }
}

TEST_F(PlainParquetTest, ErrorsNameTheFile) {
  Write("/d/1.parquet", *Rows(IdAndName(), "[]"));
  io_.Put("/d/bad.parquet", "PAR1 this is not Parquet PAR1");
  EXPECT_ERROR(OpenPlainParquet(io_, {"/d/1.parquet", "/d/bad.parquet"}),
               ErrorCode::kInvalidData, "/d/bad.parquet");
  EXPECT_ERROR(OpenPlainParquet(io_, {"/d/none.parquet"}), ErrorCode::kNoSuchFile,
               "/d/none.parquet");
}

}  // namespace
}  // namespace tarn::ingest::internal
