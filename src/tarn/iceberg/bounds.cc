#include "tarn/iceberg/bounds.h"

#include "tarn/iceberg/internal/utf8.h"

namespace tarn::iceberg {
namespace {

constexpr char32_t kMaxCodePoint = 0x10FFFF;
constexpr char32_t kFirstSurrogate = 0xD800;
constexpr char32_t kFirstAfterSurrogates = 0xE000;

}  // namespace

std::optional<std::string> TruncatedUpperString(std::string_view utf8,
                                                int32_t code_points) {
  const size_t length = internal::PrefixBytes(utf8, code_points);
  std::string bound(utf8.substr(0, length));
  if (length == utf8.size()) {
    return bound;
  }
  if (!internal::IsUtf8(utf8)) {
    return std::nullopt;
  }
  while (!bound.empty()) {
    const internal::CodePointAt last = internal::LastCodePoint(bound);
    bound.resize(last.offset);
    if (last.code_point == kMaxCodePoint) {
      continue;  // carry to the one before
    }
    char32_t raised = last.code_point + 1;
    if (raised == kFirstSurrogate) {
      raised = kFirstAfterSurrogates;
    }
    internal::AppendUtf8(raised, &bound);
    return bound;
  }
  return std::nullopt;
}

std::string TruncatedLowerString(std::string_view utf8, int32_t code_points) {
  return std::string(utf8.substr(0, internal::PrefixBytes(utf8, code_points)));
}

std::optional<std::string> TruncatedUpperBinary(std::string_view bytes,
                                                int32_t length_bytes) {
  std::string bound = TruncatedLowerBinary(bytes, length_bytes);
  if (bound.size() == bytes.size()) {
    return bound;
  }
  while (!bound.empty()) {
    const auto last = static_cast<uint8_t>(bound.back());
    if (last != 0xFF) {
      bound.back() = static_cast<char>(last + 1);
      return bound;
    }
    bound.pop_back();
  }
  return std::nullopt;
}

std::string TruncatedLowerBinary(std::string_view bytes, int32_t length_bytes) {
  return std::string(bytes.substr(0, static_cast<size_t>(length_bytes)));
}

}  // namespace tarn::iceberg
