// Versions of Tarn and of what it is built on.
#pragma once

#include <string>

namespace tarn::cli {

/// "0.1.0".
std::string VersionNumber();
std::string VersionLine();    // "tarn 0.1.0"
std::string DuckDbVersion();  // of the library that is loaded
std::string ArrowVersion();   // of the library that is loaded

}  // namespace tarn::cli
