#include "tarn/service/work/load_source.h"

#include <chrono>
#include <utility>

#include "tarn/base/config.h"
#include "tarn/base/error.h"
#include "tarn/ingest/database.h"
#include "tarn/service/uploads.h"
#include "tarn/service/work/database_target.h"

namespace tarn::service {
namespace {

/// DuckDB's share of a load that has an engine of its own.
constexpr int64_t kReaderMemoryBytes = int64_t{512} << 20;

std::string TextOf(const Json& object, const char* name) {
  const auto member = object.is_object() ? object.find(name) : object.end();
  if (!object.is_object() || member == object.end() || member->is_null()) {
    return {};
  }
  return member->is_string() ? member->get<std::string>() : DumpJson(*member);
}

/// The caller's keys, and neither the server's nor what the environment has: stores that
/// there are no keys for are read as by anybody. (S3 has always keys, where they are
/// used: requests name those of the location's store.)
void UseKeys(const Json& secrets, io::FileIOOptions* options) {
  options->s3.access_key_id = TextOf(secrets, kAccessKeySecret);
  options->s3.secret_access_key = TextOf(secrets, kSecretKeySecret);
  options->s3.session_token = TextOf(secrets, kSessionTokenSecret);
  io::AzureOptions& azure = options->azure;
  azure.account_key = TextOf(secrets, kAccountKeySecret);
  azure.sas_token = TextOf(secrets, kSasTokenSecret);
  azure.sas_tokens.clear();
  azure.tenant_id.clear();
  azure.client_id.clear();
  azure.client_secret.clear();
  azure.anonymous = azure.account_key.empty() && azure.sas_token.empty();
  options->gcs.token = TextOf(secrets, kGcsTokenSecret);
  options->gcs.token_expires_at = std::chrono::milliseconds(0);
  options->gcs.anonymous = options->gcs.token.empty();
}

}  // namespace

std::unique_ptr<io::FileIO> OpenOwnStore(const Lake& lake, const LoadOrder& order,
                                         const Json& secrets) {
  if (!order.has_own_store && order.store.empty()) {
    return nullptr;
  }
  std::map<std::string, std::string> properties = lake.config.Properties("");
  for (const auto& [name, value] : order.store) {
    properties[name] = value;
  }
  io::FileIOOptions options = io::FileIOOptionsFrom(properties);
  if (order.has_own_store) {
    UseKeys(secrets, &options);
    const auto account = order.store.find("adls.account-name");
    options.azure.account_name = account == order.store.end() ? "" : account->second;
  }
  return io::MakeFileIO(std::move(options));
}

Result<JoinedOrder> JoinConnection(LoadOrder order, Json secrets,
                                   const ConnectionGiver& connections,
                                   const std::string& owner) {
  if (!secrets.is_object()) {
    secrets = Json::object();
  }
  if (order.connection.empty()) {
    return JoinedOrder{std::move(order), std::move(secrets)};
  }
  if (!connections) {
    return MakeError(ErrorCode::kNoSuchConnection,
                     "This server keeps no connections: " + order.connection);
  }
  ARROW_ASSIGN_OR_RAISE(const Json kept, connections(order.connection, owner));
  const auto fill = [&](std::string* into, const char* name) {
    if (into->empty()) {
      *into = TextOf(kept, name);
    }
  };
  const auto keep_secret = [&](const char* secret, const char* name) {
    if (!secrets.contains(secret) && !TextOf(kept, name).empty()) {
      secrets[secret] = TextOf(kept, name);
    }
  };
  if (order.database) {
    RETURN_NOT_OK(JoinDatabase(order.connection, kept, &*order.database, &secrets));
  } else {
    fill(&order.store["s3.endpoint"], "endpoint");
    fill(&order.store["s3.region"], "region");
    fill(&order.store["s3.path-style-access"], "path_style");
    std::erase_if(order.store, [](const auto& entry) { return entry.second.empty(); });
    keep_secret(kAccessKeySecret, "access_key");
    keep_secret(kSecretKeySecret, "secret_key");
    keep_secret(kSessionTokenSecret, "session_token");
    // Never the server's keys in their place.
    if (!secrets.contains(kAccessKeySecret)) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "The connection has no access_key: " + order.connection);
    }
    order.has_own_store = true;
  }
  return JoinedOrder{std::move(order), std::move(secrets)};
}

