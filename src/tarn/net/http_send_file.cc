#include "tarn/net/http_send_file.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <sys/stat.h>
#include <system_error>

#include <arrow/util/io_util.h>
#include <curl/curl.h>

#include "tarn/base/error.h"
#include "tarn/net/http_get.h"
#include "tarn/net/internal/curl_handle.h"

namespace tarn::net {
namespace {

constexpr long kStallBytesPerSecond = 1;
constexpr long kStallSeconds = 60;
constexpr long kConnectMs = 10'000;
constexpr size_t kAnswerBytesMax = size_t{1} << 20;

struct FileCloser {
  void operator()(std::FILE* file) const { static_cast<void>(std::fclose(file)); }
};
using FilePtr = std::unique_ptr<std::FILE, FileCloser>;

struct HeaderDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

struct Transfer {
  const HttpSendFileRequest& request;
  std::FILE* file;
  int64_t size = 0;
  std::string body = {};
  bool is_cancelled = false;
};

size_t OnRead(char* buffer, size_t size, size_t count, void* context) {
  std::FILE* const file = static_cast<Transfer*>(context)->file;
  const size_t bytes = std::fread(buffer, 1, size * count, file);
  return std::ferror(file) != 0 ? CURL_READFUNC_ABORT : bytes;
}

size_t OnAnswer(char* data, size_t size, size_t count, void* context) {
  std::string& body = static_cast<Transfer*>(context)->body;
  const size_t room = kAnswerBytesMax - body.size();
  body.append(data, std::min(room, size * count));
  return size * count;
}

int OnProgress(void* context, curl_off_t, curl_off_t, curl_off_t, curl_off_t sent) {
  auto& transfer = *static_cast<Transfer*>(context);
  transfer.is_cancelled =
      transfer.request.on_progress && transfer.request.on_progress(sent, transfer.size);
  return transfer.is_cancelled ? 1 : 0;
}

Status CannotRead(const std::string& file, int error) {
  return MakeError(CodeOf(arrow::internal::IOErrorFromErrno(error, "")),
                   "Cannot read " + file + ": " + std::generic_category().message(error));
}

Status StatusOf(CURLcode code, const Transfer& transfer) {
  const std::string shown = UrlToShow(transfer.request.url);
  if (code == CURLE_OK) {
    return Status::OK();
  }
  if (transfer.is_cancelled) {
    return MakeError(ErrorCode::kCancelled,
                     "Sending cancelled: " + transfer.request.file);
  }
  if (std::ferror(transfer.file) != 0) {
    return CannotRead(transfer.request.file, EIO);
  }
  ErrorCode kind = ErrorCode::kIoFailed;
  if (code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST) {
    kind = ErrorCode::kUnavailable;
  } else if (code == CURLE_OPERATION_TIMEDOUT) {
    kind = ErrorCode::kTimeout;
  } else if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL) {
    kind = ErrorCode::kInvalidArgument;
  }
  return MakeError(kind, "Cannot send " + transfer.request.file + " to " + shown + ": " +
                             curl_easy_strerror(code));
}

}  // namespace

Result<HttpSendFileResult> HttpSendFile(const HttpSendFileRequest& request) {
  internal::EnsureCurlStarted();
  const FilePtr file(std::fopen(request.file.c_str(), "rb"));
  struct stat info = {};
  if (file == nullptr || ::fstat(::fileno(file.get()), &info) != 0) {
    return CannotRead(request.file, errno);
  }
  if (!S_ISREG(info.st_mode)) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Only files can be sent, this is none: " + request.file);
  }
  const internal::CurlPtr curl(curl_easy_init());
  std::unique_ptr<curl_slist, HeaderDeleter> headers;
  const auto add = [&](const std::string& line) {
    headers.reset(curl_slist_append(headers.release(), line.c_str()));
  };
  for (const auto& [name, value] : request.headers.all()) {
    add(name + ": " + value);
  }
  add("Content-Type: application/octet-stream");
  add("Expect: 100-continue");  // who may not send is told before
  Transfer transfer{.request = request, .file = file.get(), .size = info.st_size};
  CURL* const handle = curl.get();
  if (handle == nullptr || headers == nullptr) {
    return MakeError(ErrorCode::kOutOfMemory, "Cannot start to send " + request.file);
  }
  curl_easy_setopt(handle, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_POST, 1L);
  curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE,
                   static_cast<curl_off_t>(transfer.size));
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(handle, CURLOPT_USERAGENT, "tarn");
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, kConnectMs);
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, kStallBytesPerSecond);
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME, kStallSeconds);
  curl_easy_setopt(handle, CURLOPT_READFUNCTION, OnRead);
  curl_easy_setopt(handle, CURLOPT_READDATA, &transfer);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, OnAnswer);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, OnProgress);
  curl_easy_setopt(handle, CURLOPT_XFERINFODATA, &transfer);
  RETURN_NOT_OK(StatusOf(curl_easy_perform(handle), transfer));
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  return HttpSendFileResult{.status = static_cast<int>(status),
                            .body = std::move(transfer.body)};
}

}  // namespace tarn::net
