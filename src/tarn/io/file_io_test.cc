#include "tarn/io/file_io.h"

#include <cerrno>
#include <cstdlib>
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
  for (const char* location : {"relative/path", "", "gs://bucket/key", "http://host/x",
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
      {ENOSPC, ErrorCode::kDiskFull},
      {EDQUOT, ErrorCode::kDiskFull},
      {EACCES, ErrorCode::kForbidden},
      {EROFS, ErrorCode::kForbidden},
      {ENOENT, ErrorCode::kNoSuchFile},
      {EIO, ErrorCode::kIoFailed},
      {ENAMETOOLONG, ErrorCode::kInvalidArgument},
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

TEST(S3Options, PropertiesComeBeforeTheEnvironment) {
  ::setenv("AWS_ACCESS_KEY_ID", "env-id", 1);
  ::setenv("AWS_SECRET_ACCESS_KEY", "env-secret", 1);
  ::setenv("AWS_REGION", "eu-west-1", 1);
  const S3Options from_environment = S3OptionsFrom({});
  EXPECT_EQ(from_environment.access_key_id, "env-id");
  EXPECT_EQ(from_environment.secret_access_key, "env-secret");
  EXPECT_EQ(from_environment.region, "eu-west-1");
  EXPECT_TRUE(from_environment.path_style);
  const S3Options from_properties = S3OptionsFrom({{"s3.access-key-id", "id"},
                                                   {"s3.region", "us-west-2"},
                                                   {"s3.path-style-access", "false"},
                                                   {"s3.endpoint", "http://h:1"}});
  EXPECT_EQ(from_properties.access_key_id, "id");
  EXPECT_EQ(from_properties.secret_access_key, "") << "identities must not be mixed";
  EXPECT_EQ(from_properties.region, "us-west-2");
  EXPECT_FALSE(from_properties.path_style);
  ::unsetenv("AWS_ACCESS_KEY_ID");
  ::unsetenv("AWS_SECRET_ACCESS_KEY");
  ::unsetenv("AWS_REGION");
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

TEST(S3Errors, TextDecidesTheCode) {
  const std::pair<const char*, ErrorCode> cases[] = {
      {"AWS Error ACCESS_DENIED during HeadObject operation: No response body.",
       ErrorCode::kForbidden},
      {"AWS Error NO_SUCH_BUCKET during PutObject operation: x", ErrorCode::kNoSuchFile},
      {"AWS Error SLOW_DOWN during GetObject operation: x", ErrorCode::kUnavailable},
      {"AWS Error NETWORK_CONNECTION during GetObject operation: curlCode: 7",
       ErrorCode::kUnavailable},
      {"something else", ErrorCode::kIoFailed},
  };
  for (const auto& [text, code] : cases) {
    SCOPED_TRACE(text);
    EXPECT_ERROR(FromS3Error("Cannot read s3://b/k", Status::IOError(text)), code,
                 "Cannot read s3://b/k: ");
  }
}

TEST(S3FileIO, NobodyListens) {
  S3Options options;
  options.endpoint = "http://127.0.0.1:1";
  options.access_key_id = "id";
  options.secret_access_key = "very-secret";
  ASSERT_OK_AND_ASSIGN(const auto io, MakeS3FileIO(options));
  const auto read = io->ReadAll("s3://bucket/key");
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(CodeOf(read.status()), ErrorCode::kUnavailable) << read.status().ToString();
  EXPECT_EQ(read.status().message().find("very-secret"), std::string::npos);
}

}  // namespace
}  // namespace tarn::io
