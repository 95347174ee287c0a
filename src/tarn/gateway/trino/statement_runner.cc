#include "tarn/gateway/trino/statement_runner.h"

#include <algorithm>
#include <array>

#include <arrow/type.h>

#include "tarn/base/error.h"
#include "tarn/base/logging.h"
#include "tarn/gateway/trino/internal/rows_at_hand.h"
#include "tarn/gateway/trino/query_error.h"
#include "tarn/gateway/trino/remote_query.h"
#include "tarn/gateway/trino/remote_route.h"
#include "tarn/gateway/trino/session_properties.h"
#include "tarn/gateway/trino/trino_type.h"
#include "tarn/sql/statement_parser.h"

namespace tarn::gateway::trino {
namespace {

Language LanguageOf(const ClientContext& client) {
  return DialectOf(client).value_or("trino") == "duckdb" ? Language::kDuckDb
                                                         : Language::kTrino;
}

}  // namespace

std::string UpdateTypeOf(const std::string& statement_type) {
  constexpr std::array<std::string_view, 10> kQueries = {
      "SELECT",     "SHOW",   "DESCRIBE", "EXPLAIN",      "PRAGMA",
      "CALL TABLE", "VALUES", "RELATION", "LOGICAL PLAN", "VARIABLE SET"};
  const bool is_query = std::ranges::any_of(kQueries, [&](std::string_view word) {
    return statement_type == word ||
           (statement_type.starts_with(word) && statement_type[word.size()] == ' ');
  });
  return is_query ? "" : statement_type;
}

/// One statement; there is a member for each kind.
class StatementRunner::Call {
 public:
  Call(StatementRunner& runner, const ClientContext& client, const std::string& text,
       const OnSession& on_session)
      : runner_(runner), client_(client), text_(text), on_session_(on_session) {}

  Result<StatementResult> operator()(const statement::ForEngine& read) {
    return OnEngine(text_, read.parsed.get(), {});
  }

  Result<StatementResult> operator()(const statement::Use& use) {
    const std::string catalog = use.catalog.value_or(client_.catalog);
    if (catalog.empty()) {
      return NamedError("MISSING_CATALOG_NAME",
                        "line 1:1: Catalog must be specified when session catalog is not "
                        "set");
    }
    ARROW_ASSIGN_OR_RAISE(const auto held, Session());
    const std::lock_guard busy(held->busy);
    RETURN_NOT_OK(UseSchema(catalog, use.schema, held->session.get()));
    StatementResult result{.update_type = "USE"};
    result.headers = {{"Set-Catalog", catalog}, {"Set-Schema", use.schema}};
    return result;
  }

  Result<StatementResult> operator()(const statement::SetSession& set) {
    RETURN_NOT_OK(CheckProperty(set.name, set.value, set.place));
    return Told("SET SESSION", "Set-Session", set.name + "=" + UrlEncoded(set.value));
  }

  Result<StatementResult> operator()(const statement::ResetSession& reset) {
    return Told("RESET SESSION", "Clear-Session", reset.name);
  }

  Result<StatementResult> operator()(const statement::SetAuthorization& set) {
    if (!client_.transaction_id.empty()) {
      return NamedError("GENERIC_USER_ERROR",
                        "Can't set authorization user in the middle of a transaction");
    }
    if (!set.user) {
      return Told("RESET SESSION AUTHORIZATION", "Reset-Authorization-User", "true");
    }
    const bool has_control = std::ranges::any_of(
        *set.user, [](char c) { return static_cast<unsigned char>(c) < ' '; });
    if (set.user->empty() || has_control) {
      return MakeError(ErrorCode::kInvalidArgument, "Not a name of a user: " + *set.user);
    }
    if (client_.check_may_be) {
      RETURN_NOT_OK(client_.check_may_be(*set.user));
    }
    return Told("SET SESSION AUTHORIZATION", "Set-Authorization-User", *set.user);
  }

  Result<StatementResult> operator()(const statement::SetTimeZone& set) {
    if (!set.zone) {
      return Told("SET TIME ZONE", "Clear-Session", "time_zone_id");
    }
    ClientContext changed = client_;
    changed.properties["time_zone_id"] = *set.zone;
    RETURN_NOT_OK(runner_.sessions_.Make(changed));  // which checks the zone
    return Told("SET TIME ZONE", "Set-Session", "time_zone_id=" + UrlEncoded(*set.zone));
  }

  Result<StatementResult> operator()(const statement::SetRole& set) {
    return Told("SET ROLE", "Set-Role", set.catalog + "=" + UrlEncoded(set.role));
  }

  Result<StatementResult> operator()(const statement::SetPath& set) {
    return Told("SET PATH", "Set-Path", set.path);
  }

  Result<StatementResult> operator()(const statement::Prepare& prepare) {
    return Told("PREPARE", "Added-Prepare",
                UrlEncoded(prepare.name) + "=" + UrlEncoded(prepare.text));
  }

  Result<StatementResult> operator()(const statement::Deallocate& deallocate) {
    RETURN_NOT_OK(Prepared(deallocate.name));
    return Told("DEALLOCATE", "Deallocated-Prepare", UrlEncoded(deallocate.name));
  }

