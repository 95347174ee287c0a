// The frames of Chromium's DevTools protocol over a pipe: JSON texts, each ended by a
// NUL.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"

namespace tarn::ingest::web::internal {

/// One message: an answer to the call `id`, or an event.
struct DevToolsMessage {
  std::optional<int64_t> id = {};
  std::string session = {};  // empty: of the browser itself
  std::string method = {};   // of an event
  std::string error = {};    // of an answer
  Json body = {};            // the answer's result, or the event's params: an object
  size_t bytes = 0;          // that it came as
};

/// Errors: kInvalidData for what is no message.
Result<DevToolsMessage> ReadDevToolsMessage(std::string_view text);

/// Cuts a stream into messages.
class DevToolsFrames {
 public:
  explicit DevToolsFrames(size_t bytes_max) : bytes_max_(bytes_max) {}

  /// Errors: kResourceLimit if a message is longer than it may be.
  Status Append(std::string_view bytes);
  /// The next whole message; unset if there is none yet.
  std::optional<std::string> Next();

 private:
  const size_t bytes_max_;
  std::string buffer_;
  size_t looked_at_ = 0;  // no NUL before it
};

}  // namespace tarn::ingest::web::internal
