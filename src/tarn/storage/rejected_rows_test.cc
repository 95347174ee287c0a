// The reject channel: rows that do not fit leave, the rest is written.
#include <arrow/util/byte_size.h>

#include "tarn/storage/internal/accept_batch_fixture_test.h"
#include "tarn/storage/table_writer_fixture_test.h"

namespace tarn::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string Told(const RejectedRow& row) {
  return std::to_string(row.row) + " " + row.path + ": " + row.problem;
}

Reject Into(std::vector<RejectedRow>* rows) {
  return [rows](const RejectedRow& row) {
    rows->push_back(row);
    return Status::OK();
  };
}

std::vector<Field> ThreeColumns() {
  return {Required(1, "id", Type::Int()), Optional(2, "d", Type::Decimal(4, 2)),
          Optional(3, "s", Type::String())};
}

std::vector<ArrayPtr> EightRows() {
  return {
      FromJson(arrow::int64(), "[1, 3000000000, 3, null, 5, 6, 7, 8]"),
      FromJson(arrow::decimal128(6, 2),
               R"(["1.00", "1000.00", "3.00", "4.00", "5000.00", null, "7.00", "8.00"])"),
      FromJson(arrow::utf8(), R"(["a", "b", "c", "d", "e", "f", "g", null])")};
}

TEST(RejectedRowsTest, EachRowOnceInOrderWithItsFirstReason) {
  std::vector<RejectedRow> rejected;
  ASSERT_OK_AND_ASSIGN(const BatchPtr rows, Accept(ThreeColumns(), EightRows(),
                                                   Into(&rejected), /*rows_before=*/100));
  std::vector<std::string> told;
  for (const RejectedRow& row : rejected) {
    told.push_back(Told(row));
  }
  EXPECT_THAT(told,
              ElementsAre("102 id: 3000000000 (int64) does not fit int",
                          "104 id: null, but int is required there",
                          "105 d: 5000.00 (decimal128(6, 2)) does not fit decimal(4,2)"));
  EXPECT_TRUE(rows->column(0)->Equals(FromJson(arrow::int32(), "[1, 3, 6, 7, 8]")));
  EXPECT_TRUE(
      rows->column(2)->Equals(FromJson(arrow::utf8(), R"(["a", "c", "f", "g", null])")));
  EXPECT_OK(rows->ValidateFull());
  // The row as it was given, alone.
  ASSERT_EQ(rejected[0].batch->num_rows(), 1);
  EXPECT_TRUE(
      rejected[0].batch->column(0)->Equals(FromJson(arrow::int64(), "[3000000000]")));
  EXPECT_TRUE(rejected[0].batch->column(2)->Equals(FromJson(arrow::utf8(), R"(["b"])")));
  EXPECT_LT(arrow::util::TotalBufferSize(*rejected[0].batch), 300);
}

TEST(RejectedRowsTest, AllRowsOrNone) {
  std::vector<RejectedRow> rejected;
  const std::vector<Field> id = {Required(1, "id", Type::Int())};
  ASSERT_OK_AND_ASSIGN(
      const BatchPtr none,
      Accept(id, {FromJson(arrow::int64(), "[3000000000, null]")}, Into(&rejected)));
  EXPECT_EQ(none->num_rows(), 0);
  EXPECT_THAT(rejected, SizeIs(2));
  rejected.clear();
  ASSERT_OK_AND_ASSIGN(const BatchPtr all,
                       Accept(id, {FromJson(arrow::int64(), "[1, 2]")}, Into(&rejected)));
  EXPECT_EQ(all->num_rows(), 2);
  EXPECT_THAT(rejected, IsEmpty());
}

// Layouts that Arrow cannot pick single rows from.
TEST(RejectedRowsTest, EveryLayoutCanBeRejected) {
  const std::vector<Field> fields = {
      Required(1, "id", Type::Int()), Optional(2, "s", Type::String()),
      Optional(3, "l", Type::List(4, Type::Int(), false)),
      Optional(5, "p", Type::Struct({Optional(6, "v", Type::String())}))};
  const auto ids = FromJson(arrow::int64(), "[1, 3000000000, 3]");
  for (const TypePtr& text : {arrow::utf8_view(), arrow::large_utf8()}) {
    for (const TypePtr& list :
         {arrow::list_view(arrow::int32()), arrow::large_list_view(arrow::int32()),
          arrow::fixed_size_list(arrow::int32(), 1), arrow::large_list(arrow::int32())}) {
      SCOPED_TRACE(text->ToString() + list->ToString());
      std::vector<RejectedRow> rejected;
      const auto boxed = arrow::struct_({arrow::field("v", text)});
      ASSERT_OK_AND_ASSIGN(const BatchPtr rows,
                           Accept(fields,
                                  {ids, FromJson(text, R"(["a", "b", "c"])"),
                                   FromJson(list, "[[1], [2], [3]]"),
                                   FromJson(boxed, R"([["x"], ["y"], ["z"]])")},
                                  Into(&rejected)));
      ASSERT_THAT(rejected, SizeIs(1));
      EXPECT_EQ(rejected[0].batch->num_rows(), 1);
      EXPECT_TRUE(rows->column(1)->Equals(FromJson(arrow::utf8(), R"(["a", "c"])")));
      EXPECT_TRUE(
          rows->column(2)->Equals(FromJson(rows->column(2)->type(), "[[1], [3]]")));
      EXPECT_TRUE(rows->column(3)->Equals(
          FromJson(rows->column(3)->type(), R"([["x"], ["z"]])")));
    }
  }
}

TEST(RejectedRowsTest, AnErrorOfTheChannelEndsTheBatch) {
  const Reject full = [](const RejectedRow&) {
    return MakeError(ErrorCode::kDiskFull, "no room for rejected rows");
  };
  EXPECT_ERROR(Accept(ThreeColumns(), EightRows(), full), ErrorCode::kDiskFull,
               "no room");
}

using RejectingWriterTest = TableWriterTest;

TEST_F(RejectingWriterTest, TheRestIsWritten) {
  MakeTable(ThreeColumns());
  std::vector<RejectedRow> rejected;
  TableWriterOptions options;
  options.reject = Into(&rejected);
  ASSERT_OK_AND_ASSIGN(auto writer, OpenWriter(options));
  ASSERT_OK(writer->Append(*BatchOf(EightRows())));
  ASSERT_OK(writer->Append(*BatchOf(EightRows())));
  EXPECT_EQ(writer->rows_written(), 10);
  ASSERT_OK_AND_ASSIGN(const auto files, writer->Finish());
  ASSERT_THAT(files, SizeIs(1));
  EXPECT_EQ(files[0].record_count, 10);
  EXPECT_TRUE(Read(files[0])->column(0)->chunk(0)->Equals(
      FromJson(arrow::int32(), "[1, 3, 6, 7, 8, 1, 3, 6, 7, 8]")));
  ASSERT_THAT(rejected, SizeIs(6));
  EXPECT_EQ(rejected[3].row, 10) << "counted over all batches";
}

}  // namespace
}  // namespace tarn::storage
