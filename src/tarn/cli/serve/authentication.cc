#include "tarn/cli/serve/authentication.h"

#include <chrono>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "tarn/base/error.h"
#include "tarn/governance/certificate_authenticator.h"
#include "tarn/governance/issuer_metadata.h"
#include "tarn/governance/outside_issuer.h"
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

/// The words of a setting with commas between them.
std::vector<std::string> ListFrom(const Config& config, const std::string& key) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : config.GetText(key) + ',') {
    if (c != ',' && c != ' ') {
      word.push_back(c);
    } else if (!word.empty()) {
      words.push_back(std::exchange(word, {}));
    }
  }
  return words;
}

/// Of auth.oidc.*; nullptr if there is none.
Result<std::shared_ptr<governance::OutsideIssuer>> IssuerFrom(const Config& config) {
  constexpr char kIssuer[] = "auth.oidc.issuer";
  constexpr char kMapping[] = "auth.oidc.user_mapping";
  const std::string& issuer = config.GetText(kIssuer);
  if (issuer.empty()) {
    return nullptr;
  }
  if (const Status status = governance::CheckIsPrivate(kIssuer, issuer); !status.ok()) {
    return MakeError(ErrorCode::kUsage, status.message());
  }
  auto users = MappingFrom(config, kMapping);
  if (!users.ok()) {
    return Explain(kMapping, users.status());
  }
  const auto skew = config.GetDuration("auth.oidc.clock_skew");
  governance::OutsideIssuerOptions options{
      .issuer = issuer,
      .audiences = ListFrom(config, "auth.oidc.audience"),
      .user_claim = config.GetText("auth.oidc.user_claim"),
      .roles_claim = config.GetText("auth.oidc.roles_claim"),
      .admin_roles = ListFrom(config, "auth.oidc.admin_roles"),
      .clock_skew = std::chrono::ceil<std::chrono::seconds>(skew),
      .users = *std::move(users)};
  if (options.audiences.empty()) {
    return MakeError(ErrorCode::kUsage,
                     "auth.oidc.issuer needs auth.oidc.audience: tokens for other "
                     "services of the issuer are no sign-in here");
  }
  const auto client = std::make_shared<governance::IssuerClient>(
      governance::IssuerAddress{.issuer = issuer,
                                .jwks = config.GetText("auth.oidc.jwks"),
                                .ca_file = config.GetText("auth.oidc.ca_file")});
  return governance::OutsideIssuer::Make(
      std::move(options), [client] { return client->Keys(); }, SystemClock());
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
  ARROW_ASSIGN_OR_RAISE(auto issuer, IssuerFrom(config));
  if (issuer != nullptr) {
    authenticator =
        governance::AddIssuer(std::move(authenticator), std::move(issuer), principals,
                              SystemClock(), settings.authentication.recheck_interval);
  }
  return authenticator;
}

}  // namespace tarn::cli
