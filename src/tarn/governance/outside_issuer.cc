#include "tarn/governance/outside_issuer.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include "tarn/base/error.h"
#include "tarn/governance/authorization_header.h"
#include "tarn/governance/internal/forwarding_authenticator.h"
#include "tarn/governance/internal/issuer_keys.h"
#include "tarn/governance/internal/principal_cache.h"
#include "tarn/governance/json_web_key.h"

namespace tarn::governance {
namespace {

constexpr size_t kRolesMax = 1'000;

Status Unauthenticated(std::string message) {
  return MakeError(ErrorCode::kUnauthenticated, std::move(message));
}

/// The claim "a.b", or b in the object a; nullptr if it is not there.
const Json* ClaimOf(const Json& claims, std::string_view path) {
  if (const auto whole = claims.find(path); whole != claims.end()) {
    return &*whole;
  }
  const size_t dot = path.find('.');
  if (dot == std::string_view::npos) {
    return nullptr;
  }
  const auto outer = claims.find(path.substr(0, dot));
  return outer == claims.end() || !outer->is_object()
             ? nullptr
             : ClaimOf(*outer, path.substr(dot + 1));
}

/// The texts of a list, or the words of a text.
std::vector<std::string> WordsOf(const Json* claim) {
  std::vector<std::string> words;
  if (claim == nullptr) {
    return words;
  }
  if (claim->is_array()) {
    for (const Json& item : *claim) {
      if (item.is_string() && words.size() < kRolesMax) {
        words.push_back(item.get<std::string>());
      }
    }
    return words;
  }
  const std::string text = claim->is_string() ? claim->get<std::string>() : "";
  std::string word;
  for (const char c : text + ' ') {
    if (c != ' ' && c != ',') {
      word.push_back(c);
    } else if (!word.empty() && words.size() < kRolesMax) {
      words.push_back(std::exchange(word, {}));
    }
  }
  return words;
}

/// Seconds since the epoch; unset if it is no number that could be one.
std::optional<std::chrono::seconds> TimeOf(const Json& claims, const char* name) {
  constexpr double kMax = 1e11;
  const auto claim = claims.find(name);
  if (claim == claims.end() || !claim->is_number()) {
    return std::nullopt;
  }
  const auto number = claim->get<double>();
  return number >= 0 && number < kMax
             ? std::optional(std::chrono::seconds(static_cast<int64_t>(number)))
             : std::nullopt;
}

class WebIssuer final : public OutsideIssuer {
 public:
  WebIssuer(OutsideIssuerOptions options, ReadKeys read_keys, Clock& clock)
      : options_(std::move(options)), clock_(clock), keys_(std::move(read_keys), clock) {}

  bool IsOfIssuer(std::string_view token) const override {
    const auto parsed = ParseWebToken(token);
    return parsed.ok() && HasIssuer(parsed->claims);
  }

  Result<Principal> Verify(std::string_view text) override {
    ARROW_ASSIGN_OR_RAISE(const WebToken token, ParseWebToken(text));
    if (!HasIssuer(token.claims)) {
      return Unauthenticated("The token is of another issuer than " + options_.issuer);
    }
    ARROW_ASSIGN_OR_RAISE(const bool is_signed, keys_.HaveSigned(token));
    if (!is_signed) {
      return Unauthenticated("The token was not signed by a key of " + options_.issuer +
                             ": sign in again");
    }
    RETURN_NOT_OK(CheckTimes(token.claims));
    RETURN_NOT_OK(CheckAudience(token.claims));
    return PrincipalOf(token.claims);
  }

 private:
  bool HasIssuer(const Json& claims) const {
    const auto issuer = claims.find("iss");
    return issuer != claims.end() && issuer->is_string() &&
           issuer->get<std::string>() == options_.issuer;
  }

