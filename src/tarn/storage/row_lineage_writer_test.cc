#include "tarn/storage/data_file_reader.h"
#include "tarn/storage/table_writer_fixture_test.h"

namespace tarn::storage {
namespace {

class RowLineageWriterTest : public TableWriterTest {
 protected:
  std::shared_ptr<arrow::RecordBatch> RowsWithLineage(const std::string& json) {
    arrow::FieldVector columns = ArrowSchema()->fields();
    columns.push_back(arrow::field("_row_id", arrow::int64()));
    columns.push_back(arrow::field("_last_updated_sequence_number", arrow::int64()));
    return RowsOf(arrow::schema(columns), json);
  }
};

TEST_F(RowLineageWriterTest, Trap29LineageGoesIntoTheFilesUnderTheReservedIds) {
  MakeTable({Column(1, "id", Type::Long(), true), Column(2, "name", Type::String())},
            {.fields = {{.source_ids = {2}, .field_id = 0, .name = "name"}}},
            {{"format-version", "3"}});
  ASSERT_OK_AND_ASSIGN(
      const auto files,
      WriteAll({RowsWithLineage(R"([[1, "a", 100, 4], [2, "a", null, null]])")},
               {.row_lineage = true}));
  ASSERT_EQ(files.size(), 1U);
  const auto footer = Footer(files[0]);
  ASSERT_EQ(footer->num_columns(), 4);
  EXPECT_EQ(footer->schema()->Column(2)->schema_node()->field_id(), 2147483540);
  EXPECT_EQ(footer->schema()->Column(2)->name(), "_row_id");
  EXPECT_EQ(footer->schema()->Column(3)->schema_node()->field_id(), 2147483539);
  EXPECT_EQ(footer->schema()->Column(3)->name(), "_last_updated_sequence_number");

  iceberg::DataFile committed = files[0];
  committed.first_row_id = 500;
  ASSERT_OK_AND_ASSIGN(
      const auto reader,
      DataFileReader::Open(io_, *metadata_, committed, iceberg::SequenceNumber{9},
                           nullptr,
                           {.schema = metadata_->schema_ptr(), .row_lineage = true}));
  ASSERT_OK_AND_ASSIGN(const auto rows, reader->Next());
  const auto expected =
      RowsOf(reader->schema(), R"([[1, "a", 100, 4], [2, "a", 501, 9]])");
  EXPECT_TRUE(rows->Equals(*expected)) << rows->ToString();
}

TEST_F(RowLineageWriterTest, OlderTablesHaveNoLineage) {
  MakeTable({Column(1, "id", Type::Long())});
  EXPECT_ERROR(OpenWriter({.row_lineage = true}), ErrorCode::kInvalidArgument,
               "format version 3");
}

TEST_F(RowLineageWriterTest, WritesBySpecsAndOrdersThatTheCallerChooses) {
  MakeTable({Column(1, "id", Type::Long()), Column(2, "name", Type::String())});
  auto evolved = *metadata_;
  evolved.partition_specs.push_back(
      {.id = iceberg::SpecId{7},
       .fields = {{.source_ids = {2}, .field_id = 1000, .name = "name"}}});
  metadata_ = std::make_shared<const iceberg::TableMetadata>(evolved);
  ASSERT_OK_AND_ASSIGN(const auto files,
                       WriteAll({Rows(R"([[1, "a"], [2, "b"]])")},
                                {.spec_id = iceberg::SpecId{7},
                                 .sort_order_id = iceberg::SortOrderId{3}}));
  ASSERT_EQ(files.size(), 2U);
  for (const auto& file : files) {
    EXPECT_EQ(file.spec_id, iceberg::SpecId{7});
    EXPECT_EQ(file.sort_order_id, iceberg::SortOrderId{3});
    EXPECT_EQ(file.partition.size(), 1U);
  }
  EXPECT_ERROR(OpenWriter({.spec_id = iceberg::SpecId{8}}), ErrorCode::kInvalidArgument,
               "8");
}

}  // namespace
}  // namespace tarn::storage
