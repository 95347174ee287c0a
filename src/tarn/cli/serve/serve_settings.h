// What `tarn serve` is told: settings and flags, checked together.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "tarn/base/config.h"
#include "tarn/base/result.h"
#include "tarn/governance/authenticator.h"
#include "tarn/net/http_server.h"

namespace tarn::cli {

struct ListenAddress {
  std::string address;
  uint16_t port = 0;  // 0 takes one that is free

  bool IsLoopback() const;
};

/// What the setting `key` says: "127.0.0.1:8080", "localhost:8080" or "[::1]:8080".
/// Errors: kUsage.
Result<ListenAddress> ListenAddressFrom(const Config& config, const std::string& key);

struct ServeSettings {
  net::HttpServerOptions http;
  bool needs_sign_in = false;
  governance::AuthenticatorOptions authentication;
  std::string public_url;             // empty: what each request asks for
  char namespace_separator = '\x1F';  // of levels in clients' paths
  bool has_public_metrics = false;
  bool has_access_log = true;
  std::chrono::milliseconds slow_request{0};  // 0: none is
  std::chrono::milliseconds shutdown_delay{0};
  std::chrono::milliseconds shutdown_grace{0};
  size_t body_bytes_max = 0;

  /// "http://127.0.0.1:8080".
  std::string UrlOf(uint16_t port) const;
  bool IsLoopback() const;
};

/// Errors: kUsage for values that do not fit their place or each other, like an address
/// that is not loopback without auth.enabled.
Result<ServeSettings> ServeSettingsFrom(const Config& config);

}  // namespace tarn::cli
