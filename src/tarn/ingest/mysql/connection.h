// One connection to a MySQL or MariaDB that is read from.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/ingest/database.h"
#include "tarn/ingest/mysql/column_type.h"

struct st_mysql;
struct st_mysql_stmt;

namespace tarn::ingest::mysql {

struct ClientLibrary;
using TextRow = std::vector<std::optional<std::string>>;

/// "mysql://host:3306/database", to show to people.
std::string ShownTarget(const DatabaseTarget& target);

/// Belongs to one thread, but for Abort(). Errors of all: kUnavailable (not reachable,
/// lost, too many connections, no TLS), kUnauthenticated, kForbidden, kNoSuchTable,
/// kNoSuchColumn, kSyntax, kTimeout, kCancelled, kInvalidArgument, kIoFailed; with the
/// server's message.
class Connection {
 public:
  /// Reads only; times are told in UTC and texts in UTF-8. kNotSupported without
  /// libmariadb.
  static Result<std::unique_ptr<Connection>> Open(const DatabaseTarget& target);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// From here on all that is read is of one moment (of tables of InnoDB).
  Status BeginSnapshot();
  Status Execute(const std::string& sql);
  /// A few rows, as text.
  Result<std::vector<TextRow>> Query(const std::string& sql);

  /// Breaks off what another thread waits for, also on the server if it can be told.
  /// Thread-safe.
  void Abort();

  const std::string& shown() const { return shown_; }
  std::string server_version() const;

  /// An identifier and a text as SQL takes them, whatever sql_mode is.
  static std::string Quoted(std::string_view name);
  static std::string QuotedText(std::string_view text);

 private:
  friend class RowReader;
  struct Closer {
    const ClientLibrary* calls;
    void operator()(st_mysql* connection) const;
  };

  Connection(const ClientLibrary& calls, const DatabaseTarget& target);
  Status Connect(bool with_tls);
  Status SetUp();
  Status ErrorOf(uint32_t number, const std::string& message) const;
  Status LastError() const;
  std::string Hidden(std::string text) const;

  const ClientLibrary& calls_;
  const DatabaseTarget target_;
  const std::string shown_;
  bool is_open_ = false;
  std::mutex mutex_;  // of closing and Abort()
  std::unique_ptr<st_mysql, Closer> connection_;
};

}  // namespace tarn::ingest::mysql
