#include "tarn/net/http_get.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <memory>
#include <system_error>

#include <arrow/util/io_util.h>
#include <curl/curl.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "tarn/base/error.h"
#include "tarn/net/internal/curl_handle.h"

namespace tarn::net {
namespace {

constexpr long kStallBytesPerSecond = 1'000;
constexpr std::chrono::milliseconds kBackOffFirst{200};
constexpr std::chrono::milliseconds kBackOffMax{10'000};

using internal::CurlPtr;

/// The file that a body goes to; removed unless it is kept.
class BodyFile {
 public:
  explicit BodyFile(std::string path)
      : path_(std::move(path)),
        fd_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) {
    opened_ = fd_ >= 0;
    if (!opened_) {
      Fail("create");
    }
  }
  BodyFile(const BodyFile&) = delete;
  BodyFile& operator=(const BodyFile&) = delete;
  ~BodyFile() {
    if (fd_ >= 0) {
      ::close(fd_);
    }
    if (opened_ && !kept_) {
      ::unlink(path_.c_str());
    }
  }

  bool Write(const char* data, size_t size) {
    while (size > 0) {
      const ssize_t written = ::write(fd_, data, size);
      if (written < 0 && errno == EINTR) {
        continue;
      }
      if (written <= 0) {
        Fail("write");
        return false;
      }
      data += written;
      size -= static_cast<size_t>(written);
    }
    return true;
  }

  /// Back to an empty file, before another try.
  Status Restart() {
    if (::ftruncate(fd_, 0) != 0 || ::lseek(fd_, 0, SEEK_SET) != 0) {
      Fail("truncate");
    }
    return status_;
  }

  Status Keep() {
    const int fd = std::exchange(fd_, -1);
    if (::close(fd) != 0 && errno != EINTR) {
      Fail("close");
    }
    kept_ = status_.ok();
    return status_;
  }

  const Status& status() const { return status_; }

 private:
  void Fail(std::string_view action) {
    const int error = errno;
    status_ = MakeError(CodeOf(arrow::internal::IOErrorFromErrno(error, "")),
                        fmt::format("Cannot {} {}: {}", action, path_,
                                    std::generic_category().message(error)));
  }

  std::string path_;
  int fd_;
  bool opened_ = false;
  bool kept_ = false;
  Status status_;
};

/// One try: what curl's callbacks see.
struct Transfer {
  CURL* curl;
  const HttpGetOptions& options;
  BodyFile& file;
  int64_t received = 0;  // decoded
  bool too_large = false;
  bool cancelled = false;
};

size_t OnBody(char* data, size_t size, size_t count, void* context) {
  auto& transfer = *static_cast<Transfer*>(context);
  const size_t bytes = size * count;
  long status = 0;
  curl_easy_getinfo(transfer.curl, CURLINFO_RESPONSE_CODE, &status);
  if (status < 200 || status >= 300) {
    return bytes;  // an error page or a redirect's body
  }
  transfer.received += static_cast<int64_t>(bytes);
  if (transfer.received > transfer.options.bytes_max) {
    transfer.too_large = true;
    return CURL_WRITEFUNC_ERROR;
  }
  return transfer.file.Write(data, bytes) ? bytes : CURL_WRITEFUNC_ERROR;
}

int OnProgress(void* context, curl_off_t total, curl_off_t received, curl_off_t,
               curl_off_t) {
  auto& transfer = *static_cast<Transfer*>(context);
  if (!transfer.options.cancelled) {
    return 0;
  }
  transfer.cancelled = transfer.options.cancelled(received, total > 0 ? total : -1);
  return transfer.cancelled ? 1 : 0;
}

void Configure(CURL* curl, const std::string& url, const HttpGetOptions& options,
               Transfer* transfer) {
  const auto stall_seconds = std::max<long>(
      1, std::chrono::duration_cast<std::chrono::seconds>(options.stall_timeout).count());
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, long{options.redirects_max});
  curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");  // all that this curl can decode
  curl_easy_setopt(curl, CURLOPT_USERAGENT, options.user_agent.c_str());
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                   long{options.connect_timeout.count()});
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, kStallBytesPerSecond);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, stall_seconds);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, OnProgress);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, transfer);
}

ErrorCode CodeOfHttpStatus(long status) {
  switch (status) {
    case 401:
      return ErrorCode::kUnauthenticated;
    case 403:
      return ErrorCode::kForbidden;
    case 404:
    case 410:
      return ErrorCode::kNoSuchFile;
    case 408:
      return ErrorCode::kTimeout;
    default:
      return status == 429 || status >= 500 ? ErrorCode::kUnavailable
                                            : ErrorCode::kIoFailed;
  }
}

