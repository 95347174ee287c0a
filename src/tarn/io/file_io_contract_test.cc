// What every FileIO promises, on local paths in three spellings, in memory and, if
// TARN_TEST_S3_ENDPOINT names a server with the bucket TARN_TEST_S3_BUCKET ("tarn-test"),
// on S3. tests/interop/s3_server.py starts one.
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <thread>

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>
#include <gtest/gtest.h>

#include "tarn/io/file_io.h"
#include "tarn/testing/fake_clock.h"
#include "tarn/testing/memory_file_io.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::io {
namespace {

using ::testing::ElementsAre;

struct Implementation {
  std::string name;
  std::string prefix;  // before an absolute path
  bool is_s3 = false;
  bool in_memory = false;
  /// Of many writers of one new name exactly one wins. Not on S3: Arrow's client has no
  /// If-None-Match.
  bool write_new_is_atomic = true;
};

class FileIOContract : public ::testing::TestWithParam<Implementation> {
 protected:
  void SetUp() override {
    if (GetParam().is_s3) {
      if (std::getenv("TARN_TEST_S3_ENDPOINT") == nullptr) {
        GTEST_SKIP() << "no S3 server is given";
      }
      SetUpS3();
      return;
    }
    std::string pattern = std::filesystem::temp_directory_path() / "tarn-io-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    local_ = pattern;
    root_ = GetParam().prefix + local_;
    if (GetParam().in_memory) {
      io_ = std::make_unique<tarn::testing::MemoryFileIO>(clock_);
    } else {
      io_ = MakeFileIO({});
    }
  }

  void SetUpS3() {
    static std::atomic<int> number{0};
    FileIOOptions options;
    options.s3 = S3OptionsFrom({{"s3.endpoint", std::getenv("TARN_TEST_S3_ENDPOINT")},
                                {"s3.access-key-id", "lakeadmin"},
                                {"s3.secret-access-key", "lakeadmin"}});
    const char* bucket = std::getenv("TARN_TEST_S3_BUCKET");
    root_ = std::string("s3://") + (bucket == nullptr ? "tarn-test" : bucket) +
            "/contract-" + std::to_string(::getpid()) + "-" + std::to_string(number++);
    io_ = MakeFileIO(std::move(options));
  }

  void TearDown() override {
    if (!local_.empty()) {
      std::filesystem::remove_all(local_);
    }
  }

  std::string At(const std::string& name) const { return JoinLocation(root_, name); }

  void Put(const std::string& name, std::string_view bytes) {
    ASSERT_OK_AND_ASSIGN(auto stream, io_->OpenOutput(At(name)));
    ASSERT_OK(stream->Write(bytes));
    ASSERT_OK(stream->Close());
  }

