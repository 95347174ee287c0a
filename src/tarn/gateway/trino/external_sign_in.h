// Sign-ins that somebody does in a browser for a program: what Trino's clients call
// OAuth2 or external authentication.
//
// A refused client is told two addresses: a page for the browser, and one that it asks
// for the token until there is one. The page's address has only the digest of what is in
// the other one, so that who sees the page's address cannot take the token.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "tarn/base/clock.h"
#include "tarn/governance/authenticator.h"
#include "tarn/net/http_message.h"
#include "tarn/net/router.h"

namespace tarn::gateway::trino {

struct ExternalSignInOptions {
  /// "https://lake.example.org", where clients reach the server; from each request if
  /// empty.
  std::string public_url = "";
  /// A token that nobody has taken is forgotten.
  std::chrono::milliseconds token_kept{120'000};
  /// How long a call for the token waits for it.
  std::chrono::milliseconds wait{10'000};
  /// Waiting calls hold workers: more of them than this are answered at once.
  int waiting_max = 6;
  size_t tokens_max = 1'000;
};

/// Nothing is kept before somebody has signed in. Thread-safe.
class ExternalSignIn {
 public:
  /// What is given outlives it.
  ExternalSignIn(governance::Authenticator& authenticator, Clock& clock, Random& random,
                 ExternalSignInOptions options = {})
      : authenticator_(authenticator),
        clock_(clock),
        random_(random),
        options_(std::move(options)) {}

  /// WWW-Authenticate for who is refused.
  std::string Challenge(const net::HttpRequest& request);

  /// The page and the token, below /oauth2/token. Handlers refer to this.
  void AddRoutes(net::Router* router);

 private:
  struct Given {
    std::string token;
    std::chrono::milliseconds at{0};
  };

  net::HttpResponse ShowPage(const net::HttpRequest& request) const;
  net::HttpResponse SignIn(const net::HttpRequest& request);
  net::HttpResponse GiveToken(const net::HttpRequest& request);
  net::HttpResponse ForgetToken(const net::HttpRequest& request);
  void ForgetOld();  // with mutex_ held

  governance::Authenticator& authenticator_;
  Clock& clock_;
  Random& random_;
  const ExternalSignInOptions options_;

  std::mutex mutex_;
  std::condition_variable signed_in_;
  std::map<std::string, Given, std::less<>>
      tokens_;  // by the digest in the page's address
  int num_waiting_ = 0;
};

}  // namespace tarn::gateway::trino
