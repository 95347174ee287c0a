#include "tarn/ingest/internal/download.h"

#include <filesystem>
#include <system_error>

#include "tarn/base/clock.h"
#include "tarn/base/error.h"
#include "tarn/io/file_io.h"
#include "tarn/net/http_get.h"

namespace tarn::ingest::internal {
namespace {

namespace fs = std::filesystem;

/// The URL's file name without the characters that a path or a reader's pattern would
/// take for something else.
std::string FileNameOf(const std::string& url) {
  const size_t authority = url.find("://");
  std::string path = url.substr(0, url.find_first_of("?#"));
  path = path.substr(authority == std::string::npos ? 0 : authority + 3);
  const size_t slash = path.rfind('/');
  std::string name = slash == std::string::npos ? "" : path.substr(slash + 1);
  for (char& c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       (c >= '0' && c <= '9') || c == '.' || c == '-';
    if (!plain) {
      c = '_';
    }
  }
  while (name.starts_with('.')) {
    name.erase(0, 1);
  }
  constexpr size_t kNameMax = 100;
  if (name.size() > kNameMax) {
    name.erase(0, name.size() - kNameMax);
  }
  return name.empty() ? "download" : name;
}

Format FormatOfContentType(std::string_view type) {
  const auto is = [&](std::string_view word) {
    return type.find(word) != std::string_view::npos;
  };
  if (is("csv") || is("tab-separated")) {
    return Format::kCsv;
  }
  if (is("json")) {
    return Format::kJson;
  }
  if (is("parquet")) {
    return Format::kParquet;
  }
  if (is("avro")) {
    return Format::kAvro;
  }
  if (is("arrow")) {
    return Format::kArrow;
  }
  return Format::kAuto;
}

}  // namespace

std::string WithoutSecrets(const std::string& location) {
  return location.find("://") == std::string::npos ? location : net::UrlToShow(location);
}

Result<std::string> Download(const std::string& url, Format format,
                             const std::string& directory,
                             const std::function<bool()>& cancelled) {
  net::HttpGetOptions options;
  if (cancelled) {
    options.cancelled = [&](int64_t, int64_t) { return cancelled(); };
  }
  std::string path = io::JoinLocation(directory, FileNameOf(url));
  ARROW_ASSIGN_OR_RAISE(const net::HttpGetResult result,
                        net::HttpGetToFile(url, path, options, SystemClock()));
  if (FormatByExtension(path) != Format::kAuto) {
    return path;
  }
  if (format == Format::kAuto) {
    format = FormatByExtension(result.final_url);
  }
  if (format == Format::kAuto) {
    format = FormatOfContentType(result.content_type);
  }
  if (format == Format::kAuto) {
    return path;  // its first bytes tell
  }
  const std::string renamed = path + std::string(ExtensionOf(format));
  std::error_code error;
  fs::rename(path, renamed, error);
  if (error) {
    return MakeError(ErrorCode::kIoFailed,
                     "Cannot rename " + path + ": " + error.message());
  }
  return renamed;
}

}  // namespace tarn::ingest::internal
