#include "tarn/base/internal/server_config_keys.h"

#include <array>
#include <vector>

namespace tarn::internal {
namespace {

constexpr int64_t kMiB = int64_t{1} << 20;
constexpr int64_t kGiB = int64_t{1} << 30;
constexpr int64_t kHourMs = 60 * 60 * 1000;

constexpr auto kAuthKeys = std::to_array<ConfigKey>({
    {.name = "auth.enabled",
     .type = ConfigType::kBool,
     .default_value = "false",
     .doc = "Whether callers of the server must say who they are (`tarn user add`). "
            "Without it the server listens on loopback only."},
    {.name = "auth.recheck_interval",
     .type = ConfigType::kDuration,
     .default_value = "5s",
     .max = kHourMs,
     .doc =
         "A principal that is disabled, or a secret that is replaced, is refused after "
         "this long at the latest."},
    {.name = "auth.token_lifetime",
     .type = ConfigType::kDuration,
     .default_value = "1h",
     .min = 1000,
     .max = 7 * 86'400'000LL,
     .doc = "How long an access token is good; clients renew theirs by themselves."},
});

constexpr auto kCertificateKeys = std::to_array<ConfigKey>({
    {.name = "auth.certificate.user_mapping.file",
     .type = ConfigType::kText,
     .default_value = "",
     .doc = "JSON file with rules for who is meant by a certificate's subject, as "
            "Trino's user mapping has them; in place of the pattern."},
    {.name = "auth.certificate.user_mapping.pattern",
     .type = ConfigType::kText,
     .default_value = R"((?:[^\\]*, )?CN=([^,+\\]+)(?:[,+].*)?)",
     .doc = "Regular expression for the whole subject of a client's certificate (CN=ada, "
            "OU=lake, O=Example); its first group is the principal."},
});

constexpr auto kIssuerKeys = std::to_array<ConfigKey>({
    {.name = "auth.oidc.admin_roles",
     .type = ConfigType::kText,
     .default_value = "",
     .doc = "Roles of auth.oidc.roles_claim, parted by commas, whose holders administer "
            "the server."},
    {.name = "auth.oidc.audience",
     .type = ConfigType::kText,
     .default_value = "",
     .doc = "Who tokens of auth.oidc.issuer are for (claim aud): one of these, parted by "
            "commas."},
    {.name = "auth.oidc.ca_file",
     .type = ConfigType::kText,
     .default_value = "",
     .doc = "Authorities (PEM) that sign the certificate of auth.oidc.issuer; the "
            "system's if unset."},
    {.name = "auth.oidc.clock_skew",
     .type = ConfigType::kDuration,
     .default_value = "30s",
     .max = 10 * 60 * 1000,
     .doc = "By how much the issuer's clock and the server's may differ."},
    {.name = "auth.oidc.issuer",
     .type = ConfigType::kText,
     .default_value = "",
     .doc = "An OpenID Connect issuer whose tokens are good here, like "
            "https://id.example.org/realms/lake: what its tokens have in the claim iss."},
    {.name = "auth.oidc.jwks",
     .type = ConfigType::kText,
     .default_value = "",
     .doc = "File or URL with the issuer's keys; as the issuer itself says if unset."},
    {.name = "auth.oidc.roles_claim",
     .type = ConfigType::kText,
     .default_value = "groups",
     .doc = "Claim with the roles of who signs in; a.b is b in the object a."},
    {.name = "auth.oidc.user_claim",
     .type = ConfigType::kText,
     .default_value = "sub",
     .doc = "Claim with the name of who signs in; a.b is b in the object a."},
    {.name = "auth.oidc.user_mapping.file",
     .type = ConfigType::kText,
     .default_value = "",
     .doc = "As auth.certificate.user_mapping.file, for auth.oidc.user_claim."},
    {.name = "auth.oidc.user_mapping.pattern",
     .type = ConfigType::kText,
     .default_value = "(.*)",
     .doc = "Regular expression for all of auth.oidc.user_claim; its first group is the "
            "principal."},
});

constexpr auto kFlightKeys = std::to_array<ConfigKey>({
    {.name = "flight.connections_max",
     .type = ConfigType::kInteger,
     .default_value = "256",
     .min = 1,
     .max = 10'000,
     .doc = "Connections of Arrow Flight SQL clients at once, a thread each; more are "
            "closed."},
    {.name = "flight.listen",
     .type = ConfigType::kText,
     .default_value = "",
     .doc = "Address and port for Arrow Flight SQL, or off. Unset: 127.0.0.1:32010 when "
            "serve.listen is 127.0.0.1:8080, else off."},
    {.name = "flight.result_timeout",
     .type = ConfigType::kDuration,
     .default_value = "5m",
     .min = 1000,
     .max = 24 * kHourMs,
     .doc = "A result that its Flight SQL client does not fetch is dropped after this "
            "long."},
    {.name = "flight.results_max",
     .type = ConfigType::kInteger,
     .default_value = "256",
     .min = 1,
     .max = 100'000,
     .doc = "Results that Flight SQL clients fetch or may fetch at once; more are told "
            "to try again."},
    {.name = "flight.transaction_timeout",
     .type = ConfigType::kDuration,
     .default_value = "10m",
     .min = 1000,
     .max = 24 * kHourMs,
     .doc = "A Flight SQL transaction without a statement is rolled back after this "
            "long."},
});

constexpr auto kHiveKeys = std::to_array<ConfigKey>({
    {.name = "hive.connections_max",
     .type = ConfigType::kInteger,
     .default_value = "256",
     .min = 1,
     .max = 10'000,
     .doc = "Hive Metastore clients at once, a thread each; more are closed."},
    {.name = "hive.idle_timeout",
     .type = ConfigType::kDuration,
     .default_value = "30m",
     .min = 1000,
     .max = 24 * kHourMs,
     .doc = "A Hive client's connection without a call is closed after this long."},
    {.name = "hive.listen",
     .type = ConfigType::kText,
     .default_value = "",
     .doc = "Address and port for Hive Metastore clients (thrift://), like "
            "127.0.0.1:9083; off if unset."},
    {.name = "hive.lock_timeout",
     .type = ConfigType::kDuration,
     .default_value = "5m",
     .min = 1000,
     .max = 24 * kHourMs,
     .doc = "A lock that its Hive client says nothing of for so long is gone."},
    {.name = "hive.message_size_max",
     .type = ConfigType::kSize,
     .default_value = "16MiB",
     .min = 64 * 1024,
     .max = kGiB,
     .doc = "Hive clients' calls that are larger are refused."},
});

constexpr auto kServeKeys = std::to_array<ConfigKey>({
    {.name = "serve.access_log",
     .type = ConfigType::kBool,
     .default_value = "true",
     .doc = "A line in the log for each request, at level info."},
    {.name = "serve.extra_ports",
     .type = ConfigType::kText,
     .default_value = "",
     .doc = "More ports of the same address, for clients that expect one, as in [5000, "
            "8181]."},
    {.name = "serve.io_threads",
     .type = ConfigType::kInteger,
     .default_value = "1",
     .min = 1,
     .max = 64,
     .doc = "Threads that read, write and encrypt."},
    {.name = "serve.listen",
     .type = ConfigType::kText,
     .default_value = "127.0.0.1:8080",
     .doc = "Address and port of the server; port 0 takes one that is free."},
    {.name = "serve.namespace_separator",
     .type = ConfigType::kText,
     .default_value = "",
     .doc = "What clients write between the levels of a namespace, like a dot, where a "
            "proxy refuses the byte 0x1F, which they write else."},
    {.name = "serve.public_metrics",
     .type = ConfigType::kBool,
     .default_value = "false",
     .doc = "Whether /metrics may be read without signing in."},
    {.name = "serve.public_url",
     .type = ConfigType::kText,
     .default_value = "",
     .doc =
         "Where clients reach the server, like https://lake.example.org, if that is not "
         "what they ask for (a proxy in between changes it)."},
    {.name = "serve.shutdown_delay",
     .type = ConfigType::kDuration,
     .default_value = "0s",
     .max = kHourMs,
     .doc =
         "How long after SIGTERM it still takes requests, while /health/ready says no: "
         "time for a balancer to look."},
    {.name = "serve.shutdown_grace",
     .type = ConfigType::kDuration,
     .default_value = "30s",
     .max = kHourMs,
     .doc = "How long requests may take to finish after SIGTERM."},
    {.name = "serve.slow_request",
     .type = ConfigType::kDuration,
     .default_value = "1s",
     .max = 24 * kHourMs,
     .doc = "Requests that take longer are logged as warnings; 0: none."},
    {.name = "serve.worker_threads",
     .type = ConfigType::kInteger,
     .default_value = "32",
     .min = 1,
     .max = 1024,
     .doc = "Requests that are worked on at once; commits and scan plans, which may wait "
            "for long, have as many threads of their own. They are started as they are "
            "needed."},
});

constexpr auto kLimitKeys = std::to_array<ConfigKey>({
    {.name = "serve.body_size_max",
     .type = ConfigType::kSize,
     .default_value = "16MiB",
     .min = 64 * 1024,
     .max = kGiB,
     .doc = "Requests with a larger body are refused (413)."},
    {.name = "serve.body_timeout",
     .type = ConfigType::kDuration,
     .default_value = "30s",
     .min = 100,
     .max = kHourMs,
     .doc = "A body of which nothing comes for so long ends its request (408)."},
    {.name = "serve.connections_max",
     .type = ConfigType::kInteger,
     .default_value = "4096",
     .min = 1,
     .max = 1'000'000,
     .doc = "Connections at once; more are told 503."},
    {.name = "serve.header_size_max",
     .type = ConfigType::kSize,
     .default_value = "32KiB",
     .min = 1024,
     .max = kMiB,
     .doc = "Requests with larger headers are refused (431)."},
    {.name = "serve.header_timeout",
     .type = ConfigType::kDuration,
     .default_value = "10s",
     .min = 100,
     .max = kHourMs,
     .doc = "Headers and TLS handshakes must be there after this long."},
    {.name = "serve.idle_timeout",
     .type = ConfigType::kDuration,
     .default_value = "75s",
     .min = 100,
     .max = 24 * kHourMs,
     .doc = "A connection without a request is closed after this long."},
    {.name = "serve.queue_max",
     .type = ConfigType::kInteger,
     .default_value = "4096",
     .min = 1,
     .max = 1'000'000,
     .doc = "Requests that wait for a thread; more are told 503."},
    {.name = "serve.write_timeout",
     .type = ConfigType::kDuration,
     .default_value = "30s",
     .min = 100,
     .max = kHourMs,
     .doc = "A client that takes nothing of its answer for so long is cut off."},
});

constexpr auto kAccessKeys = std::to_array<ConfigKey>({
    {.name = "tls.certificate",
     .type = ConfigType::kText,
     .default_value = "",
     .doc = "PEM file with the server's certificate and those between it and its "
            "authority; the server then speaks HTTPS. Read again when it changes."},
    {.name = "tls.client_ca",
     .type = ConfigType::kText,
     .default_value = "",
     .doc = "PEM file with the authorities of clients' certificates; who shows one need "
            "not sign in otherwise. Read again when it changes."},
    {.name = "tls.client_certificates",
     .type = ConfigType::kChoice,
     .default_value = "optional",
     .choices = "optional required",
     .doc = "Whether clients without a certificate of tls.client_ca may connect and sign "
            "in otherwise."},
    {.name = "tls.key",
     .type = ConfigType::kText,
     .default_value = "",
     .doc = "PEM file with the private key of tls.certificate."},
});

constexpr auto kWarehouseKeys = std::to_array<ConfigKey>({
    {.name = "warehouses",
     .type = ConfigType::kMap,
     .default_value = "",
     .is_secret = true,
     .doc = "More warehouses of the server and where their new tables go, as in "
            "{finance: s3://finance/lake}; clients choose one by its name. One may be a "
            "map too, with location and settings vend.* of its own."},
});

}  // namespace

std::span<const ConfigKey> ServerConfigKeys() {
  static const std::vector<ConfigKey> kKeys = [] {
    std::vector<ConfigKey> keys(kAuthKeys.begin(), kAuthKeys.end());
    keys.insert(keys.end(), kCertificateKeys.begin(), kCertificateKeys.end());
    keys.insert(keys.end(), kIssuerKeys.begin(), kIssuerKeys.end());
    keys.insert(keys.end(), kFlightKeys.begin(), kFlightKeys.end());
    keys.insert(keys.end(), kHiveKeys.begin(), kHiveKeys.end());
    keys.insert(keys.end(), kServeKeys.begin(), kServeKeys.end());
    keys.insert(keys.end(), kLimitKeys.begin(), kLimitKeys.end());
    keys.insert(keys.end(), kAccessKeys.begin(), kAccessKeys.end());
    keys.insert(keys.end(), kWarehouseKeys.begin(), kWarehouseKeys.end());
    return keys;
  }();
  return kKeys;
}

}  // namespace tarn::internal
