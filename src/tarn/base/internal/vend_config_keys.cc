#include "tarn/base/internal/vend_config_keys.h"

#include <array>
#include <vector>

namespace tarn::internal {
namespace {

constexpr auto kVendKeys = std::to_array<ConfigKey>({
    {.name = "vend.adls.mode",
     .type = ConfigType::kChoice,
     .default_value = "sas",
     .choices = "sas off",
     .doc = "Credentials for clients of `tarn serve` on Azure: shared access signatures "
            "made with adls.account-key (none without it)."},
    {.name = "vend.adls.scope",
     .type = ConfigType::kChoice,
     .default_value = "directory",
     .choices = "directory container",
     .doc = "What a signature opens: the table's directory, which needs a hierarchical "
            "namespace, or its whole container."},
    {.name = "vend.duration",
     .type = ConfigType::kDuration,
     .default_value = "1h",
     .min = 15 * 60 * 1000,
     .max = 12 * 60 * 60 * 1000,
     .doc = "How long credentials given to clients are good; they get new ones in time."},
    {.name = "vend.gcs.exchange-endpoint",
     .type = ConfigType::kText,
     .default_value = "",
     .doc = "Where Google tokens are limited to a table; Google's own if unset."},
    {.name = "vend.gcs.mode",
     .type = ConfigType::kChoice,
     .default_value = "off",
     .choices = "off downscoped own-token",
     .doc = "Credentials for clients on Google Cloud Storage: tokens limited to the "
            "table, or the very token that Tarn has."},
    {.name = "vend.gcs.service-account-file",
     .type = ConfigType::kText,
     .default_value = "",
     .doc = "Key file of the service account that tokens for clients come from; "
            "gcs.oauth2.token or the machine's account if unset."},
    {.name = "vend.locations",
     .type = ConfigType::kText,
     .default_value = "",
     .doc = "Locations beside the warehouse, separated by commas, below which tables "
            "get credentials and signatures."},
});

constexpr auto kVendS3Keys = std::to_array<ConfigKey>({
    {.name = "vend.s3.access-key-id",
     .type = ConfigType::kText,
     .default_value = "",
     .doc = "The key that vend.s3.mode: static-keys gives to clients."},
    {.name = "vend.s3.client-endpoint",
     .type = ConfigType::kText,
     .default_value = "",
     .doc = "The store's base URL as clients reach it, if it is not s3.endpoint."},
    {.name = "vend.s3.external-id",
     .type = ConfigType::kText,
     .default_value = "",
     .doc = "External id that the role of vend.s3.role-arn asks for."},
    {.name = "vend.s3.kms-key-arn",
     .type = ConfigType::kText,
     .default_value = "",
     .doc = "KMS key of the buckets, which sessions may then use."},
    {.name = "vend.s3.mode",
     .type = ConfigType::kChoice,
     .default_value = "off",
     .choices = "off sts static-keys own-keys",
     .doc = "Credentials for clients on S3: sessions of STS limited to the table, keys "
            "made to be given out, or Tarn's own keys, which open all that it can."},
    {.name = "vend.s3.remote-signing",
     .type = ConfigType::kBool,
     .default_value = "true",
     .doc = "Sign clients' requests for files of their table with s3.access-key-id, if "
            "they ask for it."},
    {.name = "vend.s3.role-arn",
     .type = ConfigType::kText,
     .default_value = "",
     .doc =
         "Role of the sessions of vend.s3.mode: sts; stores beside AWS may need none."},
    {.name = "vend.s3.secret-access-key",
     .type = ConfigType::kText,
     .default_value = "",
     .is_secret = true,
     .doc = "Secret of vend.s3.access-key-id."},
    {.name = "vend.s3.signer-uri",
     .type = ConfigType::kText,
     .default_value = "",
     .doc = "The catalog's base URL for requests to sign, if clients cannot use the one "
            "that they load tables from."},
    {.name = "vend.s3.sts-endpoint",
     .type = ConfigType::kText,
     .default_value = "",
     .doc = "Base URL of STS; s3.endpoint if that is set, else AWS's of the region."},
});

}  // namespace

std::span<const ConfigKey> VendConfigKeys() {
  static const std::vector<ConfigKey> kKeys = [] {
    std::vector<ConfigKey> keys(kVendKeys.begin(), kVendKeys.end());
    keys.insert(keys.end(), kVendS3Keys.begin(), kVendS3Keys.end());
    return keys;
  }();
  return kKeys;
}

}  // namespace tarn::internal
