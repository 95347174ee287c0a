#include <algorithm>
#include <array>
#include <cctype>

#include "tarn/base/config.h"

namespace tarn {
namespace {

constexpr int64_t kMiB = int64_t{1} << 20;
constexpr int64_t kGiB = int64_t{1} << 30;
constexpr int64_t kTiB = int64_t{1} << 40;

constexpr auto kKeys = std::to_array<ConfigKey>({
    {.name = "catalog.name",
     .type = ConfigType::kText,
     .default_value = "iceberg",
     .doc = "Name of the catalog in SQL and in the catalog's store."},
    {.name = "encryption.key-file",
     .type = ConfigType::kText,
     .default_value = "",
     .doc = "File with the keys of encrypted tables: an id and 32, 48 or 64 hexadecimal "
            "digits on each line."},
    {.name = "engine.memory_limit",
     .type = ConfigType::kSize,
     .default_value = "0",
     .max = 1024 * kTiB,
     .doc = "Memory of the SQL engine; 0 takes 80 % of the machine's. Larger work spills "
            "to disk."},
    {.name = "engine.threads",
     .type = ConfigType::kInteger,
     .default_value = "0",
     .max = 1024,
     .doc = "Threads of the SQL engine; 0 takes one for each processor."},
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
    {.name = "s3.access-key-id",
     .type = ConfigType::kText,
     .default_value = "",
     .doc = "Access key of the object store; AWS's own chain of credentials if unset."},
    {.name = "s3.endpoint",
     .type = ConfigType::kText,
     .default_value = "",
     .doc =
         "Base URL of an S3-compatible store, like http://127.0.0.1:9000; AWS if unset."},
    {.name = "s3.path-style-access",
     .type = ConfigType::kBool,
     .default_value = "true",
     .doc = "With s3.endpoint: the bucket is in the path rather than in the host name."},
    {.name = "s3.region",
     .type = ConfigType::kText,
     .default_value = "",
     .doc = "Region of the buckets; AWS_REGION, else us-east-1, if unset."},
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
    {.name = "storage.parquet.compression.default",
     .type = ConfigType::kChoice,
     .default_value = "snappy",
     .choices = "none snappy gzip zstd brotli lz4",
     .doc = "Codec of new data files of tables that do not choose one."},
    {.name = "storage.parquet.max_file_size",
     .type = ConfigType::kSize,
     .default_value = "50GB",
     .min = kMiB,
     .max = 5 * kTiB,
     .doc = "A data file is ended at this size, if its table does not choose another."},
    {.name = "storage.parquet.memory.max_usage",
     .type = ConfigType::kSize,
     .default_value = "256MiB",
     .min = 16 * kMiB,
     .max = 1024 * kGiB,
     .doc = "Memory of one table writer: buffered rows and open encoders."},
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

}  // namespace

std::span<const ConfigKey> ConfigKeys() { return kKeys; }

const ConfigKey* FindConfigKey(std::string_view name) {
  const auto it = std::find_if(kKeys.begin(), kKeys.end(),
                               [&](const ConfigKey& key) { return key.name == name; });
  return it == kKeys.end() ? nullptr : &*it;
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
