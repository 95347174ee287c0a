// Text that comes as dictionaries: written without being decoded where that is possible,
// and in any mixture the same rows, counts and bounds as plain text.
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <arrow/array/array_dict.h>
#include <arrow/array/builder_binary.h>
#include <arrow/compute/cast.h>

#include "tarn/storage/parquet_row_reader.h"
#include "tarn/storage/table_writer_fixture_test.h"

namespace tarn::storage {
namespace {

using Random = std::mt19937;
using ArrayPtr = std::shared_ptr<arrow::Array>;
using BatchPtr = std::shared_ptr<arrow::RecordBatch>;

ArrayPtr Texts(const std::vector<std::optional<std::string>>& texts) {
  arrow::StringBuilder builder;
  for (const auto& text : texts) {
    EXPECT_OK(text ? builder.Append(*text) : builder.AppendNull());
  }
  return *builder.Finish();
}

ArrayPtr Encoded(const std::vector<std::optional<int32_t>>& indices,
                 const ArrayPtr& dictionary) {
  arrow::Int32Builder builder;
  for (const auto& index : indices) {
    EXPECT_OK(index ? builder.Append(*index) : builder.AppendNull());
  }
  return std::make_shared<arrow::DictionaryArray>(
      arrow::dictionary(arrow::int32(), arrow::utf8()), *builder.Finish(), dictionary);
}

/// As the table has them: what a batch means.
BatchPtr Decoded(const BatchPtr& batch, const std::shared_ptr<arrow::Schema>& schema) {
  arrow::ArrayVector columns;
  for (int i = 0; i < batch->num_columns(); ++i) {
    columns.push_back(
        arrow::compute::Cast(*batch->column(i), schema->field(i)->type()).ValueOrDie());
  }
  return arrow::RecordBatch::Make(schema, batch->num_rows(), std::move(columns));
}

class KeptDictionariesTest : public TableWriterTest {
 protected:
  void SetUp() override {
    MakeTable({Column(1, "mode", Type::String()),
               Column(2, "flag", Type::String(), /*required=*/true)});
  }

  static BatchPtr Batch(ArrayPtr mode, ArrayPtr flag) {
    const int64_t rows = mode->length();
    auto schema = arrow::schema(
        {arrow::field("mode", mode->type()), arrow::field("flag", flag->type())});
    return arrow::RecordBatch::Make(std::move(schema), rows,
                                    {std::move(mode), std::move(flag)});
  }

  std::shared_ptr<arrow::Table> Table(const std::vector<BatchPtr>& batches) {
    return arrow::Table::FromRecordBatches(ArrowSchema(), batches)
        .ValueOrDie()
        ->CombineChunks()
        .ValueOrDie();
  }

