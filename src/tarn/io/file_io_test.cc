#include "tarn/io/file_io.h"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tarn/io/internal/posix.h"
#include "tarn/io/internal/s3_file_io.h"
#include "tarn/io/internal/scheme.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::io {
namespace {

TEST(Location, LocalPathOf) {
  const std::pair<const char*, std::optional<std::string>> cases[] = {
      {"/a/b", "/a/b"},
      {"file:/a/b", "/a/b"},
      {"file:///a/b", "/a/b"},
      {"FILE:///a/b", "/a/b"},
      {"file://localhost/a/b", "/a/b"},
      {"file:///a%20b/c%3A", "/a%20b/c%3A"},  // as Hadoop and PyIceberg take it
      {"file://elsewhere/a", std::nullopt},
      {"file:a", std::nullopt},
      {"a/b", std::nullopt},
      {"", std::nullopt},
      {"s3://bucket/key", std::nullopt},
      {"/a:b", "/a:b"},
  };
  for (const auto& [location, path] : cases) {
    SCOPED_TRACE(location);
    EXPECT_EQ(LocalPathOf(location), path);
  }
}

TEST(Location, SchemeOf) {
  const std::pair<const char*, const char*> cases[] = {
      {"s3://b/k", "s3"}, {"S3A://b/k", "s3a"}, {"file:/x", "file"}, {"/x", ""},
      {"a:b", ""},        {"x.csv", ""},        {"://x", ""},        {"http://h", "http"},
  };
  for (const auto& [location, scheme] : cases) {
    SCOPED_TRACE(location);
    EXPECT_EQ(SchemeOf(location), scheme);
  }
}

TEST(Location, AbsoluteAndJoin) {
  const std::string here = std::filesystem::current_path();
  EXPECT_EQ(AbsoluteLocation("/a/../b"), "/a/../b");
  EXPECT_EQ(AbsoluteLocation("s3://b/k"), "s3://b/k");
  EXPECT_EQ(AbsoluteLocation("x/y"), here + "/x/y");
  EXPECT_EQ(AbsoluteLocation("./x/../y/"), here + "/y");
  EXPECT_EQ(JoinLocation("/a", "b"), "/a/b");
  EXPECT_EQ(JoinLocation("/a/", "/b"), "/a/b");
  EXPECT_EQ(JoinLocation("s3://b", "k/l"), "s3://b/k/l");
}

TEST(FileIO, LocationsThatNoFileSystemHas) {
  const auto io = MakeFileIO({});
  for (const char* location : {"relative/path", "", "hdfs://nn/key", "http://host/x",
                               "file:x", "s3://", "s3:///key", "s3://bucket//key"}) {
    SCOPED_TRACE(location);
    const auto read = io->ReadAll(location);
    ASSERT_FALSE(read.ok());
    EXPECT_EQ(CodeOf(read.status()), ErrorCode::kInvalidArgument)
        << read.status().ToString();
  }
  const std::string with_nul("/tmp/a\0b", 8);
  EXPECT_ERROR(io->ReadAll(with_nul), ErrorCode::kInvalidArgument, "NUL");
  EXPECT_ERROR(io->Delete("/" + std::string(5000, 'x')), ErrorCode::kInvalidArgument,
               "too long");
}

TEST(FileIO, ErrnoDecidesTheCode) {
  const std::pair<int, ErrorCode> cases[] = {
      {ENOSPC, ErrorCode::kDiskFull}, {EDQUOT, ErrorCode::kDiskFull},
      {EFBIG, ErrorCode::kDiskFull},  {EACCES, ErrorCode::kForbidden},
      {EROFS, ErrorCode::kForbidden}, {ENOENT, ErrorCode::kNoSuchFile},
      {EIO, ErrorCode::kIoFailed},    {ENAMETOOLONG, ErrorCode::kInvalidArgument},
  };
  for (const auto& [error, code] : cases) {
    SCOPED_TRACE(error);
    EXPECT_ERROR(ErrnoError(error, "write", "/x/y"), code, "Cannot write /x/y: ");
  }
}

TEST(FileIO, AFullDiskIsSaidAtTheWrite) {
  const FileDescriptor full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  if (!full.is_open()) {
    GTEST_SKIP() << "no /dev/full here";
  }
  EXPECT_ERROR(WriteFully(full.get(), "x", "/data/f"), ErrorCode::kDiskFull, "/data/f");
}

class LocalFileIO : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = std::filesystem::temp_directory_path() / "tarn-io-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
    io_ = MakeFileIO({});
  }
  void TearDown() override {
    ::chmod(root_.c_str(), 0700);
    std::filesystem::remove_all(root_);
  }
  std::string root_;
  std::unique_ptr<FileIO> io_;
};

TEST_F(LocalFileIO, AReadOnlyDirectoryIsForbidden) {
  if (::geteuid() == 0) {
    GTEST_SKIP() << "root may write everywhere";
  }
  ASSERT_EQ(::chmod(root_.c_str(), 0500), 0);
  EXPECT_ERROR(io_->OpenOutput(root_ + "/f"), ErrorCode::kForbidden, root_);
  EXPECT_ERROR(io_->WriteNew(root_ + "/d/f", "x"), ErrorCode::kForbidden, root_);
}

