// Where the test data of other implementations is, once tools/install_deps.sh --test has
// fetched it.
#pragma once

#include <string>

namespace tarn::conformance {

/// A file of the reference implementation's test resources, whole. Fails the test if it
/// is not there.
std::string JavaFile(const std::string& path);
/// A file of iceberg-go's test data.
std::string GoFile(const std::string& path);

}  // namespace tarn::conformance
