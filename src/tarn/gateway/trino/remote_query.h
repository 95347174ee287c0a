// A query that another Trino server runs for a client of ours: asked for a page whenever
// the client has taken the one before.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/gateway/trino/client_context.h"
#include "tarn/gateway/trino/query_answer.h"
#include "tarn/gateway/trino/remote_page.h"
#include "tarn/net/http_client.h"

namespace tarn::gateway::trino {

/// Another Trino server on the same tables.
struct RemoteServer {
  std::string url;            // "https://trino.example.org:8443"
  std::string user;           // empty: the client's own
  std::string password;       // with `user`; empty: none
  std::string token;          // a bearer token instead
  bool impersonates = false;  // queries run as the client's user, signed in as `user`
  /// Names there of our catalogs, where they differ.
  std::map<std::string, std::string> catalogs;
  std::string ca_file;  // PEM; the system's authorities if empty
  /// How long a server that does not answer is waited for once a query has begun.
  std::chrono::milliseconds patience{30'000};
};

/// Begin() and Next() are called by one thread at a time, the rest by any.
class RemoteQuery {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;
  using Headers = std::vector<std::pair<std::string, std::string>>;

  /// `http` and `server` outlive it.
  RemoteQuery(net::HttpClient& http, const RemoteServer& server)
      : http_(http), server_(server) {}
  ~RemoteQuery();  // cancels what is not over
  RemoteQuery(const RemoteQuery&) = delete;
  RemoteQuery& operator=(const RemoteQuery&) = delete;

  /// Sends `text` and waits until the columns are known. Errors: kUnavailable if the
  /// server has surely not seen it; those of the server (RemoteError); kIoFailed,
  /// kTimeout, kForbidden, kInvalidData; kCancelled.
  Status Begin(const ClientContext& client, const std::string& text);
  /// Rows if there are any, waiting for them. `next_uri` of the last page is empty.
  Result<RemotePage> Next();

  /// A call that goes on ends within a second or so.
  void Cancel() { is_cancelled_ = true; }
  /// Tells the server that nobody waits for the rest; nothing if it is over.
  void Abandon();
  /// Tells the server that the client is still there, if nothing was said for a minute.
  void Heartbeat(SteadyTime now);

  // What is known so far. Texts are JSON where their names say so.
  std::string id() const;
  std::string columns_json() const;
  std::string stats_json(QueryState state) const;
  std::string warnings_json() const;
  std::string update_type() const;
  std::optional<int64_t> update_count() const;
  /// What the client's session is to remember; names without the prefix "X-Trino-".
  Headers headers() const;
  double percent() const { return percent_; }
  int64_t rows_read() const { return rows_read_; }

 private:
  Result<RemotePage> Post(const ClientContext& client, const std::string& text);
  Result<RemotePage> Get();
  Result<RemotePage> ReadAnswer(const net::HttpClientResponse& answer);
  void Keep(const RemotePage& page, const net::HttpHeaders& headers);
  net::HttpHeaders SignIn() const;

  net::HttpClient& http_;
  const RemoteServer& server_;
  std::atomic<bool> is_cancelled_ = false;
  std::atomic<double> percent_ = -1;
  std::atomic<int64_t> rows_read_ = 0;
  std::string user_;
  std::optional<RemotePage> first_;  // with rows, found by Begin()

  mutable std::mutex mutex_;
  RemotePage known_;  // the newest of each member but the rows
  Headers headers_;
  SteadyTime asked_at_;
};

/// Header values that tell `server` who asks and in which session.
net::HttpHeaders RemoteHeaders(const ClientContext& client, const RemoteServer& server);

/// `text` with the names of our catalogs as the other server has them: where three names
/// or more are joined by dots, the first.
std::string WithRemoteNames(const std::string& text,
                            const std::map<std::string, std::string>& catalogs);

}  // namespace tarn::gateway::trino
