#include "tarn/table/stream_writer.h"

#include <atomic>
#include <deque>
#include <filesystem>
#include <numeric>
#include <optional>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/table/stream_table_test.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::table {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::SeededRandom;

class StreamWriterTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_OK_AND_ASSIGN(table_, StreamTable::Make()); }

  Result<std::shared_ptr<StreamWriter>> Open(StreamWriterOptions options = {}) {
    return StreamWriter::Open(table_->lake->context(), table_->ident(),
                              std::move(options));
  }
  int64_t NumRows() { return table_->lake->num_rows().ValueOrDie(); }
  std::vector<iceberg::DataFile> LiveFiles() {
    ScanRequest request;
    request.metadata =
        table_->lake->catalog().LoadTable(table_->ident()).ValueOrDie().metadata;
    std::vector<iceberg::DataFile> files;
    for (FileScanTask& task : PlanScan(table_->lake->fs(), request).ValueOrDie().tasks) {
      files.push_back(std::move(task.file));
    }
    return files;
  }
  /// Data files on disk, referred to or not.
  int64_t FilesOnDisk() const {
    int64_t files = 0;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(table_->lake->directory())) {
      files += entry.path().extension() == ".parquet" ? 1 : 0;
    }
    return files;
  }

  std::unique_ptr<StreamTable> table_;
};