  Result<StatementResult> operator()(const statement::Execute& execute) {
    ARROW_ASSIGN_OR_RAISE(const std::string prepared, Prepared(execute.name));
    return Execute(prepared, execute.parameters);
  }

  Result<StatementResult> operator()(const statement::ExecuteImmediate& execute) {
    return Execute(execute.text, execute.parameters);
  }

  Result<StatementResult> operator()(const statement::DescribeInput& describe) {
    ARROW_ASSIGN_OR_RAISE(const auto shape, Shape(describe.name));
    StatementResult result;
    ARROW_ASSIGN_OR_RAISE(result.rows, internal::InputRows(shape.parameters));
    return result;
  }

  Result<StatementResult> operator()(const statement::DescribeOutput& describe) {
    ARROW_ASSIGN_OR_RAISE(const std::string prepared, Prepared(describe.name));
    ARROW_ASSIGN_OR_RAISE(auto parsed, sql::ParseTrinoStatement(prepared));
    ARROW_ASSIGN_OR_RAISE(const auto held, Session());
    const std::lock_guard busy(held->busy);
    const sql::Name name{.text = describe.name, .is_quoted = true};
    RETURN_NOT_OK(RunNode(
        *held->session,
        sql::statement::Prepare{
            .name = name,
            .statement = std::make_shared<const sql::TrinoStatement>(std::move(parsed))},
        prepared));
    ARROW_ASSIGN_OR_RAISE(
        const auto described,
        RunNode(*held->session, sql::statement::DescribeOutput{name}, prepared));
    StatementResult result;
    ARROW_ASSIGN_OR_RAISE(result.rows, internal::OutputRows(*described));
    return result;
  }

  Result<StatementResult> operator()(const statement::ShowSession& show) {
    StatementResult result;
    ARROW_ASSIGN_OR_RAISE(result.rows,
                          internal::SessionRows(ListProperties(client_, show.like)));
    return result;
  }

  Result<StatementResult> operator()(const statement::StartTransaction& start) {
    if (!client_.transaction_id.empty()) {
      return MakeError(ErrorCode::kNotSupported, "Nested transactions not supported");
    }
    ARROW_ASSIGN_OR_RAISE(const auto held, Session());
    {
      const std::lock_guard busy(held->busy);
      RETURN_NOT_OK(held->session->Execute(
          start.is_read_only ? "START TRANSACTION READ ONLY" : "START TRANSACTION"));
    }
    return Told("START TRANSACTION", "Started-Transaction-Id",
                runner_.transactions_.Add(client_.user, held));
  }

  Result<StatementResult> operator()(const statement::Commit& /*any*/) {
    return End("COMMIT");
  }
  Result<StatementResult> operator()(const statement::Rollback& /*any*/) {
    return End("ROLLBACK");
  }

  Result<StatementResult> operator()(const statement::KillQuery& kill) {
    RETURN_NOT_OK(runner_.kill_(kill, client_));
    return StatementResult{.update_type = "CALL"};
  }

 private:
  /// A change that the client keeps.
  static StatementResult Told(const char* update_type, const char* header,
                              std::string value) {
    StatementResult result{.update_type = update_type};
    result.headers.emplace_back(header, std::move(value));
    return result;
  }

  /// The transaction's session, or a new one.
  Result<std::shared_ptr<HeldSession>> Session() {
    std::shared_ptr<HeldSession> held;
    if (client_.transaction_id.empty()) {
      ARROW_ASSIGN_OR_RAISE(held, runner_.sessions_.Make(client_));
    } else {
      ARROW_ASSIGN_OR_RAISE(
          held, runner_.transactions_.Find(client_.transaction_id, client_.user));
      const std::lock_guard busy(held->busy);
      RETURN_NOT_OK(runner_.sessions_.SetUp(client_, held.get()));
    }
    on_session_(held);
    return held;
  }

  /// `parsed` is nullptr for what Trino's grammar does not take.
  Result<StatementResult> OnEngine(const std::string& text,
                                   const sql::TrinoStatement* parsed,
                                   const std::vector<sql::ExpressionPtr>& parameters) {
    ARROW_ASSIGN_OR_RAISE(const auto held, Session());
    const bool needs_schema = parsed == nullptr || NeedsSchema(*parsed);
    if (!held->schema_status.ok() && needs_schema) {
      return held->schema_status;
    }
    const std::lock_guard busy(held->busy);
    StatementResult result{.session = held};
    std::string whole = text;
    if (!parameters.empty()) {
      ARROW_ASSIGN_OR_RAISE(whole, WithArguments(text, TextsOf(parameters)));
    }
    ARROW_ASSIGN_OR_RAISE(result.remote, OnOtherServer(whole, held.get()));
    if (result.remote != nullptr) {
      return result;
    }
    const bool is_parsed = parsed != nullptr && LanguageOf(client_) == Language::kTrino;
    ARROW_ASSIGN_OR_RAISE(result.rows, is_parsed
                                           ? held->session->Run(*parsed, text, parameters)
                                           : held->session->Execute(whole));
    const std::string& type = result.rows->statement_type();
    const bool has_columns = result.rows->schema()->num_fields() > 0;
    result.update_type = has_columns ? UpdateTypeOf(type) : type;
    return result;
  }

