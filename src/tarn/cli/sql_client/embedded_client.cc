#include "tarn/cli/sql_client/embedded_client.h"

#include <utility>

#include "tarn/cli/sql_client/embedded_names.h"

namespace tarn::cli {
namespace {

class EmbeddedClient final : public SqlClient {
 public:
  EmbeddedClient(const EmbeddedClientOptions& options,
                 std::unique_ptr<engine::Session> session)
      : session_(std::move(session)),
        names_(options.engine, options.catalog),
        dialect_(options.dialect),
        home_(options.home) {}

  Result<std::unique_ptr<engine::ResultStream>> Execute(std::string_view sql) override {
    ARROW_ASSIGN_OR_RAISE(auto result, session_->Execute(sql));
    if (std::string chosen = DialectChosenBy(sql); !chosen.empty()) {
      dialect_ = std::move(chosen);
    }
    return result;
  }
  void Interrupt() override { session_->Interrupt(); }
  engine::Progress progress() const override { return session_->progress(); }
  std::string current_schema() const override { return session_->current_schema(); }
  std::string dialect() const override { return dialect_; }
  std::vector<std::pair<std::string, std::string>> Facts() const override {
    return {{"engine", "this program"},
            {home_.find("://") == std::string::npos ? "home" : "catalog", home_},
            {"dialect", dialect_},
            {"schema", current_schema()}};
  }
  NameSource& names() override { return names_; }

 private:
  std::unique_ptr<engine::Session> session_;
  EmbeddedNames names_;
  std::string dialect_;
  std::string home_;
};

}  // namespace

Result<std::unique_ptr<SqlClient>> MakeEmbeddedClient(
    const EmbeddedClientOptions& options) {
  engine::SessionOptions session;
  session.dialect = options.dialect;
  ARROW_ASSIGN_OR_RAISE(auto connected, options.engine.Connect(session));
  return std::make_unique<EmbeddedClient>(options, std::move(connected));
}

}  // namespace tarn::cli
