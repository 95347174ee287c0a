#include "tarn/ingest/web/internal/devtools_frames.h"

#include <utility>

#include <fmt/format.h>

#include "tarn/base/error.h"

namespace tarn::ingest::web::internal {
namespace {

std::string TextOf(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found == json.end() || !found->is_string() ? "" : found->get<std::string>();
}

Json ObjectOf(Json& json, const char* name) {
  const auto found = json.find(name);
  return found == json.end() || !found->is_object() ? Json::object() : std::move(*found);
}

}  // namespace

Result<DevToolsMessage> ReadDevToolsMessage(std::string_view text) {
  ARROW_ASSIGN_OR_RAISE(Json json, ParseJson(text, "a message of the browser"));
  if (!json.is_object()) {
    return MakeError(ErrorCode::kInvalidData, "A message of the browser is no object");
  }
  DevToolsMessage message{.bytes = text.size()};
  message.session = TextOf(json, "sessionId");
  message.method = TextOf(json, "method");
  const auto id = json.find("id");
  if (id != json.end() && id->is_number_integer()) {
    message.id = id->get<int64_t>();
  }
  const auto error = json.find("error");
  if (error != json.end() && error->is_object()) {
    message.error = TextOf(*error, "message");
    message.error = message.error.empty() ? "it does not say why" : message.error;
  }
  message.body = ObjectOf(json, message.id ? "result" : "params");
  return message;
}

Status DevToolsFrames::Append(std::string_view bytes) {
  buffer_.append(bytes);
  looked_at_ = std::min(buffer_.find('\0', looked_at_), buffer_.size());
  if (looked_at_ > bytes_max_) {
    return MakeError(
        ErrorCode::kResourceLimit,
        fmt::format("The browser sent a message of more than {} bytes", bytes_max_));
  }
  return Status::OK();
}

std::optional<std::string> DevToolsFrames::Next() {
  if (looked_at_ >= buffer_.size()) {
    return std::nullopt;
  }
  std::string message = buffer_.substr(0, looked_at_);
  buffer_.erase(0, looked_at_ + 1);
  looked_at_ = std::min(buffer_.find('\0'), buffer_.size());
  return message;
}

}  // namespace tarn::ingest::web::internal