ErrorCode CodeOfCurl(CURLcode code) {
  switch (code) {
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return ErrorCode::kInvalidArgument;
    case CURLE_OPERATION_TIMEDOUT:
      return ErrorCode::kTimeout;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return ErrorCode::kUnavailable;
    case CURLE_PARTIAL_FILE:  // fewer bytes than Content-Length promised
    case CURLE_BAD_CONTENT_ENCODING:
      return ErrorCode::kInvalidData;
    case CURLE_PEER_FAILED_VERIFICATION:
      return ErrorCode::kForbidden;
    case CURLE_OUT_OF_MEMORY:
      return ErrorCode::kOutOfMemory;
    default:
      return ErrorCode::kIoFailed;
  }
}

/// The outcome of one try.
Status OutcomeOf(CURLcode code, const Transfer& transfer, const std::string& shown) {
  if (!transfer.file.status().ok()) {
    return transfer.file.status();
  }
  if (transfer.cancelled) {
    return MakeError(ErrorCode::kCancelled, "Download cancelled: " + shown);
  }
  if (transfer.too_large) {
    return MakeError(ErrorCode::kResourceLimit,
                     fmt::format("Cannot download {}: it is larger than {} bytes", shown,
                                 transfer.options.bytes_max));
  }
  if (code == CURLE_TOO_MANY_REDIRECTS) {
    return MakeError(ErrorCode::kIoFailed,
                     fmt::format("Cannot download {}: more than {} redirects", shown,
                                 transfer.options.redirects_max));
  }
  if (code != CURLE_OK) {
    return MakeError(CodeOfCurl(code), fmt::format("Cannot download {}: {}", shown,
                                                   curl_easy_strerror(code)));
  }
  long status = 0;
  curl_easy_getinfo(transfer.curl, CURLINFO_RESPONSE_CODE, &status);
  if (status < 200 || status >= 300) {
    return MakeError(
        CodeOfHttpStatus(status),
        fmt::format("Cannot download {}: the server answered {}", shown, status));
  }
  return Status::OK();
}

/// A connection that broke off may have been an accident; a server that says no will say
/// it again.
bool WorthAnotherTry(const Status& status) {
  const ErrorCode code = CodeOf(status);
  return code == ErrorCode::kUnavailable || code == ErrorCode::kTimeout ||
         code == ErrorCode::kInvalidData;
}

std::string InfoText(CURL* curl, CURLINFO info) {
  const char* text = nullptr;
  curl_easy_getinfo(curl, info, &text);
  return text == nullptr ? "" : text;
}

bool IsHttpUrl(std::string_view url) {
  std::string scheme(url.substr(0, std::min(url.find("://"), url.size())));
  std::transform(scheme.begin(), scheme.end(), scheme.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return (scheme == "http" || scheme == "https") && url.size() > scheme.size() + 3;
}

}  // namespace

std::string UrlToShow(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  const size_t begin = url.find("://");
  if (begin == std::string_view::npos) {
    return std::string(url);
  }
  const size_t host = begin + 3;
  const size_t slash = std::min(url.find('/', host), url.size());
  const size_t at = url.substr(host, slash - host).find_last_of('@');
  if (at == std::string_view::npos) {
    return std::string(url);
  }
  return std::string(url.substr(0, host)) + std::string(url.substr(host + at + 1));
}

Result<HttpGetResult> HttpGetToFile(const std::string& url, const std::string& file,
                                    const HttpGetOptions& options, Clock& clock) {
  const std::string shown = UrlToShow(url);
  if (!IsHttpUrl(url) || url.find('\0') != std::string::npos) {
    return MakeError(ErrorCode::kInvalidArgument, "Not an http or https URL: " + shown);
  }
  internal::EnsureCurlStarted();
  BodyFile body(file);
  ARROW_RETURN_NOT_OK(body.status());
  std::chrono::milliseconds back_off = kBackOffFirst;
  for (int32_t retry = 0;; ++retry) {
    const CurlPtr curl(curl_easy_init());
    if (curl == nullptr) {
      return MakeError(ErrorCode::kOutOfMemory, "Cannot start a download");
    }
    Transfer transfer{.curl = curl.get(), .options = options, .file = body};
    Configure(curl.get(), url, options, &transfer);
    const Status status = OutcomeOf(curl_easy_perform(curl.get()), transfer, shown);
    if (status.ok()) {
      ARROW_RETURN_NOT_OK(body.Keep());
      return HttpGetResult{InfoText(curl.get(), CURLINFO_EFFECTIVE_URL),
                           InfoText(curl.get(), CURLINFO_CONTENT_TYPE),
                           transfer.received};
    }
    if (retry >= options.retries_max || !WorthAnotherTry(status)) {
      return status;
    }
    clock.Sleep(back_off);
    back_off = std::min(back_off * 2, kBackOffMax);
    if (options.cancelled && options.cancelled(0, -1)) {
      return MakeError(ErrorCode::kCancelled, "Download cancelled: " + shown);
    }
    ARROW_RETURN_NOT_OK(body.Restart());
  }
}

}  // namespace tarn::net
