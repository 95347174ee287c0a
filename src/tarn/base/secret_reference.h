// Settings that say where a secret is instead of holding it.
#pragma once

#include <string>
#include <string_view>

#include "tarn/base/result.h"

namespace tarn {

/// `text` with each "${env:NAME}" replaced by that variable of the environment and each
/// "${file:PATH}" by that file's content without line breaks at its end (at most 64 KiB).
/// Errors: kInvalidArgument for a reference that is not closed or of another kind, or a
/// variable that is not set; kNoSuchFile, kForbidden, kIoFailed. No value is in a
/// message.
Result<std::string> ResolveSecretReferences(std::string_view text);

}  // namespace tarn
