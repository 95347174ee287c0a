#include "tarn/gateway/flight/flight_service.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <mutex>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/gateway/flight/internal/answer_schemas.h"
#include "tarn/gateway/flight/internal/bulk_ingest.h"
#include "tarn/gateway/flight/internal/catalog_rows.h"
#include "tarn/gateway/flight/internal/parameters.h"
#include "tarn/gateway/flight/messages.h"
#include "tarn/governance/authorization_header.h"
#include "tarn/net/client_certificate.h"
#include "tarn/net/http_message.h"

namespace tarn::gateway::flight {
namespace {

constexpr size_t kCommandBytesMax = size_t{16} << 20;
constexpr char kAnyToken[] = "Bearer anonymous";

template <typename... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};

class BatchRows : public RowStream {
 public:
  explicit BatchRows(Rows rows) : schema_(rows->schema()), rows_(std::move(rows)) {}
  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }
  Result<std::shared_ptr<arrow::RecordBatch>> Next() override {
    return std::exchange(rows_, nullptr);
  }

 private:
  const std::shared_ptr<arrow::Schema> schema_;
  Rows rows_;
};

std::string WithoutEnd(std::string sql) {
  while (!sql.empty() && (sql.back() == ';' ||
                          std::isspace(static_cast<unsigned char>(sql.back())) != 0)) {
    sql.pop_back();
  }
  return sql;
}

std::string FirstWord(std::string_view sql) {
  const auto begin = std::ranges::find_if(
      sql, [](char c) { return std::isspace(static_cast<unsigned char>(c)) == 0; });
  std::string word;
  for (auto c = begin; c != sql.end(); ++c) {
    if (std::isalpha(static_cast<unsigned char>(*c)) == 0) {
      break;
    }
    word.push_back(static_cast<char>(std::toupper(static_cast<unsigned char>(*c))));
  }
  return word.empty() && begin != sql.end() ? std::string(1, *begin) : word;
}

/// Shows the columns of `sql` without running it; unset for what is no query.
std::optional<std::string> DescribingText(const std::string& sql) {
  static constexpr auto kWrapped =
      std::to_array<std::string_view>({"SELECT", "WITH", "VALUES", "FROM", "TABLE", "("});
  static constexpr auto kQuick =
      std::to_array<std::string_view>({"SHOW", "DESCRIBE", "DESC", "EXPLAIN"});
  const std::string word = FirstWord(sql);
  if (std::ranges::find(kWrapped, word) != kWrapped.end()) {
    return "SELECT * FROM (\n" + WithoutEnd(sql) + "\n) LIMIT 0";
  }
  return std::ranges::find(kQuick, word) != kQuick.end() ? std::optional(sql)
                                                         : std::nullopt;
}

std::shared_ptr<arrow::Schema> ParameterSchema(int32_t count) {
  arrow::FieldVector fields;
  for (int32_t i = 1; i <= count; ++i) {
    fields.push_back(arrow::field(std::to_string(i), arrow::utf8()));
  }
  return arrow::schema(std::move(fields));
}

/// "127.0.0.1" of "unix:/tmp/x/127.0.0.1@7", the relay's end of a connection.
std::string AddressOf(std::string_view peer) {
  const size_t slash = peer.rfind('/');
  const std::string_view name =
      slash == std::string_view::npos ? peer : peer.substr(slash + 1);
  return std::string(name.substr(0, name.find('@')));
}

/// ADBC's driver leaves the padding of base 64 out.
std::string Padded(std::string_view authorization) {
  std::string padded(authorization);
  while (padded.ends_with(' ')) {
    padded.pop_back();
  }
  const size_t size = padded.size() - (padded.rfind(' ') + 1);
  padded.append((4 - size % 4) % 4, '=');
  return padded;
}

class FlightService : public FlightCalls {
 public:
  explicit FlightService(FlightServices services)
      : services_(std::move(services)),
        statements_([this](const Caller& caller) { return Connect(caller); },
                    services_.random, services_.limits) {}

  Result<SignedIn> SignIn(std::string_view authorization, std::string_view peer) override;
  Result<Information> GetInformation(const Caller& caller,
                                     std::string_view command) override;
  Result<std::shared_ptr<arrow::Schema>> GetSchema(const Caller& caller,
                                                   std::string_view command) override;
  Result<std::unique_ptr<RowStream>> Get(const Caller& caller,
                                         std::string_view ticket) override;
  Result<std::string> Put(const Caller& caller, std::string_view command,
                          Upload& upload) override;
  Result<std::vector<std::string>> Act(const Caller& caller, std::string_view type,
                                       std::string_view body) override;
  std::vector<std::pair<std::string, std::string>> Actions() const override;
  Failure FailureOf(const Status& status) const override;

