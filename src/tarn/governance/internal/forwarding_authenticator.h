// What authenticators that stand before another one have in common.
#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include "tarn/governance/authenticator.h"

namespace tarn::governance::internal {

/// Tokens are the inner one's.
class ForwardingAuthenticator : public Authenticator {
 public:
  explicit ForwardingAuthenticator(std::unique_ptr<Authenticator> inner)
      : inner_(std::move(inner)) {}

  Result<IssuedToken> SignIn(const ClientCredentials& credentials, std::string_view scope,
                             std::string_view remote_address) override {
    return inner_->SignIn(credentials, scope, remote_address);
  }

  Result<IssuedToken> Exchange(std::string_view token,
                               const ClientCredentials* credentials,
                               std::string_view remote_address) override {
    return inner_->Exchange(token, credentials, remote_address);
  }

 protected:
  Authenticator& inner() { return *inner_; }

 private:
  const std::unique_ptr<Authenticator> inner_;
};

}  // namespace tarn::governance::internal
