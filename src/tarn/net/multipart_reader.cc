#include "tarn/net/multipart_reader.h"

#include <algorithm>
#include <map>
#include <utility>

#include "tarn/base/error.h"

namespace tarn::net {
namespace {

constexpr size_t kBoundaryBytesMax = 70;  // RFC 2046 5.1.1
constexpr size_t kHeadBytesMax = 16 << 10;
constexpr int kPartsMax = 1'000;

Status Wrong(const std::string& what) {
  return MakeError(ErrorCode::kInvalidData, "The multipart body " + what);
}

std::string_view Trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) {
    return {};
  }
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lower;
}

/// The parameters of `form-data; name="a"; filename="b.csv"`, by their names in lower
/// case; the value itself is "".
std::map<std::string, std::string> ParametersOf(std::string_view header) {
  std::map<std::string, std::string> parameters;
  size_t at = std::min(header.find(';'), header.size());
  parameters[""] = Lower(Trimmed(header.substr(0, at)));
  while (at < header.size()) {
    ++at;  // the semicolon
    const size_t equals = header.find('=', at);
    if (equals == std::string_view::npos) {
      break;
    }
    const std::string name = Lower(Trimmed(header.substr(at, equals - at)));
    at = std::min(header.find_first_not_of(" \t", equals + 1), header.size());
    std::string value;
    if (at < header.size() && header[at] == '"') {
      for (++at; at < header.size() && header[at] != '"'; ++at) {
        const bool is_escape = header[at] == '\\' && at + 1 < header.size() &&
                               (header[at + 1] == '"' || header[at + 1] == '\\');
        at += is_escape ? 1 : 0;
        value += header[at];
      }
      at = std::min(header.find(';', at), header.size());
    } else {
      const size_t end = std::min(header.find(';', at), header.size());
      value = Trimmed(header.substr(at, end - at));
      at = end;
    }
    parameters.emplace(name, std::move(value));
  }
  return parameters;
}

Result<MultipartPart> PartOf(std::string_view head) {
  MultipartPart part;
  bool is_named = false;
  while (!head.empty()) {
    const size_t end = std::min(head.find("\r\n"), head.size());
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(std::min(end + 2, head.size()));
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) {
      return Wrong("has a line in a part's head that is no header");
    }
    const std::string name = Lower(Trimmed(line.substr(0, colon)));
    const std::string_view value = Trimmed(line.substr(colon + 1));
    if (name == "content-type") {
      part.content_type = value;
    } else if (name == "content-disposition") {
      const auto parameters = ParametersOf(value);
      const auto field = parameters.find("name");
      const auto file = parameters.find("filename");
      is_named = field != parameters.end();
      part.name = is_named ? field->second : "";
      if (file != parameters.end()) {
        part.file_name = file->second;
      }
    }
  }
  return is_named ? Result<MultipartPart>(std::move(part))
                  : Wrong("has a part without a name");
}

}  // namespace

bool IsMultipart(std::string_view content_type) {
  return ParametersOf(content_type).at("") == "multipart/form-data";
}

MultipartReader::MultipartReader(std::string delimiter, MultipartEvents events)
    : delimiter_(std::move(delimiter)),
      events_(std::move(events)),
      buffer_("\r\n") {}  // the first boundary begins a line too

Result<MultipartReader> MultipartReader::Make(std::string_view content_type,
                                              MultipartEvents events) {
  const auto parameters = ParametersOf(content_type);
  const auto boundary = parameters.find("boundary");
  const bool has_boundary = boundary != parameters.end() && !boundary->second.empty() &&
                            boundary->second.size() <= kBoundaryBytesMax;
  if (!has_boundary) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "The Content-Type of a multipart body has no boundary of 1 to 70 "
                     "characters");
  }
  return MultipartReader("\r\n--" + boundary->second, std::move(events));
}

Status MultipartReader::Feed(std::string_view bytes) {
  if (state_ == State::kDone) {
    return Status::OK();  // an epilogue, which is nobody's
  }
  buffer_.append(bytes);
  while (true) {
    ARROW_ASSIGN_OR_RAISE(const bool goes_on, Step());
    if (!goes_on) {
      break;
    }
  }
  buffer_.erase(0, std::exchange(at_, 0));
  return Status::OK();
}

Status MultipartReader::Finish() const {
  return state_ == State::kDone ? Status::OK() : Wrong("ends before its last boundary");
}

Result<bool> MultipartReader::Step() {
  switch (state_) {
    case State::kPreamble:
    case State::kBytes:
      return TakeBytes();
    case State::kAfterBoundary:
      return AfterBoundary();
    case State::kHead:
      return TakeHead();
    case State::kDone:
      at_ = buffer_.size();
      return false;
  }
  return false;
}

/// Up to a boundary, or to what may become one.
Result<bool> MultipartReader::TakeBytes() {
  const size_t found = buffer_.find(delimiter_, at_);
  const bool is_found = found != std::string::npos;
  const size_t held = std::min(delimiter_.size() - 1, buffer_.size() - at_);
  const size_t end = is_found ? found : buffer_.size() - held;
  if (state_ == State::kBytes && end > at_) {
    RETURN_NOT_OK(events_.on_bytes(std::string_view(buffer_).substr(at_, end - at_)));
  }
  at_ = end;
  if (!is_found) {
    return false;
  }
  at_ += delimiter_.size();
  if (state_ == State::kBytes) {
    RETURN_NOT_OK(events_.on_part_end());
  }
  state_ = State::kAfterBoundary;
  return true;
}

Result<bool> MultipartReader::AfterBoundary() {
  while (at_ < buffer_.size() && (buffer_[at_] == ' ' || buffer_[at_] == '\t')) {
    ++at_;
  }
  if (buffer_.size() - at_ < 2) {
    return false;
  }
  const std::string_view next = std::string_view(buffer_).substr(at_, 2);
  at_ += 2;
  if (next == "--") {
    state_ = State::kDone;
    return true;
  }
  if (next != "\r\n") {
    return Wrong("has something behind a boundary");
  }
  if (++parts_ > kPartsMax) {
    return Wrong("has too many parts");
  }
  state_ = State::kHead;
  return true;
}

Result<bool> MultipartReader::TakeHead() {
  const size_t end = buffer_.find("\r\n\r\n", at_);
  const bool is_long = end == std::string::npos ? buffer_.size() - at_ > kHeadBytesMax + 3
                                                : end - at_ > kHeadBytesMax;
  if (is_long) {
    return Wrong("has a part with a head that is too long");
  }
  if (end == std::string::npos) {
    return false;
  }
  ARROW_ASSIGN_OR_RAISE(const MultipartPart part,
                        PartOf(std::string_view(buffer_).substr(at_, end - at_)));
  RETURN_NOT_OK(events_.on_part(part));
  at_ = end + 4;
  state_ = State::kBytes;
  return true;
}

}  // namespace tarn::net
