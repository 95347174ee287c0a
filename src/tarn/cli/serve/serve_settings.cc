#include "tarn/cli/serve/serve_settings.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "tarn/base/error.h"

namespace tarn::cli {
namespace {

constexpr char kListen[] = "serve.listen";
constexpr char kExtraPorts[] = "serve.extra_ports";
constexpr char kPublicUrl[] = "serve.public_url";
constexpr char kNamespaceSeparator[] = "serve.namespace_separator";
constexpr size_t kExtraPortsMax = 64;

/// A setting is wrong: says where it comes from.
Status Wrong(const Config& config, const std::string& key, const std::string& what) {
  const std::string& origin = config.OriginOf(key);
  const bool is_flag = origin.starts_with("--");
  return MakeError(ErrorCode::kUsage,
                   (is_flag ? origin : origin + ": " + key) + " " + what);
}

std::optional<uint16_t> PortOf(std::string_view text) {
  uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, port);
  return parsed.ec == std::errc() && parsed.ptr == end ? std::optional(port)
                                                       : std::nullopt;
}

Status ReadListener(const Config& config, net::HttpServerOptions* http) {
  ARROW_ASSIGN_OR_RAISE(const ListenAddress listen, ListenAddressFrom(config, kListen));
  http->address = listen.address;
  http->port = listen.port;
  return Status::OK();
}

Status ReadExtraPorts(const Config& config, net::HttpServerOptions* http) {
  std::string_view rest = config.GetText(kExtraPorts);
  while (!rest.empty()) {
    std::string_view item = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), item.size() + 1));
    while (item.starts_with(' ')) {
      item.remove_prefix(1);
    }
    while (item.ends_with(' ')) {
      item.remove_suffix(1);
    }
    const auto port = PortOf(item);
    if (!port || http->extra_ports.size() >= kExtraPortsMax) {
      return Wrong(config, kExtraPorts,
                   "is a list of at most 64 ports like [5000, 8181], not " +
                       config.GetText(kExtraPorts));
    }
    http->extra_ports.push_back(*port);
  }
  return Status::OK();
}

Status ReadTls(const Config& config, net::HttpServerOptions* http) {
  const std::string& certificate = config.GetText("tls.certificate");
  const std::string& key = config.GetText("tls.key");
  const std::string& client_ca = config.GetText("tls.client_ca");
  const bool is_required = config.GetText("tls.client_certificates") == "required";
  if (client_ca.empty() && is_required) {
    return MakeError(ErrorCode::kUsage,
                     "tls.client_certificates: required needs tls.client_ca, the "
                     "authorities of clients' certificates");
  }
  if (certificate.empty() && key.empty()) {
    return client_ca.empty()
               ? Status::OK()
               : MakeError(ErrorCode::kUsage,
                           "tls.client_ca needs tls.certificate and tls.key: clients "
                           "show certificates by TLS only");
  }
  if (certificate.empty() || key.empty()) {
    return MakeError(ErrorCode::kUsage,
                     "tls.certificate and tls.key belong together; what is missing is "
                     "the " +
                         std::string(key.empty() ? "key" : "certificate"));
  }
  http->tls = net::TlsOptions{.certificate_file = certificate,
                              .key_file = key,
                              .client_ca_file = client_ca,
                              .needs_client_certificate = is_required};
  return Status::OK();
}

Status ReadPublicUrl(const Config& config, std::string* url) {
  *url = config.GetText(kPublicUrl);
  while (url->ends_with('/')) {
    url->pop_back();
  }
  const size_t scheme = url->starts_with("https://") ? 8 : 7;
  const bool is_url =
      url->empty() ||
      ((scheme == 8 || url->starts_with("http://")) && url->size() > scheme &&
       url->find_first_of("?# @", scheme) == std::string::npos);
  return is_url ? Status::OK()
                : Wrong(config, kPublicUrl,
                        "is a URL like https://lake.example.org, not " + *url);
}

