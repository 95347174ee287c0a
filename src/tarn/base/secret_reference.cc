#include "tarn/base/secret_reference.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "tarn/base/error.h"

namespace tarn {
namespace {

constexpr std::string_view kVariable = "env:";
constexpr std::string_view kFile = "file:";

Result<std::string> ReadSecretFile(const std::string& path) {
  constexpr std::streamsize kBytesMax = 64 << 10;
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text(static_cast<size_t>(kBytesMax), '\0');
  file.read(text.data(), kBytesMax);
  if (!file.is_open() || file.bad()) {
    const ErrorCode code = errno == ENOENT   ? ErrorCode::kNoSuchFile
                           : errno == EACCES ? ErrorCode::kForbidden
                                             : ErrorCode::kIoFailed;
    return MakeError(code, "Cannot read the file of a secret " + path + ": " +
                               std::strerror(errno == 0 ? EIO : errno));
  }
  text.resize(static_cast<size_t>(file.gcount()));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) {
    text.pop_back();
  }
  return text;
}

Result<std::string> Resolve(std::string_view reference) {
  if (reference.starts_with(kVariable)) {
    const std::string name(reference.substr(kVariable.size()));
    const char* const value = std::getenv(name.c_str());
    if (value == nullptr) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "A setting refers to a variable that is not set: " + name);
    }
    return std::string(value);
  }
  if (reference.starts_with(kFile)) {
    return ReadSecretFile(std::string(reference.substr(kFile.size())));
  }
  return MakeError(ErrorCode::kInvalidArgument,
                   "A reference in a setting is ${env:NAME} or ${file:PATH}");
}

}  // namespace

Result<std::string> ResolveSecretReferences(std::string_view text) {
  std::string resolved;
  while (true) {
    const size_t begin = text.find("${");
    resolved += text.substr(0, begin);
    if (begin == std::string_view::npos) {
      return resolved;
    }
    text.remove_prefix(begin + 2);
    const size_t end = text.find('}');
    if (end == std::string_view::npos) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "A reference in a setting lacks its closing brace: ${env:NAME}");
    }
    ARROW_ASSIGN_OR_RAISE(const std::string value, Resolve(text.substr(0, end)));
    resolved += value;
    text.remove_prefix(end + 1);
  }
}

}  // namespace tarn
