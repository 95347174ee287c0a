// Callers who say who they are by a certificate, where they send no other proof.
#pragma once

#include <memory>

#include "tarn/governance/authenticator.h"
#include "tarn/governance/principal_store.h"
#include "tarn/governance/user_mapping.h"

namespace tarn::governance {

/// Asks `inner` for whoever sends an Authorization header, or has shown no certificate
/// (net/client_certificate.h). Others are the principal of `store` whose name `mapping`
/// makes of the certificate's subject. A page of another site cannot make use of the
/// certificate of who looks at it. `store` and `clock` outlive it.
std::unique_ptr<Authenticator> AddCertificates(
    std::unique_ptr<Authenticator> inner, PrincipalStore& store, Clock& clock,
    UserMapping mapping, std::chrono::milliseconds recheck_interval);

}  // namespace tarn::governance
