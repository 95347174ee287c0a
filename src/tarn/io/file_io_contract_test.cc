// What every FileIO promises, on local paths in three spellings, in memory and, if
// TARN_TEST_S3_ENDPOINT, TARN_TEST_AZURE_ENDPOINT and TARN_TEST_GCS_ENDPOINT name servers
// with a bucket TARN_TEST_BUCKET, on object stores. tests/interop/store_servers.py starts
// them.
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <thread>
#include <utility>

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>
#include <arrow/memory_pool.h>
#include <gtest/gtest.h>

#include "tarn/io/file_io.h"
#include "tarn/testing/fake_clock.h"
#include "tarn/testing/memory_file_io.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::io {
namespace {

using ::testing::ElementsAre;

enum class Store : uint8_t { kNone, kS3, kAzure, kGcs };

struct Implementation {
  std::string name;
  std::string prefix;  // before an absolute path
  Store store = Store::kNone;
  bool in_memory = false;
  /// Of many writers of one new name exactly one wins. Not on object stores: Arrow's
  /// clients cannot make a PUT conditional.
  bool write_new_is_atomic = true;
  /// A large file that is being written replaces an old one before it is closed, by an
  /// empty one.
  bool empty_while_open = false;
};

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// Where the bucket of a store is, and how it is reached; an empty root if no server is
/// given.
std::pair<std::string, FileIOOptions> StoreOf(Store store) {
  const std::string bucket = Variable("TARN_TEST_BUCKET");
  if (store == Store::kS3) {
    const std::string endpoint = Variable("TARN_TEST_S3_ENDPOINT");
    return {
        endpoint.empty() ? "" : "s3://" + bucket,
        FileIOOptionsFrom({{"s3.endpoint", endpoint},
                           {"s3.access-key-id", Variable("TARN_TEST_S3_KEY")},
                           {"s3.secret-access-key", Variable("TARN_TEST_S3_SECRET")}})};
  }
  if (store == Store::kAzure) {
    const std::string endpoint = Variable("TARN_TEST_AZURE_ENDPOINT");
    const std::string account = Variable("TARN_TEST_AZURE_ACCOUNT");
    const std::string connection =
        "DefaultEndpointsProtocol=http;AccountName=" + account +
        ";AccountKey=" + Variable("TARN_TEST_AZURE_KEY") + ";BlobEndpoint=" + endpoint;
    return {endpoint.empty()
                ? ""
                : "abfss://" + bucket + "@" + account + ".dfs.core.windows.net",
            FileIOOptionsFrom({{"adls.connection-string", connection}})};
  }
  const std::string endpoint = Variable("TARN_TEST_GCS_ENDPOINT");
  return {endpoint.empty() ? "" : "gs://" + bucket,
          FileIOOptionsFrom({{"gcs.service.host", endpoint}, {"gcs.no-auth", "true"}})};
}

class FileIOContract : public ::testing::TestWithParam<Implementation> {
 protected:
  void SetUp() override {
    if (GetParam().store != Store::kNone) {
      auto [bucket, options] = StoreOf(GetParam().store);
      static std::atomic<int> number{0};
      root_ = bucket + "/contract-" + std::to_string(::getpid()) + "-" +
              std::to_string(number++);
      io_ = MakeFileIO(std::move(options));
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
  constexpr size_t kPiece = 3'000'000;  // stores begin a new part after some of them
  {
    ASSERT_OK_AND_ASSIGN(auto stream, io_->OpenOutput(At("large")));
    for (char c : {'a', 'b', 'c', 'd', 'e'}) {
      ASSERT_OK(stream->Write(std::string(kPiece, c)));
      ASSERT_OK_AND_ASSIGN(const int64_t position, stream->Tell());
      EXPECT_EQ(position, static_cast<int64_t>(kPiece) * (c - 'a' + 1));
    }
    if (!GetParam().empty_while_open) {
      EXPECT_ERROR(io_->Stat(At("large")), ErrorCode::kNoSuchFile, "large");
    }
    ASSERT_OK(stream->Close());
  }
  ASSERT_OK_AND_ASSIGN(auto file, io_->OpenInput(At("large")));
  ASSERT_OK_AND_ASSIGN(const int64_t size, file->GetSize());
  EXPECT_EQ(size, static_cast<int64_t>(5 * kPiece));
  ASSERT_OK_AND_ASSIGN(const auto edge, file->ReadAt(4 * kPiece - 1, 2));
  EXPECT_EQ(edge->ToString(), "de");
}

TEST_P(FileIOContract, AHalfWrittenLargeFileIsDiscarded) {
  const std::string piece(12'000'000, 'x');
  Put("old", "old content");
  for (const char* name : {"aborted", "dropped", "old"}) {
    SCOPED_TRACE(name);
    ASSERT_OK_AND_ASSIGN(auto stream, io_->OpenOutput(At(name)));
    ASSERT_OK(stream->Write(piece));
    ASSERT_OK(stream->Write(piece));
    if (std::string(name) != "dropped") {
      ASSERT_OK(stream->Abort());
    }
  }
  ASSERT_OK_AND_ASSIGN(const auto files, io_->List(root_));
  if (GetParam().empty_while_open) {
    EXPECT_TRUE(files.empty()) << files.front().location;
    return;
  }
  ASSERT_EQ(files.size(), 1U);
  EXPECT_EQ(files[0].location, At("old"));
  EXPECT_EQ(files[0].size_bytes, 11);
}

TEST_P(FileIOContract, OneLargeWriteIsTheSameAsMany) {
  std::string bytes(25'000'000, '\0');
  for (size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<char>(i * i % 251);
  }
  Put("one", bytes);
  {
    ASSERT_OK_AND_ASSIGN(auto stream, io_->OpenOutput(At("many")));
    for (size_t at = 0, size = 1; at < bytes.size(); at += size, size = size * 3 + 1) {
      ASSERT_OK(stream->Write(std::string_view(bytes).substr(at, size)));
    }
    ASSERT_OK(stream->Close());
  }
  ASSERT_OK_AND_ASSIGN(const std::string one, io_->ReadAll(At("one")));
  ASSERT_OK_AND_ASSIGN(const std::string many, io_->ReadAll(At("many")));
  EXPECT_TRUE(one == bytes);
  EXPECT_TRUE(many == bytes);
}

TEST_P(FileIOContract, MemoryDoesNotGrowWithTheFile) {
  constexpr int64_t kMiB = int64_t{1} << 20;
  if (GetParam().in_memory) {
    GTEST_SKIP() << "is memory";
  }
  const std::string piece(kMiB, 'x');
  const int64_t before = arrow::default_memory_pool()->bytes_allocated();
  int64_t most = 0;
  ASSERT_OK_AND_ASSIGN(auto stream, io_->OpenOutput(At("large")));
  for (int i = 0; i < 96; ++i) {
    ASSERT_OK(stream->Write(piece));
    most = std::max(most, arrow::default_memory_pool()->bytes_allocated() - before);
  }
  ASSERT_OK(stream->Close());
  EXPECT_LE(most, 64 * kMiB);
}

TEST_P(FileIOContract, ReadsEndAtTheEndOfTheFile) {
  Put("file", "0123456789");
  ASSERT_OK_AND_ASSIGN(auto file, io_->OpenInput(At("file")));
  ASSERT_OK_AND_ASSIGN(const auto tail, file->ReadAt(7, 100));
  EXPECT_EQ(tail->ToString(), "789");
  ASSERT_OK_AND_ASSIGN(const auto nothing, file->ReadAt(10, 5));
  EXPECT_EQ(nothing->size(), 0);
  ASSERT_OK(file->Seek(2));
  ASSERT_OK_AND_ASSIGN(const auto some, file->Read(3));
  EXPECT_EQ(some->ToString(), "234");
  ASSERT_OK_AND_ASSIGN(const auto rest, file->Read(100));
  EXPECT_EQ(rest->ToString(), "56789");
  ASSERT_OK_AND_ASSIGN(const int64_t position, file->Tell());
  EXPECT_EQ(position, 10);
}

std::vector<Implementation> Implementations() {
  std::vector<Implementation> all = {{.name = "Path", .prefix = ""},
                                     {.name = "FileUri", .prefix = "file:"},
                                     {.name = "FileUriWithSlashes", .prefix = "file://"},
                                     {.name = "Memory", .prefix = "", .in_memory = true}};
  const Implementation stores[] = {
      {.name = "S3", .store = Store::kS3, .write_new_is_atomic = false},
      {.name = "Azure",
       .store = Store::kAzure,
       .write_new_is_atomic = false,
       .empty_while_open = true},
      {.name = "Gcs", .store = Store::kGcs, .write_new_is_atomic = false},
  };
  for (const Implementation& store : stores) {
    if (!StoreOf(store.store).first.empty()) {
      all.push_back(store);
    }
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(All, FileIOContract, ::testing::ValuesIn(Implementations()),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace tarn::io
