// Assertions over Status and Result that read like sentences and print the error they
// found.
//
//   ASSERT_OK_AND_ASSIGN(auto table, catalog.LoadTable(ident));
//   EXPECT_ERROR(catalog.LoadTable(other), ErrorCode::kNoSuchTable, "does not exist");
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/base/result.h"

namespace tarn::testing {

inline const Status& StatusOf(const Status& status) { return status; }
template <typename T>
const Status& StatusOf(const Result<T>& result) {
  return result.status();
}

/// "NO_SUCH_TABLE: Table does not exist: a.b", or "OK".
inline std::string Describe(const Status& status) {
  if (status.ok()) {
    return "OK";
  }
  return std::string(InfoOf(CodeOf(status)).name) + ": " + status.message();
}

template <typename T>
::testing::AssertionResult IsOkStatus(const T& outcome, const char* expression) {
  const Status& status = StatusOf(outcome);
  if (status.ok()) {
    return ::testing::AssertionSuccess();
  }
  return ::testing::AssertionFailure() << expression << "\n  gave " << Describe(status);
}

/// True if `outcome` is an error of `code` whose message contains `part`.
template <typename T>
::testing::AssertionResult IsErrorStatus(const T& outcome, ErrorCode code,
                                         std::string_view part, const char* expression) {
  const Status& status = StatusOf(outcome);
  if (!status.ok() && CodeOf(status) == code &&
      status.message().find(part) != std::string::npos) {
    return ::testing::AssertionSuccess();
  }
  return ::testing::AssertionFailure()
         << expression << "\n  gave " << Describe(status) << "\n  not an error "
         << InfoOf(code).name << " with \"" << part << "\" in its message";
}

/// Matchers for EXPECT_THAT: IsOk(), IsError(ErrorCode::kNoSuchTable).
MATCHER(IsOk, negation ? "is an error" : "is OK") {
  const Status& status = StatusOf(arg);
  *result_listener << "which is " << Describe(status);
  return status.ok();
}
MATCHER_P(IsError, code, "is an error " + std::string(InfoOf(code).name)) {
  const Status& status = StatusOf(arg);
  *result_listener << "which is " << Describe(status);
  return !status.ok() && CodeOf(status) == code;
}

}  // namespace tarn::testing

// Arrow's test headers use the same names; ours win in a file that includes both.
#undef ASSERT_OK
#undef EXPECT_OK
#undef ASSERT_OK_AND_ASSIGN

#define ASSERT_OK(expr) ASSERT_TRUE(::tarn::testing::IsOkStatus((expr), #expr))
#define EXPECT_OK(expr) EXPECT_TRUE(::tarn::testing::IsOkStatus((expr), #expr))

/// `part` may be "" when any message will do.
#define EXPECT_ERROR(expr, code, part) \
  EXPECT_TRUE(::tarn::testing::IsErrorStatus((expr), (code), (part), #expr))
#define ASSERT_ERROR(expr, code, part) \
  ASSERT_TRUE(::tarn::testing::IsErrorStatus((expr), (code), (part), #expr))

#define TARN_TESTING_CONCAT_(a, b) a##b
#define TARN_TESTING_CONCAT(a, b) TARN_TESTING_CONCAT_(a, b)
#define TARN_TESTING_ASSIGN_(result, lhs, rexpr)            \
  auto&& result = (rexpr);                                  \
  ASSERT_TRUE(::tarn::testing::IsOkStatus(result, #rexpr)); \
  lhs = std::move(result).ValueUnsafe()
#define ASSERT_OK_AND_ASSIGN(lhs, rexpr) \
  TARN_TESTING_ASSIGN_(TARN_TESTING_CONCAT(assigned_, __COUNTER__), lhs, rexpr)
