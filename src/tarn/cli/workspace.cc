#include "tarn/cli/workspace.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include "tarn/base/error.h"
#include "tarn/base/logging.h"
#include "tarn/base/secret_reference.h"
#include "tarn/cli/write_settings.h"
#include "tarn/engine/file_places.h"
#include "tarn/io/key_file.h"

namespace tarn::cli {
namespace {

namespace fs = std::filesystem;

/// DuckDB's extensions that came with the program; empty if none did.
std::string ProgramExtensions() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  for (const char* const folder : {"duckdb-extensions", "../lib/duckdb-extensions"}) {
    const fs::path directory = (program.parent_path() / folder).lexically_normal();
    std::error_code missing;
    if (!error && fs::is_directory(directory, missing)) {
      return directory;
    }
  }
  return "";
}

constexpr char kDefaultHome[] = "tarn-home";
constexpr char kConfigFile[] = "tarn.yaml";
constexpr char kCatalogFile[] = "catalog.db";

Status PathError(const std::string& what, const std::string& path,
                 const std::error_code& error) {
  ErrorCode code = ErrorCode::kIoFailed;
  if (error == std::errc::permission_denied ||
      error == std::errc::read_only_file_system) {
    code = ErrorCode::kForbidden;
  }
  if (error == std::errc::no_space_on_device) {
    code = ErrorCode::kDiskFull;
  }
  return MakeError(code, what + " " + path + ": " + error.message());
}

/// Commented defaults, so that a person finds the keys where they are needed.
std::string ConfigTemplate() {
  std::string text =
      "# Settings of this Tarn home. Every key may also come from a variable: log.level "
      "from TARN_LOG_LEVEL.\n";
  for (const ConfigKey& key : ConfigKeys()) {
    const std::string value =
        key.default_value.empty() ? "\"\"" : std::string(key.default_value);
    text += "\n# " + std::string(key.doc) + "\n# " + std::string(key.name) + ": " +
            value + "\n";
  }
  return text;
}

bool IsHome(const std::string& home) {
  std::error_code ignored;
  return fs::exists(home + "/" + kCatalogFile, ignored) ||
         fs::exists(home + "/" + kConfigFile, ignored);
}

Status MakeHome(const std::string& home) {
  std::error_code error;
  fs::create_directories(home, error);
  if (error) {
    return PathError("Cannot make the home directory", home, error);
  }
  const std::string config = home + "/" + kConfigFile;
  if (fs::exists(config, error) || error) {
    return Status::OK();
  }
  std::ofstream file(config, std::ios::binary);
  file << ConfigTemplate();
  file.close();
  if (file.fail()) {
    return PathError("Cannot write", config,
                     std::error_code(errno == 0 ? EIO : errno, std::generic_category()));
  }
  return Status::OK();
}

Status StartLog(const Config& config) {
  LogOptions options;
  ARROW_ASSIGN_OR_RAISE(options.level, LogLevelFromString(config.GetText("log.level")));
  // What a command has to say it prints itself; its log is for what goes wrong.
  if (!config.IsSet("log.level")) {
    options.level = LogLevel::kWarn;
  }
  if (config.GetText("log.format") == "json") {
    options.format = LogFormat::kJson;
  }
  return StartLogging(options);
}

Result<std::unique_ptr<catalog::Store>> OpenStoreOf(const Config& config,
                                                    const std::string& home,
                                                    io::FileIO& io) {
  catalog::StoreOptions options;
  ARROW_ASSIGN_OR_RAISE(options.uri,
                        ResolveSecretReferences(config.GetText("catalog.uri")));
  if (options.uri.empty()) {
    options.uri = home + "/" + kCatalogFile;
  }
  options.connections_max =
      static_cast<int32_t>(config.GetInteger("catalog.connections"));
  return catalog::OpenStore(options, io, SystemClock(), SystemRandom());
}

/// Of all queries together.
Status LimitSpilling(int64_t bytes_max, engine::Engine& engine) {
  if (bytes_max == 0) {
    return Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(const auto session, engine.Connect());
  return session
      ->Execute("SET GLOBAL max_temp_directory_size = '" + std::to_string(bytes_max) +
                "B'")
      .status();
}

}  // namespace

std::string StateDirectory() {
  const auto variable = [](const char* name) {
    const char* const value = std::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
  };
  std::string directory = variable("XDG_STATE_HOME");
  if (directory.empty()) {
    const std::string user = variable("HOME");
    directory =
        user.empty() ? fs::temp_directory_path().string() : user + "/.local/state";
  }
  directory += "/tarn";
  std::error_code ignored;
  fs::create_directories(directory, ignored);
  return directory;
}

/// Some readers take nothing but a URI. A path with characters that a URI would give
/// another meaning stays a path.
std::string WarehouseUri(const std::string& location) {
  const std::string absolute = io::AbsoluteLocation(location);
  const bool is_plain =
      absolute.starts_with('/') && absolute.find_first_of("%?# ") == std::string::npos;
  return is_plain ? "file://" + absolute : absolute;
}

std::string HomeDirectory(const std::string& option) {
  std::string home = option;
  if (home.empty()) {
    const char* from_environment = std::getenv("TARN_HOME");
    home = from_environment != nullptr && *from_environment != '\0' ? from_environment
                                                                    : kDefaultHome;
  }
  home = io::AbsoluteLocation(home);
  return io::LocalPathOf(home).value_or(home);
}

Result<Config> ReadConfig(const std::string& home, const std::string& config_file) {
  Config config;
  const std::string path = config_file.empty() ? home + "/" + kConfigFile : config_file;
  std::error_code error;
  if (fs::exists(path, error) || !config_file.empty()) {
    std::ifstream file(path, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(file)),
                           std::istreambuf_iterator<char>());
    if (!file.is_open() || file.bad()) {
      return PathError(
          "Cannot read", path,
          std::error_code(errno == 0 ? EIO : errno, std::generic_category()));
    }
    RETURN_NOT_OK(config.ReadYaml(text, path));
  }
  RETURN_NOT_OK(config.ReadEnvironment(EnvironmentVariables()));
  return config;
}

