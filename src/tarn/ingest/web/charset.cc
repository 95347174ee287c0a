#include "tarn/ingest/web/charset.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

#include <arrow/util/utf8.h>
#include <iconv.h>

#include "tarn/base/error.h"

namespace tarn::ingest::web {
namespace {

constexpr size_t kHeadBytes = 4096;
constexpr std::string_view kReplacement = "\xef\xbf\xbd";

struct Mark {
  std::string_view bytes;
  std::string_view charset;
};
constexpr Mark kMarks[] = {
    {"\xef\xbb\xbf", "UTF-8"}, {"\xfe\xff", "UTF-16BE"}, {"\xff\xfe", "UTF-16LE"}};

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  return lower;
}

/// The value after "charset=" or "encoding=" in `text`, which is in lower case.
std::optional<std::string> Named(std::string_view text, std::string_view key) {
  for (size_t at = text.find(key); at != std::string_view::npos;
       at = text.find(key, at + 1)) {
    std::string_view rest = text.substr(at + key.size());
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t\r\n"), rest.size()));
    if (!rest.starts_with('=')) {
      continue;
    }
    rest.remove_prefix(1);
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t\r\n\"'"), rest.size()));
    const std::string_view name = rest.substr(0, rest.find_first_of(" \t\r\n\"';,/>?"));
    if (!name.empty()) {
      return std::string(name);
    }
  }
  return std::nullopt;
}

/// The name that iconv knows; what pages call Latin-1 is windows-1252 in truth.
std::string IconvName(std::string_view charset) {
  const std::string name = Lower(charset);
  if (name == "iso-8859-1" || name == "latin1" || name == "us-ascii" || name == "ascii" ||
      name == "iso8859-1" || name == "l1") {
    return "WINDOWS-1252";
  }
  if (name == "iso-8859-9") {
    return "WINDOWS-1254";
  }
  if (name == "x-sjis" || name == "shift_jis" || name == "shift-jis") {
    return "CP932";
  }
  if (name == "gb2312" || name == "gbk") {
    return "GB18030";
  }
  if (name == "ks_c_5601-1987" || name == "euc-kr") {
    return "CP949";
  }
  return name == "utf8" ? "UTF-8" : std::string(charset);
}

/// Closes itself.
class Converter {
 public:
  explicit Converter(const std::string& from)
      : handle_(::iconv_open("UTF-8", from.c_str())) {}
  ~Converter() {
    if (is_open()) {
      ::iconv_close(handle_);
    }
  }
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;

  bool is_open() const { return handle_ != reinterpret_cast<iconv_t>(-1); }

  std::string Convert(std::string_view body) {
    std::string text;
    text.reserve(body.size() + body.size() / 8);
    char* in = const_cast<char*>(body.data());
    size_t left = body.size();
    std::array<char, 64 * 1024> buffer;
    while (true) {
      char* out = buffer.data();
      size_t space = buffer.size();
      const size_t converted = ::iconv(handle_, &in, &left, &out, &space);
      const int error = errno;
      text.append(buffer.data(), buffer.size() - space);
      if (converted != static_cast<size_t>(-1)) {
        return text;
      }
      if (error == E2BIG) {
        continue;
      }
      text += kReplacement;  // not of this encoding, or cut off at the end
      if (left == 0 || error == EINVAL) {
        return text;
      }
      ++in;
      --left;
    }
  }

 private:
  iconv_t handle_;
};

}  // namespace

std::string MediaTypeOf(std::string_view content_type) {
  content_type = content_type.substr(0, content_type.find(';'));
  const size_t begin = content_type.find_first_not_of(" \t");
  if (begin == std::string_view::npos) {
    return {};
  }
  return Lower(
      content_type.substr(begin, content_type.find_last_not_of(" \t") + 1 - begin));
}

bool IsUtf8(std::string_view text) {
  arrow::util::InitializeUTF8();
  return arrow::util::ValidateUTF8(text);
}

std::string CharsetOf(std::string_view body, std::string_view content_type) {
  for (const Mark& mark : kMarks) {
    if (body.starts_with(mark.bytes)) {
      return std::string(mark.charset);
    }
  }
  if (auto named = Named(Lower(content_type), "charset")) {
    return *named;
  }
  const std::string head = Lower(body.substr(0, kHeadBytes));
  std::optional<std::string> named;
  if (head.starts_with("<?xml")) {
    named = Named(std::string_view(head).substr(0, head.find("?>")), "encoding");
  }
  for (size_t at = head.find("<meta"); !named && at != std::string::npos;
       at = head.find("<meta", at + 1)) {
    const std::string_view element = std::string_view(head).substr(at);
    named = Named(element.substr(0, element.find('>')), "charset");
  }
  // A page that could be searched for its name byte by byte is not in UTF-16.
  if (named && !named->starts_with("utf-16")) {
    return *named;
  }
  return IsUtf8(body) ? "UTF-8" : "windows-1252";
}

Result<std::string> DecodeText(std::string_view body, std::string_view charset) {
  for (const Mark& mark : kMarks) {
    if (body.starts_with(mark.bytes) && mark.charset == charset) {
      body.remove_prefix(mark.bytes.size());
      break;
    }
  }
  const std::string name = IconvName(charset);
  if (Lower(name) == "utf-8" && IsUtf8(body)) {
    return std::string(body);
  }
  Converter converter(name);
  if (!converter.is_open()) {
    return MakeError(ErrorCode::kNotSupported,
                     "The page is in an encoding that is not known: " + name);
  }
  return converter.Convert(body);
}

}  // namespace tarn::ingest::web
