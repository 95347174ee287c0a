// Writers that share one budget, and a thousand partitions within it.
#include <algorithm>
#include <array>
#include <atomic>
#include <fstream>
#include <latch>
#include <thread>

#include <arrow/memory_pool.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tarn/storage/table_writer_fixture_test.h"
#include "tarn/testing/faulty_file_io.h"
#include "tarn/testing/null_file_io.h"

namespace tarn::storage {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int64_t kMiB = int64_t{1} << 20;

class SharedMemoryTest : public TableWriterTest {
 protected:
  void MakeKeyedTable() {
    iceberg::PartitionSpec spec;
    spec.fields.push_back(
        {.source_ids = {1}, .name = "k", .transform = iceberg::Identity{}});
    MakeTable({Column(1, "k", Type::Long()), Column(2, "n", Type::Long()),
               Column(3, "t", Type::String())},
              spec);
  }

  /// Rows n of keys n % num_keys with texts of about `text_bytes`.
  std::shared_ptr<arrow::RecordBatch> Keyed(int64_t first, int64_t count,
                                            int64_t num_keys, size_t text_bytes = 60) {
    arrow::Int64Builder keys;
    arrow::Int64Builder numbers;
    arrow::StringBuilder texts;
    uint64_t random = static_cast<uint64_t>(first) * 0x9E3779B97F4A7C15 + 1;
    std::string text(text_bytes, ' ');
    for (int64_t n = first; n < first + count; ++n) {
      EXPECT_OK(keys.Append(n % num_keys));
      EXPECT_OK(numbers.Append(n));
      for (char& c : text) {
        random = random * 6364136223846793005 + 1442695040888963407;
        c = static_cast<char>('0' + (random >> 58U));
      }
      EXPECT_OK(texts.Append(text));
    }
    return arrow::RecordBatch::Make(ArrowSchema(), count,
                                    {*keys.Finish(), *numbers.Finish(), *texts.Finish()});
  }

  /// Every n of 0…num_rows-1 is in the files once.
  void CheckRows(const std::vector<iceberg::DataFile>& files, int64_t num_rows) {
    std::vector<int> seen(static_cast<size_t>(num_rows));
    for (const iceberg::DataFile& file : files) {
      const auto table = Read(file);
      const auto& n = static_cast<const arrow::Int64Array&>(*table->column(1)->chunk(0));
      for (int64_t i = 0; i < n.length(); ++i) {
        ++seen[static_cast<size_t>(n.Value(i))];
      }
    }
    EXPECT_EQ(std::count(seen.begin(), seen.end(), 1), num_rows);
  }

