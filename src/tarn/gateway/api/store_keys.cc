#include "tarn/gateway/api/store_keys.h"

#include <algorithm>
#include <string_view>

#include "tarn/base/error.h"
#include "tarn/gateway/api/load_places.h"

namespace tarn::gateway {
namespace {

enum class Store : uint8_t { kNone, kS3, kAzure, kGoogle };

Store StoreOf(const std::string& location) {
  const size_t end = location.find("://");
  std::string scheme = location.substr(0, end == std::string::npos ? 0 : end);
  std::ranges::transform(scheme, scheme.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (scheme.starts_with("s3")) {
    return Store::kS3;
  }
  if (scheme.starts_with("abfs") || scheme.starts_with("wasb")) {
    return Store::kAzure;
  }
  return scheme == "gs" ? Store::kGoogle : Store::kNone;
}

/// Of "abfss://container@account.dfs.core.windows.net/key"; "" where none is named.
std::string AccountOf(const std::string& location) {
  const size_t begin = location.find("://") + 3;
  const std::string authority = location.substr(begin, location.find('/', begin) - begin);
  const size_t at = authority.find('@');
  if (at == std::string::npos) {
    return {};
  }
  const std::string host = authority.substr(at + 1);
  return host.substr(0, host.find_first_of(".:"));
}

Status Wrong(const std::string& what) {
  return MakeError(ErrorCode::kInvalidArgument, what);
}

Status ReadS3Keys(const Json& body, service::LoadOrder* order, Json* secrets) {
  ARROW_ASSIGN_OR_RAISE(const std::string key,
                        TextMember(body, "access_key", "access_key_id"));
  ARROW_ASSIGN_OR_RAISE(const std::string secret,
                        TextMember(body, "secret_key", "secret_access_key"));
  ARROW_ASSIGN_OR_RAISE(const std::string token, TextMember(body, "session_token"));
  if (key.empty() != secret.empty() || (key.empty() && !token.empty())) {
    return Wrong("Give access_key and secret_key together, or neither");
  }
  if (!key.empty()) {
    order->has_own_store = true;
    (*secrets)[service::kAccessKeySecret] = key;
    (*secrets)[service::kSecretKeySecret] = secret;
    if (!token.empty()) {
      (*secrets)[service::kSessionTokenSecret] = token;
    }
  }
  return Status::OK();
}

Status ReadAzureKeys(const Json& body, const std::string& location,
                     service::LoadOrder* order, Json* secrets) {
  ARROW_ASSIGN_OR_RAISE(const std::string key, TextMember(body, "account_key"));
  ARROW_ASSIGN_OR_RAISE(const std::string token, TextMember(body, "sas_token"));
  ARROW_ASSIGN_OR_RAISE(std::string account, TextMember(body, "account_name"));
  if (key.empty() && token.empty()) {
    return account.empty() ? Status::OK()
                           : Wrong("account_name needs account_key or sas_token");
  }
  if (!key.empty() && !token.empty()) {
    return Wrong("Give one of account_key and sas_token");
  }
  const std::string named = AccountOf(location);
  if (!account.empty() && !named.empty() && account != named) {
    return Wrong("The location is in another account than account_name says: " + named);
  }
  account = named.empty() ? account : named;
  if (account.empty()) {
    return Wrong(
        "Whose key is it? Give account_name, or a location that names the "
        "account: abfss://container@account.dfs.core.windows.net/key");
  }
  order->has_own_store = true;
  order->store["adls.account-name"] = account;
  (*secrets)[key.empty() ? service::kSasTokenSecret : service::kAccountKeySecret] =
      key.empty() ? token : key;
  return Status::OK();
}

Status ReadGoogleKeys(const Json& body, service::LoadOrder* order, Json* secrets) {
  ARROW_ASSIGN_OR_RAISE(const std::string token, TextMember(body, "gcs_token"));
  if (!token.empty()) {
    order->has_own_store = true;
    (*secrets)[service::kGcsTokenSecret] = token;
  }
  return Status::OK();
}

}  // namespace

Status ReadStoreKeys(const Json& body, const std::string& location,
                     service::LoadOrder* order, Json* secrets) {
  service::LoadOrder found;
  Json keys = Json::object();
  RETURN_NOT_OK(ReadS3Keys(body, &found, &keys));
  const bool has_s3_keys = !keys.empty();
  RETURN_NOT_OK(ReadAzureKeys(body, location, &found, &keys));
  const bool has_azure_keys = keys.contains(service::kAccountKeySecret) ||
                              keys.contains(service::kSasTokenSecret);
  RETURN_NOT_OK(ReadGoogleKeys(body, &found, &keys));
  const bool has_google_keys = keys.contains(service::kGcsTokenSecret);
  const Store store = StoreOf(location);
  const bool is_any = store == Store::kNone;
  if (has_s3_keys && store != Store::kS3 && !is_any) {
    return Wrong("access_key and secret_key are for s3:// locations, not " + location);
  }
  if (has_azure_keys && store != Store::kAzure) {
    return Wrong("account_key and sas_token are for abfss:// locations, not " + location);
  }
  if (has_google_keys && store != Store::kGoogle) {
    return Wrong("gcs_token is for gs:// locations, not " + location);
  }
  order->has_own_store = order->has_own_store || found.has_own_store;
  order->store.merge(found.store);
  secrets->update(keys);
  return Status::OK();
}

}  // namespace tarn::gateway
