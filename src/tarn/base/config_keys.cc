#include <algorithm>
#include <cctype>
#include <iterator>
#include <vector>

#include "tarn/base/config.h"
#include "tarn/base/internal/job_config_keys.h"
#include "tarn/base/internal/query_config_keys.h"
#include "tarn/base/internal/server_config_keys.h"
#include "tarn/base/internal/sql_config_keys.h"
#include "tarn/base/internal/upload_config_keys.h"
#include "tarn/base/internal/vend_config_keys.h"
#include "tarn/base/internal/web_config_keys.h"

namespace tarn {
namespace {

constexpr int64_t kMiB = int64_t{1} << 20;
constexpr int64_t kGiB = int64_t{1} << 30;
constexpr int64_t kTiB = int64_t{1} << 40;

constexpr auto kAzureKeys = std::to_array<ConfigKey>({
    {.name = "adls.account-key",
     .type = ConfigType::kText,
     .default_value = "",
     .is_secret = true,
     .doc = "Shared key of adls.account-name."},
    {.name = "adls.account-name",
     .type = ConfigType::kText,
     .default_value = "",
     .doc = "Azure storage account of locations that name none; whose key "
            "adls.account-key is."},
    {.name = "adls.anon",
     .type = ConfigType::kBool,
     .default_value = "false",
     .doc = "Azure without credentials: public containers only."},
    {.name = "adls.blob-storage-authority",
     .type = ConfigType::kText,
     .default_value = "",
     .doc = "Host and port of the Blob service, like 127.0.0.1:10000, or a suffix "
            "like .blob.core.windows.net; from the location if unset."},
    {.name = "adls.blob-storage-scheme",
     .type = ConfigType::kChoice,
     .default_value = "https",
     .choices = "https http",
     .doc = "How the Blob service is spoken to."},
    {.name = "adls.client-id",
     .type = ConfigType::kText,
     .default_value = "",
     .doc = "Application of adls.tenant-id, or a managed identity if that is unset."},
    {.name = "adls.client-secret",
     .type = ConfigType::kText,
     .default_value = "",
     .is_secret = true,
     .doc = "Secret of adls.client-id."},
    {.name = "adls.connection-string",
     .type = ConfigType::kText,
     .default_value = "",
     .is_secret = true,
     .doc = "Azure's connection string, in place of account, key and endpoints."},
    {.name = "adls.dfs-storage-authority",
     .type = ConfigType::kText,
     .default_value = "",
     .doc = "As adls.blob-storage-authority, for the Data Lake service."},
    {.name = "adls.dfs-storage-scheme",
     .type = ConfigType::kChoice,
     .default_value = "https",
     .choices = "https http",
     .doc = "How the Data Lake service is spoken to."},
    {.name = "adls.sas-token",
     .type = ConfigType::kText,
     .default_value = "",
     .is_secret = true,
     .doc = "Shared access signature for every account."},
    {.name = "adls.tenant-id",
     .type = ConfigType::kText,
     .default_value = "",
     .doc = "Directory of adls.client-id."},
});

constexpr auto kProgramKeys = std::to_array<ConfigKey>({
    {.name = "catalog.connections",
     .type = ConfigType::kInteger,
     .default_value = "16",
     .min = 1,
     .max = 1000,
     .doc = "Connections to PostgreSQL at once, of one process (catalog.uri)."},
    {.name = "catalog.name",
     .type = ConfigType::kText,
     .default_value = "iceberg",
     .doc = "Name of the catalog in SQL and in the catalog's store."},
    {.name = "catalog.purge_interval",
     .type = ConfigType::kDuration,
     .default_value = "10m",
     .max = 30LL * 86'400'000,
     .doc = "How often a server deletes the files of tables that were dropped with purge "
            "and can no longer be brought back; 0: never (tarn maintain dropped does)."},
    {.name = "catalog.undrop_retention",
     .type = ConfigType::kDuration,
     .default_value = "7d",
     .max = 10LL * 365 * 86'400'000,
     .doc = "How long a dropped table can be brought back; 0: not at all."},
    {.name = "catalog.uri",
     .type = ConfigType::kText,
     .default_value = "",
     .is_secret = true,
     .doc = "Where names and principals are kept: postgresql://user@host/database (the "
            "password rather in PGPASSWORD or the password file), or the path of a "
            "SQLite file; catalog.db in the home if unset. ${env:NAME} and ${file:PATH} "
            "stand for what is there."},
    {.name = "catalogs",
     .type = ConfigType::kMap,
     .default_value = "",
     .is_secret = true,
     .doc = "Catalogs of other servers, which SQL knows by their names: below each name "
            "the properties of Iceberg's REST catalogs (uri, warehouse, credential, "
            "token, s3.*, …), or type (postgresql or mysql), connection-url, "
            "connection-user and connection-password of a database server. ${env:NAME} "
            "and ${file:PATH} stand for what is there."},
    {.name = "client.credential",
     .type = ConfigType::kText,
     .default_value = "",
     .is_secret = true,
     .doc = "What --server URL is told to get a token: id:secret. ${env:NAME} and "
            "${file:PATH} stand for what is there."},
    {.name = "client.token",
     .type = ConfigType::kText,
     .default_value = "",
     .is_secret = true,
     .doc = "The token that --server URL is shown; as client.credential."},
    {.name = "encryption.key-file",
     .type = ConfigType::kText,
     .default_value = "",
     .doc = "File with the keys of encrypted tables: an id and 32, 48 or 64 hexadecimal "
            "digits on each line."},
});

constexpr auto kEngineKeys = std::to_array<ConfigKey>({
    {.name = "engine.memory_limit",
     .type = ConfigType::kSize,
     .default_value = "0",
     .max = 1024 * kTiB,
     .doc = "Memory of the SQL engine; 0 takes 80 % of the machine's. Larger work spills "
            "to disk."},
    {.name = "engine.spill_limit",
     .type = ConfigType::kSize,
     .default_value = "0",
     .max = 1024 * kTiB,
     .doc = "Disk that queries may spill to; 0 takes 90 % of what is free."},
    {.name = "engine.threads",
     .type = ConfigType::kInteger,
     .default_value = "0",
     .max = 1024,
     .doc = "Threads of the SQL engine; 0 takes one for each processor."},
});

constexpr auto kGoogleKeys = std::to_array<ConfigKey>({
    {.name = "gcs.no-auth",
     .type = ConfigType::kBool,
     .default_value = "false",
     .doc = "Google Cloud Storage without credentials: public buckets only."},
    {.name = "gcs.oauth2.token",
     .type = ConfigType::kText,
     .default_value = "",
     .is_secret = true,
     .doc = "Access token; the machine's default credentials if unset."},
    {.name = "gcs.oauth2.token-expires-at",
     .type = ConfigType::kInteger,
     .default_value = "0",
     .doc = "When gcs.oauth2.token ends, in milliseconds since 1970; 0 is not known."},
    {.name = "gcs.project-id",
     .type = ConfigType::kText,
     .default_value = "",
     .doc = "Google Cloud project that requests are billed to."},
    {.name = "gcs.retry-limit",
     .type = ConfigType::kDuration,
     .default_value = "1m",
     .min = 1,
     .max = 15 * 60 * 1000,
     .doc = "Requests that fail for a passing reason are tried again for so long."},
    {.name = "gcs.service.host",
     .type = ConfigType::kText,
     .default_value = "",
     .doc = "Base URL of another server of the same protocol, like "
            "http://127.0.0.1:4443."},
});

constexpr auto kLogKeys = std::to_array<ConfigKey>({
    {.name = "log.file",
     .type = ConfigType::kText,
     .default_value = "",
     .doc = "The server's log is appended to this file, standard error if unset; SIGHUP "
            "opens it anew."},
    {.name = "log.format",
     .type = ConfigType::kChoice,
     .default_value = "text",
     .choices = "text json",
     .doc = "Lines for people, or one JSON object on each line."},
    {.name = "log.level",
     .type = ConfigType::kChoice,
     .default_value = "info",
     .choices = "trace debug info warn error off",
     .doc = "The least severe messages to log."},
});

constexpr auto kS3Keys = std::to_array<ConfigKey>({
    {.name = "s3.access-key-id",
     .type = ConfigType::kText,
     .default_value = "",
     .doc = "Access key of the object store; AWS's own chain of credentials if unset."},
    {.name = "s3.connect-timeout",
     .type = ConfigType::kDuration,
     .default_value = "5s",
     .min = 1,
     .max = 10 * 60 * 1000,
     .doc = "How long a connection may take."},
    {.name = "s3.endpoint",
     .type = ConfigType::kText,
     .default_value = "",
     .doc =
         "Base URL of an S3-compatible store, like http://127.0.0.1:9000; AWS if unset."},
    {.name = "s3.multipart.num-threads",
     .type = ConfigType::kInteger,
     .default_value = "4",
     .min = 1,
     .max = 64,
     .doc = "Parts of 10 MiB of one file that are sent at once; the file's memory "
            "grows with them."},
    {.name = "s3.path-style-access",
     .type = ConfigType::kBool,
     .default_value = "true",
     .doc = "With s3.endpoint: the bucket is in the path rather than in the host name."},
    {.name = "s3.region",
     .type = ConfigType::kText,
     .default_value = "",
     .doc = "Region of the buckets; AWS_REGION, else us-east-1, if unset."},
    {.name = "s3.request-timeout",
     .type = ConfigType::kDuration,
     .default_value = "1m",
     .min = 1000,
     .max = 60 * 60 * 1000,
     .doc = "A request during which nothing moves for so long is given up."},
    {.name = "s3.retry.max-wait-ms",
     .type = ConfigType::kInteger,
     .default_value = "20000",
     .min = 1,
     .max = 10 * 60 * 1000,
     .doc = "The longest pause between two tries of a request."},
    {.name = "s3.retry.min-wait-ms",
     .type = ConfigType::kInteger,
     .default_value = "500",
     .min = 1,
     .max = 10 * 60 * 1000,
     .doc = "The pause before the second try; it doubles each time."},
    {.name = "s3.retry.num-retries",
     .type = ConfigType::kInteger,
     .default_value = "5",
     .max = 100,
     .doc = "How often a request that failed for a passing reason is tried again."},
    {.name = "s3.secret-access-key",
     .type = ConfigType::kText,
     .default_value = "",
     .is_secret = true,
     .doc = "Secret of s3.access-key-id."},
    {.name = "s3.session-token",
     .type = ConfigType::kText,
     .default_value = "",
     .is_secret = true,
     .doc = "Session token of temporary credentials."},
});

constexpr auto kStorageKeys = std::to_array<ConfigKey>({
    {.name = "storage.parquet.batch_size",
     .type = ConfigType::kInteger,
     .default_value = "65536",
     .min = 1,
     .max = 10'000'000,
     .doc = "Rows that go through a table writer at a time."},
    {.name = "storage.parquet.compression.column_overrides",
     .type = ConfigType::kMap,
     .default_value = "",
     .doc = "Codecs by column or by class of type (text, numeric, float, time, boolean), "
            "as in {text: zstd:9, orders.note: none}, of tables that do not choose one."},
    {.name = "storage.parquet.compression.default",
     .type = ConfigType::kText,
     .default_value = "snappy",
     .doc = "Codec of new data files of tables that do not choose one: none, snappy, "
            "gzip, zstd, brotli or lz4, with a level as in zstd:9."},
    {.name = "storage.parquet.max_file_size",
     .type = ConfigType::kSize,
     .default_value = "50GB",
     .min = kMiB,
     .max = 5 * kTiB,
     .doc = "A data file is ended at this size, if its table does not choose another."},
    {.name = "storage.parquet.memory.max_usage",
     .type = ConfigType::kSize,
     .default_value = "1GB",
     .min = 16 * kMiB,
     .max = 1024 * kGiB,
     .doc = "Memory of all table writers of the process: buffered rows and open "
            "encoders."},
    {.name = "storage.parquet.memory.pool_size",
     .type = ConfigType::kSize,
     .default_value = "100MB",
     .max = 1024 * kGiB,
     .doc = "Memory that writers have freed and that is kept for the next rows; what is "
            "above it goes back to the system."},
    {.name = "storage.parquet.page_size",
     .type = ConfigType::kSize,
     .default_value = "1MiB",
     .min = 1024,
     .max = kGiB,
     .doc = "A data page is ended at this size, if its table does not choose another."},
    {.name = "storage.parquet.rotation_timeout",
     .type = ConfigType::kDuration,
     .default_value = "5m",
     .min = 100,
     .max = 7 * 86'400'000LL,
     .doc = "Rows of a stream are committed once the oldest has waited this long."},
    {.name = "storage.parquet.row_group_size",
     .type = ConfigType::kSize,
     .default_value = "128MiB",
     .min = 64 * 1024,
     .max = 16 * kGiB,
     .doc = "A row group is ended when its encoders hold this much, if its table does "
            "not choose another; at most half of memory.max_usage."},
});

constexpr auto kTableKeys = std::to_array<ConfigKey>({
    {.name = "table.manifest_cache",
     .type = ConfigType::kSize,
     .default_value = "256MiB",
     .max = 1024 * kGiB,
     .doc = "Memory for parsed manifests, which make planning fast; 0 keeps none."},
    {.name = "warehouse.location",
     .type = ConfigType::kText,
     .default_value = "",
     .doc = "Where new tables go: a directory or s3://bucket/prefix; warehouse/ in the "
            "home if unset."},
});

/// All of them, by name.
std::vector<ConfigKey> AllKeys() {
  std::vector<ConfigKey> keys;
  const auto add = [&](std::span<const ConfigKey> group) {
    keys.insert(keys.end(), group.begin(), group.end());
  };
  add(kAzureKeys);
  add(kProgramKeys);
  add(kEngineKeys);
  add(kGoogleKeys);
  add(internal::JobConfigKeys());
  add(kLogKeys);
  add(kS3Keys);
  add(internal::ResultCacheConfigKeys());
  add(internal::RouteConfigKeys());
  add(internal::ServerConfigKeys());
  add(internal::SqlConfigKeys());
  add(kStorageKeys);
  add(kTableKeys);
  add(internal::UploadConfigKeys());
  add(internal::VendConfigKeys());
  add(internal::WebConfigKeys());
  std::ranges::sort(keys, {}, &ConfigKey::name);
  return keys;
}

}  // namespace

std::span<const ConfigKey> ConfigKeys() {
  static const std::vector<ConfigKey> kKeys = AllKeys();
  return kKeys;
}

const ConfigKey* FindConfigKey(std::string_view name) {
  const std::span<const ConfigKey> keys = ConfigKeys();
  const auto it = std::find_if(keys.begin(), keys.end(),
                               [&](const ConfigKey& key) { return key.name == name; });
  return it == keys.end() ? nullptr : &*it;
}

std::string EnvironmentNameOf(std::string_view key) {
  std::string name = "TARN_";
  for (const char c : key) {
    name += c == '.' || c == '-'
                ? '_'
                : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return name;
}

}  // namespace tarn