 private:
  Result<std::unique_ptr<engine::Session>> Connect(const Caller& caller);
  std::string SubjectOf(std::string_view peer) const {
    return services_.certificates == nullptr ? ""
                                             : services_.certificates->SubjectOf(peer);
  }
  Result<SignedIn> Welcome(const governance::Principal& principal,
                           std::string authorization) const;
  static Result<Command> Read(std::string_view command);
  Result<Rows> Metadata(const Caller& caller, const Command& command);
  Result<std::string> BoundQuery(const PreparedStatement& prepared) const;
  Result<std::vector<std::string>> BoundUpdates(const PreparedStatement& prepared) const;
  Status TakeParameters(const Caller& caller, const std::string& handle, Upload& upload);
  Result<std::string> Create(const Caller& caller, const CreatePrepared& create);
  Result<std::string> RunPrepared(const Caller& caller, const PreparedUpdate& update,
                                  Upload& upload);
  Result<bool> Cancel(const Caller& caller, const CancelQuery& cancel);

  const FlightServices services_;
  std::mutex engine_mutex_;
  Statements statements_;
};

Result<std::unique_ptr<engine::Session>> FlightService::Connect(const Caller& caller) {
  const std::lock_guard lock(engine_mutex_);
  ARROW_ASSIGN_OR_RAISE(engine::Engine* const engine, services_.engine());
  ARROW_ASSIGN_OR_RAISE(auto session,
                        engine->Connect({.user = caller.principal,
                                         .reaches_server = caller.reaches_server}));
  engine::LimitResources(*session, services_.query);
  return session;
}

Result<SignedIn> FlightService::Welcome(const governance::Principal& principal,
                                        std::string authorization) const {
  RETURN_NOT_OK(services_.access.CheckMayRunSql(principal));
  return SignedIn{.principal = principal.name,
                  .reaches_server = services_.access.ReachesServer(&principal),
                  .authorization = std::move(authorization)};
}

Result<SignedIn> FlightService::SignIn(std::string_view authorization,
                                       std::string_view peer) {
  const bool is_basic = authorization.size() > 5 &&
                        std::tolower(authorization[0]) == 'b' &&
                        std::tolower(authorization[1]) == 'a';
  if (services_.authenticator == nullptr) {
    // Drivers that were given a name want a token for it.
    return SignedIn{.principal = governance::AnonymousPrincipal().name,
                    .reaches_server = services_.access.ReachesServer(nullptr),
                    .authorization = is_basic ? kAnyToken : ""};
  }
  if (is_basic) {
    ARROW_ASSIGN_OR_RAISE(const auto parsed,
                          governance::ParseAuthorization(Padded(authorization)));
    ARROW_ASSIGN_OR_RAISE(
        const auto issued,
        services_.authenticator->SignIn(std::get<governance::ClientCredentials>(parsed),
                                        "", AddressOf(peer)));
    return Welcome(issued.principal, "Bearer " + issued.token);
  }
  net::HttpRequest request;
  request.remote_address = AddressOf(peer);
  if (!authorization.empty()) {
    request.headers.Add("Authorization", std::string(authorization));
  }
  if (const std::string subject = SubjectOf(peer); !subject.empty()) {
    request.headers.Set(net::kClientCertificateHeader, subject);
  }
  ARROW_ASSIGN_OR_RAISE(const auto principal,
                        services_.authenticator->Authenticate(request));
  return Welcome(principal, "");
}

Result<Command> FlightService::Read(std::string_view command) {
  if (command.size() > kCommandBytesMax) {
    return MakeError(
        ErrorCode::kInvalidArgument,
        fmt::format("The command is larger than {} bytes", kCommandBytesMax));
  }
  return ParseCommand(command);
}

