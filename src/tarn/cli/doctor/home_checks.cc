// Checks of a Tarn home: directory, configuration, catalog, object store.
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include <unistd.h>

#include "tarn/base/clock.h"
#include "tarn/base/error.h"
#include "tarn/base/secret_reference.h"
#include "tarn/catalog/store.h"
#include "tarn/cli/doctor/checks.h"
#include "tarn/cli/print/quantity.h"
#include "tarn/cli/workspace.h"

namespace tarn::cli {
namespace {

namespace fs = std::filesystem;

bool IsWritable(const fs::path& directory) {
  return ::access(directory.c_str(), W_OK | X_OK) == 0;
}

/// The object-store location that a probe may ask for; nullopt if the configuration names
/// no store.
std::optional<std::string> ProbeLocation(const Config& config) {
  const std::string& warehouse = config.GetText("warehouse.location");
  if (io::IsStoreLocation(warehouse)) {
    return io::JoinLocation(warehouse, ".tarn-doctor");
  }
  if (config.IsSet("s3.endpoint")) {
    return "s3://tarn-doctor/probe";
  }
  return std::nullopt;
}

}  // namespace

Finding CheckHome(const std::string& home) {
  std::error_code error;
  if (fs::is_directory(home, error)) {
    if (IsWritable(home)) {
      return {"home", Health::kOk, home};
    }
    return {"home", Health::kFailed, "no permission to write to " + home,
            "Change its owner (`chown -R $USER " + home +
                "`), or name another home with --home"};
  }
  if (fs::exists(home, error)) {
    return {"home", Health::kFailed, "is not a directory: " + home,
            "Name another home with --home or TARN_HOME"};
  }
  fs::path parent = fs::path(home).parent_path();
  while (!fs::exists(parent, error) && parent.has_relative_path()) {
    parent = parent.parent_path();
  }
  if (IsWritable(parent)) {
    return {"home", Health::kOk, home + " (made by the first load)"};
  }
  return {"home", Health::kFailed, "no permission to make " + home,
          "Name another home with --home or TARN_HOME"};
}

Finding CheckConfig(const std::string& home) {
  const Result<Config> config = ReadConfig(home);
  if (!config.ok()) {
    return {"configuration", Health::kFailed, config.status().message(),
            "Correct tarn.yaml or the variable"};
  }
  int64_t set = 0;
  for (const ConfigKey& key : ConfigKeys()) {
    set += config->IsSet(key.name) ? 1 : 0;
  }
  return {
      "configuration", Health::kOk,
      set == 0 ? "defaults" : CountText(set, "setting") + " differ from the defaults"};
}

Finding CheckCatalog(const std::string& home) {
  const Result<Config> config = ReadConfig(home);
  if (!config.ok()) {
    return {"catalog", Health::kWarning, "not tried", "Correct the configuration first"};
  }
  const std::string path = home + "/catalog.db";
  const Result<std::string> uri = ResolveSecretReferences(config->GetText("catalog.uri"));
  if (!uri.ok()) {
    return {"catalog", Health::kFailed, uri.status().message(), "Correct catalog.uri"};
  }
  std::error_code error;
  if (uri->empty() && !fs::exists(path, error)) {
    return {"catalog", Health::kOk, "none yet (made by the first load)"};
  }
  const auto io = io::MakeFileIO({});
  const auto store = catalog::OpenStore({.uri = uri->empty() ? path : *uri}, *io,
                                        SystemClock(), SystemRandom());
  const std::string fix =
      uri->empty() ? "Restore catalog.db from a backup; the tables' files are not "
                     "touched by this"
                   : "Correct catalog.uri, or see to the database";
  if (!store.ok()) {
    return {"catalog", Health::kFailed, store.status().message(), fix};
  }
  const auto catalog = (*store)->OpenCatalog(
      {.name = config->GetText("catalog.name"), .warehouse = home + "/warehouse"});
  const auto namespaces = catalog->ListNamespaces({});
  if (!namespaces.ok()) {
    return {"catalog", Health::kFailed, namespaces.status().message(), fix};
  }
  const std::string count =
      CountText(static_cast<int64_t>(namespaces->size()), "namespace");
  return {"catalog", Health::kOk,
          uri->empty() ? count : count + " in " + (*store)->location()};
}

std::vector<Finding> CheckObjectStore(const std::string& home) {
  const Result<Config> config = ReadConfig(home);
  if (!config.ok()) {
    return {};
  }
  const std::optional<std::string> probe = ProbeLocation(*config);
  if (!probe) {
    return {};
  }
  const io::FileIOOptions options = io::FileIOOptionsFrom(config->Properties(""));
  const auto io = io::MakeFileIO(options);
  const bool is_s3 = probe->starts_with("s3");
  const std::string& endpoint = options.s3.endpoint;
  const std::string store = !is_s3 ? *probe : endpoint.empty() ? "AWS" : endpoint;
  const Result<io::FileInfo> info = io->Stat(*probe);
  const bool reached = info.ok() || CodeOf(info.status()) == ErrorCode::kNoSuchFile;
  if (reached) {
    return {{"object store", Health::kOk, store + " answers"}};
  }
  const bool refused = CodeOf(info.status()) == ErrorCode::kForbidden;
  return {{"object store", Health::kFailed, info.status().message(),
           refused
               ? "Check the store's credentials (s3.*, adls.*, gcs.* in tarn.yaml) and "
                 "the bucket's policy"
               : "Check the store's address (s3.*, adls.*, gcs.* in tarn.yaml) and the "
                 "network"}};
}

std::vector<Finding> RunChecks(const std::string& home) {
  constexpr uint16_t kServerPort = 8080;
  std::vector<Finding> findings = {CheckLibraries(),     CheckHome(home),
                                   CheckConfig(home),    CheckCatalog(home),
                                   CheckDiskSpace(home), CheckTemporaryDirectory(),
                                   CheckMemory(),        CheckOpenFiles(),
                                   CheckTimeZones(),     CheckPort(kServerPort)};
  for (Finding& finding : CheckObjectStore(home)) {
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace tarn::cli
