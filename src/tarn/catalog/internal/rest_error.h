// The error model of the REST protocol as errors of ours.
#pragma once

#include <string>
#include <string_view>

#include "tarn/base/error.h"
#include "tarn/base/result.h"
#include "tarn/net/http_client.h"

namespace tarn::catalog::internal {

/// What a call does, and so what its failure can mean.
enum class RestEffect : uint8_t {
  kRead,    // nothing: may be sent again
  kChange,  // of a name or properties
  kCommit,  // of a table's or view's content: an outcome that is not known must be told
};

struct RestFailure {
  ErrorCode code = ErrorCode::kIoFailed;
  std::string type;     // "NoSuchTableException"; empty if the server sent none
  std::string message;  // the server's, on one line
};

/// What `answer`, whose status is no success, says. By the error's type, which servers
/// have in common, else by its status. `missing` is what a 404 without a type means.
RestFailure RestFailureOf(const net::HttpClientResponse& answer, RestEffect effect,
                          ErrorCode missing);

/// Whether a call that failed in transport like this may succeed if it is made again.
bool IsPassingFailure(ErrorCode code);

}  // namespace tarn::catalog::internal