  /// Appends rows until `bytes` of memory are used; returns how many.
  int64_t Fatten(TableWriter& writer, const WriteMemory& memory, int64_t bytes) {
    int64_t rows = 0;
    while (memory.usage().bytes < bytes && rows < 1'000'000) {
      EXPECT_OK(writer.Append(*Keyed(rows, 1'000, 5, 100)));
      rows += 1'000;
    }
    EXPECT_GE(memory.usage().bytes, bytes);
    return rows;
  }

  TableWriterOptions OptionsWith(std::shared_ptr<WriteMemory> memory) {
    TableWriterOptions options;
    options.memory = std::move(memory);
    options.parquet.codec = {Compression::kNone, {}};
    return options;
  }
};

TEST_F(SharedMemoryTest, AnIdleFatWriterGivesWayAndLosesNothing) {
  MakeKeyedTable();
  const auto memory = std::make_shared<WriteMemory>(24 * kMiB);
  ASSERT_OK_AND_ASSIGN(auto idle, OpenWriter(OptionsWith(memory)));
  const int64_t idle_rows = Fatten(*idle, *memory, 18 * kMiB);
  ASSERT_OK_AND_ASSIGN(auto busy, OpenWriter(OptionsWith(memory)));
  constexpr int64_t kBusyRows = 200'000;
  for (int64_t n = 0; n < kBusyRows; n += 10'000) {
    ASSERT_OK(busy->Append(*Keyed(n, 10'000, 40, 100)));
    EXPECT_LE(memory->usage().bytes, 24 * kMiB);
  }
  EXPECT_GT(memory->usage().early_flushes, 0);
  EXPECT_EQ(memory->usage().waits, 0);
  ASSERT_OK_AND_ASSIGN(const auto busy_files, busy->Finish());
  ASSERT_OK(idle->Append(*Keyed(idle_rows, 1'000, 5, 100)));
  ASSERT_OK_AND_ASSIGN(const auto idle_files, idle->Finish());
  CheckRows(busy_files, kBusyRows);
  CheckRows(idle_files, idle_rows + 1'000);
  busy.reset();
  idle.reset();
  EXPECT_EQ(memory->usage().bytes, 0);
  EXPECT_EQ(memory->usage().users, 0);
}

TEST_F(SharedMemoryTest, ManyWritersStayWithinOneBudget) {
  MakeKeyedTable();
  constexpr int64_t kBudget = 48 * kMiB;
  constexpr int64_t kRows = 60'000;
  constexpr size_t kWriters = 6;
  const auto memory = std::make_shared<WriteMemory>(kBudget);
  std::array<std::vector<iceberg::DataFile>, kWriters> files;
  std::array<std::thread, kWriters> threads;
  for (size_t i = 0; i < kWriters; ++i) {
    threads[i] = std::thread([&, i] {
      auto writer = OpenWriter(OptionsWith(memory));
      ASSERT_OK(writer);
      // Some have many partitions, some one.
      const auto num_keys = static_cast<int64_t>(1 + i * i * 4);
      for (int64_t n = 0; n < kRows; n += 5'000) {
        ASSERT_OK((*writer)->Append(*Keyed(n, 5'000, num_keys, 200)));
      }
      ASSERT_OK_AND_ASSIGN(files[i], (*writer)->Finish());
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  for (const auto& one : files) {
    CheckRows(one, kRows);
  }
  EXPECT_EQ(memory->usage().bytes, 0);
  // The batches at hand come on top until each has seen that it is over.
  EXPECT_LE(memory->usage().peak, kBudget + kBudget / 5);
}

TEST_F(SharedMemoryTest, AFailureWhileAnotherShrinksAWriterIsThatWritersOwn) {
  MakeKeyedTable();
  testing::FaultyFileIO faulty(io_);
  const auto memory = std::make_shared<WriteMemory>(24 * kMiB);
  ASSERT_OK_AND_ASSIGN(
      auto idle,
      TableWriter::Open(faulty, metadata_, OptionsWith(memory), clock_, random_));
  Fatten(*idle, *memory, 18 * kMiB);
  faulty.FailOperation(0);
  ASSERT_OK_AND_ASSIGN(auto busy, OpenWriter(OptionsWith(memory)));
  for (int64_t n = 0; n < 200'000; n += 10'000) {
    ASSERT_OK(busy->Append(*Keyed(n, 10'000, 40, 100)));
  }
  ASSERT_TRUE(faulty.fault_fired());
  ASSERT_OK_AND_ASSIGN(const auto files, busy->Finish());
  CheckRows(files, 200'000);
  EXPECT_ERROR(idle->Finish(), ErrorCode::kIoFailed, "");
  idle.reset();
  EXPECT_EQ(io_.num_files(), files.size()) << "nothing of the failed one is left";
}

/// Holds whoever opens a file until it is told to go on.
class BlockingFileIO : public testing::FaultyFileIO {
 public:
  using FaultyFileIO::FaultyFileIO;

  Result<std::shared_ptr<arrow::io::OutputStream>> OpenOutput(
      const std::string& location) override {
    blocked.count_down();
    go_on.wait();
    return FaultyFileIO::OpenOutput(location);
  }

  std::latch blocked{1};
  std::latch go_on{1};
};

TEST_F(SharedMemoryTest, AWriterWhoseStoreHangsDoesNotStopTheOthers) {
  MakeKeyedTable();
  const auto memory =
      std::make_shared<WriteMemory>(24 * kMiB, std::chrono::milliseconds(100));
  BlockingFileIO hanging(io_);
  std::thread thread([&] {
    auto writer =
        TableWriter::Open(hanging, metadata_, OptionsWith(memory), clock_, random_);
    ASSERT_OK(writer);
    for (int64_t n = 0; n < 300'000; n += 10'000) {
      ASSERT_OK((*writer)->Append(*Keyed(n, 10'000, 1, 100)));
    }
    ASSERT_OK_AND_ASSIGN(const auto files, (*writer)->Finish());
    CheckRows(files, 300'000);
  });
  hanging.blocked.wait();
  ASSERT_OK_AND_ASSIGN(auto writer, OpenWriter(OptionsWith(memory)));
  for (int64_t n = 0; n < 200'000; n += 10'000) {
    ASSERT_OK(writer->Append(*Keyed(n, 10'000, 20, 100)));
  }
  ASSERT_OK_AND_ASSIGN(const auto files, writer->Finish());
  hanging.go_on.count_down();
  thread.join();
  CheckRows(files, 200'000);
}

TEST_F(SharedMemoryTest, ABudgetTooSmallForTheFootersClosesFilesRatherThanGrow) {
  MakeKeyedTable();
  const auto memory = std::make_shared<WriteMemory>(2 * kMiB);
  ASSERT_OK_AND_ASSIGN(auto writer, OpenWriter(OptionsWith(memory)));
  for (int64_t n = 0; n < 40'000; n += 2'000) {
    ASSERT_OK(writer->Append(*Keyed(n, 2'000, 100)));
  }
  EXPECT_LE(memory->usage().peak, 2 * kMiB + kMiB / 2);
  ASSERT_OK_AND_ASSIGN(const auto files, writer->Finish());
  CheckRows(files, 40'000);
}

int64_t ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  int64_t pages = 0;
  statm >> pages >> pages;
  return pages * ::sysconf(_SC_PAGESIZE);
}

/// The same with fifty gigabytes: bench/partitions_bench.
TEST_F(SharedMemoryTest, AThousandPartitionsStayWithinHalfAGigabyteResident) {
  MakeKeyedTable();
  constexpr int64_t kBatchRows = 8'192;
  constexpr int64_t kKeys = 1'000;
  constexpr int64_t kTextBytes = 1'000;
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches;
  for (int64_t i = 0; i < 8; ++i) {
    batches.push_back(Keyed(i * kBatchRows, kBatchRows, kKeys, kTextBytes));
  }
  testing::NullFileIO sink;
  const auto memory = std::make_shared<WriteMemory>(256 * kMiB);
  TableWriterOptions options = OptionsWith(memory);
  options.open_files_max = kKeys;
  options.check_closed_files = false;  // there is nothing to read again
  options.parquet.columns[iceberg::FieldId{3}].dictionary = false;
  const int64_t before = ResidentBytes();
  ASSERT_OK_AND_ASSIGN(auto writer,
                       TableWriter::Open(sink, metadata_, options, clock_, random_));
  int64_t resident_max = 0;
  int64_t rows = 0;
  for (size_t i = 0; i < 100; ++i) {  // 0.8 GB
    ASSERT_OK(writer->Append(*batches[i % batches.size()]));
    rows += kBatchRows;
    resident_max = std::max(resident_max, ResidentBytes() - before);
  }
  ASSERT_OK_AND_ASSIGN(const auto files, writer->Finish());
  EXPECT_EQ(writer->rows_written(), rows);
  EXPECT_GT(sink.bytes_written(), rows * kTextBytes);
  EXPECT_EQ(files.size(), static_cast<size_t>(kKeys));
  EXPECT_LE(memory->usage().peak, 256 * kMiB);
  RecordProperty("resident_max", std::to_string(resident_max));
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  EXPECT_LT(resident_max, 512 * kMiB);
#endif
}

}  // namespace
}  // namespace tarn::storage
