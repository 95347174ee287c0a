#include "tarn/io/store_options.h"

#include <charconv>
#include <cstdlib>
#include <initializer_list>
#include <string_view>

#include "tarn/base/config.h"

namespace tarn::io {
namespace {

using Properties = std::map<std::string, std::string>;

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// The property, or else the first of the variables that is set.
std::string PropertyOr(const Properties& properties, const std::string& key,
                       std::initializer_list<const char*> variables = {}) {
  if (const auto it = properties.find(key);
      it != properties.end() && !it->second.empty()) {
    return it->second;
  }
  for (const char* variable : variables) {
    if (std::string value = Environment(variable); !value.empty()) {
      return value;
    }
  }
  return {};
}

/// The property as a number; `otherwise` if it is missing or none. What a person sets
/// was checked by the table of settings.
int64_t NumberOr(const Properties& properties, const std::string& key,
                 int64_t otherwise) {
  const std::string text = PropertyOr(properties, key);
  int64_t number = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = !text.empty() && end == text.data() + text.size();
  return whole && error == std::errc{} && number >= 0 ? number : otherwise;
}

/// "30s", or, as PyIceberg has it, a number of seconds.
std::chrono::milliseconds DurationOr(const Properties& properties, const std::string& key,
                                     std::chrono::milliseconds otherwise) {
  std::string text = PropertyOr(properties, key);
  if (!text.empty() && text.find_first_not_of("0123456789.") == std::string::npos) {
    text += 's';
  }
  return text.empty() ? otherwise : ParseDuration(text).ValueOr(otherwise);
}

bool IsTrue(const Properties& properties, const std::string& key) {
  const std::string text = PropertyOr(properties, key);
  return text == "true" || text == "yes" || text == "on";
}

/// "http" and "127.0.0.1:10000" of "http://127.0.0.1:10000/devstoreaccount1".
void SetEndpoint(std::string_view url, std::string* scheme, std::string* authority) {
  if (const size_t colon = url.find("://"); colon != std::string_view::npos) {
    *scheme = url.substr(0, colon);
    url.remove_prefix(colon + 3);
  }
  *authority = url.substr(0, url.find('/'));
}

/// "Name=value;Name=value" as Azure's portal hands it out.
void ReadConnectionString(std::string_view text, AzureOptions* options) {
  Properties parts;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(';'));
    text.remove_prefix(part.size() == text.size() ? part.size() : part.size() + 1);
    if (const size_t equals = part.find('='); equals != std::string_view::npos) {
      parts.emplace(part.substr(0, equals), part.substr(equals + 1));
    }
  }
  options->account_name = parts["AccountName"];
  options->account_key = parts["AccountKey"];
  options->sas_token = parts["SharedAccessSignature"];
  if (const std::string& protocol = parts["DefaultEndpointsProtocol"];
      !protocol.empty()) {
    options->blob_scheme = protocol;
    options->dfs_scheme = protocol;
  }
  if (const std::string& suffix = parts["EndpointSuffix"]; !suffix.empty()) {
    options->blob_authority = ".blob." + suffix;
    options->dfs_authority = ".dfs." + suffix;
  }
  if (const std::string& url = parts["BlobEndpoint"]; !url.empty()) {
    SetEndpoint(url, &options->blob_scheme, &options->blob_authority);
    SetEndpoint(url, &options->dfs_scheme, &options->dfs_authority);
  }
  if (const std::string& url = parts["DfsEndpoint"]; !url.empty()) {
    SetEndpoint(url, &options->dfs_scheme, &options->dfs_authority);
  }
}

/// Overwrites `value` if the property is there.
void Take(const Properties& properties, const std::string& key, std::string* value) {
  if (std::string found = PropertyOr(properties, key); !found.empty()) {
    *value = std::move(found);
  }
}

}  // namespace