Result<Rows> FlightService::Metadata(const Caller& caller, const Command& command) {
  return std::visit(
      Overloaded{
          [&](const GetCatalogs&) { return CatalogRows(statements_, caller); },
          [&](const GetDbSchemas& get) { return DbSchemaRows(statements_, caller, get); },
          [&](const GetTables& get) { return TableRows(statements_, caller, get); },
          [&](const GetTableTypes&) { return TableTypeRows(); },
          [&](const GetSqlInfo& get) { return SqlInfoRows(get, services_.version); },
          [&](const GetXdbcTypeInfo& get) { return XdbcTypeRows(get); },
          [&](const GetPrimaryKeys&) { return RowsOf(PrimaryKeysSchema(), "[]"); },
          [&](const GetForeignKeys&) { return RowsOf(ForeignKeysSchema(), "[]"); },
          [&](const auto&) -> Result<Rows> {
            return MakeError(ErrorCode::kInvalidArgument,
                             "This command of Flight SQL has no place in this call");
          }},
      command);
}

/// Columns of metadata, which need no look at the catalog.
std::shared_ptr<arrow::Schema> MetadataSchema(const Command& command) {
  using Schema = std::shared_ptr<arrow::Schema>;
  return std::visit(
      Overloaded{
          [](const GetCatalogs&) -> Schema { return CatalogsSchema(); },
          [](const GetDbSchemas&) -> Schema { return DbSchemasSchema(); },
          [](const GetTables& get) -> Schema { return TablesSchema(get.include_schema); },
          [](const GetTableTypes&) -> Schema { return TableTypesSchema(); },
          [](const GetSqlInfo&) -> Schema { return SqlInfoSchema(); },
          [](const GetXdbcTypeInfo&) -> Schema { return XdbcTypesSchema(); },
          [](const GetPrimaryKeys&) -> Schema { return PrimaryKeysSchema(); },
          [](const GetForeignKeys&) -> Schema { return ForeignKeysSchema(); },
          [](const auto&) -> Schema { return nullptr; }},
      command);
}

Result<Information> FlightService::GetInformation(const Caller& caller,
                                                  std::string_view bytes) {
  ARROW_ASSIGN_OR_RAISE(const Command command, Read(bytes));
  if (auto schema = MetadataSchema(command); schema != nullptr) {
    return Information{.schema = std::move(schema), .ticket = std::string(bytes)};
  }
  std::string sql;
  std::string transaction;
  if (const auto* query = std::get_if<StatementQuery>(&command)) {
    sql = query->query;
    transaction = query->transaction;
  } else if (const auto* prepared = std::get_if<PreparedQuery>(&command)) {
    ARROW_ASSIGN_OR_RAISE(const auto found,
                          statements_.FindPrepared(caller, prepared->handle));
    ARROW_ASSIGN_OR_RAISE(sql, BoundQuery(found));
    transaction = found.transaction;
  } else {
    return MakeError(ErrorCode::kInvalidArgument,
                     "This command of Flight SQL has no information: it is for DoPut");
  }
  ARROW_ASSIGN_OR_RAISE(auto opened, statements_.Open(caller, sql, transaction));
  return Information{.schema = std::move(opened.schema),
                     .ticket = TicketOf({.handle = opened.handle})};
}

Result<std::shared_ptr<arrow::Schema>> FlightService::GetSchema(const Caller& caller,
                                                                std::string_view bytes) {
  ARROW_ASSIGN_OR_RAISE(const Command command, Read(bytes));
  if (auto schema = MetadataSchema(command); schema != nullptr) {
    return schema;
  }
  StatementQuery query;
  if (const auto* given = std::get_if<StatementQuery>(&command)) {
    query = *given;
  } else if (const auto* prepared = std::get_if<PreparedQuery>(&command)) {
    ARROW_ASSIGN_OR_RAISE(const auto found,
                          statements_.FindPrepared(caller, prepared->handle));
    query = {.query = found.query, .transaction = found.transaction};
  } else {
    return MakeError(ErrorCode::kInvalidArgument,
                     "This command of Flight SQL has no columns");
  }
  ARROW_ASSIGN_OR_RAISE(const std::string plain, BindNulls(query.query));
  const auto describing = DescribingText(plain);
  return describing ? statements_.Describe(caller, *describing, query.transaction)
                    : Result<std::shared_ptr<arrow::Schema>>(arrow::schema({}));
}

Result<std::unique_ptr<RowStream>> FlightService::Get(const Caller& caller,
                                                      std::string_view ticket) {
  ARROW_ASSIGN_OR_RAISE(const Command command, Read(ticket));
  if (const auto* statement = std::get_if<StatementTicket>(&command)) {
    return statements_.Fetch(caller, statement->handle);
  }
  ARROW_ASSIGN_OR_RAISE(Rows rows, Metadata(caller, command));
  return std::make_unique<BatchRows>(std::move(rows));
}

