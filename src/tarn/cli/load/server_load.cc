#include "tarn/cli/load/server_load.h"

#include <chrono>
#include <memory>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/cli/api_client/api_client.h"
#include "tarn/cli/interrupt.h"
#include "tarn/cli/print/quantity.h"
#include "tarn/cli/print/text_output.h"
#include "tarn/cli/shell/query_watch.h"
#include "tarn/ingest/database.h"
#include "tarn/io/file_io.h"
#include "tarn/net/http_send_file.h"

namespace tarn::cli {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kProgressEvery{200};

/// A file that was sent; taken away again when the load is over.
class SentFile {
 public:
  SentFile(ApiClient& api, std::string path) : api_(api), path_(std::move(path)) {}
  SentFile(const SentFile&) = delete;
  SentFile& operator=(const SentFile&) = delete;
  ~SentFile() {
    const std::string place = path_.substr(path_.find("://") + 3);
    const size_t slash = place.find('/');
    // The server removes it later, if not now.
    static_cast<void>(
        api_.Call("DELETE", "/upload/" + place.substr(0, slash) + "/" +
                                net::PercentEncode(place.substr(slash + 1))));
  }
  const std::string& path() const { return path_; }

 private:
  ApiClient& api_;
  const std::string path_;
};

Result<std::unique_ptr<SentFile>> Send(ApiClient& api, const std::string& file,
                                       bool shows_progress) {
  const std::string name = file.substr(file.rfind('/') + 1);
  net::HttpSendFileRequest request{
      .url = api.url() + "/api/v1/upload?name=" + net::PercentEncode(name), .file = file};
  if (!api.authorization().empty()) {
    request.headers.Add("Authorization", api.authorization());
  }
  const bool is_shown = shows_progress && IsTerminal(2);
  const auto begin = steady_clock::now();
  auto next = begin + kProgressEvery;
  bool is_drawn = false;
  request.on_progress = [&](int64_t sent, int64_t total) {
    const auto now = steady_clock::now();
    if (is_shown && now >= next) {
      next = now + kProgressEvery;
      const std::chrono::duration<double> elapsed = now - begin;
      const double part =
          total > 0 ? static_cast<double>(sent) / static_cast<double>(total) : -1;
      PrintToStderr("\r" +
                    ProgressLine(part, elapsed.count(), BytesText(sent) + " sent") +
                    "\x1b[K");
      is_drawn = true;
    }
    return Interrupted();
  };
  const auto answer = net::HttpSendFile(request);
  if (is_drawn) {
    PrintToStderr("\r\x1b[K");
  }
  RETURN_NOT_OK(answer.status());
  RETURN_NOT_OK(StatusOfAnswer(answer->status, answer->body));
  ARROW_ASSIGN_OR_RAISE(const Json sent, ParseJson(answer->body, "the server's answer"));
  return std::make_unique<SentFile>(api, sent.value("path", ""));
}

/// The call that loads from a database, from its address.
Result<Json> DatabaseBody(const LoadOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const auto target, ingest::DatabaseTargetFrom(options.source));
  if (!target.parameters.empty()) {
    return MakeError(ErrorCode::kUsage,
                     "A load on the server does not know this part of the URI: " +
                         target.parameters.front().first);
  }
  Json body = Json::object();
  const auto put = [&](const char* name, const std::string& value) {
    if (!value.empty()) {
      body[name] = value;
    }
  };
  put("host", target.host);
  put("database", target.database);
  put("user", target.user);
  put("password", target.password);
  put("sslmode", target.tls_mode);
  put("sslrootcert", target.tls_authority);
  put("connection_string", target.connection_string);
  if (target.port) {
    body["port"] = *target.port;
  }
  for (const std::string& option : options.reader_options) {
    ARROW_ASSIGN_OR_RAISE(auto pair, SplitPair(option, "--option"));
    if (pair.first == "connections") {
      body[pair.first] = std::atoi(pair.second.c_str());
    } else {
      body[pair.first == "table" ? "source_table" : pair.first] = pair.second;
    }
  }
  return body;
}

Result<Json> FileBody(const LoadOptions& options, const std::string& path) {
  Json body = {{"path", path}, {"format", options.format}};
  for (const std::string& option : options.reader_options) {
    ARROW_ASSIGN_OR_RAISE(const auto pair, SplitPair(option, "--option"));
    body["options"][pair.first] = pair.second;
  }
  return body;
}

Status AddTarget(const LoadOptions& options, Json* body) {
  (*body)["table_name"] = options.into;
  (*body)["mode"] = options.mode;
  (*body)["lineage"] = options.lineage;
  if (!options.keys.empty()) {
    (*body)["keys"] = SplitTerms(options.keys);
  }
  if (!options.partition_by.empty()) {
    (*body)["partition_by"] = SplitTerms(options.partition_by);
  }
  for (const std::string& property : options.properties) {
    ARROW_ASSIGN_OR_RAISE(const auto pair, SplitPair(property, "--property"));
    (*body)["properties"][pair.first] = pair.second;
  }
  return Status::OK();
}

Status PrintResult(const Invocation& invocation, const Json& job) {
  Json result = job.value("result", Json::object());
  if (invocation.json) {
    result["status"] = "ok";
    result["job_id"] = job.value("id", "");
    return StandardOutput().Write(result.dump(2) + "\n");
  }
  const std::chrono::milliseconds duration(
      static_cast<int64_t>(result.value("duration_seconds", 0.0) * 1e3));
  return StandardOutput().Write(
      "Loaded " + CountText(result.value("rows", int64_t{0}), "row") + " into " +
      result.value("table", "") + ": " +
      CountText(result.value("files_written", int64_t{0}), "file") + ", " +
      BytesText(result.value("bytes_written", int64_t{0})) + ", " +
      DurationText(duration) + "\n");
}

}  // namespace

Status LoadOnServer(const Invocation& invocation, const LoadOptions& options) {
  if (invocation.server.empty()) {
    return MakeError(ErrorCode::kUsage, "--on-server needs --server URL");
  }
  if (!options.reject_to.empty()) {
    return MakeError(
        ErrorCode::kUsage,
        "--reject-to names a file here; a load on the server cannot write it");
  }
  ARROW_ASSIGN_OR_RAISE(const auto api, ApiClient::Make(invocation));
  std::unique_ptr<SentFile> sent;
  std::string path = "/load/file";
  Json body;
  if (const auto kind = ingest::DatabaseKindOf(options.source)) {
    path = "/load/" + std::string(ingest::DatabaseKindName(*kind));
    ARROW_ASSIGN_OR_RAISE(body, DatabaseBody(options));
  } else {
    std::string source = options.source;
    if (const auto local = io::LocalPathOf(io::AbsoluteLocation(source))) {
      ARROW_ASSIGN_OR_RAISE(sent, Send(*api, *local, !invocation.json));
      source = sent->path();
    }
    ARROW_ASSIGN_OR_RAISE(body, FileBody(options, source));
  }
  RETURN_NOT_OK(AddTarget(options, &body));
  ARROW_ASSIGN_OR_RAISE(Json job, api->Start(path, std::move(body)));
  JobLine line(!invocation.json);
  ARROW_ASSIGN_OR_RAISE(
      job, FollowJob(*api, std::move(job), [&](const Json& now) { line.Show(now); }));
  line.Clear();
  RETURN_NOT_OK(StatusOfJob(job));
  return PrintResult(invocation, job);
}

}  // namespace tarn::cli
