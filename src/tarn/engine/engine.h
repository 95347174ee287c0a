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
#include "tarn/table/write.h"

namespace tarn::engine {

/// A catalog of another server, known to SQL by its name (catalog/rest_catalog.h). The
/// server is not asked before the first statement that names it.
struct OtherCatalog {
  std::string name;
  std::map<std::string, std::string> properties;
};

struct EngineOptions {
  int32_t threads = 0;           // 0: all cores
  int64_t memory_bytes_max = 0;  // 0: DuckDB's default (80 % of memory)
  std::string spill_directory;   // empty: no spilling
  std::string
      extension_directory;  // signed DuckDB extensions that LOAD may take; empty: none
  bool local_files = true;  // read_csv('…') etc. in SQL; an embedded shell has it
  std::vector<OtherCatalog> catalogs = {};
  /// How files of other catalogs are reached where neither they nor their servers say:
  /// s3.*, adls.*, gcs.*.
  std::map<std::string, std::string> file_properties = {};
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
};

struct Progress {
  double percent = -1;  // -1 unknown
  int64_t rows_processed = 0;
  int64_t rows_total = 0;
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
  virtual void Interrupt() = 0;
  virtual Progress progress() const = 0;
  /// "iceberg.sales" after USE iceberg.sales.
  virtual std::string current_schema() const = 0;
};

class Engine {
 public:
  static Result<std::unique_ptr<Engine>> Open(const EngineOptions& options,
                                              const table::Context& context);
  virtual ~Engine() = default;
  virtual Result<std::unique_ptr<Session>> Connect() = 0;
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
