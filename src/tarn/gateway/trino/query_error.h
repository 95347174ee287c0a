// Errors as Trino's client protocol tells them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tarn/base/result.h"

namespace tarn::gateway::trino {

struct QueryError {
  std::string message;
  std::string name;  // "TABLE_NOT_FOUND"
  int32_t code = 0;
  struct Location {
    int32_t line = 1;
    int32_t column = 1;
  };
  std::optional<Location> location = std::nullopt;  // in the statement

  /// "USER_ERROR", "INTERNAL_ERROR", "INSUFFICIENT_RESOURCES" or "EXTERNAL".
  std::string_view type() const;
  /// The member "error" of an answer: an object.
  std::string ToJson() const;
};

/// From the error table; a message that begins with the name of an error of Trino
/// ("DIVISION_BY_ZERO: …", also after "line 1:8: ") is that error. `status` is not OK.
QueryError QueryErrorOf(const Status& status);

/// An error of Trino that no ErrorCode of ours stands for: it comes back out of
/// QueryErrorOf(). `name` is in the list of the implementation.
Status NamedError(std::string_view name, const std::string& message);

/// An error of another server: it comes back out of QueryErrorOf() as it was.
Status RemoteError(QueryError error);
/// Whether it says that the other server could not be asked.
bool IsRemoteGone(const Status& status);

}  // namespace tarn::gateway::trino