Result<std::string> FlightService::BoundQuery(const PreparedStatement& prepared) const {
  if (prepared.parameters.empty()) {
    if (CountParameters(prepared.query) == 0) {
      return prepared.query;
    }
    return MakeError(ErrorCode::kInvalidArgument,
                     "The statement's parameters have no values yet");
  }
  if (prepared.parameters.size() != 1 || prepared.parameters.front()->num_rows() != 1) {
    return MakeError(ErrorCode::kNotSupported,
                     "A query takes one row of parameters at a time");
  }
  return BindParameters(prepared.query, *prepared.parameters.front(), 0);
}

Result<std::vector<std::string>> FlightService::BoundUpdates(
    const PreparedStatement& prepared) const {
  std::vector<std::string> updates;
  for (const auto& batch : prepared.parameters) {
    for (int64_t row = 0; row < batch->num_rows(); ++row) {
      ARROW_ASSIGN_OR_RAISE(updates.emplace_back(),
                            BindParameters(prepared.query, *batch, row));
    }
  }
  if (updates.empty()) {
    ARROW_ASSIGN_OR_RAISE(updates.emplace_back(), BoundQuery(prepared));
  }
  return updates;
}

Status FlightService::TakeParameters(const Caller& caller, const std::string& handle,
                                     Upload& upload) {
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches;
  size_t num_rows = 0;
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(auto batch, upload.Next());
    if (batch == nullptr) {
      break;
    }
    num_rows += static_cast<size_t>(batch->num_rows());
    if (num_rows > statements_.limits().parameter_rows_max) {
      return MakeError(ErrorCode::kResourceLimit,
                       "There are too many rows of parameters: ingest them in bulk");
    }
    if (batch->num_rows() > 0 && batch->num_columns() > 0) {
      batches.push_back(std::move(batch));
    }
  }
  return statements_.Bind(caller, handle, std::move(batches));
}

Result<std::string> FlightService::RunPrepared(const Caller& caller,
                                               const PreparedUpdate& update,
                                               Upload& upload) {
  ARROW_ASSIGN_OR_RAISE(auto prepared, statements_.FindPrepared(caller, update.handle));
  if (CountParameters(prepared.query) > 0) {
    RETURN_NOT_OK(TakeParameters(caller, update.handle, upload));
    ARROW_ASSIGN_OR_RAISE(prepared, statements_.FindPrepared(caller, update.handle));
  }
  ARROW_ASSIGN_OR_RAISE(const auto updates, BoundUpdates(prepared));
  ARROW_ASSIGN_OR_RAISE(const int64_t changed,
                        statements_.Update(caller, updates, prepared.transaction));
  return WriteRecordCount(changed);
}

Result<std::string> FlightService::Put(const Caller& caller, std::string_view bytes,
                                       Upload& upload) {
  ARROW_ASSIGN_OR_RAISE(const Command command, Read(bytes));
  if (const auto* update = std::get_if<StatementUpdate>(&command)) {
    ARROW_ASSIGN_OR_RAISE(
        const int64_t changed,
        statements_.Update(caller, {update->query}, update->transaction));
    return WriteRecordCount(changed);
  }
  if (const auto* update = std::get_if<PreparedUpdate>(&command)) {
    return RunPrepared(caller, *update, upload);
  }
  if (const auto* query = std::get_if<PreparedQuery>(&command)) {
    RETURN_NOT_OK(TakeParameters(caller, query->handle, upload));
    return WritePreparedHandle(query->handle);
  }
  if (const auto* ingest = std::get_if<StatementIngest>(&command)) {
    ARROW_ASSIGN_OR_RAISE(const int64_t rows,
                          Ingest(services_.context, caller, *ingest, upload));
    return WriteRecordCount(rows);
  }
  return MakeError(ErrorCode::kInvalidArgument,
                   "This command of Flight SQL takes no rows");
}

