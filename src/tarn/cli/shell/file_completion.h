// Names of files, completed.
#pragma once

#include <string>

#include "tarn/cli/line_editor/line_editor.h"

namespace tarn::cli {

/// What `path`, typed so far from `begin` on, may go on to; "~/" is the home directory.
Completions CompleteFile(const std::string& path, size_t begin);

/// `path` with the home directory in the place of a leading "~/".
std::string WithHome(const std::string& path);

}  // namespace tarn::cli