/// Ten thousand tiny batches over an hour, with pauses longer than the limit: the oldest
/// uncommitted row is looked at on every tick.
TEST_F(StreamWriterTest, TenThousandTinyBatchesOverAnHour) {
  constexpr int64_t kBatches = 10'000;
  constexpr milliseconds kTick{1'000};
  constexpr milliseconds kAgeMax = minutes(5);
  struct Arrival {
    int64_t rows;  // up to and with this batch
    milliseconds at;
  };
  std::deque<Arrival> waiting;
  int64_t commits = 0;
  StreamWriterOptions options;
  options.writing.file_age_max = kAgeMax;
  options.committed = [&](const iceberg::Snapshot& snapshot, int64_t rows) {
    ++commits;
    EXPECT_EQ(snapshot.summary.at("tarn.stream-rows"), std::to_string(rows));
    EXPECT_EQ(snapshot.summary.at("total-records"), std::to_string(rows));
    while (!waiting.empty() && waiting.front().rows <= rows) {
      waiting.pop_front();
    }
  };
  ASSERT_OK_AND_ASSIGN(const auto writer, Open(std::move(options)));
  testing::FakeClock& clock = table_->clock();
  SeededRandom random(5);
  const milliseconds begin = clock.Now();
  const milliseconds end = begin + minutes(60);
  milliseconds oldest_seen{0};
  int64_t rows = 0;
  int64_t batches = 0;
  while (clock.Now() < end) {
    const milliseconds elapsed = clock.Now() - begin;
    // Nothing comes for eleven minutes from the 20th, and for six from the 45th.
    const bool pauses = (elapsed >= minutes(20) && elapsed < minutes(31)) ||
                        (elapsed >= minutes(45) && elapsed < minutes(51));
    for (int i = 0; !pauses && i < 4 && batches < kBatches; ++i, ++batches) {
      const auto count = static_cast<int64_t>(1 + random.Next() % 3);
      rows += count;
      waiting.push_back({rows, clock.Now()});
      ASSERT_OK(writer->Append(*table_->Rows(rows - count, count)));
    }
    clock.Advance(kTick);
    ASSERT_OK(writer->Tick());
    if (!waiting.empty()) {
      oldest_seen = std::max(oldest_seen, clock.Now() - waiting.front().at);
      ASSERT_LT(oldest_seen, kAgeMax) << "a row waits for longer than the limit";
      ASSERT_EQ(writer->next_due(), waiting.front().at + kAgeMax);
    } else {
      ASSERT_EQ(writer->next_due(), std::nullopt);
    }
  }
  EXPECT_EQ(batches, kBatches);
  EXPECT_GT(oldest_seen, kAgeMax - 2 * kTick);  // and not much sooner than that
  // Rows come for 20 minutes, 14, and 7 and a half, each with its last commit in the
  // pause.
  EXPECT_EQ(commits, 4 + 3 + 1);
  EXPECT_EQ(NumRows(), writer->rows_committed());
  ASSERT_OK(writer->Close());
  EXPECT_EQ(commits, 9);
  EXPECT_EQ(writer->rows_committed(), rows);
  EXPECT_EQ(static_cast<int64_t>(LiveFiles().size()), commits * 8);
  EXPECT_EQ(static_cast<int64_t>(LiveFiles().size()), FilesOnDisk());
  ASSERT_OK_AND_ASSIGN(const auto ids, table_->Ids());
  EXPECT_EQ(ids, StreamTable::Range(rows));
  ASSERT_OK(table_->lake->CheckInvariants());
}

TEST_F(StreamWriterTest, WithoutATimerNothingIsLostOnClose) {
  ASSERT_OK_AND_ASSIGN(const auto writer, Open());
  for (int64_t i = 0; i < 300; ++i) {
    ASSERT_OK(writer->Append(*table_->Rows(i, 1)));
    table_->clock().Advance(seconds(10));
  }
  // Append() itself commits once the oldest row has waited for five minutes.
  EXPECT_GE(writer->rows_committed(), 9 * 31);
  EXPECT_EQ(NumRows(), writer->rows_committed());
  ASSERT_OK(writer->Close());
  ASSERT_OK(writer->Close());
  EXPECT_EQ(writer->rows_committed(), 300);
  EXPECT_ERROR(writer->Append(*table_->Rows(0, 1)), ErrorCode::kInternal, "closed");
  ASSERT_OK_AND_ASSIGN(const auto ids, table_->Ids());
  EXPECT_EQ(ids, StreamTable::Range(300));
}

TEST_F(StreamWriterTest, AFullFileIsCommittedAtOnce) {
  constexpr int64_t kFileBytes = 400'000;
  constexpr int64_t kRows = 1'000;
  StreamWriterOptions options;
  options.writing.file_bytes_max = kFileBytes;
  // Rows wait in memory before they become bytes of a file.
  options.writing.memory_bytes_max = int64_t{2} << 20;
  ASSERT_OK_AND_ASSIGN(const auto writer, Open(std::move(options)));
  int64_t commits = 0;
  for (int64_t i = 0; i < 60; ++i) {
    const int64_t before = writer->rows_committed();
    ASSERT_OK(writer->Append(*table_->Rows(i * kRows, kRows, /*name_bytes=*/200)));
    if (writer->rows_committed() != before) {
      ++commits;
      ASSERT_EQ(writer->rows_committed(), (i + 1) * kRows);  // all that came so far
      ASSERT_EQ(NumRows(), (i + 1) * kRows);
    }
  }
  // 12 MB over eight partitions fill each of them a few times.
  EXPECT_GE(commits, 2);
  EXPECT_LE(commits, 5);
  ASSERT_OK(writer->Close());
  for (const iceberg::DataFile& file : LiveFiles()) {
    EXPECT_LE(file.file_size_bytes, kFileBytes * 5 / 4);
  }
  ASSERT_OK_AND_ASSIGN(const auto ids, table_->Ids());
  EXPECT_EQ(ids, StreamTable::Range(60 * kRows));
}

TEST_F(StreamWriterTest, FilesClosedForWantOfRoomAreNotACommit) {
  StreamWriterOptions options;
  options.writing.open_files_max = 1;
  options.writing.memory_bytes_max = int64_t{1} << 20;
  ASSERT_OK_AND_ASSIGN(const auto writer, Open(std::move(options)));
  for (int64_t i = 0; i < 40; ++i) {
    ASSERT_OK(writer->Append(*table_->Rows(i * 500, 500, /*name_bytes=*/200)));
  }
  EXPECT_EQ(writer->rows_committed(), 0);
  ASSERT_OK_AND_ASSIGN(const auto snapshot, writer->Flush());
  EXPECT_TRUE(snapshot.has_value());
  EXPECT_EQ(writer->rows_committed(), 20'000);
  ASSERT_OK_AND_ASSIGN(const auto nothing, writer->Flush());
  EXPECT_EQ(nothing, std::nullopt);
  EXPECT_EQ(NumRows(), 20'000);
}

TEST_F(StreamWriterTest, WhatIsNotCommittedGoesWithTheWriter) {
  {
    StreamWriterOptions options;
    options.writing.memory_bytes_max = int64_t{1} << 20;
    ASSERT_OK_AND_ASSIGN(const auto writer, Open(std::move(options)));
    ASSERT_OK(writer->Append(*table_->Rows(0, 1'000)));
    ASSERT_OK(writer->Flush());
    ASSERT_OK(writer->Append(*table_->Rows(1'000, 20'000, /*name_bytes=*/200)));
    EXPECT_FALSE(writer->open_files().empty());
  }
  EXPECT_EQ(NumRows(), 1'000);
  EXPECT_EQ(static_cast<int64_t>(LiveFiles().size()), FilesOnDisk());
}

TEST_F(StreamWriterTest, ARowThatDoesNotFitFailsTheWriter) {
  StreamWriterOptions options;
  options.stream_id = "orders-0";
  ASSERT_OK_AND_ASSIGN(auto writer, Open(options));
  ASSERT_OK(writer->Append(*table_->Rows(0, 10)));
  ASSERT_OK(writer->Flush());
  ASSERT_OK(writer->Append(*table_->Rows(10, 10)));
  const auto good = table_->Rows(20, 1);
  const auto bad = arrow::RecordBatch::Make(
      good->schema(), 1,
      {arrow::MakeArrayOfNull(arrow::int64(), 1).ValueOrDie(), good->column(1)});
  EXPECT_ERROR(writer->Append(*bad), ErrorCode::kConstraintViolated, "id");
  EXPECT_ERROR(writer->Append(*good), ErrorCode::kConstraintViolated, "id");
  EXPECT_ERROR(writer->Tick(), ErrorCode::kConstraintViolated, "id");
  EXPECT_ERROR(writer->Close(), ErrorCode::kConstraintViolated, "id");
  EXPECT_EQ(writer->next_due(), std::nullopt);
  EXPECT_EQ(writer->rows_committed(), 10);
  ASSERT_OK_AND_ASSIGN(writer, Open(options));
  EXPECT_EQ(writer->rows_committed(), 10);  // the stream goes on where it was
  ASSERT_OK(writer->Append(*table_->Rows(10, 5)));
  ASSERT_OK(writer->Close());
  ASSERT_OK_AND_ASSIGN(const auto ids, table_->Ids());
  EXPECT_EQ(ids, StreamTable::Range(15));
  options.stream_id = "orders-1";
  ASSERT_OK_AND_ASSIGN(writer, Open(options));
  EXPECT_EQ(writer->rows_committed(), 0);  // another stream
}

TEST_F(StreamWriterTest, ThreadsAppendAndATimerCommits) {
  constexpr int kThreads = 4;
  constexpr int64_t kBatches = 150;
  StreamWriterOptions options;
  options.writing.file_age_max = milliseconds(30);
  std::atomic<int64_t> commits{0};
  options.committed = [&](const iceberg::Snapshot&, int64_t) { ++commits; };
  const Context lake = table_->lake->context();
  const Context context{lake.catalog, lake.io, SystemClock(), lake.random};
  ASSERT_OK_AND_ASSIGN(const auto writer,
                       StreamWriter::Open(context, table_->ident(), options));
  RotationTimer timer(context.clock);
  timer.Add(writer);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int64_t i = 0; i < kBatches; ++i) {
        EXPECT_OK(writer->Append(*table_->Rows((t * kBatches + i) * 3, 3)));
        if (i % 50 == 49) {
          std::this_thread::sleep_for(milliseconds(40));
        }
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  // No batch comes any more: the timer commits the rest.
  const milliseconds begin = SystemClock().Now();
  while (writer->rows_committed() < kThreads * kBatches * 3 &&
         SystemClock().Now() - begin < seconds(30)) {
    std::this_thread::sleep_for(milliseconds(5));
  }
  EXPECT_EQ(writer->rows_committed(), kThreads * kBatches * 3);
  EXPECT_GE(commits.load(), 2);
  ASSERT_OK_AND_ASSIGN(const auto ids, table_->Ids());
  EXPECT_EQ(ids, StreamTable::Range(kThreads * kBatches * 3));
}

TEST_F(StreamWriterTest, ATimerForgetsWritersThatAreGone) {
  RotationTimer timer(SystemClock());
  const Context lake = table_->lake->context();
  const Context context{lake.catalog, lake.io, SystemClock(), lake.random};
  for (int i = 0; i < 20; ++i) {
    StreamWriterOptions options;
    options.writing.file_age_max = milliseconds(i % 3);
    ASSERT_OK_AND_ASSIGN(const auto writer,
                         StreamWriter::Open(context, table_->ident(), options));
    timer.Add(writer);
    ASSERT_OK(writer->Append(*table_->Rows(0, 1)));
    std::this_thread::sleep_for(milliseconds(i % 5));
  }
  EXPECT_LE(NumRows(), 20);
}

}  // namespace
}  // namespace tarn::table
