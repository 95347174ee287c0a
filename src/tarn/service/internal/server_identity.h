// Which server has taken a job, and whether it still lives.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tarn/base/result.h"

namespace tarn::service::internal {

/// This process, told apart from all others of its machine and of other machines, also
/// from later ones with the same number.
Result<std::string> OwnServerIdentity();

/// Whether the process lives, if it is one of this machine (and of this container);
/// unset for others.
std::optional<bool> LivesHere(std::string_view identity);

}  // namespace tarn::service::internal