  /// The statement's query on the other server, begun; nullptr if it runs here.
  Result<std::shared_ptr<RemoteQuery>> OnOtherServer(const std::string& text,
                                                     HeldSession* held) {
    if (runner_.route_ == nullptr) {
      return RefuseRoute(text);
    }
    ARROW_ASSIGN_OR_RAISE(const auto decision, runner_.route_->Decide(client_, text, [&] {
      return held->session->Estimate(text);
    }));
    if (decision.where != RouteMode::kTrino) {
      return nullptr;
    }
    auto query = runner_.route_->MakeQuery();
    held->remote = query;
    on_session_(held->shared_from_this());
    const Status begun = query->Begin(client_, text);
    LogInfo("A query was sent to another server",
            {{"reason", decision.reason},
             {"remote_query", query->id()},
             {"outcome", begun.ok() ? "running" : "failed"}});
    if (begun.ok()) {
      return query;
    }
    if (!runner_.route_->FallsBack(begun, text)) {
      return begun;
    }
    held->remote = nullptr;
    on_session_(held->shared_from_this());
    return nullptr;
  }

  /// Without a route, who asks for it is told so.
  Result<std::shared_ptr<RemoteQuery>> RefuseRoute(const std::string& text) const {
    ARROW_ASSIGN_OR_RAISE(const auto hint, RouteHint(text));
    const std::string* const chosen = client_.Property("route");
    const bool is_asked =
        hint ? *hint == RouteMode::kTrino : chosen != nullptr && *chosen == "trino";
    if (is_asked) {
      return MakeError(ErrorCode::kNotSupported,
                       "No other Trino server is configured: set sql.route.url");
    }
    return nullptr;
  }

  Result<std::string> Prepared(const std::string& name) const {
    const auto found = client_.prepared.find(name);
    if (found == client_.prepared.end()) {
      return NamedError("NOT_FOUND", "Prepared statement not found: " + name);
    }
    return found->second;
  }

  template <typename Node>
  static Result<std::unique_ptr<engine::ResultStream>> RunNode(engine::Session& session,
                                                               Node node,
                                                               std::string_view text) {
    return session.Run(sql::TrinoStatement{.at = {}, .node = std::move(node)}, text, {});
  }

  /// What is known of a prepared statement.
  Result<engine::StatementShape> Shape(const std::string& name) {
    ARROW_ASSIGN_OR_RAISE(const std::string prepared, Prepared(name));
    ARROW_ASSIGN_OR_RAISE(const auto parsed, sql::ParseTrinoStatement(prepared));
    ARROW_ASSIGN_OR_RAISE(const auto held, Session());
    const std::lock_guard busy(held->busy);
    return held->session->Describe(parsed, prepared);
  }

  Result<StatementResult> Execute(const std::string& prepared,
                                  const std::vector<sql::ExpressionPtr>& parameters) {
    const Language language = LanguageOf(client_);
    ARROW_ASSIGN_OR_RAISE(const ClientStatement read,
                          ReadClientStatement(prepared, language));
    const bool nests = std::holds_alternative<statement::Prepare>(read) ||
                       std::holds_alternative<statement::Execute>(read) ||
                       std::holds_alternative<statement::ExecuteImmediate>(read);
    if (nests) {
      return MakeError(ErrorCode::kNotSupported,
                       "A prepared statement cannot prepare or execute another one");
    }
    Call inner(runner_, client_, prepared, on_session_);
    const auto* const for_engine = std::get_if<statement::ForEngine>(&read);
    return for_engine == nullptr
               ? std::visit(inner, read)
               : inner.OnEngine(prepared, for_engine->parsed.get(), parameters);
  }

  /// Whatever comes of it, the client is in no transaction any more.
  Result<StatementResult> End(const char* statement) {
    if (client_.transaction_id.empty()) {
      return NamedError("NOT_IN_TRANSACTION", "No transaction in progress");
    }
    ARROW_ASSIGN_OR_RAISE(const auto held, runner_.transactions_.Find(
                                               client_.transaction_id, client_.user));
    runner_.transactions_.Remove(client_.transaction_id);
    on_session_(held);
    const std::lock_guard busy(held->busy);
    RETURN_NOT_OK(held->session->Execute(statement));
    return Told(statement, "Clear-Transaction-Id", "true");
  }

  StatementRunner& runner_;
  const ClientContext& client_;
  const std::string& text_;
  const OnSession& on_session_;
};

Result<StatementResult> StatementRunner::Run(const ClientContext& client,
                                             const std::string& text,
                                             const OnSession& on_session) {
  ARROW_ASSIGN_OR_RAISE(const ClientStatement read,
                        ReadClientStatement(text, LanguageOf(client)));
  return std::visit(Call(*this, client, text, on_session), read);
}

}  // namespace tarn::gateway::trino