  std::vector<parquet::Encoding::type> DataEncodings(const iceberg::DataFile& file,
                                                     int column) {
    std::vector<parquet::Encoding::type> encodings;
    const auto footer = Footer(file);
    for (int group = 0; group < footer->num_row_groups(); ++group) {
      const auto chunk = footer->RowGroup(group)->ColumnChunk(column);
      for (const auto& pages : chunk->encoding_stats()) {
        if (pages.page_type != parquet::PageType::DICTIONARY_PAGE) {
          encodings.push_back(pages.encoding);
        }
      }
    }
    return encodings;
  }
};

TEST_F(KeptDictionariesTest, DictionariesInAnotherOrderStayOneDictionary) {
  const auto first = Texts({"AIR", "RAIL", "SHIP"});
  const auto second = Texts({"SHIP", "AIR"});
  const std::vector<BatchPtr> batches = {
      Batch(Encoded({0, 1, {}, 2}, first), Encoded({0, 0, 1, 1}, Texts({"y", "n"}))),
      Batch(Encoded({0, 1}, second), Encoded({0, 1}, Texts({"n", "y"})))};
  ASSERT_OK_AND_ASSIGN(const auto files, WriteAll(batches));
  const auto read = Read(files.at(0));
  const auto expected = Rows(
      R"([["AIR", "y"], ["RAIL", "y"], [null, "n"], ["SHIP", "n"], ["SHIP", "n"],
          ["AIR", "y"]])");
  EXPECT_TRUE(read->Equals(*Table({expected}))) << read->ToString();
  for (const int column : {0, 1}) {
    for (const auto encoding : DataEncodings(files[0], column)) {
      EXPECT_EQ(encoding, parquet::Encoding::RLE_DICTIONARY);
    }
  }
  EXPECT_EQ(files[0].columns.at(0).lower_bound, "AIR");
  EXPECT_EQ(files[0].columns.at(0).upper_bound, "SHIP");
  EXPECT_EQ(files[0].columns.at(0).null_count, 1);
}

TEST_F(KeptDictionariesTest, BoundsAreOfRowsAndNotOfWhatADictionaryHasBeside) {
  const auto modes = Texts({"A", "K", "L", "Z"});
  ASSERT_OK_AND_ASSIGN(
      const auto files,
      WriteAll({Batch(Encoded({1, 2}, modes), Encoded({0, 0}, Texts({"y", "z"})))}));
  EXPECT_EQ(files.at(0).columns.at(0).lower_bound, "K");
  EXPECT_EQ(files.at(0).columns.at(0).upper_bound, "L");
  EXPECT_EQ(files.at(0).columns.at(1).upper_bound, "y");
}

TEST_F(KeptDictionariesTest, RowsOfDictionariesAreCheckedAsAllOthers) {
  const auto good = Texts({"y"});
  EXPECT_ERROR(WriteAll({Batch(Texts({"a", "b"}), Encoded({0, {}}, good))}),
               ErrorCode::kConstraintViolated, "Column flag, row 2: null");
  EXPECT_ERROR(WriteAll({Batch(Encoded({0}, Texts({"\xff"})), Encoded({0}, good))}),
               ErrorCode::kConstraintViolated, "Column mode, row 1: ");
  EXPECT_ERROR(WriteAll({Batch(Encoded({3}, Texts({"a"})), Encoded({0}, good))}),
               ErrorCode::kInvalidArgument, "out of bounds");
}

/// A batch whose columns are plain or dictionaries of any kind: with texts that are new,
/// twice there, null, long, or not in use.
ArrayPtr AnyColumn(Random& random, int64_t rows, bool has_nulls,
                   const ArrayPtr& one_that_comes_again) {
  const auto any_text = [&] {
    return random() % 40 == 0 ? std::string(300, static_cast<char>('a' + random() % 26))
                              : std::string(1, static_cast<char>('a' + random() % 6));
  };
  std::vector<std::optional<std::string>> texts;
  if (random() % 3 == 0) {
    for (int64_t i = 0; i < rows; ++i) {
      texts.push_back(has_nulls && random() % 4 == 0 ? std::nullopt
                                                     : std::optional(any_text()));
    }
    return Texts(texts);
  }
  ArrayPtr dictionary = one_that_comes_again;
  if (random() % 2 == 0) {
    const size_t count = 1 + random() % 6;
    for (size_t i = 0; i < count; ++i) {
      texts.push_back(has_nulls && random() % 20 == 0 ? std::nullopt
                                                      : std::optional(any_text()));
    }
    dictionary = Texts(texts);
  }
  std::vector<std::optional<int32_t>> indices;
  for (int64_t i = 0; i < rows; ++i) {
    const auto index = static_cast<int32_t>(random() % dictionary->length());
    indices.push_back(has_nulls && random() % 4 == 0 ? std::nullopt
                                                     : std::optional(index));
  }
  return Encoded(indices, dictionary);
}

/// Texts that no row has take room in Parquet's dictionary.
std::vector<iceberg::ColumnStats> WithoutSizes(const iceberg::DataFile& file) {
  std::vector<iceberg::ColumnStats> columns = file.columns;
  for (iceberg::ColumnStats& column : columns) {
    column.column_size.reset();
  }
  return columns;
}

TEST_F(KeptDictionariesTest, AnyMixtureIsWrittenAsPlainTextIs) {
  Random random(7);  // NOLINT: the same rows in each run
  for (int round = 0; round < 400; ++round) {
    SCOPED_TRACE(round);
    const auto again = Texts({"c", "a", "b"});
    std::vector<BatchPtr> batches;
    std::vector<BatchPtr> plain;
    for (int i = 0; i < 6; ++i) {
      const auto rows = static_cast<int64_t>(1 + random() % 9);
      batches.push_back(Batch(AnyColumn(random, rows, true, again),
                              AnyColumn(random, rows, false, again)));
      plain.push_back(Decoded(batches.back(), ArrowSchema()));
    }
    TableWriterOptions options;
    options.parquet.row_group_rows_max = 1 + static_cast<int64_t>(random() % 12);
    ASSERT_OK_AND_ASSIGN(const auto files, WriteAll(batches, options));
    ASSERT_OK_AND_ASSIGN(const auto expected, WriteAll(plain, options));
    EXPECT_TRUE(Read(files.at(0))->Equals(*Table(plain)));
    EXPECT_EQ(WithoutSizes(files[0]), WithoutSizes(expected.at(0)));
    EXPECT_EQ(files[0].record_count, expected[0].record_count);
  }
}

TEST_F(KeptDictionariesTest, SplitAndSortedRowsAreDecoded) {
  iceberg::PartitionSpec by_flag;
  by_flag.fields = {{.source_ids = {2},
                     .field_id = 1000,
                     .name = "flag",
                     .transform = iceberg::Identity{}}};
  MakeTable({Column(1, "mode", Type::String()), Column(2, "flag", Type::String())},
            by_flag);
  const BatchPtr batch = Batch(Encoded({0, 1, 0}, Texts({"AIR", "SHIP"})),
                               Encoded({1, 0, 1}, Texts({"n", "y"})));
  ASSERT_OK_AND_ASSIGN(const auto files, WriteAll({batch}));
  ASSERT_EQ(files.size(), 2U);
  int64_t rows = 0;
  for (const iceberg::DataFile& file : files) {
    rows += Read(file)->num_rows();
  }
  EXPECT_EQ(rows, 3);
}

TEST_F(KeptDictionariesTest, ReaderKeepsThoseOfColumnsThatAreAllDictionary) {
  MakeTable({Column(1, "few", Type::String()), Column(2, "many", Type::String()),
             Column(3, "list", Type::List(4, Type::String(), false))},
            {}, {{"write.parquet.dict-size-bytes", "4096"}});
  std::string json = "[";
  for (int i = 0; i < 3'000; ++i) {
    const std::string number = std::to_string(i);
    json += (i == 0 ? "" : ",") + std::string("[\"") + (i % 2 == 0 ? "even" : "odd") +
            "\", \"text " + number + "\", [\"x\"]]";
  }
  const auto rows = Rows(json + "]");
  ASSERT_OK_AND_ASSIGN(const auto options, TableWriterOptionsFor(*metadata_));
  ASSERT_OK_AND_ASSIGN(const auto files, WriteAll({rows}, options));
  ASSERT_OK_AND_ASSIGN(const auto reader,
                       ParquetRowReader::Open(io_, files.at(0).file_path));
  EXPECT_EQ(reader->schema()->field(0)->type()->id(), arrow::Type::STRING);
  std::vector<BatchPtr> read;
  while (true) {
    ASSERT_OK_AND_ASSIGN(const auto batch, reader->Next());
    if (batch == nullptr) {
      break;
    }
    EXPECT_EQ(batch->column(0)->type_id(), arrow::Type::DICTIONARY);
    EXPECT_EQ(batch->column(1)->type_id(), arrow::Type::STRING);
    EXPECT_EQ(batch->column(2)->type_id(), arrow::Type::LIST);
    read.push_back(arrow::RecordBatch::Make(
        arrow::schema({arrow::field("few", arrow::utf8())}), batch->num_rows(),
        {arrow::compute::Cast(*batch->column(0), arrow::utf8()).ValueOrDie()}));
  }
  const auto few = arrow::Table::FromRecordBatches(read).ValueOrDie()->column(0);
  EXPECT_TRUE(few->Equals(arrow::ChunkedArray(rows->column(0))));
}

}  // namespace
}  // namespace tarn::storage
