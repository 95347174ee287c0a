// The SQL engine: DuckDB with the warehouse attached as catalog `iceberg`. The only
// module that knows DuckDB; nothing of it shows in this header.
//
//   ARROW_ASSIGN_OR_RAISE(auto engine, Engine::Open(options, context));
//   ARROW_ASSIGN_OR_RAISE(auto session, engine->Connect());
//   ARROW_ASSIGN_OR_RAISE(auto result, session->Execute("SELECT count(*) FROM
//   iceberg.sales.orders"));
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/engine/server_state.h"
#include "tarn/sql/tree_parts.h"
#include "tarn/table/write.h"

namespace tarn::sql {
struct TrinoStatement;
}

namespace tarn::engine {

/// A catalog of another server, known to SQL by its name. Property `type` is rest (or is
/// not there: catalog/rest_catalog.h), postgresql or mysql. The server is not asked
/// before the first statement that names it.
struct OtherCatalog {
  std::string name;
  std::map<std::string, std::string> properties;
};

/// Keeps the catalogs that CREATE CATALOG made for later starts. Thread-safe.
class CatalogKeeper {
 public:
  virtual ~CatalogKeeper() = default;
  virtual Result<std::vector<OtherCatalog>> List() = 0;
  virtual Status Put(const OtherCatalog& catalog) = 0;
  /// OK if it is not there.
  virtual Status Remove(const std::string& name) = 0;
};

struct EngineOptions {
  int32_t threads = 0;           // 0: all cores
  int64_t memory_bytes_max = 0;  // 0: DuckDB's default (80 % of memory)
  std::string spill_directory;   // empty: no spilling
  std::string
      extension_directory;  // signed DuckDB extensions that LOAD may take; empty: none
  bool local_files = true;  // read_csv('…') etc. in SQL; an embedded shell has it
  std::string program_extensions = {};  // DuckDB's, beside the program
  std::vector<OtherCatalog> catalogs = {};
  CatalogKeeper* keeper = nullptr;  // outlives the engine; nullptr: CREATE CATALOG's end
                                    // with it
  /// How files of other catalogs are reached where neither they nor their servers say:
  /// s3.*, adls.*, gcs.*.
  std::map<std::string, std::string> file_properties = {};
  /// Memory for results that are kept for the same question on the same data; 0: none.
  int64_t result_cache_bytes = 0;
  int64_t result_cache_entry_bytes = int64_t{8} << 20;  // larger results are not kept
  /// Directories and locations below which sessions that do not reach the server may
  /// read files.
  std::vector<std::string> file_roots = {};
};

/// Rows as they come. One consumer. Destroying it cancels what is left.
class ResultStream {
 public:
  virtual ~ResultStream() = default;
  virtual std::shared_ptr<arrow::Schema> schema() const = 0;
  /// nullptr at the end. Errors: those of execution; kCancelled after Session::Interrupt.
  virtual Result<std::shared_ptr<arrow::RecordBatch>> Next() = 0;
  /// Rows changed, for INSERT/CTAS (also shown as the single row of the result); unset
  /// for queries and DDL.
  virtual std::optional<int64_t> rows_changed() const = 0;
  /// "SELECT", "INSERT", "CREATE TABLE"…
  virtual const std::string& statement_type() const = 0;
  /// Whether the rows were kept from an earlier run of the same query.
  virtual bool is_from_cache() const { return false; }
};

struct Progress {
  double percent = -1;  // -1 unknown
  int64_t rows_processed = 0;
  int64_t rows_total = 0;
};

/// What a statement would read of Iceberg tables.
struct ScanEstimate {
  int64_t bytes = 0;  // of the files that its filters leave
  int64_t files = 0;
  std::vector<std::string> tables = {};  // "iceberg.sales.orders", those it writes too
};

/// What is known of a statement of Trino's before it runs; types in Trino's words.
struct StatementColumn {
  std::string name;
  std::string type;  // "decimal(12, 2)"
};
struct StatementShape {
  std::vector<StatementColumn> columns = {};
  std::vector<std::string> parameters = {};  // types of "?"; "unknown"
};

/// One client's state (USE, settings). One statement at a time; Interrupt and progress
/// from any thread.
class Session {
 public:
  virtual ~Session() = default;
  /// Runs one statement. Errors: kSyntax (with "line L:C"), kNoSuchTable, kNoSuchColumn,
  /// kTypeMismatch, …; never an exception. A write is committed when Execute returned and
  /// its stream reached the end (writes are run to the end by Execute itself).
  virtual Result<std::unique_ptr<ResultStream>> Execute(std::string_view sql) = 0;
  /// Plans a query or a change of data without running it. Errors: those of Execute
  /// before it runs; kNotSupported for other statements.
  virtual Result<ScanEstimate> Estimate(std::string_view sql);
  /// Runs a statement of Trino's grammar, whatever the session's dialect, that was parsed
  /// from `text`; its "?" stand for `parameters`. Errors: as Execute.
  virtual Result<std::unique_ptr<ResultStream>> Run(
      const sql::TrinoStatement& statement, std::string_view text,
      const std::vector<sql::ExpressionPtr>& parameters) = 0;
  /// Binds such a statement and does not run it. Errors: as Execute.
  virtual Result<StatementShape> Describe(const sql::TrinoStatement& statement,
                                          std::string_view text) = 0;
  virtual void Interrupt() = 0;
  virtual Progress progress() const = 0;
  /// "iceberg.sales" after USE iceberg.sales.
  virtual std::string current_schema() const = 0;
};

/// Whom a session is for and how it reads statements.
struct SessionOptions {
  std::string user = "tarn";       // current_user
  std::string dialect = "duckdb";  // or "trino"; SET SESSION dialect changes it
  /// Unset: statements reach tables only, not the server's files, network and settings.
  bool reaches_server = true;
  bool uses_result_cache = false;  // if the engine has one
};

class Engine {
 public:
  static Result<std::unique_ptr<Engine>> Open(const EngineOptions& options,
                                              const table::Context& context);
  virtual ~Engine() = default;
  /// Errors: kInvalidArgument for a dialect that there is not.
  virtual Result<std::unique_ptr<Session>> Connect(
      const SessionOptions& options = {}) = 0;
  /// What system.runtime shows, in all sessions; nullptr: the program is no server.
  virtual void SetServerState(std::shared_ptr<const ServerState> /*state*/) {}
};

/// Splits a script at its semicolons, comments and quoted text respected; empty
/// statements dropped.
std::vector<std::string> SplitStatements(std::string_view script);

/// A file or glob read by one of DuckDB's readers, as a stream. For loads.
enum class FileKind : uint8_t { kCsv, kJson, kParquet };
/// A text column that holds values of `type` (of SQL) but for words that mean null.
struct WordedColumn {
  std::string name;
  std::string type;
};
struct ReadFilesRequest {
  FileKind kind = FileKind::kCsv;
  std::vector<std::string> paths;  // local, or s3:// through io
  std::vector<std::pair<std::string, std::string>> options =
      {};  // reader options: delim, header, nullstr…
  bool store_rejects =
      false;  // CSV: rows that do not parse go to ReadFilesResult::rejects
  /// Read as text and cast, `null_words` of theirs as null: other columns keep such
  /// words.
  std::vector<WordedColumn> worded_columns = {};
  std::vector<std::string> null_words = {};
};
struct RejectedRow {
  std::string file;
  int64_t line = 0;  // 1-based
  std::string column;
  std::string message;
  std::string text;  // the row as it was
};
struct FileRead {
  std::unique_ptr<ResultStream> rows;
  /// Rows refused so far; complete once `rows` ended.
  std::function<Result<std::vector<RejectedRow>>()> rejects;
  /// How far the reading is, if it can be known; from any thread while `rows` lives. May
  /// be unset.
  std::function<Progress()> progress = {};
};
Result<FileRead> ReadFiles(Engine& engine, const ReadFilesRequest& request);

}  // namespace tarn::engine