  tarn::testing::FakeClock clock_;
  std::string local_;
  std::string root_;
  std::unique_ptr<FileIO> io_;
};

TEST_P(FileIOContract, WhatWasWrittenIsRead) {
  std::string bytes = "Iceberg";
  bytes += '\0';
  for (int i = 0; i < 100'000; ++i) {
    bytes += static_cast<char>(i % 251);
  }
  Put("a/b/file.bin", bytes);
  ASSERT_OK_AND_ASSIGN(const std::string read, io_->ReadAll(At("a/b/file.bin")));
  EXPECT_EQ(read, bytes);
  for (const std::optional<int64_t> size :
       {std::optional<int64_t>(),
        std::optional<int64_t>(static_cast<int64_t>(bytes.size()))}) {
    ASSERT_OK_AND_ASSIGN(auto file, io_->OpenInput(At("a/b/file.bin"), size));
    ASSERT_OK_AND_ASSIGN(const int64_t length, file->GetSize());
    EXPECT_EQ(length, static_cast<int64_t>(bytes.size()));
    ASSERT_OK_AND_ASSIGN(const auto part, file->ReadAt(5, 10));
    EXPECT_EQ(part->ToString(), bytes.substr(5, 10));
  }
}

TEST_P(FileIOContract, NamesAreTakenLiterally) {
  for (const char* name : {"with space.txt", "percent%20%2F.txt", "a=b/c=%3A/x",
                           "ümlaut-雪.txt", "plus+and&amp;.txt", "quote'\".txt"}) {
    SCOPED_TRACE(name);
    Put(name, name);
    ASSERT_OK_AND_ASSIGN(const std::string read, io_->ReadAll(At(name)));
    EXPECT_EQ(read, name);
    ASSERT_OK_AND_ASSIGN(const FileInfo info, io_->Stat(At(name)));
    EXPECT_EQ(info.location, At(name));
  }
}

TEST_P(FileIOContract, EmptyFiles) {
  Put("empty", "");
  ASSERT_OK_AND_ASSIGN(const std::string read, io_->ReadAll(At("empty")));
  EXPECT_EQ(read, "");
  ASSERT_OK_AND_ASSIGN(const FileInfo info, io_->Stat(At("empty")));
  EXPECT_EQ(info.size_bytes, 0);
}

TEST_P(FileIOContract, NothingIsVisibleBeforeClose) {
  ASSERT_OK_AND_ASSIGN(auto stream, io_->OpenOutput(At("late")));
  ASSERT_OK(stream->Write(std::string_view("half")));
  EXPECT_ERROR(io_->ReadAll(At("late")), ErrorCode::kNoSuchFile, "late");
  ASSERT_OK(stream->Close());
  EXPECT_TRUE(stream->closed());
  EXPECT_OK(io_->ReadAll(At("late")));
}

TEST_P(FileIOContract, AbortAndDestructionDiscard) {
  {
    ASSERT_OK_AND_ASSIGN(auto stream, io_->OpenOutput(At("aborted")));
    ASSERT_OK(stream->Write(std::string_view("x")));
    ASSERT_OK(stream->Abort());
  }
  {
    ASSERT_OK_AND_ASSIGN(auto stream, io_->OpenOutput(At("dropped")));
    ASSERT_OK(stream->Write(std::string_view("x")));
  }
  ASSERT_OK_AND_ASSIGN(const auto files, io_->List(root_));
  EXPECT_TRUE(files.empty()) << files.front().location;
}

TEST_P(FileIOContract, WriteNewRefusesWhatIsThere) {
  ASSERT_OK(io_->WriteNew(At("metadata/v1.json"), "first"));
  EXPECT_ERROR(io_->WriteNew(At("metadata/v1.json"), "second"), ErrorCode::kAlreadyExists,
               "v1.json");
  ASSERT_OK_AND_ASSIGN(const std::string read, io_->ReadAll(At("metadata/v1.json")));
  EXPECT_EQ(read, "first");
  ASSERT_OK_AND_ASSIGN(const auto files, io_->List(root_));
  EXPECT_EQ(files.size(), 1U) << "a temporary file is left over";
}

TEST_P(FileIOContract, OneOfManyWritersWins) {
  if (!GetParam().write_new_is_atomic) {
    GTEST_SKIP() << "declared deviation";
  }
  constexpr int kWriters = 8;
  std::atomic<int> wins{0};
  std::atomic<int> losses{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < kWriters; ++i) {
    threads.emplace_back([&, i] {
      const Status status = io_->WriteNew(At("race"), std::to_string(i));
      if (status.ok()) {
        ++wins;
      }
      if (!status.ok() && CodeOf(status) == ErrorCode::kAlreadyExists) {
        ++losses;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(wins, 1);
  EXPECT_EQ(losses, kWriters - 1);
}

TEST_P(FileIOContract, MissingFiles) {
  EXPECT_ERROR(io_->OpenInput(At("nope")), ErrorCode::kNoSuchFile, "nope");
  EXPECT_ERROR(io_->ReadAll(At("no/pe")), ErrorCode::kNoSuchFile, "no/pe");
  EXPECT_ERROR(io_->Stat(At("nope")), ErrorCode::kNoSuchFile, "nope");
  EXPECT_OK(io_->Delete(At("nope")));
  EXPECT_OK(io_->Delete(At("no/pe")));
  ASSERT_OK_AND_ASSIGN(const auto files, io_->List(At("no/such/directory")));
  EXPECT_TRUE(files.empty());
}

TEST_P(FileIOContract, ReadAllKeepsItsLimit) {
  Put("big", std::string(1000, 'x'));
  EXPECT_OK(io_->ReadAll(At("big"), 1000));
  EXPECT_ERROR(io_->ReadAll(At("big"), 999), ErrorCode::kResourceLimit, "999");
}

TEST_P(FileIOContract, ListGoesDeepAndKeepsTheSpelling) {
  Put("t/data/b.parquet", "22");
  Put("t/data/p=1/a.parquet", "1");
  Put("t/metadata/m.json", "333");
  Put("t2/other", "4");
  ASSERT_OK_AND_ASSIGN(const auto files, io_->List(At("t")));
  std::vector<std::string> found;
  std::vector<int64_t> sizes;
  for (const FileInfo& file : files) {
    found.push_back(file.location);
    sizes.push_back(file.size_bytes);
  }
  EXPECT_THAT(found, ElementsAre(At("t/data/b.parquet"), At("t/data/p=1/a.parquet"),
                                 At("t/metadata/m.json")));
  EXPECT_THAT(sizes, ElementsAre(2, 1, 3));
  ASSERT_OK_AND_ASSIGN(const auto with_slash, io_->List(At("t/")));
  EXPECT_EQ(with_slash.size(), 3U);
}

TEST_P(FileIOContract, DirectoriesAreNoFiles) {
  Put("dir/file", "x");
  EXPECT_ERROR(io_->Stat(At("dir")), ErrorCode::kNoSuchFile, "dir");
  EXPECT_ERROR(io_->ReadAll(At("dir")), ErrorCode::kNoSuchFile, "dir");
}

TEST_P(FileIOContract, StatGivesSizeAndTime) {
  const auto before = SystemClock().Now();
  Put("file", "12345");
  ASSERT_OK_AND_ASSIGN(const FileInfo info, io_->Stat(At("file")));
  EXPECT_EQ(info.size_bytes, 5);
  if (GetParam().in_memory) {
    EXPECT_EQ(info.modified, clock_.Now());
  } else {
    EXPECT_GE(info.modified, before - std::chrono::seconds(10));
    EXPECT_LE(info.modified, SystemClock().Now() + std::chrono::seconds(10));
  }
}

TEST_P(FileIOContract, DeleteRemoves) {
  Put("x/file", "1");
  ASSERT_OK(io_->Delete(At("x/file")));
  EXPECT_ERROR(io_->Stat(At("x/file")), ErrorCode::kNoSuchFile, "");
  ASSERT_OK_AND_ASSIGN(const auto files, io_->List(root_));
  EXPECT_TRUE(files.empty());
}

TEST_P(FileIOContract, ANewFileReplacesAnOldOne) {
  Put("file", "old content");
  Put("file", "new");
  ASSERT_OK_AND_ASSIGN(const std::string read, io_->ReadAll(At("file")));
  EXPECT_EQ(read, "new");
}

TEST_P(FileIOContract, LargeFilesGoInParts) {
  constexpr size_t kPart =
      3'000'000;  // five of them cross the size at which S3 uploads begin a new part
  {
    ASSERT_OK_AND_ASSIGN(auto stream, io_->OpenOutput(At("large")));
    for (char c : {'a', 'b', 'c', 'd', 'e'}) {
      ASSERT_OK(stream->Write(std::string(kPart, c)));
    }
    ASSERT_OK(stream->Close());
  }
  ASSERT_OK_AND_ASSIGN(auto file, io_->OpenInput(At("large")));
  ASSERT_OK_AND_ASSIGN(const int64_t size, file->GetSize());
  EXPECT_EQ(size, static_cast<int64_t>(5 * kPart));
  ASSERT_OK_AND_ASSIGN(const auto edge, file->ReadAt(4 * kPart - 1, 2));
  EXPECT_EQ(edge->ToString(), "de");
}

INSTANTIATE_TEST_SUITE_P(
    All, FileIOContract,
    ::testing::Values(Implementation{.name = "Path", .prefix = ""},
                      Implementation{.name = "FileUri", .prefix = "file:"},
                      Implementation{.name = "FileUriWithSlashes", .prefix = "file://"},
                      Implementation{.name = "Memory", .prefix = "", .in_memory = true},
                      Implementation{.name = "S3",
                                     .prefix = "",
                                     .is_s3 = true,
                                     .write_new_is_atomic = false}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace tarn::io
