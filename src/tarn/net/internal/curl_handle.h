// libcurl's handles.
#pragma once

#include <memory>

#include <curl/curl.h>

namespace tarn::net::internal {

struct CurlDeleter {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
};
using CurlPtr = std::unique_ptr<CURL, CurlDeleter>;

/// To be called before any other function of libcurl. Thread-safe.
inline void EnsureCurlStarted() {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  static_cast<void>(started);
}

}  // namespace tarn::net::internal
