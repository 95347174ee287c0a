#include <filesystem>
#include <functional>

#include <fcntl.h>
#include <unistd.h>

#include "tarn/iceberg/table_update.h"
#include "tarn/storage/internal/leaf_column.h"
#include "tarn/storage/random_rows_fixture_test.h"
#include "tarn/storage/table_writer_fixture_test.h"

namespace tarn::storage {
namespace {

using iceberg::DataFile;
using iceberg::SortDirection;
using iceberg::SortField;

class SortedWriterTest : public TableWriterTest {
 protected:
  void MakeSortedTable(std::vector<Field> fields, std::vector<SortField> order,
                       iceberg::PartitionSpec spec = {}, Properties properties = {}) {
    MakeTable(std::move(fields), std::move(spec), std::move(properties));
    auto sorted = std::make_shared<iceberg::TableMetadata>(*metadata_);
    sorted->sort_orders.push_back(
        {.id = iceberg::SortOrderId{1}, .fields = std::move(order)});
    sorted->default_sort_order_id = iceberg::SortOrderId{1};
    metadata_ = sorted;
  }

  static iceberg::PartitionSpec ByIdentity(iceberg::FieldId source) {
    return {.fields = {{.source_ids = {source}, .field_id = 1000, .name = "p"}}};
  }

  /// Rows of a random table: (p, key, text, number of the row).
  std::shared_ptr<arrow::RecordBatch> RandomBatch(int64_t rows, int64_t partitions) {
    arrow::Int32Builder ps;
    arrow::Int64Builder numbers;
    for (int64_t i = 0; i < rows; ++i) {
      EXPECT_OK(ps.Append(static_cast<int32_t>(rows_.Below(partitions))));
      EXPECT_OK(numbers.Append(next_number_++));
    }
    return arrow::RecordBatch::Make(
        ArrowSchema(), rows,
        {ps.Finish().ValueOrDie(), rows_.Column(Type::Int(), rows),
         rows_.Column(Type::String(), rows), numbers.Finish().ValueOrDie()});
  }

  static std::vector<Field> Columns() {
    return {Column(1, "p", Type::Int()), Column(2, "key", Type::Int()),
            Column(3, "text", Type::String()), Column(4, "n", Type::Long())};
  }

  std::shared_ptr<arrow::RecordBatch> RowsIn(const DataFile& file) {
    const auto table = Read(file);
    return arrow::TableBatchReader(*table).Next().ValueOrDie();
  }

  /// Files hold, one after the other, what a stable sort of the input gives; those of a
  /// partition follow each other.
  void ExpectSorted(const std::vector<DataFile>& files,
                    const std::vector<std::shared_ptr<arrow::RecordBatch>>& input) {
    const auto text = [](const arrow::RecordBatch& batch, int64_t row) {
      return std::to_string(std::get<int64_t>(ValueAt(*batch.column(3), row)));
    };
    const iceberg::Schema& schema = metadata_->schema();
    std::map<std::string, std::vector<std::string>> of_partition;
    std::string before;
    for (const DataFile& file : files) {
      EXPECT_EQ(file.sort_order_id, metadata_->default_sort_order_id);
      const auto rows = RowsIn(file);
      const std::string partition =
          file.partition.empty() ? ""
                                 : iceberg::ValueToString(Type::Int(), file.partition[0]);
      EXPECT_TRUE(partition == before || !of_partition.contains(partition));
      before = partition;
      for (int64_t row = 0; row < rows->num_rows(); ++row) {
        of_partition[partition].push_back(text(*rows, row));
      }
    }
    std::map<std::string, std::vector<std::string>> expected;
    const auto with_partition = [&](const arrow::RecordBatch& batch, int64_t row) {
      const std::string partition =
          metadata_->spec().is_unpartitioned()
              ? ""
              : iceberg::ValueToString(Type::Int(), ValueAt(*batch.column(0), row));
      return partition + "|" + text(batch, row);
    };
    for (const std::string& row :
         ReferenceOrder(schema, metadata_->sort_order(), input, with_partition)) {
      const size_t bar = row.find('|');
      expected[row.substr(0, bar)].push_back(row.substr(bar + 1));
    }
    EXPECT_EQ(of_partition, expected);
  }

