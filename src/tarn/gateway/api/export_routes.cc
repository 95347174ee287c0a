#include "tarn/gateway/api/export_routes.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include <arrow/io/interfaces.h>
#include <arrow/record_batch.h>

#include "tarn/base/error.h"
#include "tarn/engine/engine.h"
#include "tarn/gateway/api/load_places.h"
#include "tarn/gateway/api/row_lines.h"
#include "tarn/gateway/api/work_routes.h"
#include "tarn/service/work/sql_work.h"
#include "tarn/sql/statement.h"
#include "tarn/sql/statement_parser.h"
#include "tarn/storage/parquet_stream.h"

namespace tarn::gateway {
namespace {

constexpr size_t kPieceBytes = size_t{256} << 10;
constexpr char kParquetType[] = "application/vnd.apache.parquet";

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

Status WriteLines(Begun& begun, RowLines& lines, net::HttpBodyWriter& out) {
  BodyStream stream(out);
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(const auto batch, begun.rows->Next());
    if (batch == nullptr) {
      return stream.Close();
    }
    ARROW_ASSIGN_OR_RAISE(const bool wants_more, lines.Write(*batch, stream));
    if (!wants_more) {
      return stream.Close();
    }
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

Result<std::string> StatementOf(const std::string& text, const std::string& dialect) {
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

/// What is asked for: one query, and how its names are meant.
struct Asked {
  std::string text;
  std::string dialect = "trino";
  std::string catalog = "iceberg";  // of schema
  std::string schema = {};
};

Result<std::shared_ptr<Begun>> Begin(const DataRequest& request, const Asked& asked) {
  ARROW_ASSIGN_OR_RAISE(const std::string statement,
                        StatementOf(asked.text, asked.dialect));
  ARROW_ASSIGN_OR_RAISE(engine::Engine* const engine, request.services().lake.engine());
  auto begun = std::make_shared<Begun>();
  ARROW_ASSIGN_OR_RAISE(begun->session,
                        engine->Connect({.user = request.principal().name,
                                         .dialect = asked.dialect,
                                         .reaches_server = request.reaches_server()}));
  if (!asked.schema.empty()) {
    const std::string at = Quoted(asked.catalog) + "." + Quoted(asked.schema);
    RETURN_NOT_OK(begun->session->Execute("USE " + at).status());
  }
  ARROW_ASSIGN_OR_RAISE(begun->rows, begun->session->Execute(statement));
  return begun;
}

bool AcceptsLines(const net::HttpRequest& http) {
  const std::string* const accept = http.headers.Find("Accept");
  return accept != nullptr && accept->find(kLinesType) != std::string::npos;
}

enum class FileFormat : uint8_t { kParquet, kLines };

Result<FileFormat> FormatOf(const DataRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const std::string format, TextMember(request.body(), "format"));
  if (format.empty()) {
    return AcceptsLines(request.http()) ? FileFormat::kLines : FileFormat::kParquet;
  }
  if (format != "parquet" && format != "ndjson") {
    return MakeError(ErrorCode::kInvalidArgument,
                     "format is parquet or ndjson, not " + format);
  }
  return format == "ndjson" ? FileFormat::kLines : FileFormat::kParquet;
}

Result<net::HttpResponse> LinesOf(std::shared_ptr<Begun> begun,
                                  std::optional<int64_t> rows_max) {
  ARROW_ASSIGN_OR_RAISE(RowLines lines, RowLines::Make(*begun->rows->schema(), rows_max));
  net::HttpResponse response;
  response.headers.Set("Content-Type", kLinesType);
  response.headers.Set("Cache-Control", "no-store");
  response.stream = [begun = std::move(begun),
                     lines = std::move(lines)](net::HttpBodyWriter& out) mutable {
    return WriteLines(*begun, lines, out);
  };
  return response;
}

Result<net::HttpResponse> Export(const DataRequest& request) {
  RETURN_NOT_OK(request.services().access.CheckMayRunSql(request.principal()));
  ARROW_ASSIGN_OR_RAISE(const FileFormat format, FormatOf(request));
  const Json& body = request.body();
  Asked asked;
  ARROW_ASSIGN_OR_RAISE(asked.text, TextMember(body, "statement", "query"));
  for (const auto& [name, value] :
       {std::pair("dialect", &asked.dialect), std::pair("catalog", &asked.catalog),
        std::pair("schema", &asked.schema)}) {
    ARROW_ASSIGN_OR_RAISE(const std::string given, TextMember(body, name));
    if (!given.empty()) {
      *value = given;
    }
  }
  ARROW_ASSIGN_OR_RAISE(const std::shared_ptr<Begun> begun, Begin(request, asked));
  if (format == FileFormat::kLines) {
    return LinesOf(begun, std::nullopt);
  }
  net::HttpResponse response;
  response.headers.Set("Content-Type", kParquetType);
  response.headers.Set("Content-Disposition", "attachment; filename=\"result.parquet\"");
  response.headers.Set("Cache-Control", "no-store");
  response.stream = [begun](net::HttpBodyWriter& out) {
    return WriteParquet(*begun, out);
  };
  return response;
}

}  // namespace

Result<std::optional<net::HttpResponse>> StreamSql(const DataRequest& request) {
  if (!AcceptsLines(request.http())) {
    return std::optional<net::HttpResponse>();
  }
  RETURN_NOT_OK(request.services().access.CheckMayRunSql(request.principal()));
  ARROW_ASSIGN_OR_RAISE(const service::SqlOrder order,
                        AsArgument(service::SqlOrderFromJson(request.body())));
  ARROW_ASSIGN_OR_RAISE(auto begun, Begin(request, {.text = order.statements,
                                                    .dialect = order.dialect,
                                                    .schema = order.schema}));
  const bool has_limit =
      request.body().contains("rows_max") || request.body().contains("max_rows");
  ARROW_ASSIGN_OR_RAISE(
      net::HttpResponse response,
      LinesOf(std::move(begun),
              has_limit ? std::optional(order.rows_max) : std::nullopt));
  return std::optional(std::move(response));
}

std::vector<DataRoute> MakeExportRoutes() {
  return {
      {.method = "POST",
       .path = "/sql/export",
       .handler = &Export,
       .options = {.lane = net::Lane::kJob},
       .about = {.tag = "SQL",
                 .summary = "The rows of a query as a Parquet file, or as lines",
                 .description =
                     "All rows, sent as they come: a Parquet file, or a JSON object "
                     "for each row on a line of its own (format ndjson, or Accept: "
                     "application/x-ndjson). One that is cut off has no footer, or "
                     "no end of the chunked body.",
                 .request = ApiObject(
                     {{"statement", ApiText("One query"), ApiNeed::kRequired},
                      {"format", ApiChoice({"parquet", "ndjson"}, "[as Accept says]")},
                      {"dialect", ApiChoice({"trino", "duckdb"}, "[trino]")},
                      {"catalog", ApiText("Of schema [iceberg]")},
                      {"schema", ApiText("A namespace, for names without one")}}),
                 .example = {{"statement", "SELECT * FROM sales.orders"}},
                 .media_types = {kParquetType, kLinesType}}}};
}

}  // namespace tarn::gateway
