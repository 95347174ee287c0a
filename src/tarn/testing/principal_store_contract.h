// What every PrincipalStore does.
#pragma once

#include "tarn/governance/principal_store.h"

namespace tarn::testing {

/// Fails the running test for whatever `store`, which is empty, does otherwise.
void CheckPrincipalStoreContract(governance::PrincipalStore& store);

}  // namespace tarn::testing