Result<std::string> FlightService::Create(const Caller& caller,
                                          const CreatePrepared& create) {
  PreparedResult result;
  ARROW_ASSIGN_OR_RAISE(const std::string plain, BindNulls(create.query));
  const int32_t num_parameters = CountParameters(create.query);
  if (const auto describing = DescribingText(plain)) {
    const auto columns = statements_.Describe(caller, *describing, create.transaction);
    // NULL does not fit in the place of every parameter, and WITH may begin a change:
    // then the columns are not known before it runs.
    if (columns.ok()) {
      ARROW_ASSIGN_OR_RAISE(result.dataset_schema, SchemaBytes(**columns));
    } else if (num_parameters == 0 && FirstWord(plain) != "WITH") {
      return columns.status();
    }
  }
  ARROW_ASSIGN_OR_RAISE(result.parameter_schema,
                        SchemaBytes(*ParameterSchema(num_parameters)));
  ARROW_ASSIGN_OR_RAISE(result.handle,
                        statements_.Prepare({.owner = caller.principal,
                                             .query = create.query,
                                             .transaction = create.transaction}));
  return WriteResult(result);
}

Result<bool> FlightService::Cancel(const Caller& caller, const CancelQuery& cancel) {
  bool was_found = false;
  for (const std::string& ticket : cancel.tickets) {
    ARROW_ASSIGN_OR_RAISE(const Command command, Read(ticket));
    if (const auto* statement = std::get_if<StatementTicket>(&command)) {
      was_found = statements_.Cancel(caller, statement->handle) || was_found;
    }
  }
  return was_found;
}

Result<std::vector<std::string>> FlightService::Act(const Caller& caller,
                                                    std::string_view type,
                                                    std::string_view body) {
  if (body.size() > kCommandBytesMax) {
    return MakeError(ErrorCode::kInvalidArgument,
                     fmt::format("The action is larger than {} bytes", kCommandBytesMax));
  }
  using Answer = Result<std::vector<std::string>>;
  ARROW_ASSIGN_OR_RAISE(const ActionCall call, ParseAction(type, body));
  return std::visit(
      Overloaded{[&](const CreatePrepared& create) -> Answer {
                   ARROW_ASSIGN_OR_RAISE(auto result, Create(caller, create));
                   return std::vector{std::move(result)};
                 },
                 [&](const ClosePrepared& close) -> Answer {
                   RETURN_NOT_OK(statements_.ClosePrepared(caller, close.handle));
                   return std::vector<std::string>();
                 },
                 [&](const BeginTransaction&) -> Answer {
                   ARROW_ASSIGN_OR_RAISE(const auto id, statements_.Begin(caller));
                   return std::vector{WriteTransaction(id)};
                 },
                 [&](const EndTransaction& end) -> Answer {
                   RETURN_NOT_OK(statements_.End(caller, end.transaction, end.is_commit));
                   return std::vector<std::string>();
                 },
                 [&](const CancelQuery& cancel) -> Answer {
                   ARROW_ASSIGN_OR_RAISE(const bool was_found, Cancel(caller, cancel));
                   return std::vector{
                       WriteCancelled(was_found, /*in_any=*/type == "CancelQuery")};
                 }},
      call);
}

std::vector<std::pair<std::string, std::string>> FlightService::Actions() const {
  return {{"CreatePreparedStatement", "Prepares a statement"},
          {"ClosePreparedStatement", "Forgets a prepared statement"},
          {"BeginTransaction", "Begins a transaction"},
          {"EndTransaction", "Commits a transaction or rolls it back"},
          {"CancelQuery", "Cancels a query by its information"},
          {"CancelFlightInfo", "Cancels a query by its information"}};
}

Failure FlightService::FailureOf(const Status& status) const {
  switch (CodeOf(status)) {
    case ErrorCode::kNotSupported:
      return Failure::kNotSupported;
    case ErrorCode::kAlreadyExists:
      return Failure::kAlreadyExists;
    case ErrorCode::kUnauthenticated:
      return Failure::kUnauthenticated;
    case ErrorCode::kForbidden:
      return Failure::kForbidden;
    case ErrorCode::kTimeout:
      return Failure::kTimeout;
    case ErrorCode::kCancelled:
      return Failure::kCancelled;
    case ErrorCode::kCommitConflict:
    case ErrorCode::kResourceLimit:
    case ErrorCode::kUnavailable:
      return Failure::kUnavailable;
    default:
      break;
  }
  const ErrorInfo& info = InfoOf(CodeOf(status));
  return info.http_status == 404      ? Failure::kNotFound
         : info.blame == Blame::kUser ? Failure::kInvalid
                                      : Failure::kInternal;
}

}  // namespace

std::unique_ptr<FlightCalls> MakeFlightService(FlightServices services) {
  return std::make_unique<FlightService>(std::move(services));
}

}  // namespace tarn::gateway::flight