S3Options S3OptionsFrom(const Properties& properties) {
  S3Options options;
  options.endpoint =
      PropertyOr(properties, "s3.endpoint", {"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"});
  options.region =
      PropertyOr(properties, "s3.region", {"AWS_REGION", "AWS_DEFAULT_REGION"});
  options.access_key_id = PropertyOr(properties, "s3.access-key-id");
  options.secret_access_key = PropertyOr(properties, "s3.secret-access-key");
  options.session_token = PropertyOr(properties, "s3.session-token");
  // One identity: never a key id from here with a secret from there.
  if (options.access_key_id.empty() && options.secret_access_key.empty()) {
    options.access_key_id = Environment("AWS_ACCESS_KEY_ID");
    options.secret_access_key = Environment("AWS_SECRET_ACCESS_KEY");
    if (options.session_token.empty()) {
      options.session_token = Environment("AWS_SESSION_TOKEN");
    }
  }
  options.path_style = PropertyOr(properties, "s3.path-style-access") != "false";
  RetryOptions& retry = options.retry;
  retry.retries_max = NumberOr(properties, "s3.retry.num-retries", retry.retries_max);
  retry.wait_min = std::chrono::milliseconds(
      NumberOr(properties, "s3.retry.min-wait-ms", retry.wait_min.count()));
  retry.wait_max = std::chrono::milliseconds(
      NumberOr(properties, "s3.retry.max-wait-ms", retry.wait_max.count()));
  options.connect_timeout =
      DurationOr(properties, "s3.connect-timeout", options.connect_timeout);
  options.request_timeout =
      DurationOr(properties, "s3.request-timeout", options.request_timeout);
  options.parts_in_flight_max =
      NumberOr(properties, "s3.multipart.num-threads", options.parts_in_flight_max);
  return options;
}

AzureOptions AzureOptionsFrom(const Properties& properties) {
  constexpr std::string_view kSasOfAccount = "adls.sas-token.";
  AzureOptions options;
  const std::string connection = PropertyOr(properties, "adls.connection-string");
  ReadConnectionString(connection, &options);
  Take(properties, "adls.account-name", &options.account_name);
  Take(properties, "adls.account-key", &options.account_key);
  Take(properties, "adls.sas-token", &options.sas_token);
  Take(properties, "adls.tenant-id", &options.tenant_id);
  Take(properties, "adls.client-id", &options.client_id);
  Take(properties, "adls.client-secret", &options.client_secret);
  options.anonymous = IsTrue(properties, "adls.anon");
  for (const auto& [key, value] : properties) {
    if (key.starts_with(kSasOfAccount) && !value.empty()) {
      // Java names the host ("account.dfs.core.windows.net"), others the account.
      const std::string account = key.substr(kSasOfAccount.size());
      options.sas_tokens[account.substr(0, account.find('.'))] = value;
    }
  }
  // One identity, as for S3.
  const bool has_identity = !options.account_key.empty() || !options.sas_token.empty() ||
                            !options.sas_tokens.empty() || !options.client_id.empty() ||
                            options.anonymous;
  if (connection.empty() && !has_identity && options.account_name.empty()) {
    ReadConnectionString(Environment("AZURE_STORAGE_CONNECTION_STRING"), &options);
    if (options.account_name.empty()) {
      options.account_name = Environment("AZURE_STORAGE_ACCOUNT");
      options.account_key = Environment("AZURE_STORAGE_KEY");
      options.sas_token = Environment("AZURE_STORAGE_SAS_TOKEN");
    }
  }
  Take(properties, "adls.blob-storage-authority", &options.blob_authority);
  Take(properties, "adls.dfs-storage-authority", &options.dfs_authority);
  Take(properties, "adls.blob-storage-scheme", &options.blob_scheme);
  Take(properties, "adls.dfs-storage-scheme", &options.dfs_scheme);
  return options;
}

GcsOptions GcsOptionsFrom(const Properties& properties) {
  GcsOptions options;
  options.host = PropertyOr(properties, "gcs.service.host", {"STORAGE_EMULATOR_HOST"});
  options.token = PropertyOr(properties, "gcs.oauth2.token");
  options.token_expires_at =
      std::chrono::milliseconds(NumberOr(properties, "gcs.oauth2.token-expires-at", 0));
  options.project_id = PropertyOr(properties, "gcs.project-id", {"GOOGLE_CLOUD_PROJECT"});
  options.anonymous = IsTrue(properties, "gcs.no-auth");
  options.retry_limit = DurationOr(properties, "gcs.retry-limit", options.retry_limit);
  return options;
}

}  // namespace tarn::io