TEST_F(LocalFileIO, AFileInThePlaceOfADirectory) {
  std::ofstream(root_ + "/file") << "x";
  const auto stream = io_->OpenOutput(root_ + "/file/below");
  ASSERT_FALSE(stream.ok());
  EXPECT_NE(stream.status().message().find("Not a directory"), std::string::npos)
      << stream.status().message();
  EXPECT_ERROR(io_->ReadAll(root_ + "/file/below"), ErrorCode::kNoSuchFile, "below");
  ASSERT_OK_AND_ASSIGN(const auto files, io_->List(root_ + "/file"));
  EXPECT_TRUE(files.empty());
}

TEST_F(LocalFileIO, TemporaryFilesAreRecognisable) {
  ASSERT_OK_AND_ASSIGN(auto stream, io_->OpenOutput(root_ + "/out"));
  ASSERT_OK_AND_ASSIGN(const auto files, io_->List(root_));
  ASSERT_EQ(files.size(), 1U);
  EXPECT_EQ(files[0].location.find(root_ + "/.tarn-tmp-"), 0U) << files[0].location;
}

TEST_F(LocalFileIO, AnOpenFileOutlivesItsDeletion) {
  ASSERT_OK(io_->WriteNew(root_ + "/f", "content"));
  ASSERT_OK_AND_ASSIGN(auto file, io_->OpenInput(root_ + "/f"));
  ASSERT_OK(io_->Delete(root_ + "/f"));
  ASSERT_OK_AND_ASSIGN(const auto bytes, file->ReadAt(0, 7));
  EXPECT_EQ(bytes->ToString(), "content");
}

TEST(S3Options, SenselessOptionsAreRefused) {
  S3Options half;
  half.access_key_id = "id";
  EXPECT_ERROR(MakeS3FileIO(half), ErrorCode::kInvalidArgument, "together");
  S3Options endpoint;
  endpoint.access_key_id = "id";
  endpoint.secret_access_key = "very-secret";
  for (const char* text : {"ftp://host", "http://", "http://host/path"}) {
    SCOPED_TRACE(text);
    endpoint.endpoint = text;
    const auto io = MakeS3FileIO(endpoint);
    EXPECT_ERROR(io, ErrorCode::kInvalidArgument, "s3.endpoint");
    EXPECT_EQ(io.status().message().find("very-secret"), std::string::npos);
  }
}

TEST(S3FileIO, NobodyListens) {
  S3Options options;
  options.endpoint = "http://127.0.0.1:1";
  options.access_key_id = "id";
  options.secret_access_key = "very-secret";
  options.retry = {.retries_max = 2,
                   .wait_min = std::chrono::milliseconds(1),
                   .wait_max = std::chrono::milliseconds(1)};
  ASSERT_OK_AND_ASSIGN(const auto io, MakeS3FileIO(options));
  const auto read = io->ReadAll("s3://bucket/key");
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(CodeOf(read.status()), ErrorCode::kUnavailable) << read.status().ToString();
  EXPECT_EQ(read.status().message().find("very-secret"), std::string::npos);
}

TEST(GcsFileIO, NobodyListens) {
  const auto io =
      MakeFileIO(FileIOOptionsFrom({{"gcs.service.host", "http://127.0.0.1:1"},
                                    {"gcs.oauth2.token", "very-secret"},
                                    {"gcs.retry-limit", "1ms"}}));
  const auto read = io->ReadAll("gs://bucket/key");
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(CodeOf(read.status()), ErrorCode::kUnavailable) << read.status().ToString();
  EXPECT_EQ(read.status().message().find("very-secret"), std::string::npos);
}

TEST(AzureFileIO, AnAccountIsNeeded) {
  const auto io = MakeFileIO({});
  EXPECT_ERROR(io->ReadAll("abfss://container/key"), ErrorCode::kInvalidArgument,
               "adls.account-name");
  EXPECT_ERROR(io->ReadAll("abfss://@account.dfs.core.windows.net/key"),
               ErrorCode::kInvalidArgument, "container@account");
  FileIOOptions options;
  options.azure = {.account_name = "a", .client_secret = "very-secret"};
  const auto half = MakeFileIO(options)->ReadAll("wasbs://container/key");
  EXPECT_ERROR(half, ErrorCode::kInvalidArgument, "adls.tenant-id");
  EXPECT_EQ(half.status().message().find("very-secret"), std::string::npos);
}

TEST(Location, IsStoreLocation) {
  for (const char* location :
       {"s3://b/k", "S3A://b", "s3n://b/k", "gs://b/k", "abfs://c@a/k", "abfss://c/k",
        "wasb://c/k", "wasbs://c/k"}) {
    EXPECT_TRUE(IsStoreLocation(location)) << location;
  }
  for (const char* location : {"/s3://b", "file:///x", "http://h/x", "s3:/b", "gs", ""}) {
    EXPECT_FALSE(IsStoreLocation(location)) << location;
  }
}

}  // namespace
}  // namespace tarn::io
