// The certificate of a connection's other side.
#pragma once

#include <chrono>
#include <string>

struct x509_st;

namespace tarn::net::internal {

struct PeerCertificate {
  std::string subject;                  // "CN=ada, O=Example"; empty: there is none
  std::chrono::seconds valid_until{0};  // since the epoch
};

/// What is shown of `certificate`; special characters in the subject's values are escaped
/// (RFC 4514), so that no value looks like two.
PeerCertificate PeerCertificateOf(x509_st& certificate);

}  // namespace tarn::net::internal
