#include "tarn/net/internal/gzip.h"

#include <algorithm>
#include <cctype>
#include <memory>
#include <utility>

#include <libdeflate.h>

namespace tarn::net::internal {
namespace {

constexpr size_t kWorthBytes = 1024;
/// Answers are compressed once and read once: the fastest level.
constexpr int kLevel = 1;

struct CompressorDeleter {
  void operator()(libdeflate_compressor* c) const { libdeflate_free_compressor(c); }
};

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

std::string_view Trim(std::string_view text) {
  const size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
  const size_t end = text.find_last_not_of(" \t");
  return end == std::string_view::npos ? "" : text.substr(begin, end + 1 - begin);
}

bool IsText(const std::string& content_type) {
  const std::string type = Lower(content_type.substr(0, content_type.find(';')));
  return type.starts_with("text/") || type.find("json") != std::string::npos ||
         type.find("xml") != std::string::npos ||
         type.find("javascript") != std::string::npos || type == "application/wasm";
}

/// "gzip;q=0" refuses it.
bool IsRefused(std::string_view parameters) {
  const size_t q = parameters.find("q=");
  if (q == std::string_view::npos) {
    return false;
  }
  const std::string_view weight = Trim(parameters.substr(q + 2));
  return !weight.empty() && weight.find_first_not_of("0.") == std::string_view::npos;
}

}  // namespace

bool AcceptsGzip(std::string_view accept_encoding) {
  const std::string lower = Lower(accept_encoding);
  std::string_view rest = lower;
  bool accepts_any = false;
  while (!rest.empty()) {
    const std::string_view item = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), item.size() + 1));
    const size_t semicolon = std::min(item.find(';'), item.size());
    const std::string_view coding = Trim(item.substr(0, semicolon));
    const bool is_refused = IsRefused(item.substr(semicolon));
    if (coding == "gzip" || coding == "x-gzip") {
      return !is_refused;
    }
    accepts_any = accepts_any || (coding == "*" && !is_refused);
  }
  return accepts_any;
}

void MaybeGzip(const HttpRequest& request, HttpResponse* response) {
  const std::string* const type = response->headers.Find("Content-Type");
  if (response->body.size() <= kWorthBytes || type == nullptr || !IsText(*type) ||
      response->headers.Find("Content-Encoding") != nullptr) {
    return;
  }
  response->headers.Add("Vary", "Accept-Encoding");
  const std::string* const accepted = request.headers.Find("Accept-Encoding");
  if (accepted == nullptr || !AcceptsGzip(*accepted)) {
    return;
  }
  thread_local const std::unique_ptr<libdeflate_compressor, CompressorDeleter> compressor(
      libdeflate_alloc_compressor(kLevel));
  if (compressor == nullptr) {
    return;
  }
  std::string& body = response->body;
  std::string packed(body.size() - 1, '\0');  // not worth while if it does not shrink
  const size_t size = libdeflate_gzip_compress(compressor.get(), body.data(), body.size(),
                                               packed.data(), packed.size());
  if (size == 0) {
    return;
  }
  packed.resize(size);
  body = std::move(packed);
  response->headers.Set("Content-Encoding", "gzip");
}

}  // namespace tarn::net::internal