Result<std::unique_ptr<LoadSource>> LoadSource::Open(const Lake& lake,
                                                     const LakeWarehouse& warehouse,
                                                     const JoinedOrder& joined,
                                                     const std::string& owner,
                                                     std::function<bool()> cancelled) {
  std::unique_ptr<LoadSource> opened(new LoadSource());
  const Status status =
      joined.order.database
          ? opened->OpenDatabase(lake, joined, std::move(cancelled))
          : opened->OpenFiles(lake, warehouse, joined, owner, std::move(cancelled));
  RETURN_NOT_OK(opened->Shown(status));
  ARROW_ASSIGN_OR_RAISE(
      opened->source_,
      ingest::WithChosenColumns(std::move(opened->source_), joined.order.columns));
  opened->format_ = opened->source_->format();
  return opened;
}

Status LoadSource::OpenFiles(const Lake& lake, const LakeWarehouse& warehouse,
                             const JoinedOrder& joined, const std::string& owner,
                             std::function<bool()> cancelled) {
  const LoadOrder& order = joined.order;
  ingest::SourceRequest request;
  request.location = order.location;
  if (const std::string url = TextOf(joined.secrets, kUrlSecret); !url.empty()) {
    request.location = url;
  }
  if (IsUpload(order.location)) {
    ARROW_ASSIGN_OR_RAISE(path_, Uploads::Of(lake).PathOf(owner, order.location));
    request.location = path_;
    shown_ = order.location;
  }
  request.format = order.format;
  request.options = order.options;
  request.collect_rejects = order.rejects == RejectsTo::kTable;
  request.cancelled = std::move(cancelled);
  store_ = OpenOwnStore(lake, order, joined.secrets);
  const ingest::EngineGiver engine = [&]() -> Result<engine::Engine*> {
    if (store_ == nullptr) {
      return lake.engine();
    }
    ARROW_ASSIGN_OR_RAISE(
        engine_,
        engine::Engine::Open(
            {.threads = static_cast<int32_t>(lake.config.GetInteger("engine.threads")),
             .memory_bytes_max = kReaderMemoryBytes},
            table::Context{.catalog = warehouse.context.catalog,
                           .io = *store_,
                           .clock = lake.clock,
                           .random = lake.random}));
    return engine_.get();
  };
  ARROW_ASSIGN_OR_RAISE(
      source_,
      ingest::OpenSource(engine, store_ == nullptr ? lake.files : *store_, request));
  return Status::OK();
}

Status LoadSource::OpenDatabase(const Lake& lake, const JoinedOrder& joined,
                                std::function<bool()> cancelled) {
  const DatabaseOrder& database = *joined.order.database;
  ingest::DatabaseRequest request{.options = joined.order.options,
                                  .cancelled = std::move(cancelled)};
  if (!database.table.empty()) {
    request.options.emplace_back("table", database.table);
  }
  if (!database.query.empty()) {
    request.options.emplace_back("query", database.query);
  }
  ARROW_ASSIGN_OR_RAISE(const auto target,
                        DatabaseTargetOf(lake, database, joined.secrets));
  ARROW_ASSIGN_OR_RAISE(source_, ingest::OpenDatabase(target, request));
  return Status::OK();
}

std::string LoadSource::Shown(std::string text) const {
  for (size_t at = path_.empty() ? std::string::npos : text.find(path_);
       at != std::string::npos; at = text.find(path_, at + shown_.size())) {
    text.replace(at, path_.size(), shown_);
  }
  return text;
}

Status LoadSource::Shown(const Status& status) const {
  if (status.ok() || path_.empty()) {
    return status;
  }
  return MakeError(CodeOf(status), Shown(status.message()));
}

}  // namespace tarn::service
