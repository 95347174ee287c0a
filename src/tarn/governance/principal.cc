#include "tarn/governance/principal.h"

namespace tarn::governance {

const Principal& AnonymousPrincipal() {
  static const Principal kAnonymous{.name = "anonymous", .roles = {}, .is_admin = true};
  return kAnonymous;
}

}  // namespace tarn::governance