Result<std::unique_ptr<Workspace>> Workspace::Open(const WorkspaceOptions& options) {
  const bool is_on_server = !options.server.empty();
  std::string home = HomeDirectory(options.home);
  if (home.find("://") != std::string::npos) {
    return MakeError(
        ErrorCode::kUsage,
        "The home is a local directory; set warehouse.location for tables elsewhere: " +
            home);
  }
  if (is_on_server) {
    home = IsHome(home) ? home : StateDirectory();
  } else if (options.mode == HomeMode::kCreate) {
    RETURN_NOT_OK(MakeHome(home));
  } else if (!IsHome(home)) {
    return MakeError(ErrorCode::kNoSuchFile,
                     "There is no Tarn home (a load or `tarn sql` makes one; --home DIR "
                     "or TARN_HOME names another): " +
                         home);
  }
  ARROW_ASSIGN_OR_RAISE(Config config, ReadConfig(home, options.config_file));
  for (const ConfigFlag& flag : options.flags) {
    RETURN_NOT_OK(config.Set(flag.key, flag.value, flag.flag));
  }
  RETURN_NOT_OK(StartLog(config));

  std::unique_ptr<Workspace> workspace(new Workspace(home, std::move(config)));
  const Config& settings = workspace->config_;
  io::FileIOOptions io_options = io::FileIOOptionsFrom(settings.Properties(""));
  if (const std::string& keys = settings.GetText("encryption.key-file"); !keys.empty()) {
    ARROW_ASSIGN_OR_RAISE(io_options.keys, io::OpenKeyFile(keys));
  }
  workspace->io_ = io::MakeFileIO(std::move(io_options));
  workspace->manifests_ =
      std::make_unique<table::ManifestCache>(settings.GetInteger("table.manifest_cache"));
  workspace->deletions_ = std::make_unique<storage::DeletedRows>();
  ARROW_ASSIGN_OR_RAISE(workspace->writing_, WriteSettingsFrom(settings, home));
  ARROW_ASSIGN_OR_RAISE(workspace->writing_->journal,
                        storage::WriteJournal::Open(workspace->journal_directory(),
                                                    SystemClock(), SystemRandom()));
  if (is_on_server) {
    RETURN_NOT_OK(workspace->UseServer(options.server));
    return workspace;
  }
  const std::string& location = settings.GetText("warehouse.location");
  workspace->warehouse_location_ =
      WarehouseUri(location.empty() ? home + "/warehouse" : location);
  ARROW_ASSIGN_OR_RAISE(workspace->store_, OpenStoreOf(settings, home, *workspace->io_));
  workspace->catalog_ = workspace->OpenWarehouse(settings.GetText("catalog.name"),
                                                 workspace->warehouse_location_);
  if (!options.catalog.empty()) {
    RETURN_NOT_OK(workspace->UseCatalog(options.catalog));
  }
  return workspace;
}

