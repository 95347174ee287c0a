// How clients get at the files of tables: settings of credential vending and of remote
// signing for one warehouse.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "tarn/base/config.h"
#include "tarn/base/result.h"
#include "tarn/io/store_options.h"

namespace tarn::gateway {

enum class S3Vending : uint8_t {
  kOff,
  kSts,         // sessions of AssumeRole, limited to the table
  kStaticKeys,  // keys that were made to be given out
  kOwnKeys,     // those Tarn itself works with
};
enum class AzureVending : uint8_t { kOff, kSas };
enum class AzureScope : uint8_t { kDirectory, kContainer };
enum class GcsVending : uint8_t {
  kOff,
  kDownscoped,  // tokens of the token exchange, limited to the table
  kOwnToken,    // the one Tarn itself works with
};

struct S3VendingOptions {
  S3Vending mode = S3Vending::kOff;
  bool signs = true;     // remote signing, with the keys of `store`
  io::S3Options store;   // Tarn's own access
  std::string endpoint;  // as clients reach the store; the store's own if empty
  std::string
      signer_uri;        // as clients reach the catalog; where they load tables if empty
  std::string role_arn;  // some stores need none
  std::string external_id;
  std::string sts_endpoint;   // AWS's of the region if empty
  std::string kms_key_arn;    // sessions may use it too
  std::string access_key_id;  // of kStaticKeys
  std::string secret_access_key;
};

struct AzureVendingOptions {
  AzureVending mode = AzureVending::kSas;
  AzureScope scope = AzureScope::kDirectory;
  io::AzureOptions store;
};

struct GcsVendingOptions {
  GcsVending mode = GcsVending::kOff;
  io::GcsOptions store;
  std::string service_account_file;  // else the store's token, else the machine's
  std::string metadata_address;      // of the machine's token
  std::string exchange_endpoint;     // of the token exchange
};

struct VendingOptions {
  std::string warehouse;               // location; tables below it get access
  std::vector<std::string> locations;  // and those below these
  std::chrono::milliseconds duration{3'600'000};
  S3VendingOptions s3;
  AzureVendingOptions azure;
  GcsVendingOptions gcs;
};

/// From the keys `vend.*` and those of the stores. Errors: kInvalidArgument for settings
/// that need others which are missing.
Result<VendingOptions> VendingOptionsFrom(const Config& config,
                                          const std::string& warehouse_location);

}  // namespace tarn::gateway