  Status CheckTimes(const Json& claims) const {
    const auto now = clock_.Now();
    const auto end = TimeOf(claims, "exp");
    if (!end) {
      return Unauthenticated("The token does not say until when it is good (claim exp)");
    }
    if (now >= *end + options_.clock_skew) {
      return Unauthenticated("The token has expired: sign in again");
    }
    const auto begin = TimeOf(claims, "nbf");
    if (begin && now < *begin - options_.clock_skew) {
      return Unauthenticated("The token is not good yet: look at the clocks");
    }
    return Status::OK();
  }

  Status CheckAudience(const Json& claims) const {
    const auto said = WordsOfAudience(claims);
    const bool is_ours = std::ranges::any_of(options_.audiences, [&](const auto& one) {
      return std::ranges::find(said, one) != said.end();
    });
    return is_ours ? Status::OK()
                   : Unauthenticated("The token is for another audience than " +
                                     options_.audiences.front());
  }

  /// One text is one audience, whatever is in it.
  static std::vector<std::string> WordsOfAudience(const Json& claims) {
    const Json* const claim = ClaimOf(claims, "aud");
    return claim != nullptr && claim->is_string() ? std::vector{claim->get<std::string>()}
                                                  : WordsOf(claim);
  }

  Result<Principal> PrincipalOf(const Json& claims) const {
    const Json* const user = ClaimOf(claims, options_.user_claim);
    if (user == nullptr || !user->is_string()) {
      return Unauthenticated("The token does not say who it is for (claim " +
                             options_.user_claim + ")");
    }
    Principal principal;
    ARROW_ASSIGN_OR_RAISE(principal.name,
                          options_.users.UserOf(user->get<std::string>()));
    principal.roles = WordsOf(ClaimOf(claims, options_.roles_claim));
    std::ranges::sort(principal.roles);
    principal.is_admin = std::ranges::any_of(principal.roles, [&](const auto& role) {
      return std::ranges::find(options_.admin_roles, role) != options_.admin_roles.end();
    });
    return principal;
  }

  const OutsideIssuerOptions options_;
  Clock& clock_;
  internal::IssuerKeys keys_;
};

class IssuerAuthenticator final : public internal::ForwardingAuthenticator {
 public:
  IssuerAuthenticator(std::unique_ptr<Authenticator> inner,
                      std::shared_ptr<OutsideIssuer> issuer, PrincipalStore& store,
                      Clock& clock, std::chrono::milliseconds recheck_interval)
      : ForwardingAuthenticator(std::move(inner)),
        issuer_(std::move(issuer)),
        principals_(store, clock, recheck_interval) {}

  Result<Principal> Authenticate(const net::HttpRequest& request) override {
    const std::string* const header = request.headers.Find("Authorization");
    const auto given = header == nullptr ? Result<Authorization>(Status::KeyError(""))
                                         : ParseAuthorization(*header);
    const auto* const bearer = given.ok() ? std::get_if<BearerToken>(&*given) : nullptr;
    if (bearer == nullptr || !issuer_->IsOfIssuer(bearer->token)) {
      return inner().Authenticate(request);
    }
    ARROW_ASSIGN_OR_RAISE(Principal principal, issuer_->Verify(bearer->token));
    ARROW_ASSIGN_OR_RAISE(const auto record, principals_.ByName(principal.name));
    if (record != nullptr && record->is_disabled) {
      return Unauthenticated("The principal is disabled: " + principal.name);
    }
    return principal;
  }

 private:
  const std::shared_ptr<OutsideIssuer> issuer_;
  internal::PrincipalCache principals_;
};

}  // namespace

std::unique_ptr<OutsideIssuer> OutsideIssuer::Make(OutsideIssuerOptions options,
                                                   ReadKeys read_keys, Clock& clock) {
  return std::make_unique<WebIssuer>(std::move(options), std::move(read_keys), clock);
}

std::unique_ptr<Authenticator> AddIssuer(std::unique_ptr<Authenticator> inner,
                                         std::shared_ptr<OutsideIssuer> issuer,
                                         PrincipalStore& store, Clock& clock,
                                         std::chrono::milliseconds recheck_interval) {
  return std::make_unique<IssuerAuthenticator>(std::move(inner), std::move(issuer), store,
                                               clock, recheck_interval);
}

}  // namespace tarn::governance
