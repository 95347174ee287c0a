// What `tarn doctor` looks at. Each check is quick and changes nothing.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tarn::cli {

enum class Health : uint8_t { kOk, kWarning, kFailed };

struct Finding {
  std::string check;  // "disk space"
  Health health = Health::kOk;
  std::string detail;
  std::string fix = {};  // what to do; empty when all is well
};

Finding CheckLibraries();
Finding CheckHome(const std::string& home);
Finding CheckConfig(const std::string& home);
Finding CheckCatalog(const std::string& home);
Finding CheckDiskSpace(const std::string& home);
Finding CheckTemporaryDirectory();
Finding CheckMemory();
Finding CheckOpenFiles();
Finding CheckTimeZones();
Finding CheckPort(uint16_t port);
/// The object store, if the configuration names one; no finding otherwise.
std::vector<Finding> CheckObjectStore(const std::string& home);

/// All of them, in this order.
std::vector<Finding> RunChecks(const std::string& home);

}  // namespace tarn::cli
