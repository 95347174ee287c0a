#include "tarn/storage/internal/row_sorter.h"

#include <csignal>
#include <filesystem>
#include <thread>

#include <fcntl.h>
#include <unistd.h>

#include "tarn/base/aes_gcm.h"
#include "tarn/base/error.h"
#include "tarn/storage/random_rows_fixture_test.h"

namespace tarn::storage {
namespace {

using iceberg::Field;
using iceberg::SortDirection;
using iceberg::Type;
using Batches = std::vector<std::shared_ptr<arrow::RecordBatch>>;

/// Columns of all shapes: fixed, text, boolean, nested. Every row has a number.
iceberg::Schema WideSchema() {
  const Type pair = Type::Struct({{.id = 11, .name = "x", .type = Type::Int()},
                                  {.id = 12, .name = "y", .type = Type::String()}});
  return *iceberg::Schema::MakeForFile(
              iceberg::SchemaId{0},
              {{.id = 1, .name = "n", .type = Type::Long()},
               {.id = 2, .name = "key", .type = Type::Int()},
               {.id = 3, .name = "text", .type = Type::String()},
               {.id = 4, .name = "flag", .type = Type::Boolean()},
               {.id = 5, .name = "amount", .type = Type::Decimal(20, 3)},
               {.id = 6, .name = "pair", .type = pair},
               {.id = 7, .name = "list", .type = Type::List(13, Type::Int(), false)},
               {.id = 8, .name = "nothing", .type = Type::Unknown()}})
              .ValueOrDie();
}

const iceberg::SortOrder kOrder{
    .fields = {{.source_ids = {2}, .direction = SortDirection::kDescending},
               {.source_ids = {3}, .null_order = iceberg::NullOrder::kNullsLast}}};

std::string TextOf(const arrow::RecordBatch& batch, int64_t row) {
  std::string text;
  for (int i = 0; i < batch.num_columns(); ++i) {
    text += batch.column(i)->GetScalar(row).ValueOrDie()->ToString() + "|";
  }
  return text;
}

class RowSorterTest : public ::testing::Test {
 protected:
  void SetUp() override {
    directory_ = (std::filesystem::temp_directory_path() /
                  ("tarn-row-sorter-test-" + std::to_string(::getpid())))
                     .string();
    std::filesystem::create_directories(directory_);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::shared_ptr<arrow::RecordBatch> Rows(int64_t count) {
    arrow::Int64Builder numbers;
    arrow::Int32Builder xs;
    arrow::ListBuilder lists(arrow::default_memory_pool(),
                             std::make_shared<arrow::Int32Builder>(),
                             arrow_schema_->field(6)->type());
    for (int64_t i = 0; i < count; ++i) {
      EXPECT_OK(numbers.Append(next_number_));
      EXPECT_OK(lists.Append());
      for (int64_t j = next_number_ % 4; j > 0; --j) {
        EXPECT_OK(static_cast<arrow::Int32Builder&>(*lists.value_builder())
                      .Append(static_cast<int32_t>(j)));
      }
      ++next_number_;
    }
    const auto xs_and_ys = arrow::StructArray::Make(
        {random_.Column(Type::Int(), count), random_.Column(Type::String(), count)},
        arrow_schema_->field(5)->type()->fields());
    return arrow::RecordBatch::Make(
        arrow_schema_, count,
        {numbers.Finish().ValueOrDie(), random_.Column(Type::Int(), count),
         random_.Column(Type::String(), count), random_.Column(Type::Boolean(), count),
         random_.Column(Type::Decimal(20, 3), count), xs_and_ys.ValueOrDie(),
         lists.Finish().ValueOrDie(), std::make_shared<arrow::NullArray>(count)});
  }

  std::unique_ptr<RowSorter> MakeSorter(int64_t memory, RowSorterOptions options = {}) {
    options.memory_bytes_max = memory;
    if (!options.open_spill) {
      options.open_spill = [this] { return SpillFile::Make(directory_); };
    }
    return RowSorter::Make(arrow_schema_, KeyPlan::Make(schema_, kOrder).ValueOrDie(),
                           std::move(options))
        .ValueOrDie();
  }

  Result<std::vector<std::string>> Sorted(RowSorter& sorter, const Batches& batches) {
    for (const auto& batch : batches) {
      ARROW_RETURN_NOT_OK(sorter.Append(batch));
    }
    std::vector<std::string> rows;
    ARROW_RETURN_NOT_OK(
        sorter.Drain([&](const std::shared_ptr<arrow::RecordBatch>& batch) {
          EXPECT_OK(batch->ValidateFull());
          EXPECT_TRUE(batch->schema()->Equals(*arrow_schema_));
          for (int64_t row = 0; row < batch->num_rows(); ++row) {
            rows.push_back(TextOf(*batch, row));
          }
          return Status::OK();
        }));
    return rows;
  }

  const iceberg::Schema schema_ = WideSchema();
  const std::shared_ptr<arrow::Schema> arrow_schema_ =
      ArrowSchemaOf(schema_).ValueOrDie();
  RandomRows random_{17};
  int64_t next_number_ = 0;
  std::string directory_;
};

TEST_F(RowSorterTest, SpilledOrNotTheOrderIsThatOfAStableSort) {
  Batches batches;
  for (const int64_t rows : {3'000, 1, 0, 2'500, 4'000}) {
    batches.push_back(Rows(rows));
  }
  batches.push_back(Rows(3'000)->Slice(1'000, 700));
  const auto expected = ReferenceOrder(schema_, kOrder, batches, TextOf);
  struct Case {
    int64_t memory;
    int64_t runs_min;
    int64_t merges_min;
  };
  // No run, runs for one merge, and so many that merges are merged.
  for (const auto& [memory, runs_min, merges_min] :
       {Case{int64_t{64} << 20, 0, 0}, Case{int64_t{1} << 20, 2, 1},
        Case{int64_t{32} << 10, 4, 3}}) {
    SCOPED_TRACE(memory);
    const auto sorter = MakeSorter(memory);
    ASSERT_OK_AND_ASSIGN(const auto rows, Sorted(*sorter, batches));
    EXPECT_EQ(rows, expected);
    EXPECT_GE(sorter->num_runs(), runs_min);
    EXPECT_GE(sorter->num_merges(), merges_min);
    EXPECT_EQ(sorter->bytes_spilled() > 0, runs_min > 0);
    // It can be used again, and has forgotten everything.
    EXPECT_TRUE(sorter->empty());
    ASSERT_OK_AND_ASSIGN(const auto once_more, Sorted(*sorter, {batches[1]}));
    EXPECT_EQ(once_more, (std::vector<std::string>{TextOf(*batches[1], 0)}));
  }
}

TEST_F(RowSorterTest, TinyBatchesArePutTogether) {
  Batches batches;
  for (int i = 0; i < 1'000; ++i) {
    batches.push_back(Rows(1 + random_.Below(3)));
  }
  const auto sorter = MakeSorter(int64_t{1} << 20);
  ASSERT_OK_AND_ASSIGN(const auto rows, Sorted(*sorter, batches));
  EXPECT_EQ(rows, ReferenceOrder(schema_, kOrder, batches, TextOf));
  // A thousand batches by themselves would not have fit.
  EXPECT_LE(sorter->num_runs(), 2);
}

TEST_F(RowSorterTest, SpilledFilesHaveNoName) {
  const auto sorter = MakeSorter(int64_t{256} << 10);
  for (int i = 0; i < 10; ++i) {
    ASSERT_OK(sorter->Append(Rows(1'000)));
    EXPECT_TRUE(std::filesystem::is_empty(directory_));
  }
  EXPECT_GT(sorter->bytes_spilled(), 0);
}

TEST_F(RowSorterTest, AKilledProcessLeavesNothing) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const std::string directory = directory_;
  EXPECT_EXIT(
      {
        RowSorterOptions options;
        options.open_spill = [&] { return SpillFile::Make(directory + "/kill"); };
        const auto sorter = MakeSorter(int64_t{256} << 10, std::move(options));
        while (sorter->bytes_spilled() == 0) {
          static_cast<void>(sorter->Append(Rows(1'000)));
        }
        // In the middle of the merge.
        static_cast<void>(sorter->Drain([](const auto&) {
          std::raise(SIGKILL);
          return Status::OK();
        }));
      },
      ::testing::KilledBySignal(SIGKILL), "");
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory_)) {
    EXPECT_TRUE(entry.is_directory()) << entry.path();
  }
}

TEST_F(RowSorterTest, AFullDiskIsSaid) {
  RowSorterOptions options;
  options.open_spill = []() -> Result<std::shared_ptr<SpillFile>> {
    return std::make_shared<SpillFile>(::open("/dev/full", O_RDWR | O_CLOEXEC), "/spill",
                                       "");
  };
  const auto sorter = MakeSorter(int64_t{256} << 10, std::move(options));
  Status status;
  while (status.ok()) {
    status = sorter->Append(Rows(1'000));
  }
  EXPECT_ERROR(status, ErrorCode::kDiskFull, "/spill");
  sorter->Clear();
  EXPECT_TRUE(sorter->empty());
}

TEST_F(RowSorterTest, ADirectoryThatCannotBeIsSaid) {
  RowSorterOptions options;
  options.open_spill = [] { return SpillFile::Make("/dev/null/spill"); };
  const auto sorter = MakeSorter(int64_t{256} << 10, std::move(options));
  Status status;
  while (status.ok()) {
    status = sorter->Append(Rows(1'000));
  }
  EXPECT_ERROR(status, ErrorCode::kIoFailed, "/dev/null/spill");
}

TEST_F(RowSorterTest, ReadErrorsAreSaid) {
  RowSorterOptions options;
  const std::string path = directory_ + "/write-only";
  options.open_spill = [path]() -> Result<std::shared_ptr<SpillFile>> {
    return std::make_shared<SpillFile>(
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600), "/spill", "");
  };
  const auto sorter = MakeSorter(int64_t{256} << 10, std::move(options));
  EXPECT_ERROR(Sorted(*sorter, {Rows(3'000), Rows(3'000)}), ErrorCode::kIoFailed,
               "reading back");
}

TEST_F(RowSorterTest, EveryChangedBitIsFound) {
  // A few places all over the file, sealed and not.
  for (const bool is_sealed : {false, true}) {
    const std::string key = is_sealed ? NewSecretBytes(32).ValueOrDie() : "";
    for (int place = 0; place < 12; ++place) {
      SCOPED_TRACE(place);
      int descriptor = -1;
      RowSorterOptions options;
      options.open_spill = [&]() -> Result<std::shared_ptr<SpillFile>> {
        const int file = ::open(directory_.c_str(), O_TMPFILE | O_RDWR, 0600);
        descriptor = descriptor < 0 ? ::dup(file) : descriptor;
        return std::make_shared<SpillFile>(file, directory_, key);
      };
      const auto sorter = MakeSorter(int64_t{256} << 10, std::move(options));
      while (sorter->num_runs() == 0) {
        ASSERT_OK(sorter->Append(Rows(1'000)));
      }
      const off_t at = sorter->bytes_spilled() * place / 12;
      char byte = 0;
      ASSERT_EQ(::pread(descriptor, &byte, 1, at), 1);
      byte = static_cast<char>(byte ^ (1 << (place % 8)));
      ASSERT_EQ(::pwrite(descriptor, &byte, 1, at), 1);
      EXPECT_ERROR(Sorted(*sorter, {}), ErrorCode::kInvalidData, "changed");
      ::close(descriptor);
    }
  }
}

TEST_F(RowSorterTest, ACutFileIsFound) {
  int descriptor = -1;
  RowSorterOptions options;
  options.open_spill = [&]() -> Result<std::shared_ptr<SpillFile>> {
    const int file = ::open(directory_.c_str(), O_TMPFILE | O_RDWR, 0600);
    descriptor = descriptor < 0 ? ::dup(file) : descriptor;
    return std::make_shared<SpillFile>(file, directory_, "");
  };
  const auto sorter = MakeSorter(int64_t{256} << 10, std::move(options));
  while (sorter->num_runs() == 0) {
    ASSERT_OK(sorter->Append(Rows(1'000)));
  }
  ASSERT_EQ(::ftruncate(descriptor, sorter->bytes_spilled() - 1), 0);
  EXPECT_ERROR(Sorted(*sorter, {}), ErrorCode::kInvalidData, "changed");
  ::close(descriptor);
}

TEST_F(RowSorterTest, SealedRowsAreNotReadableAndComeBack) {
  const std::string key = NewSecretBytes(32).ValueOrDie();
  int descriptor = -1;
  RowSorterOptions options;
  options.open_spill = [&]() -> Result<std::shared_ptr<SpillFile>> {
    const int file = ::open(directory_.c_str(), O_TMPFILE | O_RDWR, 0600);
    descriptor = descriptor < 0 ? ::dup(file) : descriptor;
    return std::make_shared<SpillFile>(file, directory_, key);
  };
  const auto sorter = MakeSorter(int64_t{256} << 10, std::move(options));
  const Batches batches = {Rows(3'000), Rows(3'000)};
  for (const auto& batch : batches) {
    ASSERT_OK(sorter->Append(batch));
  }
  std::string stored(static_cast<size_t>(sorter->bytes_spilled()), '\0');
  ASSERT_GT(::pread(descriptor, stored.data(), stored.size(), 0), 0);
  EXPECT_EQ(stored.find("https://"), std::string::npos);
  ASSERT_OK_AND_ASSIGN(const auto rows, Sorted(*sorter, {}));
  EXPECT_EQ(rows, ReferenceOrder(schema_, kOrder, batches, TextOf));
  ::close(descriptor);
}

TEST_F(RowSorterTest, AFailingSinkEndsIt) {
  const auto sorter = MakeSorter(int64_t{256} << 10);
  for (int i = 0; i < 8; ++i) {
    ASSERT_OK(sorter->Append(Rows(1'000)));
  }
  EXPECT_ERROR(sorter->Drain([](const auto&) {
    return MakeError(ErrorCode::kCancelled, "enough");
  }),
               ErrorCode::kCancelled, "enough");
}

TEST_F(RowSorterTest, RowsOfVeryDifferentSizesStayWithinTheirBlocks) {
  // The long texts come together: blocks by the average row would be far too large.
  const auto schema = arrow::schema({arrow_schema_->field(2)});
  const iceberg::Schema of_text =
      *iceberg::Schema::MakeForFile(iceberg::SchemaId{0}, {schema_.fields()[2]})
           .ValueOrDie();
  const auto plan =
      KeyPlan::Make(of_text, {.fields = {{.source_ids = {3}}}}).ValueOrDie();
  constexpr int64_t kMemory = int64_t{4} << 20;
  RowSorterOptions options{.memory_bytes_max = kMemory};
  options.open_spill = [this] { return SpillFile::Make(directory_); };
  ASSERT_OK_AND_ASSIGN(const auto sorter, RowSorter::Make(schema, plan, options));
  int64_t bytes = 0;
  for (int i = 0; i < 120; ++i) {
    arrow::StringBuilder texts;
    ASSERT_OK(texts.Append(std::string(200'000, 'z') + std::to_string(i)));
    for (int j = 0; j < 400; ++j) {
      ASSERT_OK(texts.Append("a" + std::to_string(random_.Below(1'000))));
    }
    ASSERT_OK(sorter->Append(
        arrow::RecordBatch::Make(schema, 401, {texts.Finish().ValueOrDie()})));
  }
  std::string last;
  ASSERT_OK(sorter->Drain([&](const std::shared_ptr<arrow::RecordBatch>& batch) {
    const auto column = batch->column(0);
    const auto& texts = static_cast<const arrow::StringArray&>(*column);
    EXPECT_LE(texts.total_values_length(), 3 * kMemory / 4);
    for (int64_t row = 0; row < batch->num_rows(); ++row) {
      EXPECT_LE(last, texts.GetView(row));
      last = texts.GetView(row);
      bytes += texts.value_length(row) > 10 ? 1 : 0;
    }
    return Status::OK();
  }));
  EXPECT_EQ(bytes, 120);
  EXPECT_GT(sorter->num_runs(), 4);
}

TEST_F(RowSorterTest, KeepsToASharedBudgetAndGivesItBack) {
  constexpr int64_t kBudget = int64_t{2} << 20;
  const auto memory = std::make_shared<WriteMemory>(kBudget);
  const auto sorter = MakeSorter(int64_t{1} << 30, {.memory = memory});
  Batches batches;
  while (sorter->num_runs() < 3) {
    batches.push_back(Rows(1'000));
    ASSERT_OK(sorter->Append(batches.back()));
    EXPECT_LE(memory->usage().bytes, kBudget);
  }
  EXPECT_GT(memory->usage().peak, kBudget / 3);
  batches.push_back(Rows(500));
  ASSERT_OK(sorter->Append(batches.back()));
  ASSERT_GT(memory->usage().bytes, 0);
  // Another writer asks for what it holds, from its own thread.
  std::thread other([&] { EXPECT_TRUE(sorter->TryShrink(0)); });
  other.join();
  EXPECT_EQ(memory->usage().bytes, 0);
  EXPECT_EQ(sorter->num_runs(), 4);
  ASSERT_OK_AND_ASSIGN(const auto rows, Sorted(*sorter, {}));
  EXPECT_EQ(rows, ReferenceOrder(schema_, kOrder, batches, TextOf));
  EXPECT_EQ(memory->usage().bytes, 0);
}

TEST_F(RowSorterTest, ARefusedShrinkDoesNotWait) {
  const auto sorter = MakeSorter(int64_t{16} << 20);
  ASSERT_OK(sorter->Append(Rows(2'000)));
  ASSERT_OK(sorter->Drain([&](const auto&) {
    EXPECT_FALSE(sorter->TryShrink(0));  // it is at work
    return Status::OK();
  }));
}

}  // namespace
}  // namespace tarn::storage
