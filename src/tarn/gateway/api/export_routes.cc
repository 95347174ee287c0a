#include "tarn/gateway/api/export_routes.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include <arrow/io/interfaces.h>
#include <arrow/record_batch.h>

#include "tarn/base/error.h"
#include "tarn/engine/engine.h"
#include "tarn/gateway/api/load_places.h"
#include "tarn/sql/statement.h"
#include "tarn/sql/statement_parser.h"
#include "tarn/storage/parquet_stream.h"

namespace tarn::gateway {
namespace {

constexpr size_t kPieceBytes = size_t{256} << 10;

/// An answer's body as the stream that Arrow's writers want, in pieces worth sending.
class BodyStream final : public arrow::io::OutputStream {
 public:
  explicit BodyStream(net::HttpBodyWriter& out) : out_(out) {}
  Status Close() override {
    closed_ = true;
    return Send();
  }
  Result<int64_t> Tell() const override { return written_; }
  bool closed() const override { return closed_; }
  Status Write(const void* data, int64_t num_bytes) override {
    written_ += num_bytes;
    piece_.append(static_cast<const char*>(data), static_cast<size_t>(num_bytes));
    return piece_.size() < kPieceBytes ? Status::OK() : Send();
  }
  using arrow::io::Writable::Write;

 private:
  Status Send() {
    if (piece_.empty()) {
      return Status::OK();
    }
    const Status sent = out_.Write(piece_);
    piece_.clear();
    return sent;
  }

  net::HttpBodyWriter& out_;
  std::string piece_;
  int64_t written_ = 0;
  bool closed_ = false;
};

/// A query that has begun; its rows belong to its session.
struct Begun {
  std::unique_ptr<engine::Session> session;
  std::unique_ptr<engine::ResultStream> rows = nullptr;
};

Status WriteParquet(Begun& begun, net::HttpBodyWriter& out) {
  ARROW_ASSIGN_OR_RAISE(const auto file,
                        storage::OpenParquetStream(std::make_shared<BodyStream>(out),
                                                   begun.rows->schema()));
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(const auto batch, begun.rows->Next());
    if (batch == nullptr) {
      return file->Close();
    }
    RETURN_NOT_OK(file->Append(*batch));
  }
}

std::string Quoted(const std::string& name) {
  std::string quoted = "\"";
  for (const char c : name) {
    quoted += c == '"' ? "\"\"" : std::string(1, c);
  }
  return quoted + "\"";
}

Status NoQuery(const std::string& found) {
  return MakeError(ErrorCode::kInvalidArgument,
                   "statement is one query, whose rows are the file; it is " + found);
}

/// Whether `statement` of DuckDB's dialect begins as queries do.
bool BeginsAsQuery(const std::string& statement) {
  constexpr std::array<std::string_view, 8> kWords = {
      "SELECT", "WITH", "FROM", "VALUES", "TABLE", "PIVOT", "UNPIVOT", "SUMMARIZE"};
  const size_t first = statement.find_first_not_of("( \t\r\n");
  if (first == std::string::npos) {
    return false;
  }
  std::string word;
  for (const char c : statement.substr(first)) {
    const bool is_lower = c >= 'a' && c <= 'z';
    if (!is_lower && !(c >= 'A' && c <= 'Z')) {
      break;
    }
    word += is_lower ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return std::ranges::find(kWords, word) != kWords.end();
}

Result<std::string> StatementOf(const Json& body, const std::string& dialect) {
  ARROW_ASSIGN_OR_RAISE(const std::string text, TextMember(body, "statement", "query"));
  const auto statements = engine::SplitStatements(text);
  if (statements.size() != 1) {
    return NoQuery(std::to_string(statements.size()) + " statements");
  }
  const std::string& statement = statements.front();
  if (dialect == "trino") {
    ARROW_ASSIGN_OR_RAISE(const auto parsed, sql::ParseTrinoStatement(statement));
    return std::holds_alternative<sql::QueryPtr>(parsed.node)
               ? Result<std::string>(statement)
               : Result<std::string>(NoQuery("another statement"));
  }
  return BeginsAsQuery(statement) ? Result<std::string>(statement)
                                  : Result<std::string>(NoQuery("another statement"));
}

Result<std::shared_ptr<Begun>> Begin(const DataRequest& request) {
  const Json& body = request.body();
  RETURN_NOT_OK(request.services().access.CheckMayRunSql(request.principal()));
  ARROW_ASSIGN_OR_RAISE(const std::string format, TextMember(body, "format"));
  if (!format.empty() && format != "parquet") {
    return MakeError(ErrorCode::kInvalidArgument, "format is parquet, not " + format);
  }
  ARROW_ASSIGN_OR_RAISE(std::string dialect, TextMember(body, "dialect"));
  dialect = dialect.empty() ? "trino" : dialect;
  ARROW_ASSIGN_OR_RAISE(const std::string statement, StatementOf(body, dialect));
  ARROW_ASSIGN_OR_RAISE(const std::string catalog, TextMember(body, "catalog"));
  ARROW_ASSIGN_OR_RAISE(const std::string schema, TextMember(body, "schema"));
  ARROW_ASSIGN_OR_RAISE(engine::Engine* const engine, request.services().lake.engine());
  auto begun = std::make_shared<Begun>();
  ARROW_ASSIGN_OR_RAISE(begun->session,
                        engine->Connect({.user = request.principal().name,
                                         .dialect = dialect,
                                         .reaches_server = request.reaches_server()}));
  if (!schema.empty()) {
    const std::string at = Quoted(catalog.empty() ? "iceberg" : catalog);
    RETURN_NOT_OK(begun->session->Execute("USE " + at + "." + Quoted(schema)).status());
  }
  ARROW_ASSIGN_OR_RAISE(begun->rows, begun->session->Execute(statement));
  return begun;
}

Result<net::HttpResponse> Export(const DataRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const std::shared_ptr<Begun> begun, Begin(request));
  net::HttpResponse response;
  response.headers.Set("Content-Type", "application/vnd.apache.parquet");
  response.headers.Set("Content-Disposition", "attachment; filename=\"result.parquet\"");
  response.headers.Set("Cache-Control", "no-store");
  response.stream = [begun](net::HttpBodyWriter& out) {
    return WriteParquet(*begun, out);
  };
  return response;
}

}  // namespace

std::vector<DataRoute> MakeExportRoutes() {
  return {{.method = "POST",
           .path = "/sql/export",
           .handler = &Export,
           .options = {.lane = net::Lane::kJob},
           .about = {.tag = "SQL",
                     .summary = "The rows of a query as a Parquet file",
                     .description = "The file comes as its rows do; one that is cut off "
                                    "has no footer.",
                     .request = ApiObject(
                         {{"statement", ApiText("One query"), ApiNeed::kRequired},
                          {"format", ApiChoice({"parquet"}, "")},
                          {"dialect", ApiChoice({"trino", "duckdb"}, "[trino]")},
                          {"catalog", ApiText("Of schema [iceberg]")},
                          {"schema", ApiText("A namespace, for names without one")}}),
                     .example = {{"statement", "SELECT * FROM sales.orders"}}}}};
}

}  // namespace tarn::gateway