Status ReadNamespaceSeparator(const Config& config, char* separator) {
  const std::string& text = config.GetText(kNamespaceSeparator);
  if (text.empty()) {
    return Status::OK();
  }
  if (text.size() != 1 ||
      std::string_view(".~!$*:;=@|").find(text) == std::string::npos) {
    return Wrong(config, kNamespaceSeparator,
                 "is one of . ~ ! $ * : ; = @ | or nothing, not " + text);
  }
  *separator = text.front();
  return Status::OK();
}

void ReadLimits(const Config& config, net::HttpServerOptions* http) {
  const auto number = [&](std::string_view key) {
    return static_cast<int32_t>(config.GetInteger(key));
  };
  http->io_threads = number("serve.io_threads");
  http->worker_threads = number("serve.worker_threads");
  http->connections_max = number("serve.connections_max");
  http->queue_max = number("serve.queue_max");
  http->header_bytes_max =
      static_cast<size_t>(config.GetInteger("serve.header_size_max"));
  http->header_timeout = config.GetDuration("serve.header_timeout");
  http->body_timeout = config.GetDuration("serve.body_timeout");
  http->idle_timeout = config.GetDuration("serve.idle_timeout");
  http->write_timeout = config.GetDuration("serve.write_timeout");
}

}  // namespace

bool ListenAddress::IsLoopback() const {
  return address == "::1" || address.starts_with("127.");
}

Result<ListenAddress> ListenAddressFrom(const Config& config, const std::string& key) {
  const std::string& text = config.GetText(key);
  const size_t colon = text.rfind(':');
  const auto port = colon == std::string::npos
                        ? std::nullopt
                        : PortOf(std::string_view(text).substr(colon + 1));
  std::string address = text.substr(0, std::min(colon, text.size()));
  if (address.starts_with('[') && address.ends_with(']')) {
    address = address.substr(1, address.size() - 2);
  }
  if (!port || address.empty()) {
    return Wrong(config, key,
                 "is an address and a port like 127.0.0.1:8080, not " + text);
  }
  return ListenAddress{address == "localhost" ? "127.0.0.1" : address, *port};
}

std::string ServeSettings::UrlOf(uint16_t port) const {
  const bool is_v6 = http.address.find(':') != std::string::npos;
  return fmt::format("{}://{}{}{}:{}", http.tls ? "https" : "http", is_v6 ? "[" : "",
                     http.address, is_v6 ? "]" : "", port);
}

bool ServeSettings::IsLoopback() const {
  return ListenAddress{http.address}.IsLoopback();
}

Result<ServeSettings> ServeSettingsFrom(const Config& config) {
  ServeSettings settings;
  RETURN_NOT_OK(ReadListener(config, &settings.http));
  RETURN_NOT_OK(ReadExtraPorts(config, &settings.http));
  RETURN_NOT_OK(ReadTls(config, &settings.http));
  RETURN_NOT_OK(ReadPublicUrl(config, &settings.public_url));
  RETURN_NOT_OK(ReadNamespaceSeparator(config, &settings.namespace_separator));
  ReadLimits(config, &settings.http);
  settings.needs_sign_in = config.GetBool("auth.enabled");
  settings.authentication.token_lifetime = config.GetDuration("auth.token_lifetime");
  settings.authentication.recheck_interval = config.GetDuration("auth.recheck_interval");
  settings.has_public_metrics = config.GetBool("serve.public_metrics");
  settings.has_access_log = config.GetBool("serve.access_log");
  settings.slow_request = config.GetDuration("serve.slow_request");
  settings.shutdown_delay = config.GetDuration("serve.shutdown_delay");
  settings.shutdown_grace = config.GetDuration("serve.shutdown_grace");
  settings.body_bytes_max = static_cast<size_t>(config.GetInteger("serve.body_size_max"));
  for (const char* const key : {"auth.oidc.issuer", "tls.client_ca"}) {
    if (!settings.needs_sign_in && !config.GetText(key).empty()) {
      return Wrong(config, key, "is for servers where callers sign in: set auth.enabled");
    }
  }
  if (!settings.needs_sign_in && !settings.IsLoopback()) {
    return MakeError(ErrorCode::kUsage,
                     "Without authentication Tarn listens on loopback only; use --auth "
                     "(auth.enabled), or --listen 127.0.0.1:PORT instead of " +
                         settings.http.address);
  }
  return settings;
}

}  // namespace tarn::cli
