#include "tarn/testing/faulty_file_io.h"

#include <arrow/io/interfaces.h>
#include <gtest/gtest.h>

#include "tarn/testing/fake_clock.h"
#include "tarn/testing/memory_file_io.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::testing {
namespace {

Status WriteStream(io::FileIO& io, const std::string& location) {
  ARROW_ASSIGN_OR_RAISE(auto stream, io.OpenOutput(location));
  RETURN_NOT_OK(stream->Write("0123456789", 10));
  return stream->Close();
}

TEST(FaultyFileIO, FailsExactlyTheOperationAskedFor) {
  FakeClock clock;
  for (int64_t fail_at = 0; fail_at < 4; ++fail_at) {
    SCOPED_TRACE(fail_at);
    MemoryFileIO memory(clock);
    FaultyFileIO faulty(memory);
    faulty.FailOperation(fail_at);
    const Status status = WriteStream(faulty, "/f");
    EXPECT_EQ(faulty.fault_fired(), fail_at < 3);  // open, write, close
    EXPECT_EQ(status.ok(), fail_at == 3);
    EXPECT_EQ(memory.num_files(), status.ok() ? 1U : 0U);
  }
}

TEST(FaultyFileIO, EffectsAreAsNamed) {
  FakeClock clock;
  MemoryFileIO memory(clock);
  FaultyFileIO faulty(memory);
  faulty.FailOperation({0, FaultEffect::kFull, ErrorCode::kTimeout});
  EXPECT_ERROR(faulty.WriteNew("/full", "x"), ErrorCode::kTimeout, "/full");
  EXPECT_OK(memory.Stat("/full"));
  faulty.FailOperation({0, FaultEffect::kNone, ErrorCode::kDiskFull});
  EXPECT_ERROR(faulty.WriteNew("/none", "x"), ErrorCode::kDiskFull, "/none");
  EXPECT_ERROR(memory.Stat("/none"), ErrorCode::kNoSuchFile, "/none");
  faulty.FailOperation({1, FaultEffect::kPartial, ErrorCode::kIoFailed});
  ASSERT_OK_AND_ASSIGN(const auto stream, faulty.OpenOutput("/half"));
  EXPECT_ERROR(stream->Write("0123456789", 10), ErrorCode::kIoFailed, "/half");
  ASSERT_OK(stream->Close());
  ASSERT_OK_AND_ASSIGN(const std::string half, memory.ReadAll("/half"));
  EXPECT_EQ(half, "01234");
}

TEST(MemoryFileIO, KeepsTheContractOfFileIO) {
  FakeClock clock;
  MemoryFileIO memory(clock);
  ASSERT_OK(memory.WriteNew("/a/b/c", "text"));
  EXPECT_ERROR(memory.WriteNew("file:///a/b/c", "other"), ErrorCode::kAlreadyExists,
               "/a/b/c");
  EXPECT_ERROR(memory.ReadAll("/a/b/c", 3), ErrorCode::kResourceLimit, "3 bytes");
  ASSERT_OK(memory.WriteNew("/a/bc", "x"));
  ASSERT_OK_AND_ASSIGN(const auto files, memory.List("file:/a/b"));
  ASSERT_EQ(files.size(), 1U);
  EXPECT_EQ(files.front().location, "file:/a/b/c");
  EXPECT_EQ(files.front().size_bytes, 4);
  ASSERT_OK(memory.Delete("/a/b/c"));
  ASSERT_OK(memory.Delete("/a/b/c"));
  EXPECT_ERROR(memory.OpenInput("/a/b/c"), ErrorCode::kNoSuchFile, "/a/b/c");
}

TEST(FakeClock, SleepMovesTime) {
  FakeClock clock;
  const auto before = clock.Now();
  clock.Sleep(std::chrono::milliseconds(5));
  EXPECT_EQ((clock.Now() - before).count(), 5);
  EXPECT_EQ(clock.slept().count(), 5);
}

}  // namespace
}  // namespace tarn::testing
