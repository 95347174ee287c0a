// What PostgreSQL's refusals mean to us.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tarn/base/error.h"

namespace tarn::catalog::internal {

/// What can be done about a refusal.
enum class PostgresFailure : uint8_t {
  kFinal,  // the same again would fail again
  kAgain,  // the transaction was undone through no fault of its own: do it again
  kLost,   // so was the connection
};

struct PostgresRefusal {
  ErrorCode code = ErrorCode::kInternal;
  PostgresFailure failure = PostgresFailure::kFinal;
};

/// Of an SQLSTATE; an empty one (nothing came from the server) is a lost connection.
PostgresRefusal RefusalOf(std::string_view sqlstate);

/// What a person can do about it, to follow the message: "" or "; …".
std::string_view PostgresAdvice(std::string_view sqlstate);

/// The SQLSTATE in a message of verbose form ("FATAL:  28P01: password …"); "" if there
/// is none.
std::string_view SqlstateIn(std::string_view message);

/// `message` as part of one line: without codes, locations and line ends.
std::string OneLine(std::string_view message);

}  // namespace tarn::catalog::internal
