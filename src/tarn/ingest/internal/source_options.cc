#include "tarn/ingest/internal/source_options.h"

#include <charconv>

#include "tarn/base/error.h"

namespace tarn::ingest::internal {

Status NotOneOf(const std::string& option, const std::string& known,
                const std::string& value) {
  return MakeError(ErrorCode::kInvalidArgument,
                   "Option " + option + " is one of " + known + ", not " + value);
}

Status ReadConnections(const std::string& value, int32_t* connections) {
  constexpr int32_t kConnectionsMax = 32;
  const char* const end = value.data() + value.size();
  const auto parsed = std::from_chars(value.data(), end, *connections);
  if (parsed.ec == std::errc() && parsed.ptr == end && *connections >= 1 &&
      *connections <= kConnectionsMax) {
    return Status::OK();
  }
  return MakeError(ErrorCode::kInvalidArgument,
                   "Option connections is a number from 1 to " +
                       std::to_string(kConnectionsMax) + ", not " + value);
}

Result<int64_t> CountFrom(const std::optional<std::string>& text) {
  int64_t count = 0;
  const char* const end = text ? text->data() + text->size() : nullptr;
  const bool is_read = text && std::from_chars(text->data(), end, count).ptr == end;
  return is_read ? Result<int64_t>(count)
                 : MakeError(ErrorCode::kInternal, "The database gave no number");
}

Result<std::string> NumberLiteral(const std::string& text) {
  double ignored = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, ignored);
  const bool is_number = !text.empty() && read.ptr == end &&
                         text.find_first_not_of("0123456789+-.eE") == std::string::npos;
  return is_number
             ? Result<std::string>(text)
             : MakeError(ErrorCode::kInvalidArgument,
                         "The cursor's column is a number, and this is none: " + text);
}

std::string QuotedLiteral(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    quoted.append(c == '\'' ? 2 : 1, c);
  }
  return quoted + '\'';
}

std::string WithoutSemicolon(std::string query) {
  const size_t end = query.find_last_not_of("; \t\r\n");
  query.resize(end == std::string::npos ? 0 : end + 1);
  return query;
}

}  // namespace tarn::ingest::internal
