#include "tarn/cli/sql_client/remote_client.h"

#include <mutex>
#include <utility>

#include "tarn/cli/sql_client/remote_query.h"
#include "tarn/cli/sql_client/text_rows.h"
#include "tarn/net/http_get.h"

namespace tarn::cli {
namespace {

/// Asks a session of its own, in Trino's dialect.
class RemoteNames final : public NameSource {
 public:
  explicit RemoteNames(std::unique_ptr<ProtocolSession> session)
      : session_(std::move(session)) {}

  Result<std::vector<std::string>> Catalogs() override {
    return FirstColumn("SHOW CATALOGS");
  }
  Result<std::vector<std::string>> Schemas(const std::string& catalog) override {
    return FirstColumn("SHOW SCHEMAS FROM " + SqlName(catalog));
  }

  Result<std::vector<ObjectName>> Objects(const std::string& catalog,
                                          const std::string& schema) override {
    const auto rows =
        Rows("SELECT table_name, table_type FROM " + SqlName(catalog) +
             ".information_schema.tables WHERE table_schema = " + SqlString(schema) +
             " ORDER BY table_name");
    std::vector<ObjectName> objects;
    if (rows.ok()) {
      for (const std::vector<std::string>& row : *rows) {
        objects.push_back({schema, row[0], row[1] == "VIEW" ? "view" : "table"});
      }
      return objects;
    }
    ARROW_ASSIGN_OR_RAISE(
        const auto names,
        FirstColumn("SHOW TABLES FROM " + SqlName(catalog) + "." + SqlName(schema)));
    for (const std::string& name : names) {
      objects.push_back({schema, name, "table"});
    }
    return objects;
  }

  Result<ObjectDetail> Describe(const std::string& catalog,
                                const ObjectName& object) override {
    // Column, Type, Extra, Comment.
    ARROW_ASSIGN_OR_RAISE(const auto rows,
                          Rows("DESCRIBE " + SqlName(catalog) + "." +
                               SqlName(object.schema) + "." + SqlName(object.name)));
    ObjectDetail detail;
    for (const std::vector<std::string>& row : rows) {
      detail.columns.push_back({.name = row[0],
                                .type = row.size() > 1 ? row[1] : "",
                                .comment = row.size() > 3 ? row[3] : ""});
    }
    return detail;
  }

  Result<std::vector<std::string>> Functions() override {
    return FirstColumn("SHOW FUNCTIONS");
  }
  Result<std::vector<std::string>> Settings() override {
    return FirstColumn("SHOW SESSION");
  }
  void Interrupt() override { running_.Interrupt(); }

 private:
  Result<std::vector<std::vector<std::string>>> Rows(const std::string& sql) {
    const std::lock_guard one_query(mutex_);
    ARROW_ASSIGN_OR_RAISE(const auto result, RunRemote(sql, *session_, running_));
    return ReadTextRows(*result);
  }

  Result<std::vector<std::string>> FirstColumn(const std::string& sql) {
    ARROW_ASSIGN_OR_RAISE(const auto rows, Rows(sql));
    std::vector<std::string> values;
    for (const std::vector<std::string>& row : rows) {
      if (values.empty() || values.back() != row.front()) {
        values.push_back(row.front());
      }
    }
    return values;
  }

  std::mutex mutex_;  // one query at a time
  std::unique_ptr<ProtocolSession> session_;
  RunningQuery running_;
};

RemoteOptions ForNames(RemoteOptions options) {
  options.properties.clear();
  options.http.timeout = std::chrono::seconds(10);
  return options;
}

class RemoteClient final : public SqlClient {
 public:
  explicit RemoteClient(const RemoteOptions& options)
      : session_(options), names_(std::make_unique<ProtocolSession>(ForNames(options))) {}

  Result<std::unique_ptr<engine::ResultStream>> Execute(std::string_view sql) override {
    return RunRemote(sql, session_, running_);
  }
  void Interrupt() override {
    running_.Interrupt();
    std::string uri;
    if (!running_.next_uri().empty() && running_.TakeCancel(&uri)) {
      session_.Cancel(uri);
    }
  }
  engine::Progress progress() const override { return running_.progress(); }
  std::string current_schema() const override {
    const std::string schema = session_.schema();
    return schema.empty() ? "" : session_.catalog() + "." + schema;
  }
  std::string dialect() const override {
    const std::string chosen = session_.Property("dialect");
    return chosen.empty() ? "trino" : chosen;
  }
  std::vector<std::pair<std::string, std::string>> Facts() const override {
    return {{"server", net::UrlToShow(session_.url())},
            {"user", session_.user()},
            {"dialect", dialect()},
            {"catalog", session_.catalog()},
            {"schema", session_.schema()}};
  }
  NameSource& names() override { return names_; }

 private:
  ProtocolSession session_;
  RunningQuery running_;
  RemoteNames names_;
};

}  // namespace

std::unique_ptr<SqlClient> MakeRemoteClient(const RemoteOptions& options) {
  return std::make_unique<RemoteClient>(options);
}

}  // namespace tarn::cli
