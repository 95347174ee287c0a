// A person's own editor on a text.
#pragma once

#include <string>

#include "tarn/base/result.h"

namespace tarn::cli {

/// Runs $VISUAL, $EDITOR or vi on a file with `text`, which only its owner may read, and
/// gives what it holds then. Errors: kIoFailed.
Result<std::string> EditInEditor(const std::string& text);

}  // namespace tarn::cli
