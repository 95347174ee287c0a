// Writes through the real storage, catalog and files: every I/O fails once; many writers
// at once.
#include <cstdio>
#include <sys/wait.h>
#include <thread>

#include <gtest/gtest.h>
#include <unistd.h>

#include "tarn/catalog/sqlite_catalog.h"
#include "tarn/table/scan.h"
#include "tarn/table/write.h"
#include "tarn/testing/lake.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::table {
namespace {

using testing::Fault;
using testing::FaultEffect;
using testing::Lake;

enum class Write : uint8_t {
  kCreate,
  kAppend,
  kOverwrite,
  kRemoveFile,
  kRewriteFile,
  kOverwritePartition,
};

struct Case {
  const char* name;
  Write write;
  int64_t rows_before;
  int64_t rows_after;  // a write of 5 rows, or one that changes one file
};

/// A request about one of the two live files.
Result<WriteRequest> ChangeOneFile(Lake& lake, WriteMode mode) {
  ARROW_ASSIGN_OR_RAISE(const auto loaded, lake.catalog().LoadTable(lake.ident()));
  ScanRequest scan{.metadata = loaded.metadata, .keep_stats = true};
  ARROW_ASSIGN_OR_RAISE(const ScanPlan plan, PlanScan(lake.fs(), scan));
  const FileScanTask& task = plan.tasks.front();
  WriteRequest request;
  request.ident = lake.ident();
  request.mode = mode;
  request.checks = {.isolation = Isolation::kSerializable,
                    .base = loaded.metadata->current_snapshot_id};
  if (mode != WriteMode::kOverwritePartitions) {
    request.removed_files = {task.file};
  }
  if (mode == WriteMode::kRowDelta) {
    return request;
  }
  iceberg::DataFile copy = task.file;
  copy.file_path += ".copy.parquet";
  ARROW_ASSIGN_OR_RAISE(const std::string bytes, lake.fs().ReadAll(task.file.file_path));
  RETURN_NOT_OK(lake.fs().WriteNew(copy.file_path, bytes));
  request.files = {copy};
  return request;
}

Status RunOnOneFile(Lake& lake, WriteMode mode) {
  ARROW_ASSIGN_OR_RAISE(const WriteRequest request, ChangeOneFile(lake, mode));
  return table::Write(lake.context(), request).status();
}

Status Run(Lake& lake, Write write, int64_t rows) {
  switch (write) {
    case Write::kCreate:
      return lake.Create(rows);
    case Write::kAppend:
      return lake.Append(rows);
    case Write::kOverwrite:
      return lake.Overwrite(rows);
    case Write::kRemoveFile:
      return RunOnOneFile(lake, WriteMode::kRowDelta);
    case Write::kRewriteFile:
      return RunOnOneFile(lake, WriteMode::kRewrite);
    case Write::kOverwritePartition:
      return RunOnOneFile(lake, WriteMode::kOverwritePartitions);
  }
  return Status::OK();
}

/// One point of failure; sets `fired` if the write got that far. Afterwards the table is
/// the old or the new one, says so, and can be written to.
void FailOnce(const Case& c, Fault fault, bool* fired) {
  ASSERT_OK_AND_ASSIGN(const auto lake, Lake::Make());
  if (c.write != Write::kCreate) {
    ASSERT_OK(lake->Create(c.rows_before));
  }
  lake->fs().FailOperation(fault);
  const Status status = Run(*lake, c.write, 5);
  *fired = lake->fs().fault_fired();
  ASSERT_OK(lake->Reopen());
  ASSERT_OK(lake->CheckInvariants());
  ASSERT_OK_AND_ASSIGN(const int64_t rows, lake->num_rows());
  if (!IsOutcomeUnknown(status)) {
    EXPECT_EQ(rows, status.ok() ? c.rows_after : c.rows_before)
        << testing::Describe(status);
  }
  EXPECT_TRUE(rows == c.rows_after || rows == c.rows_before);
  const bool exists = lake->catalog().TableExists(lake->ident()).ValueOrDie();
  ASSERT_OK(exists ? lake->Append(1) : lake->Create(1));
  ASSERT_OK(lake->CheckInvariants());
}

TEST(WriteFaults, Trap30_EveryFailedIoLeavesTheOldOrTheNewTable) {
  const Case cases[] = {
      {"create", Write::kCreate, 0, 5},
      {"append", Write::kAppend, 10, 15},
      {"overwrite", Write::kOverwrite, 10, 5},
      {"remove a file", Write::kRemoveFile, 10,
       6},  // four of ids 0 to 9 are in its bucket
      {"rewrite a file", Write::kRewriteFile, 10, 10},
      {"overwrite a partition", Write::kOverwritePartition, 10, 10},
  };
  for (const Case& c : cases) {
    for (const FaultEffect effect :
         {FaultEffect::kNone, FaultEffect::kPartial, FaultEffect::kFull}) {
      int64_t fail_at = 0;
      for (bool fired = true; fired && !::testing::Test::HasFatalFailure(); ++fail_at) {
        SCOPED_TRACE(std::string(c.name) + ", effect " +
                     std::to_string(static_cast<int>(effect)) +
                     ", fail_at=" + std::to_string(fail_at));
        FailOnce(c, {fail_at, effect, ErrorCode::kIoFailed}, &fired);
      }
      EXPECT_GT(fail_at, 5);  // the data file, its manifest, the list, the metadata
    }
  }
}

TEST(WriteFaults, FullDiskIsReportedAsSuch) {
  ASSERT_OK_AND_ASSIGN(const auto lake, Lake::Make());
  ASSERT_OK(lake->Create(10));
  lake->fs().FailOperation({4, FaultEffect::kPartial, ErrorCode::kDiskFull});
  const Status status = lake->Append(5);
  ASSERT_TRUE(lake->fs().fault_fired());
  EXPECT_ERROR(status, ErrorCode::kDiskFull, "");
}

TEST(ConcurrentWrites, Trap32_EightThreadsAllSucceed) {
  testing::LakeOptions options;
  options.properties = {{"commit.retry.num-retries", "200"}};
  ASSERT_OK_AND_ASSIGN(const auto lake, Lake::Make(options));
  ASSERT_OK(lake->Create(1));
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 3; ++j) {
        EXPECT_OK(lake->Append(10));
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  ASSERT_OK(lake->CheckInvariants());
  ASSERT_OK_AND_ASSIGN(const int64_t rows, lake->num_rows());
  EXPECT_EQ(rows, 241);
}

/// What a process of its own does: commits `files` one by one with clock and random
/// source of the system.
int CommitInChild(const std::string& directory, const iceberg::TableIdent& ident,
                  const std::vector<iceberg::DataFile>& files) {
  const auto io = io::MakeFileIO({});
  catalog::SqliteCatalogOptions options;
  options.path = directory + "/catalog.db";
  options.warehouse = directory + "/warehouse";
  auto catalog = catalog::OpenSqliteCatalog(options, *io, SystemClock(), SystemRandom());
  if (!catalog.ok()) {
    return 2;
  }
  const Context context{**catalog, *io, SystemClock(), SystemRandom()};
  for (const iceberg::DataFile& file : files) {
    WriteRequest request;
    request.ident = ident;
    request.files = {file};
    const Status status = table::Write(context, request).status();
    if (!status.ok()) {
      std::fprintf(stderr, "%s\n", testing::Describe(status).c_str());
      return 1;
    }
  }
  return 0;
}

TEST(ConcurrentWrites, ForkedProcessesAllSucceed) {
  constexpr int kProcesses = 4;
  constexpr int kCommits = 5;
  testing::LakeOptions options;
  options.properties = {{"commit.retry.num-retries", "200"}};
  ASSERT_OK_AND_ASSIGN(const auto lake, Lake::Make(options));
  ASSERT_OK(lake->Create(4));
  ASSERT_OK_AND_ASSIGN(const auto loaded, lake->catalog().LoadTable(lake->ident()));
  ScanRequest request{.metadata = loaded.metadata, .keep_stats = true};
  ASSERT_OK_AND_ASSIGN(const ScanPlan plan, PlanScan(lake->fs(), request));
  ASSERT_FALSE(plan.tasks.empty());
  // Which file is added does not matter here; each commit adds the rows of the first one
  // again.
  const iceberg::DataFile file = plan.tasks.front().file;
  const std::vector<iceberg::DataFile> files(kCommits, file);
  std::vector<pid_t> children;
  for (int i = 0; i < kProcesses; ++i) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::_exit(CommitInChild(lake->directory(), lake->ident(), files));
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0);
  }
  ASSERT_OK(lake->Reopen());
  ASSERT_OK(lake->CheckInvariants());
  ASSERT_OK_AND_ASSIGN(const int64_t rows, lake->num_rows());
  EXPECT_EQ(rows, 4 + kProcesses * kCommits * file.record_count);
}

}  // namespace
}  // namespace tarn::table
