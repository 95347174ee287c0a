// The parts of object stores that need no server.
#include <chrono>
#include <vector>

#include <arrow/filesystem/s3fs.h>
#include <arrow/io/interfaces.h>
#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/io/internal/azure_location.h"
#include "tarn/io/internal/endpoint.h"
#include "tarn/io/internal/s3_retry.h"
#include "tarn/io/internal/store_errors.h"
#include "tarn/io/internal/upload_stream.h"
#include "tarn/testing/fake_clock.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::io {
namespace {

using ::testing::ElementsAre;

/// A store's stream that tells what was asked of it.
class TellingStream : public arrow::io::OutputStream {
 public:
  explicit TellingStream(std::vector<std::string>* log, int fail_at = -1)
      : log_(log), fail_at_(fail_at) {}
  using OutputStream::Write;
  Status Write(const void* /*data*/, int64_t nbytes) override {
    return Tell("write " + std::to_string(nbytes));
  }
  Status Flush() override { return Tell("flush"); }
  Status Close() override { return Tell("close"); }
  Status Abort() override { return Tell("abort"); }
  Result<int64_t> Tell() const override { return 0; }
  bool closed() const override { return false; }

 private:
  Status Tell(const std::string& what) {
    log_->push_back(what);
    const bool fails = static_cast<int>(log_->size()) - 1 == fail_at_;
    return fails ? Status::IOError("AWS Error SLOW_DOWN during UploadPart operation: x")
                 : Status::OK();
  }
  std::vector<std::string>* log_;
  int fail_at_;
};

Upload TellingUpload(std::vector<std::string>* log, int fail_at = -1) {
  return {.location = "s3://b/k",
          .open = [log, fail_at]() -> Result<Upload::Stream> {
            return std::make_shared<TellingStream>(log, fail_at);
          },
          .discard = [](const Upload::Stream& stream) { return stream->Abort(); }};
}

TEST(UploadStream, SmallFilesAreOpenedByClose) {
  std::vector<std::string> log;
  Upload upload = TellingUpload(&log);
  upload.buffer_bytes = 10;
  const auto stream = MakeUploadStream(upload);
  ASSERT_OK(stream->Write("12345"));
  ASSERT_OK(stream->Write("67890"));
  EXPECT_TRUE(log.empty());
  ASSERT_OK(stream->Close());
  EXPECT_THAT(log, ElementsAre("write 10", "close"));
  ASSERT_OK(stream->Close());
  EXPECT_EQ(log.size(), 2U);
  EXPECT_FALSE(stream->Write("x").ok());
}

TEST(UploadStream, BytesAreCollected) {
  std::vector<std::string> log;
  Upload upload = TellingUpload(&log);
  upload.buffer_bytes = 10;
  const auto stream = MakeUploadStream(upload);
  for (const char* bytes : {"12345", "678901", "2", "a write that is larger", "3"}) {
    ASSERT_OK(stream->Write(std::string_view(bytes)));
  }
  ASSERT_OK(stream->Close());
  EXPECT_THAT(log, ElementsAre("write 5", "write 7", "write 22", "write 1", "close"));
}

TEST(UploadStream, BytesUnderWayAreBounded) {
  constexpr int64_t kMiB = int64_t{1} << 20;
  std::vector<std::string> log;
  Upload upload = TellingUpload(&log);
  upload.bytes_in_flight_max = 20 * kMiB;
  const auto stream = MakeUploadStream(upload);
  ASSERT_OK(stream->Write(std::string(30 * kMiB, 'x')));
  ASSERT_OK(stream->Close());
  const std::string slice = "write " + std::to_string(8 * kMiB);
  EXPECT_THAT(log, ElementsAre(slice, slice, slice, "flush",
                               "write " + std::to_string(6 * kMiB), "flush", "close"));
}

TEST(UploadStream, AnErrorAnywherePublishesNothing) {
  for (int fail_at = 0; fail_at < 4; ++fail_at) {
    SCOPED_TRACE(fail_at);
    std::vector<std::string> log;
    Upload upload = TellingUpload(&log, fail_at);
    upload.bytes_in_flight_max = 100;
    const auto stream = MakeUploadStream(upload);
    const Status first = stream->Write("one");
    const Status second = stream->Write("two");
    const Status closed = stream->Close();
    EXPECT_EQ(first.ok(), fail_at > 0);
    EXPECT_EQ(second.ok(), fail_at > 1) << "an error stays";
    EXPECT_ERROR(closed, ErrorCode::kUnavailable, "Cannot write s3://b/k: ");
    EXPECT_EQ(log.back(), "abort");
    EXPECT_EQ(static_cast<int>(log.size()), fail_at + 2) << "nothing after the error";
    EXPECT_TRUE(stream->closed());
  }
}

TEST(UploadStream, DestructionDiscards) {
  std::vector<std::string> log;
  {
    const auto stream = MakeUploadStream(TellingUpload(&log));
    ASSERT_OK(stream->Write("x"));
  }
  EXPECT_THAT(log, ElementsAre("write 1", "abort"));
}

TEST(UploadStream, WhatTheStoreDoesNotTakeIsRefusedInTime) {
  std::vector<std::string> log;
  Upload upload = TellingUpload(&log);
  upload.bytes_max = 10;
  const auto stream = MakeUploadStream(upload);
  ASSERT_OK(stream->Write("1234567890"));
  EXPECT_ERROR(stream->Write("x"), ErrorCode::kResourceLimit, "10 bytes");
  EXPECT_ERROR(stream->Close(), ErrorCode::kResourceLimit, "smaller file size");
  EXPECT_EQ(log.back(), "abort");
}

TEST(StoreErrors, TextDecidesTheCode) {
  const std::pair<const char*, ErrorCode> cases[] = {
      {"AWS Error ACCESS_DENIED during HeadObject operation: No response body.",
       ErrorCode::kForbidden},
      {"AWS Error NO_SUCH_BUCKET during PutObject operation: x", ErrorCode::kNoSuchFile},
      {"AWS Error SLOW_DOWN during GetObject operation: x", ErrorCode::kUnavailable},
      {"AWS Error NETWORK_CONNECTION during GetObject operation: curlCode: 7",
       ErrorCode::kUnavailable},
      {"AWS Error UNKNOWN (HTTP status 503) during HeadObject operation: x",
       ErrorCode::kUnavailable},
      {"GetProperties failed. Azure Error: [BlobNotFound] 404", ErrorCode::kNoSuchFile},
      {"x Azure Error: [AuthenticationFailed] 403", ErrorCode::kForbidden},
      {"x Azure Error: [ServerBusy] 503", ErrorCode::kUnavailable},
      {"google::cloud::Status(NOT_FOUND: x)", ErrorCode::kNoSuchFile},
      {"google::cloud::Status(PERMISSION_DENIED: x)", ErrorCode::kForbidden},
      {"google::cloud::Status(UNAVAILABLE: x)", ErrorCode::kUnavailable},
      {"google::cloud::Status(DEADLINE_EXCEEDED: x)", ErrorCode::kTimeout},
      {"a key named SLOW_DOWN", ErrorCode::kIoFailed},
      {"something else", ErrorCode::kIoFailed},
  };
  for (const auto& [text, code] : cases) {
    SCOPED_TRACE(text);
    EXPECT_ERROR(FromStoreError("Cannot read s3://b/k", Status::IOError(text)), code,
                 "Cannot read s3://b/k: ");
  }
}

TEST(StoreErrors, SignaturesAreBlottedOut) {
  const Status status =
      FromStoreError("Cannot read x",
                     Status::IOError("GET 'https://a/c/k?sv=1&sig=AbC%3D&se=2' failed,\n"
                                     "again 'https://a/c/k?sig=dEf'"));
  EXPECT_EQ(status.message(),
            "Cannot read x: GET 'https://a/c/k?sv=1&sig=***&se=2' failed, again "
            "'https://a/c/k?sig=***'");
}

TEST(StoreErrors, ExceptionsEndHere) {
  const Status status =
      CatchStore([]() -> Status { throw std::runtime_error("no credentials"); });
  EXPECT_EQ(status.message(), "no credentials");
}

class S3RetryTest : public ::testing::Test {
 protected:
  using Error = arrow::fs::S3RetryStrategy::AWSErrorDetail;
  tarn::testing::SeededRandom random_;
  RetryOptions options_{.retries_max = 5,
                        .wait_min = std::chrono::milliseconds(100),
                        .wait_max = std::chrono::milliseconds(1000)};
};

TEST_F(S3RetryTest, PassingErrorsAreTriedAgain) {
  const std::pair<Error, bool> cases[] = {
      {{.error_type = 0, .message = "", .exception_name = "Foo", .should_retry = true},
       true},
      {{.error_type = 0, .message = "", .exception_name = "SlowDown"}, true},
      {{.error_type = 0, .message = "", .exception_name = "InternalError"}, true},
      {{.error_type = 0, .message = "", .exception_name = "RequestTimeout"}, true},
      {{.error_type = 0, .message = "SlowDown", .exception_name = "AccessDenied"}, false},
      {{.error_type = 0, .message = "", .exception_name = "NoSuchKey"}, false},
      {{.error_type = 0, .message = "", .exception_name = "PreconditionFailed"}, false},
      {{.error_type = 0, .message = "", .exception_name = ""}, false},
  };
  const auto retry = MakeS3Retry(options_, random_);
  for (const auto& [error, again] : cases) {
    SCOPED_TRACE(error.exception_name);
    EXPECT_EQ(retry->ShouldRetry(error, 0), again);
    EXPECT_EQ(retry->ShouldRetry(error, 4), again);
    EXPECT_FALSE(retry->ShouldRetry(error, 5)) << "tries end";
  }
}

TEST_F(S3RetryTest, PausesDoubleUpToTheLimit) {
  const auto retry = MakeS3Retry(options_, random_);
  const int64_t longest[] = {100, 200, 400, 800, 1000, 1000};
  for (int64_t attempt = 0; attempt < 6; ++attempt) {
    for (int i = 0; i < 50; ++i) {
      const int64_t pause = retry->CalculateDelayBeforeNextRetry({}, attempt);
      EXPECT_GE(pause, longest[attempt] / 2);
      EXPECT_LE(pause, longest[attempt]);
    }
  }
  EXPECT_LE(retry->CalculateDelayBeforeNextRetry({}, INT64_MAX), 1000);
}

TEST(ParseAzureLocation, Forms) {
  struct Case {
    const char* location;
    const char* account;
    const char* blob;
    const char* path;
  };
  constexpr Case kCases[] = {
      {"abfss://c@acc.dfs.core.windows.net/a/b", "acc", ".blob.core.windows.net",
       "c/a/b"},
      {"wasbs://c@acc.blob.core.windows.net/%20", "acc", ".blob.core.windows.net",
       "c/%20"},
      {"abfs://c@acc.dfs.core.chinacloudapi.cn/", "acc", ".blob.core.chinacloudapi.cn",
       "c"},
      {"abfss://c@acc.z1.dfs.storage.azure.net/k", "acc", ".z1.blob.storage.azure.net",
       "c/k"},
      {"abfss://c@acc.lake.test/k", "acc", ".lake.test", "c/k"},
      {"abfss://c@acc/k", "acc", "", "c/k"},
      {"abfss://c/a@b", "", "", "c/a@b"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.location);
    ASSERT_OK_AND_ASSIGN(const AzureLocation parsed, ParseAzureLocation(c.location));
    EXPECT_EQ(parsed.account, c.account);
    EXPECT_EQ(parsed.blob_authority, c.blob);
    EXPECT_EQ(parsed.path, c.path);
  }
  ASSERT_OK_AND_ASSIGN(const AzureLocation blob,
                       ParseAzureLocation("wasb://c@a.blob.core.windows.net/k"));
  EXPECT_EQ(blob.dfs_authority, ".dfs.core.windows.net");
  for (const char* location :
       {"abfss://", "abfss://@acc/k", "abfss://c@/k", "abfss:///k"}) {
    EXPECT_ERROR(ParseAzureLocation(location), ErrorCode::kInvalidArgument, location);
  }
}

TEST(ParseEndpoint, Forms) {
  ASSERT_OK_AND_ASSIGN(const Endpoint plain, ParseEndpoint("s", "http://h:1/"));
  EXPECT_EQ(plain.scheme, "http");
  EXPECT_EQ(plain.authority, "h:1");
  ASSERT_OK_AND_ASSIGN(const Endpoint bare, ParseEndpoint("s", "h"));
  EXPECT_EQ(bare.scheme, "https");
  for (const char* url : {"ftp://h", "http://", "http://h/p", "http://u@h", "", "h?x"}) {
    EXPECT_ERROR(ParseEndpoint("gcs.service.host", url), ErrorCode::kInvalidArgument,
                 "gcs.service.host");
  }
}

}  // namespace
}  // namespace tarn::io
