#include "tarn/gateway/trino/statement_runner.h"

#include <algorithm>
#include <array>

#include <arrow/type.h>

#include "tarn/base/error.h"
#include "tarn/gateway/trino/internal/rows_at_hand.h"
#include "tarn/gateway/trino/query_error.h"
#include "tarn/gateway/trino/session_properties.h"
#include "tarn/gateway/trino/trino_type.h"

namespace tarn::gateway::trino {
namespace {

/// First words of statements that do no harm where the client's schema does not exist.
constexpr std::array<std::string_view, 10> kNeedNoSchema = {
    "select", "with", "values", "show", "describe", "desc", "explain", "(", "table", ""};

bool NeedsSchema(const std::string& text) {
  const std::string first = FirstWord(text);
  if (std::ranges::find(kNeedNoSchema, std::string_view(first)) != kNeedNoSchema.end()) {
    return false;
  }
  const size_t start = text.find_first_not_of(" \t\r\n");
  const std::string_view rest =
      start == std::string::npos ? "" : std::string_view(text).substr(start);
  const auto is_of = [&](std::string_view words) {
    return rest.size() > words.size() &&
           std::ranges::equal(rest.substr(0, words.size()), words, {},
                              [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : +c; });
  };
  return !is_of("create schema") && !is_of("drop schema") && !is_of("create catalog");
}

bool IsQuery(const std::string& text) {
  const std::string first = FirstWord(text);
  return first == "select" || first == "with" || first == "values" || first == "table" ||
         (first.empty() && text.find('(') != std::string::npos);
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

  Result<StatementResult> operator()(const statement::ForEngine& /*any*/) {
    return OnEngine(text_);
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
    RETURN_NOT_OK(NumParameters(prepare.text));
    return Told("PREPARE", "Added-Prepare",
                UrlEncoded(prepare.name) + "=" + UrlEncoded(prepare.text));
  }

  Result<StatementResult> operator()(const statement::Deallocate& deallocate) {
    RETURN_NOT_OK(Prepared(deallocate.name));
    return Told("DEALLOCATE", "Deallocated-Prepare", UrlEncoded(deallocate.name));
  }

  Result<StatementResult> operator()(const statement::Execute& execute) {
    ARROW_ASSIGN_OR_RAISE(const std::string prepared, Prepared(execute.name));
    return Execute(prepared, execute.arguments);
  }

  Result<StatementResult> operator()(const statement::ExecuteImmediate& execute) {
    return Execute(execute.text, execute.arguments);
  }

  Result<StatementResult> operator()(const statement::DescribeInput& describe) {
    ARROW_ASSIGN_OR_RAISE(const std::string prepared, Prepared(describe.name));
    ARROW_ASSIGN_OR_RAISE(const int32_t parameters, NumParameters(prepared));
    StatementResult result;
    ARROW_ASSIGN_OR_RAISE(result.rows, internal::InputRows(parameters));
    return result;
  }

  /// The columns of a query are found by running it for no rows.
  Result<StatementResult> operator()(const statement::DescribeOutput& describe) {
    ARROW_ASSIGN_OR_RAISE(const std::string prepared, Prepared(describe.name));
    auto schema = arrow::schema({arrow::field("rows", arrow::int64())});
    if (IsQuery(prepared)) {
      ARROW_ASSIGN_OR_RAISE(const int32_t parameters, NumParameters(prepared));
      const std::vector<std::string> nulls(static_cast<size_t>(parameters), "NULL");
      ARROW_ASSIGN_OR_RAISE(const std::string text, WithArguments(prepared, nulls));
      ARROW_ASSIGN_OR_RAISE(const StatementResult described,
                            OnEngine("SELECT * FROM (" + text + "\n) LIMIT 0"));
      schema = described.rows->schema();
    }
    StatementResult result;
    ARROW_ASSIGN_OR_RAISE(result.rows, internal::OutputRows(*schema));
    return result;
  }

  Result<StatementResult> operator()(const statement::StartTransaction& /*any*/) {
    if (!client_.transaction_id.empty()) {
      return MakeError(ErrorCode::kNotSupported, "Nested transactions not supported");
    }
    ARROW_ASSIGN_OR_RAISE(const auto held, Session());
    {
      const std::lock_guard busy(held->busy);
      RETURN_NOT_OK(held->session->Execute("START TRANSACTION"));
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
    RETURN_NOT_OK(runner_.kill_(kill, client_.user));
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

  Result<StatementResult> OnEngine(const std::string& text) {
    ARROW_ASSIGN_OR_RAISE(const auto held, Session());
    if (!held->schema_status.ok() && NeedsSchema(text)) {
      return held->schema_status;
    }
    const std::lock_guard busy(held->busy);
    StatementResult result{.session = held};
    ARROW_ASSIGN_OR_RAISE(result.rows, held->session->Execute(text));
    const std::string& type = result.rows->statement_type();
    const bool has_columns = result.rows->schema()->num_fields() > 0;
    result.update_type = has_columns ? UpdateTypeOf(type) : type;
    return result;
  }

  Result<std::string> Prepared(const std::string& name) const {
    const auto found = client_.prepared.find(name);
    if (found == client_.prepared.end()) {
      return NamedError("NOT_FOUND", "Prepared statement not found: " + name);
    }
    return found->second;
  }

  Result<StatementResult> Execute(const std::string& prepared,
                                  const std::vector<std::string>& arguments) {
    ARROW_ASSIGN_OR_RAISE(const std::string text, WithArguments(prepared, arguments));
    ARROW_ASSIGN_OR_RAISE(const ClientStatement read, ReadClientStatement(text));
    const bool nests = std::holds_alternative<statement::Prepare>(read) ||
                       std::holds_alternative<statement::Execute>(read) ||
                       std::holds_alternative<statement::ExecuteImmediate>(read);
    if (nests) {
      return MakeError(ErrorCode::kNotSupported,
                       "A prepared statement cannot prepare or execute another one");
    }
    return std::visit(Call(runner_, client_, text, on_session_), read);
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
  ARROW_ASSIGN_OR_RAISE(const ClientStatement read, ReadClientStatement(text));
  return std::visit(Call(*this, client, text, on_session), read);
}

}  // namespace tarn::gateway::trino
