#include "tarn/ingest/internal/transcode.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <type_traits>
#include <vector>

#include <arrow/io/interfaces.h>
#include <iconv.h>

#include "tarn/base/error.h"
#include "tarn/ingest/internal/local_output.h"

namespace tarn::ingest::internal {
namespace {

constexpr size_t kBlockBytes = size_t{1} << 20;
/// The most bytes that a character, or the change to another set, takes.
constexpr size_t kCharacterBytesMax = 64;

struct IconvCloser {
  void operator()(iconv_t handle) const { ::iconv_close(handle); }
};
using IconvPtr = std::unique_ptr<std::remove_pointer_t<iconv_t>, IconvCloser>;

/// The name without case, '-' and '_'.
std::string Squeezed(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c != '-' && c != '_') {
      out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }
  return out;
}

Result<IconvPtr> OpenConverter(const std::string& encoding) {
  const bool is_name = !encoding.empty() && std::ranges::all_of(encoding, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '-' || c == '_' || c == ':' || c == '.';
  });
  const std::string squeezed = Squeezed(encoding);
  std::string name = encoding;
  if (squeezed == "latin1") {
    name = "ISO-8859-1";
  }
  if (squeezed.starts_with("utf") && squeezed.size() > 3) {
    name = "UTF-" + squeezed.substr(3);  // utf16, UTF-16-LE
  }
  // iconv_open's word for failure.
  const auto none = reinterpret_cast<iconv_t>(-1);
  const iconv_t handle = is_name ? ::iconv_open("UTF-8", name.c_str()) : none;
  if (handle == none) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Unknown encoding (such as windows-1252, latin1, utf-16, "
                     "shift_jis): " +
                         encoding);
  }
  return IconvPtr(handle);
}

class Converter {
 public:
  Converter(IconvPtr handle, std::string encoding, LocalOutput* out)
      : handle_(std::move(handle)), encoding_(std::move(encoding)), out_(out) {}

  /// Converts what `in` holds but for a character that is cut off at its end, which
  /// moves to its front.
  Status Convert(std::vector<char>* in) {
    char* from = in->data();
    size_t left = in->size();
    while (left > 0) {
      char* to = text_.data();
      size_t space = text_.size();
      const size_t converted = ::iconv(handle_.get(), &from, &left, &to, &space);
      const int error = errno;
      RETURN_NOT_OK(Write({text_.data(), text_.size() - space}));
      if (converted != static_cast<size_t>(-1) || error == E2BIG) {
        continue;
      }
      if (error == EINVAL && left < kCharacterBytesMax) {
        break;
      }
      return NotOfIt(static_cast<int64_t>(in->size() - left));
    }
    at_ += static_cast<int64_t>(in->size() - left);
    in->erase(in->begin(), in->end() - static_cast<std::ptrdiff_t>(left));
    return Status::OK();
  }

  /// `rest` is what the last Convert() left.
  Status Finish(const std::vector<char>& rest) const {
    return rest.empty() ? Status::OK() : NotOfIt(0);
  }

 private:
  Status Write(std::string_view text) {
    constexpr std::string_view kMark = "\xef\xbb\xbf";
    if (!text.empty() && !std::exchange(has_begun_, true) && text.starts_with(kMark)) {
      text.remove_prefix(kMark.size());
    }
    return out_->Write(text);
  }

  Status NotOfIt(int64_t offset) const {
    return MakeError(ErrorCode::kInvalidData, "Byte " + std::to_string(at_ + offset) +
                                                  " is not in the encoding " + encoding_);
  }

  IconvPtr handle_;
  const std::string encoding_;
  LocalOutput* out_;
  std::vector<char> text_ = std::vector<char>(kBlockBytes);
  int64_t at_ = 0;  // bytes of the file before the block
  bool has_begun_ = false;
};

}  // namespace

std::string MarkedEncoding(std::string_view head) {
  using namespace std::string_view_literals;
  if (head.starts_with("\xff\xfe\0\0"sv) || head.starts_with("\0\0\xfe\xff"sv)) {
    return "UTF-32";
  }
  return head.starts_with("\xff\xfe"sv) || head.starts_with("\xfe\xff"sv) ? "UTF-16" : "";
}

bool IsUtf8Name(std::string_view encoding) {
  const std::string name = Squeezed(encoding);
  return name.empty() || name == "utf8" || name == "utf8sig" || name == "ascii" ||
         name == "usascii";
}

Status Transcode(io::FileIO& io, const TranscodeRequest& request) {
  ARROW_ASSIGN_OR_RAISE(IconvPtr handle, OpenConverter(request.encoding));
  ARROW_ASSIGN_OR_RAISE(auto input, io.OpenInput(request.from));
  ARROW_ASSIGN_OR_RAISE(LocalOutput out, LocalOutput::Open(request.to));
  Converter converter(std::move(handle), request.encoding, &out);
  std::vector<char> block;
  for (;;) {
    if (request.cancelled && request.cancelled()) {
      return MakeError(ErrorCode::kCancelled, "Cancelled");
    }
    const size_t kept = block.size();
    block.resize(kept + kBlockBytes);
    ARROW_ASSIGN_OR_RAISE(
        const int64_t bytes,
        input->Read(static_cast<int64_t>(kBlockBytes), block.data() + kept));
    block.resize(kept + static_cast<size_t>(bytes));
    if (bytes == 0) {
      break;
    }
    RETURN_NOT_OK(converter.Convert(&block));
  }
  RETURN_NOT_OK(converter.Finish(block));
  return out.Close();
}

}  // namespace tarn::ingest::internal