Status Workspace::UseServer(const std::string& server) {
  ARROW_ASSIGN_OR_RAISE(
      const engine::OtherCatalog other,
      CatalogOfServer(config_, server, config_.GetText("catalog.name")));
  is_on_server_ = true;
  return OpenOther(other);
}

Status Workspace::UseCatalog(const std::string& name) {
  if (name == config_.GetText("catalog.name")) {
    return Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(const auto others, OtherCatalogsOf(config_));
  const auto other = std::ranges::find(others, name, &engine::OtherCatalog::name);
  if (other == others.end()) {
    return MakeError(
        ErrorCode::kUsage,
        "There is no catalog of this name below `catalogs` in tarn.yaml: " + name);
  }
  return OpenOther(*other);
}

Status Workspace::OpenOther(const engine::OtherCatalog& other) {
  ARROW_ASSIGN_OR_RAISE(other_, OpenedCatalog::Open(other, config_,
                                                    {.io = *io_,
                                                     .manifests = manifests_.get(),
                                                     .deletions = deletions_.get(),
                                                     .writing = *writing_}));
  return Status::OK();
}

Result<iceberg::TableIdent> Workspace::Choose(iceberg::TableIdent ident) {
  if (other_ != nullptr || ident.ns.levels.size() < 2) {
    return ident;
  }
  ARROW_ASSIGN_OR_RAISE(const auto others, OtherCatalogsOf(config_));
  const std::string& first = ident.ns.levels.front();
  if (std::ranges::find(others, first, &engine::OtherCatalog::name) != others.end()) {
    RETURN_NOT_OK(UseCatalog(first));
    ident.ns.levels.erase(ident.ns.levels.begin());
  }
  return ident;
}

std::unique_ptr<catalog::Catalog> Workspace::OpenWarehouse(const std::string& name,
                                                           const std::string& location) {
  return store_->OpenCatalog(
      {.name = name,
       .warehouse = WarehouseUri(location),
       .undrop_retention = config_.GetDuration("catalog.undrop_retention")});
}

Result<engine::Engine*> Workspace::engine() {
  return engine(config_.GetInteger("engine.memory_limit"));
}

Result<engine::Engine*> Workspace::engine(int64_t memory_bytes_max) {
  const std::lock_guard lock(engine_mutex_);
  if (engine_ == nullptr) {
    engine::EngineOptions options;
    options.threads = static_cast<int32_t>(config_.GetInteger("engine.threads"));
    options.memory_bytes_max = memory_bytes_max;
    options.spill_directory = home_ + "/spill";
    options.extension_directory = home_ + "/extensions";
    options.file_properties = FileProperties(config_);
    options.file_roots = engine::FileRootsFrom(config_);
    if (config_.GetBool("sql.result_cache.enabled")) {
      options.result_cache_bytes = config_.GetInteger("sql.result_cache.size");
      options.result_cache_entry_bytes =
          config_.GetInteger("sql.result_cache.entry_size");
    }
    ARROW_ASSIGN_OR_RAISE(options.catalogs, OtherCatalogsOf(config_));
    options.program_extensions = ProgramExtensions();
    if (store_ != nullptr) {
      kept_catalogs_ = std::make_unique<KeptCatalogs>(store_->settings());
      options.keeper = kept_catalogs_.get();
    }
    ARROW_ASSIGN_OR_RAISE(
        engine_,
        engine::Engine::Open(options, is_on_server_ ? context() : ContextOf(*catalog_)));
    RETURN_NOT_OK(LimitSpilling(config_.GetInteger("engine.spill_limit"), *engine_));
  }
  return engine_.get();
}

}  // namespace tarn::cli
