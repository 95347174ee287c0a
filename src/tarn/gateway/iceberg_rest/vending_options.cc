#include "tarn/gateway/iceberg_rest/vending_options.h"

#include <cstdlib>
#include <string_view>

#include "tarn/base/error.h"
#include "tarn/io/file_io.h"

namespace tarn::gateway {
namespace {

constexpr char kMetadataAddress[] = "http://metadata.google.internal";
constexpr char kExchangeEndpoint[] = "https://sts.googleapis.com/v1/token";

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

S3Vending S3VendingOf(std::string_view word) {
  if (word == "sts") {
    return S3Vending::kSts;
  }
  if (word == "static-keys") {
    return S3Vending::kStaticKeys;
  }
  return word == "own-keys" ? S3Vending::kOwnKeys : S3Vending::kOff;
}

GcsVending GcsVendingOf(std::string_view word) {
  if (word == "downscoped") {
    return GcsVending::kDownscoped;
  }
  return word == "own-token" ? GcsVending::kOwnToken : GcsVending::kOff;
}

/// "a, b c" as three.
std::vector<std::string> WordsOf(std::string_view text) {
  constexpr std::string_view kBlanks = ", \t\n";
  std::vector<std::string> words;
  while (true) {
    const size_t begin = text.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos) {
      return words;
    }
    text.remove_prefix(begin);
    words.emplace_back(text.substr(0, text.find_first_of(kBlanks)));
    text.remove_prefix(words.back().size());
  }
}

Status NeedsKeys(const std::string& setting) {
  return MakeError(ErrorCode::kInvalidArgument,
                   setting +
                       " needs s3.access-key-id and s3.secret-access-key (or "
                       "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY)");
}

Status CheckS3(const Config& config, const S3VendingOptions& s3) {
  const bool has_keys =
      !s3.store.access_key_id.empty() && !s3.store.secret_access_key.empty();
  if ((s3.mode == S3Vending::kSts || s3.mode == S3Vending::kOwnKeys) && !has_keys) {
    return NeedsKeys("vend.s3.mode: " + config.GetText("vend.s3.mode"));
  }
  if (config.IsSet("vend.s3.remote-signing") && s3.signs && !has_keys) {
    return NeedsKeys("vend.s3.remote-signing");
  }
  if (s3.mode == S3Vending::kStaticKeys &&
      (s3.access_key_id.empty() || s3.secret_access_key.empty())) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "vend.s3.mode: static-keys needs vend.s3.access-key-id and "
                     "vend.s3.secret-access-key");
  }
  return Status::OK();
}

S3VendingOptions S3From(const Config& config, const io::S3Options& store) {
  S3VendingOptions s3;
  s3.mode = S3VendingOf(config.GetText("vend.s3.mode"));
  s3.store = store;
  s3.signs = config.GetBool("vend.s3.remote-signing") && !store.access_key_id.empty() &&
             !store.secret_access_key.empty();
  s3.endpoint = config.GetText("vend.s3.client-endpoint");
  s3.signer_uri = config.GetText("vend.s3.signer-uri");
  s3.role_arn = config.GetText("vend.s3.role-arn");
  s3.external_id = config.GetText("vend.s3.external-id");
  s3.sts_endpoint = config.GetText("vend.s3.sts-endpoint");
  s3.kms_key_arn = config.GetText("vend.s3.kms-key-arn");
  s3.access_key_id = config.GetText("vend.s3.access-key-id");
  s3.secret_access_key = config.GetText("vend.s3.secret-access-key");
  return s3;
}

GcsVendingOptions GcsFrom(const Config& config, const io::GcsOptions& store) {
  GcsVendingOptions gcs;
  gcs.mode = GcsVendingOf(config.GetText("vend.gcs.mode"));
  gcs.store = store;
  gcs.service_account_file = config.GetText("vend.gcs.service-account-file");
  if (gcs.service_account_file.empty() && store.token.empty()) {
    gcs.service_account_file = Environment("GOOGLE_APPLICATION_CREDENTIALS");
  }
  const std::string host = Environment("GCE_METADATA_HOST");
  gcs.metadata_address = host.empty() ? kMetadataAddress : "http://" + host;
  gcs.exchange_endpoint = config.GetText("vend.gcs.exchange-endpoint");
  if (gcs.exchange_endpoint.empty()) {
    gcs.exchange_endpoint = kExchangeEndpoint;
  }
  return gcs;
}

}  // namespace

Result<VendingOptions> VendingOptionsFrom(const Config& config,
                                          const std::string& warehouse_location) {
  const io::FileIOOptions stores = io::FileIOOptionsFrom(config.Properties(""));
  VendingOptions options;
  options.warehouse = warehouse_location;
  options.locations = WordsOf(config.GetText("vend.locations"));
  options.duration = config.GetDuration("vend.duration");
  options.s3 = S3From(config, stores.s3);
  ARROW_RETURN_NOT_OK(CheckS3(config, options.s3));
  options.azure.mode =
      config.GetText("vend.adls.mode") == "sas" ? AzureVending::kSas : AzureVending::kOff;
  options.azure.scope = config.GetText("vend.adls.scope") == "container"
                            ? AzureScope::kContainer
                            : AzureScope::kDirectory;
  options.azure.store = stores.azure;
  options.gcs = GcsFrom(config, stores.gcs);
  return options;
}

}  // namespace tarn::gateway
