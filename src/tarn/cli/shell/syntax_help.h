// How the statements of Trino's dialect, and Tarn's additions to it, are written.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tarn::cli {

/// "ALTER TABLE", "CREATE TABLE", … sorted.
std::vector<std::string> SyntaxHelpNames();

/// The statements whose name begins with `name`, in any case; empty if there is none.
std::string SyntaxHelp(std::string_view name);

}  // namespace tarn::cli
