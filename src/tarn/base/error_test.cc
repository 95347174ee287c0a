#include "tarn/base/error.h"

#include <algorithm>
#include <cerrno>
#include <set>
#include <string>

#include <arrow/util/io_util.h>
#include <gtest/gtest.h>

namespace tarn {
namespace {

bool IsShoutingName(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || c == '_';
  });
}

TEST(ErrorTable, HasOneRowForEachCodeInOrder) {
  size_t index = 0;
  for (const ErrorInfo& row : AllErrors()) {
    SCOPED_TRACE(std::string(row.name));
    EXPECT_EQ(static_cast<size_t>(row.code), index++);
    EXPECT_EQ(&InfoOf(row.code), &row);
  }
  EXPECT_EQ(index, static_cast<size_t>(ErrorCode::kInternal) + 1)
      << "kInternal is the last code";
}

TEST(ErrorTable, NamesAreUnique) {
  std::set<std::string_view> names;
  for (const ErrorInfo& row : AllErrors()) {
    EXPECT_TRUE(IsShoutingName(row.name)) << row.name;
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
  }
}

TEST(ErrorTable, EveryEdgeGetsASaneTranslation) {
  for (const ErrorInfo& row : AllErrors()) {
    SCOPED_TRACE(std::string(row.name));
    EXPECT_GE(row.http_status, 400);
    EXPECT_LT(row.http_status, 600);
    EXPECT_FALSE(row.iceberg_type.empty());
    EXPECT_TRUE(IsShoutingName(row.trino_name)) << row.trino_name;
    EXPECT_GE(row.trino_code, 0);
    EXPECT_EQ(row.exit_code, row.code == ErrorCode::kUsage ? 2 : 1);
  }
}

// Trino's clients tell the kind of an error by the range its code is in.
TEST(ErrorTable, TrinoCodesOfOneNameAgreeAndUserErrorsAreUserErrors) {
  for (const ErrorInfo& row : AllErrors()) {
    SCOPED_TRACE(std::string(row.name));
    for (const ErrorInfo& other : AllErrors()) {
      EXPECT_EQ(row.trino_name == other.trino_name, row.trino_code == other.trino_code)
          << other.name;
    }
    if (row.blame == Blame::kBug) {
      EXPECT_EQ(row.trino_code, 65536);
      EXPECT_EQ(row.http_status, 500);
    }
  }
}

// A REST client deletes its files after a plain failure: an outcome that is not known
// must be a 5xx of the type that stops it, and only a conflict may be answered by
// rebuilding the commit.
TEST(ErrorTable, CommitOutcomesAreToldApart) {
  const ErrorInfo& unknown = InfoOf(ErrorCode::kCommitStateUnknown);
  EXPECT_EQ(unknown.iceberg_type, "CommitStateUnknownException");
  EXPECT_GE(unknown.http_status, 500);
  const ErrorInfo& conflict = InfoOf(ErrorCode::kCommitConflict);
  EXPECT_EQ(conflict.iceberg_type, "CommitFailedException");
  EXPECT_EQ(conflict.http_status, 409);
  for (const ErrorInfo& row : AllErrors()) {
    SCOPED_TRACE(std::string(row.name));
    EXPECT_EQ(row.retry == Retry::kAfterLookup,
              row.code == ErrorCode::kCommitStateUnknown);
    EXPECT_EQ(row.retry == Retry::kAfterRefresh, row.code == ErrorCode::kCommitConflict);
    if (row.blame == Blame::kUser) {
      EXPECT_EQ(row.retry, Retry::kNever);
    }
  }
}

TEST(Error, StatusCarriesItsCodeAndMessage) {
  for (const ErrorInfo& row : AllErrors()) {
    SCOPED_TRACE(std::string(row.name));
    const Status status = MakeError(row.code, "what failed");
    EXPECT_FALSE(status.ok());
    EXPECT_EQ(CodeOf(status), row.code);
    EXPECT_EQ(status.message(), "what failed");
    const Status more = WithContext("while writing a.b: ", status);
    EXPECT_EQ(CodeOf(more), row.code);
    EXPECT_EQ(more.message(), "while writing a.b: what failed");
    EXPECT_EQ(IsOutcomeUnknown(status), row.code == ErrorCode::kCommitStateUnknown);
  }
}

TEST(Error, ContextLeavesOkAlone) {
  EXPECT_TRUE(WithContext("context: ", Status::OK()).ok());
  EXPECT_FALSE(IsOutcomeUnknown(Status::OK()));
}

TEST(Error, ArrowsOwnStatusesHaveACode) {
  const std::pair<Status, ErrorCode> cases[] = {
      {Status::OutOfMemory("x"), ErrorCode::kOutOfMemory},
      {Status::KeyError("x"), ErrorCode::kInvalidArgument},
      {Status::Invalid("x"), ErrorCode::kInvalidArgument},
      {Status::IndexError("x"), ErrorCode::kInvalidArgument},
      {Status::TypeError("x"), ErrorCode::kTypeMismatch},
      {Status::IOError("x"), ErrorCode::kIoFailed},
      {Status::CapacityError("x"), ErrorCode::kResourceLimit},
      {Status::Cancelled("x"), ErrorCode::kCancelled},
      {Status::SerializationError("x"), ErrorCode::kInvalidData},
      {Status::NotImplemented("x"), ErrorCode::kNotSupported},
      {Status::AlreadyExists("x"), ErrorCode::kAlreadyExists},
      {Status::UnknownError("x"), ErrorCode::kInternal},
  };
  for (const auto& [status, code] : cases) {
    EXPECT_EQ(CodeOf(status), code) << status;
    EXPECT_EQ(CodeOf(WithContext("c: ", status)), code) << status;
  }
}

TEST(Error, ErrnoSaysMoreThanIoError) {
  const std::pair<int, ErrorCode> cases[] = {
      {ENOSPC, ErrorCode::kDiskFull},    {EDQUOT, ErrorCode::kDiskFull},
      {ENOENT, ErrorCode::kNoSuchFile},  {ENOTDIR, ErrorCode::kNoSuchFile},
      {EACCES, ErrorCode::kForbidden},   {EPERM, ErrorCode::kForbidden},
      {EROFS, ErrorCode::kForbidden},    {EEXIST, ErrorCode::kAlreadyExists},
      {ENOMEM, ErrorCode::kOutOfMemory}, {ETIMEDOUT, ErrorCode::kTimeout},
      {EIO, ErrorCode::kIoFailed},       {EFBIG, ErrorCode::kDiskFull},
  };
  for (const auto& [error_number, code] : cases) {
    const Status status = arrow::internal::IOErrorFromErrno(error_number, "open failed");
    EXPECT_EQ(CodeOf(status), code) << status;
    EXPECT_EQ(CodeOf(WithContext("c: ", status)), code)
        << "context keeps what errno said";
  }
}

TEST(ErrorDeathTest, ChecksAbortWithTheirPlace) {
  EXPECT_DEATH(TARN_CHECK(1 + 1 == 3),
               "error_test.cc:[0-9]+: this is a bug in Tarn.*1 \\+ 1 == 3");
  EXPECT_DEATH(CodeOf(Status::OK()), "status.ok");
}

}  // namespace
}  // namespace tarn
