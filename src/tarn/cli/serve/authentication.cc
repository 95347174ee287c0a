#include "tarn/cli/serve/authentication.h"

#include <fstream>
#include <iterator>
#include <string>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/governance/certificate_authenticator.h"
#include "tarn/governance/user_mapping.h"

namespace tarn::cli {
namespace {

/// The setting `key`.pattern, or `key`.file in place of it.
Result<governance::UserMapping> MappingFrom(const Config& config,
                                            const std::string& key) {
  const std::string& path = config.GetText(key + ".file");
  if (path.empty()) {
    return governance::UserMapping::FromPattern(config.GetText(key + ".pattern"));
  }
  std::ifstream file(path, std::ios::binary);
  const std::string json((std::istreambuf_iterator<char>(file)),
                         std::istreambuf_iterator<char>());
  if (!file.is_open() || file.bad()) {
    return MakeError(ErrorCode::kUsage, key + ".file cannot be read: " + path);
  }
  return governance::UserMapping::FromJson(json, path);
}

Status Explain(const std::string& key, const Status& status) {
  return MakeError(ErrorCode::kUsage, key + ": " + status.message());
}

}  // namespace

Result<std::unique_ptr<governance::Authenticator>> MakeAuthenticator(
    const Config& config, const ServeSettings& settings,
    governance::PrincipalStore& principals) {
  ARROW_ASSIGN_OR_RAISE(auto authenticator, governance::Authenticator::Make(
                                                principals, SystemClock(), SystemRandom(),
                                                settings.authentication));
  if (settings.http.tls && !settings.http.tls->client_ca_file.empty()) {
    constexpr char kKey[] = "auth.certificate.user_mapping";
    auto mapping = MappingFrom(config, kKey);
    if (!mapping.ok()) {
      return Explain(kKey, mapping.status());
    }
    authenticator = governance::AddCertificates(std::move(authenticator), principals,
                                                SystemClock(), *std::move(mapping),
                                                settings.authentication.recheck_interval);
  }
  return authenticator;
}

}  // namespace tarn::cli
