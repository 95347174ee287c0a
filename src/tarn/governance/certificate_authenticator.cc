#include "tarn/governance/certificate_authenticator.h"

#include <optional>
#include <string>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/base/logging.h"
#include "tarn/governance/internal/forwarding_authenticator.h"
#include "tarn/governance/internal/principal_cache.h"
#include "tarn/governance/internal/token_scope.h"
#include "tarn/net/client_certificate.h"

namespace tarn::governance {
namespace {

/// Whether a browser sends `request` for a page of another site: certificates go with
/// such requests unasked.
bool IsOfOtherSite(const net::HttpRequest& request) {
  if (const std::string* const site = request.headers.Find("Sec-Fetch-Site")) {
    return *site != "same-origin" && *site != "none";
  }
  const std::string* const origin = request.headers.Find("Origin");
  const std::string* const host = request.headers.Find("Host");
  return origin != nullptr && (host == nullptr || *origin != "https://" + *host);
}

class CertificateAuthenticator final : public internal::ForwardingAuthenticator {
 public:
  CertificateAuthenticator(std::unique_ptr<Authenticator> inner, PrincipalStore& store,
                           Clock& clock, UserMapping mapping,
                           std::chrono::milliseconds recheck_interval)
      : ForwardingAuthenticator(std::move(inner)),
        mapping_(std::move(mapping)),
        principals_(store, clock, recheck_interval) {}

  Result<Principal> Authenticate(const net::HttpRequest& request) override {
    const std::string* const subject = net::ClientSubjectOf(request);
    if (subject == nullptr || request.headers.Find("Authorization") != nullptr) {
      return inner().Authenticate(request);
    }
    if (IsOfOtherSite(request)) {
      return MakeError(ErrorCode::kUnauthenticated,
                       "A page of another site cannot use the browser's certificate");
    }
    Result<Principal> principal = Holder(*subject);
    if (!principal.ok() && CodeOf(principal.status()) == ErrorCode::kUnauthenticated) {
      LogWarn("A certificate is nobody's", {{"subject", *subject},
                                            {"from", request.remote_address},
                                            {"reason", principal.status().message()}});
    }
    return principal;
  }

 private:
  Result<Principal> Holder(const std::string& subject) {
    ARROW_ASSIGN_OR_RAISE(const std::string user, mapping_.UserOf(subject));
    ARROW_ASSIGN_OR_RAISE(const auto record, principals_.ByName(user));
    if (record == nullptr) {
      return MakeError(ErrorCode::kUnauthenticated,
                       "The certificate's user is no principal of this server (tarn user "
                       "add makes one): " +
                           user);
    }
    if (record->is_disabled) {
      return MakeError(ErrorCode::kUnauthenticated, "The principal is disabled: " + user);
    }
    return internal::PrincipalWith(*record, std::nullopt);
  }

  const UserMapping mapping_;
  internal::PrincipalCache principals_;
};

}  // namespace

std::unique_ptr<Authenticator> AddCertificates(
    std::unique_ptr<Authenticator> inner, PrincipalStore& store, Clock& clock,
    UserMapping mapping, std::chrono::milliseconds recheck_interval) {
  return std::make_unique<CertificateAuthenticator>(std::move(inner), store, clock,
                                                    std::move(mapping), recheck_interval);
}

}  // namespace tarn::governance
