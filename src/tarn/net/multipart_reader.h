// Bodies of multipart/form-data (RFC 7578), as browsers and `curl -F` send files, taken
// apart while they arrive.
//
//   ARROW_ASSIGN_OR_RAISE(auto reader, MultipartReader::Make(content_type, events));
//   RETURN_NOT_OK(reader.Feed(bytes));  // as they come, cut anywhere
//   RETURN_NOT_OK(reader.Finish());
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "tarn/base/result.h"

namespace tarn::net {

struct MultipartPart {
  std::string name;
  std::optional<std::string> file_name = {};  // unset: a field of the form
  std::string content_type = {};
};

/// An error of one ends the reading with it.
struct MultipartEvents {
  std::function<Status(const MultipartPart&)> on_part;
  std::function<Status(std::string_view)> on_bytes;  // of the part that began last
  std::function<Status()> on_part_end;
};

/// True for a Content-Type of multipart/form-data.
bool IsMultipart(std::string_view content_type);

/// Thread-compatible. Holds no more than a part's head and what may be a boundary. After
/// an error nothing more can be read.
class MultipartReader {
 public:
  /// Errors: kInvalidArgument for a content type without a boundary.
  static Result<MultipartReader> Make(std::string_view content_type,
                                      MultipartEvents events);

  /// Errors: kInvalidData for bytes that are no such body; those of the events.
  Status Feed(std::string_view bytes);
  /// Errors: kInvalidData if the last boundary is missing.
  Status Finish() const;

 private:
  enum class State : uint8_t { kPreamble, kAfterBoundary, kHead, kBytes, kDone };

  MultipartReader(std::string delimiter, MultipartEvents events);
  /// False if more bytes are needed.
  Result<bool> Step();
  Result<bool> TakeBytes();
  Result<bool> AfterBoundary();
  Result<bool> TakeHead();

  std::string delimiter_;  // with the line break before it
  MultipartEvents events_;
  State state_ = State::kPreamble;
  std::string buffer_;
  size_t at_ = 0;  // what of it is done
  int parts_ = 0;
};

}  // namespace tarn::net
