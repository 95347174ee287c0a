// How object stores are reached: Iceberg's property names as plain structs. Secrets are
// in no message and no log.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

namespace tarn::io {

/// Requests that fail for a passing reason (5xx, throttling, a lost connection, a cut
/// answer) are sent again after `wait_min`, twice that, four times that …, at most
/// `wait_max` each, of which up to half is left to chance.
struct RetryOptions {
  int64_t retries_max = 5;  // after the first try
  std::chrono::milliseconds wait_min{500};
  std::chrono::milliseconds wait_max{20'000};
};

struct S3Options {
  std::string endpoint;  // "http://127.0.0.1:9000"; empty for AWS
  std::string region;
  std::string access_key_id;  // empty: the AWS default chain; never logged
  std::string secret_access_key;
  std::string session_token;
  bool path_style = true;  // when an endpoint is given
  RetryOptions retry;
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds request_timeout{60'000};  // without a byte moving
  int64_t parts_in_flight_max = 4;  // parts of 10 MiB that one file is sending
};

struct AzureOptions {
  std::string account_name;  // of locations that name none; whose key account_key is
  std::string account_key;
  std::string sas_token;                          // for every account
  std::map<std::string, std::string> sas_tokens;  // by account name, before sas_token
  std::string tenant_id;
  std::string client_id;
  std::string client_secret;
  bool anonymous = false;
  // "host:port", or ".suffix" that the account is put before; from the location if empty.
  std::string blob_authority;
  std::string dfs_authority;
  std::string blob_scheme = "https";
  std::string dfs_scheme = "https";
};

struct GcsOptions {
  std::string host;  // "http://127.0.0.1:4443"; empty for Google's
  std::string token;
  std::chrono::milliseconds token_expires_at{0};  // since the Unix epoch; 0: not known
  std::string project_id;
  bool anonymous = false;
  std::chrono::milliseconds retry_limit{60'000};  // tries of one request end then
};

/// Reads "s3.endpoint", "s3.region", "s3.access-key-id", "s3.secret-access-key",
/// "s3.session-token", "s3.path-style-access", "s3.connect-timeout",
/// "s3.request-timeout", "s3.retry.*", "s3.multipart.num-threads" (Iceberg's property
/// names), then AWS_* variables for what is missing.
S3Options S3OptionsFrom(const std::map<std::string, std::string>& properties);

/// Reads "adls.connection-string", "adls.account-name", "adls.account-key",
/// "adls.sas-token", "adls.sas-token.<account>", "adls.tenant-id", "adls.client-id",
/// "adls.client-secret", "adls.anon", "adls.{blob,dfs}-storage-{authority,scheme}", and,
/// if none of them is there, AZURE_STORAGE_CONNECTION_STRING, AZURE_STORAGE_ACCOUNT,
/// AZURE_STORAGE_KEY and AZURE_STORAGE_SAS_TOKEN.
AzureOptions AzureOptionsFrom(const std::map<std::string, std::string>& properties);

/// Reads "gcs.oauth2.token", "gcs.oauth2.token-expires-at", "gcs.project-id",
/// "gcs.service.host", "gcs.no-auth" and "gcs.retry-limit".
GcsOptions GcsOptionsFrom(const std::map<std::string, std::string>& properties);

}  // namespace tarn::io