  RandomRows rows_{99};
  int64_t next_number_ = 0;
};

const std::vector<SortField> kByKeyAndText = {
    {.source_ids = {2}, .direction = SortDirection::kDescending},
    {.source_ids = {3}, .transform = iceberg::Truncate{2}}};

TEST_F(SortedWriterTest, FilesOfATableAreSortedAmongThemselves) {
  MakeSortedTable(Columns(), kByKeyAndText);
  const std::vector<std::shared_ptr<arrow::RecordBatch>> input = {
      RandomBatch(20'000, 5), RandomBatch(30'000, 5), RandomBatch(1, 5)};
  for (const int64_t memory : {int64_t{256} << 20, int64_t{1} << 20}) {
    SCOPED_TRACE(memory);
    ASSERT_OK_AND_ASSIGN(const auto files,
                         WriteAll(input, {.file_bytes_max = 100'000,
                                          .memory_bytes_max = memory,
                                          .batch_rows_max = 4'096,
                                          .ordering = RowOrdering::kTable}));
    EXPECT_GT(files.size(), 3U);
    ExpectSorted(files, input);
  }
}

TEST_F(SortedWriterTest, EachPartitionIsSortedByItself) {
  MakeSortedTable(Columns(), kByKeyAndText, ByIdentity(1));
  std::vector<std::shared_ptr<arrow::RecordBatch>> input;
  for (int i = 0; i < 20; ++i) {
    input.push_back(RandomBatch(2'000, 40));
  }
  for (const int64_t memory : {int64_t{256} << 20, int64_t{1} << 20}) {
    SCOPED_TRACE(memory);
    ASSERT_OK_AND_ASSIGN(
        const auto files,
        WriteAll(input, {.memory_bytes_max = memory, .ordering = RowOrdering::kTable}));
    EXPECT_EQ(files.size(), 40U);
    ExpectSorted(files, input);
  }
}

TEST_F(SortedWriterTest, NothingIsSortedUnlessItIsWanted) {
  MakeSortedTable(Columns(),
                  {{.source_ids = {4}, .direction = SortDirection::kDescending}});
  const auto rows = RandomBatch(10, 1);
  ASSERT_OK_AND_ASSIGN(const auto given, WriteAll({rows}));
  EXPECT_EQ(given[0].sort_order_id, iceberg::SortOrderId{0});
  EXPECT_TRUE(RowsIn(given[0])->column(3)->Equals(*rows->column(3)));
  ASSERT_OK_AND_ASSIGN(const auto sorted,
                       WriteAll({rows}, {.ordering = RowOrdering::kTable}));
  EXPECT_EQ(sorted[0].sort_order_id, iceberg::SortOrderId{1});
  EXPECT_FALSE(RowsIn(sorted[0])->column(3)->Equals(*rows->column(3)));
  // A table without an order has none to follow.
  MakeTable(Columns());
  ASSERT_OK_AND_ASSIGN(const auto plain,
                       WriteAll({rows}, {.ordering = RowOrdering::kTable}));
  EXPECT_EQ(plain[0].sort_order_id, iceberg::SortOrderId{0});
  EXPECT_TRUE(RowsIn(plain[0])->column(3)->Equals(*rows->column(3)));
}

TEST_F(SortedWriterTest, AnOrderOfTheCallersOwn) {
  MakeTable(Columns());
  const auto rows = RandomBatch(500, 3);
  const iceberg::SortOrder order{
      .fields = {{.source_ids = {4}, .direction = SortDirection::kDescending}}};
  ASSERT_OK_AND_ASSIGN(
      const auto files,
      WriteAll({rows}, {.ordering = RowOrdering::kTable, .sort_by = order}));
  const auto written = RowsIn(files[0]);
  for (int64_t row = 0; row < 500; ++row) {
    EXPECT_EQ(ValueAt(*written->column(3), row), iceberg::Value(int64_t{499 - row}));
  }
}

TEST_F(SortedWriterTest, ClosesAllOnceTheOldestRowIsDue) {
  MakeSortedTable(Columns(), kByKeyAndText, ByIdentity(1));
  ASSERT_OK_AND_ASSIGN(const auto writer,
                       OpenWriter({.file_age_max = std::chrono::minutes(5),
                                   .ordering = RowOrdering::kTable}));
  EXPECT_FALSE(writer->next_due());
  const auto first = RandomBatch(100, 3);
  const auto second = RandomBatch(100, 3);
  ASSERT_OK(writer->Append(*first));
  const auto due = clock_.Now() + std::chrono::minutes(5);
  EXPECT_EQ(writer->next_due(), due);
  clock_.Advance(std::chrono::minutes(4));
  ASSERT_OK(writer->Append(*second));
  EXPECT_EQ(writer->next_due(), due);
  ASSERT_OK(writer->CloseDue());
  EXPECT_TRUE(writer->TakeClosed().empty());
  clock_.Advance(std::chrono::minutes(1));
  ASSERT_OK(writer->CloseDue());
  const auto files = writer->TakeClosed();
  EXPECT_EQ(files.size(), 3U);
  ExpectSorted(files, {first, second});
  EXPECT_FALSE(writer->next_due());
  EXPECT_TRUE(writer->open_files().empty());
  // The next rows are sorted by themselves.
  const auto third = RandomBatch(100, 3);
  ASSERT_OK(writer->Append(*third));
  ASSERT_OK(writer->CloseAll());
  ExpectSorted(writer->TakeClosed(), {third});
  ASSERT_OK_AND_ASSIGN(const auto rest, writer->Finish());
  EXPECT_TRUE(rest.empty());
  EXPECT_EQ(writer->rows_written(), 300);
}

TEST_F(SortedWriterTest, RowsOfTheCallerAreNotNeededAfterAppend) {
  MakeSortedTable(Columns(), kByKeyAndText);
  const auto rows = RandomBatch(5'000, 2);
  const auto copy =
      arrow::ConcatenateRecordBatches({rows, rows->Slice(0, 0)}).ValueOrDie();
  ASSERT_OK_AND_ASSIGN(const auto writer, OpenWriter({.ordering = RowOrdering::kTable}));
  // Slices keep what they are of alive only as long as they are small parts of it.
  for (int64_t i = 0; i < 5'000; i += 100) {
    ASSERT_OK(writer->Append(*rows->Slice(i, 100)));
  }
  EXPECT_LT(rows.use_count(), 3);
  ASSERT_OK_AND_ASSIGN(const auto files, writer->Finish());
  ExpectSorted(files, {copy});
}

TEST_F(SortedWriterTest, AnErrorWhileSpillingLeavesNoFile) {
  MakeSortedTable(Columns(), kByKeyAndText, ByIdentity(1));
  ASSERT_OK_AND_ASSIGN(const auto writer,
                       OpenWriter({.memory_bytes_max = int64_t{1} << 20,
                                   .spill_directory = "/dev/null/none",
                                   .ordering = RowOrdering::kTable}));
  Status status;
  while (status.ok()) {
    status = writer->Append(*RandomBatch(5'000, 4));
  }
  EXPECT_ERROR(status, ErrorCode::kIoFailed, "/dev/null/none");
  EXPECT_FALSE(writer->Finish().ok());
  writer->Abort();
  EXPECT_EQ(io_.num_files(), 0U);
}

TEST_F(SortedWriterTest, AbortForgetsRowsThatWait) {
  MakeSortedTable(Columns(), kByKeyAndText);
  ASSERT_OK_AND_ASSIGN(const auto writer,
                       OpenWriter({.memory_bytes_max = int64_t{1} << 20,
                                   .ordering = RowOrdering::kTable}));
  for (int i = 0; i < 10; ++i) {
    ASSERT_OK(writer->Append(*RandomBatch(5'000, 4)));
  }
  writer->Abort();
  EXPECT_EQ(io_.num_files(), 0U);
  EXPECT_FALSE(writer->Append(*RandomBatch(1, 4)).ok());
}

TEST_F(SortedWriterTest, WhoChoosesTheOrderFollowsTheTable) {
  const std::vector<SortField> order = {{.source_ids = {2}}};
  struct Case {
    const char* name;
    std::vector<SortField> order;
    Properties properties;
    RowOrdering expected;
  };
  const Case cases[] = {
      {"no order", {}, {}, RowOrdering::kGiven},
      {"an order", order, {}, RowOrdering::kTable},
      {"wanted", order, {{"write.ordering", "table"}}, RowOrdering::kTable},
      {"not wanted", order, {{"write.ordering", "given"}}, RowOrdering::kGiven},
      {"none to be wanted", {}, {{"write.ordering", "table"}}, RowOrdering::kGiven},
      {"any distribution",
       order,
       {{"write.distribution-mode", "none"}},
       RowOrdering::kTable}};
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    MakeSortedTable(Columns(), c.order, {}, c.properties);
    ASSERT_OK_AND_ASSIGN(const RowOrdering ordering, RowOrderingFor(*metadata_));
    EXPECT_EQ(ordering, c.expected);
  }
  MakeSortedTable(Columns(), order, {}, {{"write.ordering", "random"}});
  EXPECT_ERROR(RowOrderingFor(*metadata_), ErrorCode::kInvalidArgument, "random");
}

TEST_F(SortedWriterTest, Trap41OrdersThatCannotBeFollowedDoNotStopWriters) {
  // Of a column that is gone, and by a transform of a later version.
  const SortField unknown{.source_ids = {2},
                          .transform = iceberg::UnknownTransform{"zorder"}};
  for (const SortField& field : {SortField{.source_ids = {77}}, unknown}) {
    MakeSortedTable(Columns(), {field});
    ASSERT_OK_AND_ASSIGN(const RowOrdering ordering, RowOrderingFor(*metadata_));
    EXPECT_EQ(ordering, RowOrdering::kGiven);
    // To insist is an error.
    EXPECT_FALSE(OpenWriter({.ordering = RowOrdering::kTable}).ok());
  }
}

}  // namespace
}  // namespace tarn::storage
