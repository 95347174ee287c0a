#include "tarn/service/try_connection.h"

#include <chrono>
#include <map>
#include <memory>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/ingest/database.h"
#include "tarn/io/file_io.h"
#include "tarn/net/address_guard.h"
#include "tarn/net/http_client.h"
#include "tarn/net/http_get.h"
#include "tarn/service/http_connection.h"
#include "tarn/service/work/database_target.h"

namespace tarn::service {
namespace {

constexpr std::chrono::seconds kConnectTimeout(5);
constexpr std::chrono::seconds kCallTimeout(10);

std::string TextOf(const Json& members, const char* name) {
  const auto found = members.find(name);
  if (found == members.end() || found->is_null()) {
    return {};
  }
  return found->is_string() ? found->get<std::string>() : DumpJson(*found);
}

Result<std::string> TryDatabase(const Lake& lake, const Json& members,
                                ingest::DatabaseKind kind) {
  DatabaseOrder database{.kind = kind};
  Json secrets = Json::object();
  RETURN_NOT_OK(JoinDatabase("", members, &database, &secrets));
  database.connect_timeout = kConnectTimeout;
  database.statement_timeout = kCallTimeout;
  ARROW_ASSIGN_OR_RAISE(const auto target, DatabaseTargetOf(lake, database, secrets));
  ARROW_ASSIGN_OR_RAISE(const auto session, ingest::OpenDatabaseSession(target));
  return session->Version();
}

Result<std::string> TryStore(const Lake& lake, const Json& members) {
  const std::string bucket = TextOf(members, "bucket");
  if (bucket.empty() || bucket.find('/') != std::string::npos) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Name a bucket to try an s3 connection on: {\"bucket\": \"…\"}");
  }
  std::map<std::string, std::string> properties = lake.config.Properties("s3.");
  for (const auto& [name, member] :
       {std::pair("s3.endpoint", "endpoint"), std::pair("s3.region", "region"),
        std::pair("s3.path-style-access", "path_style")}) {
    if (const std::string value = TextOf(members, member); !value.empty()) {
      properties[name] = value;
    }
  }
  io::FileIOOptions options = io::FileIOOptionsFrom(properties);
  options.s3.access_key_id = TextOf(members, "access_key");
  options.s3.secret_access_key = TextOf(members, "secret_key");
  options.s3.session_token = TextOf(members, "session_token");
  options.s3.retry.retries_max = 0;
  options.s3.connect_timeout = kConnectTimeout;
  options.s3.request_timeout = kCallTimeout;
  const auto store = io::MakeFileIO(std::move(options));
  // A name that nothing has: the answer tells whether the keys are good.
  const auto probe = store->Stat("s3://" + bucket + "/.tarn-connection-test");
  if (!probe.ok() && CodeOf(probe.status()) != ErrorCode::kNoSuchFile) {
    return probe.status();
  }
  return "bucket " + bucket + " answers";
}

Result<std::string> TryHttp(const Lake& lake, const Json& members) {
  net::HttpClientOptions options{.connect_timeout = kConnectTimeout,
                                 .timeout = kCallTimeout,
                                 .body_bytes_max = size_t{16} << 20};
  if (members.value("guarded", true)) {
    ARROW_ASSIGN_OR_RAISE(
        net::AddressGuard guard,
        net::AddressGuard::Make(lake.config.GetText("web.private_addresses")));
    options.guard = std::make_shared<const net::AddressGuard>(std::move(guard));
  }
  net::HttpClient client(std::move(options));
  net::HttpClientRequest request{.url = TextOf(members, "url")};
  ARROW_ASSIGN_OR_RAISE(const auto headers, HttpConnectionHeaders(members));
  for (const auto& [name, value] : headers) {
    request.headers.Set(name, value);
  }
  ARROW_ASSIGN_OR_RAISE(const auto answer, client.Send(request));
  const std::string shown = net::UrlToShow(request.url);
  if (answer.status == 401 || answer.status == 403) {
    return MakeError(ErrorCode::kForbidden, "The server refuses the connection's user (" +
                                                std::to_string(answer.status) +
                                                "): " + shown);
  }
  if (answer.status >= 400) {
    return MakeError(
        ErrorCode::kUnavailable,
        "The server answers with status " + std::to_string(answer.status) + ": " + shown);
  }
  return shown + " answers with status " + std::to_string(answer.status);
}

}  // namespace

Result<std::string> TryConnection(const Lake& lake, const Json& members) {
  const std::string type = TextOf(members, "type");
  if (const auto kind = ingest::DatabaseKindFromName(type)) {
    return TryDatabase(lake, members, *kind);
  }
  return type == "s3" ? TryStore(lake, members) : TryHttp(lake, members);
}

}  // namespace tarn::service
