// The OAuth2 token endpoint of the protocol, and what who is not signed in is told.
#pragma once

#include <string>

#include "tarn/base/result.h"
#include "tarn/governance/authenticator.h"
#include "tarn/net/http_message.h"

namespace tarn::gateway {

/// POST /v1/oauth/tokens. Without an authenticator everybody gets a token, which nobody
/// asks for: clients that are set up with a credential work on a server without
/// authentication too.
net::HttpResponse AnswerTokenRequest(const net::HttpRequest& request,
                                     governance::Authenticator* authenticator);

/// Of an error of Authenticator::Authenticate, in the protocol's error model.
net::HttpResponse NotAuthenticatedResponse(const Status& error);

/// "https://lake.example.org": where the client reached the server. `configured` if it is
/// not empty; else the request's Host, and https behind a proxy that says so; "" if the
/// request has no Host that can be one.
std::string PublicUrlOf(const net::HttpRequest& request, const std::string& configured);

}  // namespace tarn::gateway
