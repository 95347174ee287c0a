// Whose certificate a client has shown by TLS.
#pragma once

#include <string>

#include "tarn/net/http_message.h"

namespace tarn::net {

/// The subject is kept among a request's headers, under a name that no client can send: a
/// header's name has no colon.
inline constexpr char kClientCertificateHeader[] = ":client-certificate";

/// "CN=ada, OU=lake, O=Example", of a certificate that was checked (TlsOptions); nullptr:
/// the client has shown none.
inline const std::string* ClientSubjectOf(const HttpRequest& request) {
  return request.headers.Find(kClientCertificateHeader);
}

}  // namespace tarn::net
